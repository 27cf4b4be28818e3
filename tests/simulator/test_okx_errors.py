"""OKX's own codes and statuses for everything that can be wrong: EXC-03, EXC-05."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.okx_desk import PAIR, STANDARD, SWAP, Raw, calm, code, okx_simulator

BUY = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
STOP = {
    "instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "1", "reduceOnly": True,
    "slTriggerPx": "90000", "slOrdPx": "-1", "slTriggerPxType": "mark",
}  # fmt: skip
PURCHASE = {"instId": PAIR, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100", "tgtCcy": "quote_ccy"}


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with okx_simulator() as simulator:
        yield simulator


@pytest.fixture
def okx(running):
    return calm(running)


@pytest.fixture
def raw(okx):
    return Raw(okx, okx.control.create_account(**STANDARD))


@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        ({"OK_ACCESS_KEY": "nobody"}, "50119"),
        ({"OK_ACCESS_KEY": ""}, "50103"),
        ({"OK_ACCESS_PASSPHRASE": "wrong"}, "50105"),
        ({"OK_ACCESS_PASSPHRASE": ""}, "50104"),
        ({"OK_ACCESS_SIGN": "wrong"}, "50113"),
        ({"OK_ACCESS_SIGN": ""}, "50106"),
        ({"OK_ACCESS_TIMESTAMP": "1763700000"}, "50112"),
        ({"OK_ACCESS_TIMESTAMP": ""}, "50107"),
        ({"seconds": -31}, "50102"),
        ({"seconds": 31}, "50102"),
        ({"x_simulated_trading": "1"}, "50101"),
    ],
)
def test_who_does_not_sign_properly_is_refused(okx, spoiled, expected):
    live = Raw(okx, okx.control.create_account(**STANDARD | {"environment": "live"}))

    assert code(live.get("account/config", **spoiled)) == (401, expected)


def test_a_changed_body_breaks_the_signature(raw):
    signature = raw.post("trade/order", BUY)[0]

    assert signature == 200
    assert code(raw.post("trade/order", BUY, OK_ACCESS_SIGN="aGVsbG8=")) == (401, "50113")


def test_the_exchanges_clock_decides(raw, okx):
    okx.control.set_clock(60_000)

    assert code(raw.get("account/config")) == (401, "50102")
    assert code(raw.get("account/config", seconds=60)) == (200, "0")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"instId": "NOPE-USDT-SWAP"}, (200, "51001")),
        ({"instId": None}, (400, "50014")),
        ({"side": "hold"}, (200, "51000")),
        ({"ordType": "iceberg"}, (200, "51000")),
        ({"tdMode": "cash"}, (200, "51000")),
        ({"sz": None}, (400, "50014")),
        ({"sz": "many"}, (200, "51000")),
        ({"sz": "0"}, (200, "51020")),
        ({"sz": "0.001"}, (200, "51121")),
        ({"sz": "12001"}, (200, "51202")),
        ({"sz": "9000"}, (200, "51008")),
        ({"posSide": "long"}, (200, "51000")),
        ({"clOrdId": "with-dash"}, (200, "51000")),
        ({"clOrdId": "x" * 33}, (200, "51000")),
        ({"side": "sell", "reduceOnly": True}, (200, "51169")),
        ({"ordType": "limit"}, (400, "50014")),
        ({"ordType": "limit", "px": "90000.05"}, (200, "51150")),
    ],
)
def test_orders_on_swaps(raw, changes, expected):
    body = {name: value for name, value in (BUY | changes).items() if value is not None}

    assert code(raw.post("trade/order", body)) == expected


def test_the_refusal_of_an_order_stands_in_its_row(raw):
    status, body = raw.post("trade/order", BUY | {"sz": "9000", "clOrdId": "mine"})

    assert (status, body["code"], body["msg"]) == (200, "1", "All operations failed")
    assert [(row["clOrdId"], row["ordId"], row["sCode"]) for row in body["data"]] == [("mine", "", "51008")]


def test_an_order_that_is_past_its_deadline(raw):
    assert code(raw.post("trade/order", BUY, expTime="1763700000000")) == (200, "50036")
    assert code(raw.post("trade/order", BUY, expTime="99999999999999")) == (200, "0")


def test_an_id_is_taken_while_its_order_is_open(raw):
    limit = BUY | {"ordType": "limit", "px": "90000", "clOrdId": "mine"}

    assert [code(raw.post("trade/order", limit)) for _ in range(2)] == [(200, "0"), (200, "51016")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"slTriggerPx": "96000"}, "51304"),
        ({"slTriggerPx": "96000", "slTriggerPxType": "last"}, "51280"),
        ({"side": "buy"}, "51302"),
        ({"slTriggerPx": "", "tpTriggerPx": "90000", "tpOrdPx": "-1"}, "51279"),
        ({"slTriggerPx": "", "tpTriggerPx": "90000", "tpOrdPx": "-1", "tpTriggerPxType": "mark"}, "51303"),
        ({"side": "buy", "slTriggerPx": "", "tpTriggerPx": "99000", "tpOrdPx": "-1"}, "51277"),
        ({"slOrdPx": "89000"}, "51000"),
        ({"slTriggerPxType": "best"}, "51000"),
        ({"ordType": "trigger"}, "51000"),
        ({"ordType": "oco"}, "51000"),
        ({"sz": "0.001"}, "51121"),
        ({"slTriggerPx": "90000.05"}, "51150"),
        ({"posSide": "long"}, "51000"),
        ({"closeFraction": "1", "sz": ""}, "51058"),
    ],
)
def test_algos_on_swaps(raw, changes, expected):
    assert code(raw.post("trade/order-algo", STOP | {"reduceOnly": False} | changes)) == (200, expected)


def test_an_algo_without_a_position_to_reduce(raw):
    assert code(raw.post("trade/order-algo", STOP)) == (200, "51058")


def test_an_algos_id_is_taken_while_it_stands(raw):
    raw.post("trade/order", BUY)
    stop = STOP | {"algoClOrdId": "mine"}

    assert [code(raw.post("trade/order-algo", stop)) for _ in range(2)] == [(200, "0"), (200, "51068")]


def test_without_a_price_or_an_id_a_request_says_nothing(raw):
    assert code(raw.post("trade/order-algo", STOP | {"slTriggerPx": ""})) == (400, "50015")
    assert code(raw.get("trade/order-algo")) == (400, "50015")
    assert code(raw.get(f"trade/order?instId={SWAP}")) == (200, "51003")
    assert code(raw.post("trade/cancel-algos", [])) == (400, "50002")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sz": "5000"}, "51008"),
        ({"tdMode": "cross"}, "51000"),
        ({"side": "sell", "sz": "1", "tgtCcy": "base_ccy"}, "51008"),
        ({"side": "sell", "sz": "0.000001", "tgtCcy": "base_ccy"}, "51121"),
        ({"instId": "NOPE-USDT"}, "51001"),
    ],
)
def test_orders_on_spot(raw, changes, expected):
    assert code(raw.post("trade/order", PURCHASE | changes)) == (200, expected)


def test_stops_on_spot(raw):
    stop = {"instId": PAIR, "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "0.01", "slOrdPx": "-1"}

    assert code(raw.post("trade/order-algo", stop | {"slTriggerPx": "90000", "slTriggerPxType": "mark"})) == (
        200,
        "51415",
    )
    assert code(raw.post("trade/order-algo", stop | {"slTriggerPx": "96000"})) == (200, "51280")
    assert code(raw.post("trade/order-algo", stop | {"slTriggerPx": "90000", "sz": "1"})) == (200, "51008")
    placed = [raw.post("trade/order-algo", stop | {"slTriggerPx": "90000", "algoClOrdId": "mine"}) for _ in range(2)]
    assert [code(one) for one in placed] == [(200, "0"), (200, "51068")]


def test_what_is_not_there(raw):
    assert code(raw.get(f"trade/order?instId={SWAP}&clOrdId=none")) == (200, "51603")
    assert code(raw.get("trade/order-algo?algoClOrdId=none")) == (200, "51603")
    assert code(raw.post("trade/cancel-order", {"instId": SWAP, "clOrdId": "none"})) == (200, "51400")
    assert code(raw.post("trade/cancel-algos", [{"instId": SWAP, "algoClOrdId": "none"}])) == (200, "51400")
    assert code(raw.get("trade/nothing")) == (404, "404")


def test_leverage_and_position_mode(raw):
    lever = {"instId": SWAP, "mgnMode": "isolated"}

    assert code(raw.post("account/set-leverage", lever | {"lever": "126"})) == (200, "59102")
    assert code(raw.post("account/set-leverage", lever | {"lever": "5", "mgnMode": "cash"})) == (200, "51000")
    assert code(raw.post("account/set-leverage", lever | {"lever": "5", "posSide": "long"})) == (200, "51000")
    raw.post("trade/order", BUY)
    assert code(raw.post("account/set-position-mode", {"posMode": "long_short_mode"})) == (200, "59000")


def test_a_hedge_account_needs_the_side(raw, okx):
    okx.control.change_account(raw.keys["api_key"], is_hedged=True)
    lever = {"instId": SWAP, "mgnMode": "isolated", "lever": "5"}

    assert code(raw.post("trade/order", BUY)) == (200, "51000")
    assert code(raw.post("account/set-leverage", lever)) == (200, "51000")
    assert code(raw.post("account/set-leverage", lever | {"posSide": "long"})) == (200, "0")
    assert code(raw.post("trade/order", BUY | {"side": "sell", "posSide": "long"})) == (200, "51169")


def test_an_order_in_the_other_margin_mode_touches_no_position(raw):
    """OKX would hold both modes side by side; here a symbol holds one."""
    raw.post("trade/order", BUY)

    assert code(raw.post("trade/order", BUY | {"side": "sell", "tdMode": "isolated", "reduceOnly": True})) == (
        200,
        "51169",
    )
    assert code(raw.post("trade/order", BUY | {"tdMode": "isolated"})) == (200, "50062")


def test_a_key_without_the_right(okx):
    raw = Raw(okx, okx.control.create_account(**STANDARD | {"permissions": {"futures": False, "spot": False}}))

    assert code(raw.post("trade/order", BUY)) == (200, "50120")
    assert code(raw.post("trade/order", PURCHASE)) == (200, "50120")
    assert code(raw.get("account/config")) == (200, "0")


def test_limits_and_maintenance(raw, okx):
    okx.control.settings(order_limit=1)
    assert [code(raw.post("trade/order", BUY)) for _ in range(2)] == [(200, "0"), (200, "50061")]
    okx.control.settings(order_limit=0, weight_limit=1)
    assert code(raw.get("account/config")) == (429, "50011")
    okx.control.settings(weight_limit=0)
    okx.control.add_fault(
        "answer_before", code=51149, message="Order timed out. Please try again.", leg="entry", count=1
    )
    assert raw.post("trade/order", BUY)[1]["code"] == "51149"


def test_a_suspended_and_a_delisted_contract(raw, okx):
    okx.control.change_market("SOLUSDT", status="BREAK")
    assert code(raw.post("trade/order", BUY | {"instId": "SOL-USDT-SWAP"})) == (200, "51022")
    (listed,) = raw.get("public/instruments?instType=SWAP&instId=SOL-USDT-SWAP")[1]["data"]
    assert listed["state"] == "suspend"
    okx.control.change_market("SOLUSDT", status="TRADING")


def test_funding_is_a_bill_of_its_own_kind(raw, okx):
    raw.post("trade/order", BUY)
    okx.control.funding(rates={"BTCUSDT": "0.0001"}, settle=True)

    (bill,) = raw.get("account/bills?instType=SWAP&type=8")[1]["data"]
    assert (bill["instId"], bill["ccy"], bill["balChg"]) == (SWAP, "USDT", "-0.09523450")
    assert raw.get("account/bills?instType=SWAP&type=1")[1]["data"] == []
