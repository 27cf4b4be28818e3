"""What Bitget refuses, in its own codes: keys, signatures, kinds of account, symbols, steps, margin, reduce-only, position modes."""

from typing import Any

import pytest

from tests.simulator.bitget_desk import MARKET, NAMED, PRODUCT, STANDARD, UNIFIED, Raw, bitget, running

__all__ = ["bitget", "running"]

ORDER, TPSL, UTA = "v2/mix/order/place-order", "v2/mix/order/place-tpsl-order", "v3/trade/place-order"
ACCOUNTS, SETTINGS, STRATEGY = "v2/mix/account/accounts", "v3/account/settings", "v3/trade/place-strategy-order"
STOP = NAMED | {
    "planType": "loss_plan", "triggerPrice": "93805.9", "triggerType": "mark_price", "holdSide": "buy", "size": "0.031",
}  # fmt: skip
V3_ORDER = UNIFIED | {"qty": "0.031", "side": "buy", "orderType": "market"}
V3_STOP = UNIFIED | {
    "type": "tpsl", "tpslMode": "partial", "qty": "0.031", "posSide": "long", "stopLoss": "93805.9", "slTriggerBy": "mark",
}  # fmt: skip
SPOT_ORDER = {"symbol": "BTCUSDT", "side": "buy", "orderType": "market", "force": "gtc", "size": "100"}


@pytest.fixture
def keys(bitget) -> dict[str, Any]:
    made: dict[str, Any] = bitget.control.create_account(**STANDARD)
    return made


@pytest.fixture
def raw(bitget, keys) -> Raw:
    return Raw(bitget, keys)


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        ({"ACCESS_KEY": "x" * 35}, "40037"),
        ({"ACCESS_KEY": ""}, "40001"),
        ({"ACCESS_SIGN": "bm8="}, "40009"),
        ({"ACCESS_SIGN": ""}, "40002"),
        ({"ACCESS_TIMESTAMP": "yesterday"}, "40005"),
        ({"ACCESS_PASSPHRASE": "another"}, "40012"),
        ({"ACCESS_PASSPHRASE": ""}, "40011"),
        ({"PAPTRADING": "1"}, "40099"),
        ({"seconds": -31}, "40008"),
        ({"seconds": 31}, "40008"),
        ({"seconds": -25}, "00000"),
    ],
)
def test_a_request_must_be_signed(raw: Raw, spoiled: dict[str, Any], expected: str) -> None:
    assert code(raw.get(ACCOUNTS, PRODUCT, **spoiled)) == (200 if expected == "00000" else 400, expected)


def test_a_demo_key_needs_its_header(bitget) -> None:
    demo = Raw(bitget, bitget.control.create_account(**STANDARD | {"environment": "demo"}))

    assert code(demo.get(ACCOUNTS, PRODUCT)) == (400, "40099")
    assert code(demo.get(ACCOUNTS, PRODUCT, PAPTRADING="1")) == (200, "00000")


@pytest.mark.parametrize(
    ("label", "classic", "unified"), [("classic", "00000", "40084"), ("unified", "40085", "00000")]
)
def test_each_kind_of_account_has_its_own_endpoints(bitget, label: str, classic: str, unified: str) -> None:
    raw = Raw(bitget, bitget.control.create_account(**STANDARD, label=label))

    assert code(raw.get(ACCOUNTS, PRODUCT))[1] == classic
    assert code(raw.get(SETTINGS))[1] == unified


@pytest.mark.parametrize(
    ("path", "body", "change", "expected"),
    [
        (ORDER, MARKET, {"symbol": "NOPEUSDT"}, "40034"),
        (ORDER, MARKET, {"productType": "COIN-FUTURES"}, "40034"),
        (ORDER, MARKET, {"productType": "OPTIONS"}, "40020"),
        (ORDER, MARKET, {"size": "0.03105"}, "40808"),
        (ORDER, MARKET, {"size": "0.00001"}, "40808"),
        (ORDER, MARKET, {"size": "0"}, "45111"),
        (ORDER, MARKET, {"symbol": "DOGEUSDT", "size": "1"}, "45110"),
        (ORDER, MARKET, {"size": "1000"}, "45112"),
        (ORDER, MARKET, {"size": "100"}, "40762"),
        (ORDER, MARKET, {"size": ""}, "40019"),
        (ORDER, MARKET, {"marginMode": "both"}, "40020"),
        (ORDER, MARKET, {"marginCoin": "BTC"}, "40020"),
        (ORDER, MARKET, {"orderType": "limit", "price": "90000.05"}, "45115"),
        (ORDER, MARKET, {"side": "sell", "reduceOnly": "YES"}, "22002"),
        (TPSL, STOP, {}, "43023"),
        (TPSL, STOP, {"holdSide": "long"}, "43011"),
        ("v2/mix/account/set-leverage", NAMED | {"leverage": "500"}, {}, "40797"),
        ("v2/spot/trade/place-order", SPOT_ORDER, {"size": "5000"}, "43012"),
        ("v2/spot/trade/place-order", SPOT_ORDER, {"size": "0.5"}, "45110"),
        ("v2/spot/trade/place-order", SPOT_ORDER, {"size": "100.00001"}, "40808"),
        ("v2/spot/trade/place-order", SPOT_ORDER, {"side": "sell", "size": "0.0000001"}, "40808"),
        ("v2/spot/trade/place-order", SPOT_ORDER, {"symbol": "NOPEUSDT"}, "40034"),
        ("v2/spot/trade/cancel-plan-order", {"clientOid": "never"}, {}, "43025"),
        (UTA, V3_ORDER, {"symbol": "NOPEUSDT"}, "25100"),
        (UTA, V3_ORDER, {"qty": "0.03105"}, "25610"),
        (UTA, V3_ORDER, {"symbol": "DOGEUSDT", "qty": "1"}, "25611"),
        (UTA, V3_ORDER, {"qty": "100"}, "25203"),
        (UTA, V3_ORDER, {"category": "SPOT", "qty": "5000"}, "25202"),
        (UTA, V3_ORDER, {"posSide": "long"}, "25236"),
        (UTA, V3_ORDER, {"side": "sell", "reduceOnly": "yes"}, "25227"),
        (STRATEGY, V3_STOP, {}, "25601"),
        (STRATEGY, V3_STOP, {"type": "grid"}, "25200"),
        ("v3/trade/cancel-strategy-order", {"clientOid": "never"}, {}, "25597"),
        ("v3/account/set-leverage", UNIFIED | {"leverage": "500"}, {}, "25223"),
        ("v2/nothing/here", {}, {}, "40404"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_changes_nothing(
    bitget, keys, raw: Raw, path: str, body: dict[str, str], change: dict[str, str], expected: str
) -> None:
    answer = raw.post(path, body | change)

    assert code(answer) == (404 if expected == "40404" else 400, expected)
    there = bitget.control.account(keys["api_key"])
    assert (there["positions"], there["open_orders"], there["open_conditionals"]) == ([], [], [])


@pytest.mark.parametrize(
    ("side", "held", "plan", "price", "classic", "unified"),
    [
        ("buy", "long", "loss_plan", "96000", "40834", "25590"),
        ("buy", "long", "profit_plan", "95000", "40830", "25589"),
        ("sell", "short", "loss_plan", "95000", "40836", "25592"),
        ("sell", "short", "profit_plan", "96000", "40832", "25591"),
    ],
)
def test_a_trigger_that_the_price_has_passed(
    raw: Raw, side: str, held: str, plan: str, price: str, classic: str, unified: str
) -> None:
    raw.post(ORDER, MARKET | {"side": side})
    leg = {"stopLoss": price, "slTriggerBy": "mark"}
    if plan == "profit_plan":
        leg = {"stopLoss": "", "takeProfit": price, "tpTriggerBy": "mark"}

    assert code(raw.post(TPSL, STOP | {"planType": plan, "triggerPrice": price, "holdSide": side})) == (400, classic)
    assert code(raw.post(STRATEGY, V3_STOP | {"posSide": held} | leg)) == (400, unified)


def test_an_id_is_taken_while_its_order_is_open(raw: Raw) -> None:
    limit = MARKET | {"orderType": "limit", "price": "90000", "clientOid": "e1"}
    raw.post(ORDER, MARKET)
    raw.post(TPSL, STOP | {"clientOid": "s1"})

    assert code(raw.post(ORDER, MARKET | {"clientOid": "e2"})) == (200, "00000")
    assert code(raw.post(ORDER, MARKET | {"clientOid": "e2"})) == (200, "00000")
    assert code(raw.post(ORDER, limit)) == (200, "00000")
    assert code(raw.post(ORDER, limit)) == (400, "40786")
    assert code(raw.post(UTA, V3_ORDER | {"clientOid": "e1"})) == (400, "25212")
    assert code(raw.post(TPSL, STOP | {"clientOid": "s1"})) == (400, "40786")


def test_a_hedge_account_must_say_what_is_opened_and_what_closed(bitget, keys, raw: Raw) -> None:
    switched = raw.post("v2/mix/account/set-position-mode", PRODUCT | {"posMode": "hedge_mode"})
    opened = raw.post(ORDER, MARKET | {"tradeSide": "open"})
    closed_short = raw.post(ORDER, MARKET | {"side": "sell", "tradeSide": "close"})
    closed_long = raw.post(ORDER, MARKET | {"tradeSide": "close", "size": "0.011"})
    held = {one["side"]: one["quantity"] for one in bitget.control.account(keys["api_key"])["positions"]}

    assert switched[1]["data"] == {"posMode": "hedge_mode"}
    assert (opened[0], closed_long[0]) == (200, 200)
    assert code(closed_short) == (400, "22002")
    assert held == {"LONG": "0.020"}
    assert code(raw.post(ORDER, MARKET)) == (400, "40774")
    assert code(raw.post(UTA, V3_ORDER)) == (400, "25236")
    assert code(raw.post("v2/mix/account/set-position-mode", PRODUCT | {"posMode": "one_way_mode"})) == (400, "40920")
    assert code(raw.post("v2/mix/account/set-margin-mode", NAMED | {"marginMode": "isolated"})) == (400, "45117")


def test_what_was_never_sent_is_not_there(raw: Raw) -> None:
    assert code(raw.get("v2/mix/order/detail", NAMED | {"clientOid": "never"})) == (400, "40109")
    assert code(raw.get("v3/trade/order-info", {"clientOid": "never"})) == (400, "25204")
    assert raw.get("v2/spot/trade/orderInfo", {"clientOid": "never"})[1]["data"] == []
    pending = raw.get("v2/mix/order/orders-plan-pending", PRODUCT | {"planType": "profit_loss"})
    assert pending[1]["data"] == {"entrustedList": None, "endId": None}


def test_rights_and_limits(bitget, keys, raw: Raw) -> None:
    bitget.control.change_account(keys["api_key"], permissions={"futures": False})
    forbidden = raw.post(ORDER, MARKET)
    rights = raw.get("v2/spot/account/info")[1]["data"]["authorities"]
    bitget.control.change_account(keys["api_key"], permissions={"futures": True})
    bitget.control.settings(order_limit=1)
    first, second = raw.post(ORDER, MARKET), raw.post(ORDER, MARKET)

    assert code(forbidden) == (400, "40014")
    assert rights == ["coor", "stow"]
    assert (code(first), code(second)) == ((200, "00000"), (429, "429"))
