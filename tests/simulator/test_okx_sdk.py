"""python-okx, which nobody here wrote, drives the simulator's OKX: EXC-03, EXC-05, EXE-06, EXE-07, EXE-12, EXE-16."""

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI

from tests.simulator.okx_desk import PAIR, STANDARD, SWAP, calm, okx_simulator

# of the SDK itself: it asks for naive times and hands httpx bodies in an old way
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
NOBODY = {"api_key": "-1", "secret": "-1", "passphrase": "-1"}  # the SDK's word for requests without a signature


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with okx_simulator() as simulator:
        yield simulator


@pytest.fixture
def okx(running):
    return calm(running)


@pytest.fixture
def keys(okx):
    return okx.control.create_account(**STANDARD)


@pytest.fixture
def connect(okx):
    """The SDK's classes, each a connection of its own that is closed at the end."""
    with ExitStack() as stack:

        def connected(api, keys=NOBODY, flag="0"):
            names = (keys["api_key"], keys["secret"], keys["passphrase"])
            made = api(*names, flag=flag, domain=okx.url, debug=False)
            stack.callback(made.close)
            return made

        yield connected


@pytest.fixture
def trade(connect, keys):
    return connect(TradeAPI, keys)


@pytest.fixture
def account(connect, keys):
    return connect(AccountAPI, keys)


def rows(answer):
    assert answer["code"] == "0", answer
    return answer["data"]


def test_leverage_order_query_position_balance(trade, account):
    set_to = rows(account.set_leverage(lever="15", mgnMode="isolated", instId=SWAP))
    told = rows(account.get_leverage(mgnMode="isolated", instId=SWAP))
    placed = rows(
        trade.place_order(instId=SWAP, tdMode="isolated", side="buy", ordType="market", sz="3.1", clOrdId="e1")
    )
    order = rows(trade.get_order(instId=SWAP, clOrdId="e1"))[0]
    (position,) = rows(account.get_positions(instType="SWAP"))
    (balance,) = rows(account.get_account_balance(ccy="USDT"))
    fills = rows(trade.get_fills(instType="SWAP", instId=SWAP))

    assert (set_to[0]["lever"], told[0]["lever"]) == ("15", "15")
    assert (placed[0]["clOrdId"], placed[0]["sCode"]) == ("e1", "0")
    assert (order["ordId"], order["state"], order["accFillSz"], order["avgPx"], order["tdMode"]) == (
        placed[0]["ordId"], "filled", "3.1", "95234.50", "isolated",
    )  # fmt: skip
    assert Decimal(order["fee"]) == Decimal("-1.47613475")
    assert (position["instId"], position["pos"], position["posSide"], position["mgnMode"], position["lever"]) == (
        SWAP, "3.1", "net", "isolated", "15",
    )  # fmt: skip
    assert position["margin"] == "196.81796667"
    (coin,) = balance["details"]
    assert Decimal(coin["cashBal"]) == Decimal("9998.52386525")
    assert Decimal(coin["availEq"]) == Decimal("9801.70589858")
    assert [(fill["fillPx"], fill["fillSz"], fill["fee"], fill["clOrdId"]) for fill in fills] == [
        ("95234.50", "3.1", "-1.47613475", "e1")
    ]


def test_stop_and_target_query_fire_and_cancel(okx, trade, account):
    trade.place_order(instId=SWAP, tdMode="cross", side="buy", ordType="market", sz="3.1")
    shared = {
        "instId": SWAP,
        "tdMode": "cross",
        "side": "sell",
        "ordType": "conditional",
        "sz": "3.1",
        "reduceOnly": "true",
    }
    stop = {"slTriggerPx": "93806", "slOrdPx": "-1", "slTriggerPxType": "mark", "algoClOrdId": "s1"}
    target = {"tpTriggerPx": "102853.2", "tpOrdPx": "-1", "tpTriggerPxType": "mark", "algoClOrdId": "t1"}
    placed = [rows(trade.place_algo_order(**(shared | one)))[0] for one in (stop, target)]
    standing = rows(trade.order_algos_list(ordType="conditional", instType="SWAP", instId=SWAP))

    okx.control.move_price("BTCUSDT", "93000")

    fired = rows(trade.get_algo_order_details(algoClOrdId="s1"))[0]
    sold = rows(trade.get_order(instId=SWAP, ordId=fired["ordIdList"][0]))[0]
    cancelled = rows(trade.cancel_algo_order([{"instId": SWAP, "algoId": placed[1]["algoId"]}]))
    again = trade.cancel_algo_order([{"instId": SWAP, "algoId": placed[1]["algoId"]}])

    assert [(one["algoClOrdId"], one["slTriggerPx"], one["tpTriggerPx"], one["slTriggerPxType"]) for one in standing] == [
        ("t1", "", "102853.2", ""), ("s1", "93806", "", "mark"),
    ]  # fmt: skip
    assert (fired["state"], fired["actualSide"], fired["algoId"]) == ("effective", "sl", placed[0]["algoId"])
    assert (sold["state"], sold["avgPx"], sold["pnl"], sold["clOrdId"]) == ("filled", "93806", "-44.28350000", "")
    assert rows(account.get_positions()) == []
    assert cancelled[0]["sCode"] == "0"
    assert (again["code"], again["data"][0]["sCode"]) == ("1", "51400")
    assert rows(trade.order_algos_list(ordType="conditional")) == []
    history = rows(trade.order_algos_history(ordType="conditional", instType="SWAP"))
    assert [one["state"] for one in history] == ["canceled", "effective"]


def test_a_pair_is_one_algo(okx, trade):
    trade.place_order(instId=SWAP, tdMode="cross", side="sell", ordType="market", sz="1")
    (pair,) = rows(
        trade.place_algo_order(
            instId=SWAP, tdMode="cross", side="buy", ordType="oco", sz="1", reduceOnly="true", algoClOrdId="p1",
            slTriggerPx="97000", slOrdPx="-1", tpTriggerPx="90000", tpOrdPx="-1",
        )
    )  # fmt: skip
    (standing,) = rows(trade.order_algos_list(ordType="oco"))

    okx.control.move_price("BTCUSDT", "89000")

    told = rows(trade.get_algo_order_details(algoId=pair["algoId"]))[0]
    assert (standing["slTriggerPx"], standing["tpTriggerPx"], standing["algoClOrdId"]) == ("97000", "90000", "p1")
    assert (told["state"], told["actualSide"]) == ("effective", "tp")
    assert rows(trade.order_algos_list(ordType="oco")) == []


def test_both_sides_of_a_hedge_account(trade, account):
    rows(account.set_position_mode(posMode="long_short_mode"))
    assert rows(account.get_account_config())[0]["posMode"] == "long_short_mode"
    for side, held in (("buy", "long"), ("sell", "short")):
        rows(account.set_leverage(lever="5", mgnMode="isolated", instId=SWAP, posSide=held))
        rows(trade.place_order(instId=SWAP, tdMode="isolated", side=side, posSide=held, ordType="market", sz="1"))
    positions = rows(account.get_positions())
    rows(trade.place_order(instId=SWAP, tdMode="isolated", side="sell", posSide="long", ordType="market", sz="0.4"))

    assert sorted((one["posSide"], one["pos"]) for one in positions) == [("long", "1"), ("short", "1")]
    assert sorted((one["posSide"], one["pos"]) for one in rows(account.get_positions())) == [
        ("long", "0.6"),
        ("short", "1"),
    ]


def test_limits_rest_are_listed_and_cancelled(trade):
    (placed,) = rows(
        trade.place_order(instId=SWAP, tdMode="cross", side="buy", ordType="limit", sz="1", px="90000", clOrdId="l1")
    )
    open_now = rows(trade.get_order_list(instType="SWAP"))
    cancelled = rows(trade.cancel_order(instId=SWAP, clOrdId="l1"))
    closed = rows(trade.get_orders_history(instType="SWAP"))

    assert [(one["ordId"], one["state"], one["px"]) for one in open_now] == [(placed["ordId"], "live", "90000")]
    assert cancelled[0]["ordId"] == placed["ordId"]
    assert [one["state"] for one in closed] == ["canceled"]


def test_several_orders_each_with_its_outcome(trade):
    order = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}

    answer = trade.place_multiple_orders([order, order | {"sz": "0.001"}])

    assert (answer["code"], [row["sCode"] for row in answer["data"]]) == ("2", ["0", "51121"])


def test_spot_by_cost_protected_and_sold(okx, trade, account):
    rows(
        trade.place_order(
            instId=PAIR, tdMode="cash", side="buy", ordType="market", sz="200", tgtCcy="quote_ccy", clOrdId="b1"
        )
    )
    bought = rows(trade.get_order(instId=PAIR, clOrdId="b1"))[0]
    rows(
        trade.place_algo_order(
            instId=PAIR, tdMode="cash", side="sell", ordType="conditional", sz="0.002", slTriggerPx="93000", slOrdPx="-1",
            algoClOrdId="s1",
        )
    )  # fmt: skip
    held = {coin["ccy"]: coin for coin in rows(account.get_account_balance())[0]["details"]}

    okx.control.move_price("BTCUSDT", "92000")

    fired = rows(trade.get_algo_order_details(algoClOrdId="s1"))[0]
    sold = rows(trade.get_order(instId=PAIR, ordId=fired["ordIdList"][0]))[0]
    assert (bought["accFillSz"], bought["sz"], bought["tgtCcy"], bought["feeCcy"]) == (
        "0.00210",
        "200",
        "quote_ccy",
        "BTC",
    )
    assert Decimal(bought["fee"]) == Decimal("-0.0000021")
    assert Decimal(held["BTC"]["cashBal"]) == Decimal("0.1020979")
    assert Decimal(held["BTC"]["ordFrozen"]) == Decimal("0.002")
    assert (fired["state"], sold["state"], sold["accFillSz"]) == ("effective", "filled", "0.002")
    assert trade.get_order(instId=PAIR, clOrdId="s1")["code"] == "51603"


def test_what_a_key_may_do(okx, connect):
    keys = okx.control.create_account(
        **STANDARD | {"permissions": {"withdrawals": True, "ip_restrict": True, "futures": False}}
    )
    told = rows(connect(AccountAPI, keys).get_account_config())[0]

    assert (told["perm"], told["ip"] != "", told["acctLv"]) == ("read_only,trade,withdraw", True, "1")


def test_demo_keys_need_the_mark_of_demo_trading(okx, connect):
    demo = okx.control.create_account(**STANDARD | {"environment": "demo"})
    live = okx.control.create_account(**STANDARD | {"environment": "live"})

    told = [connect(AccountAPI, keys, flag).get_account_config()["code"] for keys in (demo, live) for flag in "10"]

    assert told == ["0", "50101", "50101", "0"]


def test_public_data(connect):
    public, market = connect(PublicAPI), connect(MarketAPI)
    swaps = {one["instId"]: one for one in rows(public.get_instruments(instType="SWAP"))}

    assert (swaps[SWAP]["ctVal"], swaps[SWAP]["lotSz"], swaps[SWAP]["tickSz"]) == ("0.01", "0.01", "0.10")
    assert (swaps["PEPE-USDT-SWAP"]["ctVal"], swaps["PEPE-USDT-SWAP"]["minSz"]) == ("10000000", "0.1")
    assert rows(public.get_instruments(instType="OPTION")) == []
    assert rows(market.get_ticker(PAIR))[0]["last"] == "95234.50"
    assert {one["instId"] for one in rows(market.get_tickers("SWAP"))} == set(swaps)
    assert rows(market.get_orderbook(SWAP))[0]["asks"][0][0] == "95234.50"
    assert rows(market.get_candlesticks(SWAP, bar="1m"))[0][4] == "95234.50"
    assert rows(public.get_mark_price(instType="SWAP", instId=SWAP))[0]["markPx"] == "95234.50"
    assert rows(public.get_funding_rate(SWAP))[0]["instId"] == SWAP
    assert int(rows(public.get_system_time())[0]["ts"]) > 0
