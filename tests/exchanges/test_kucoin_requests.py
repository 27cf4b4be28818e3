"""What leaves us for KuCoin: exact paths and bodies, signed as its documentation says.

EXC-06, EXE-06, EXE-07, EXE-10, EXE-12; D8, D16, D25, D27.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.client import ExchangeClient
from exchanges.errors import Unsupported
from exchanges.types import Leg, MarginMode, MarketType, OrderTerms, PositionMode, PositionSide, ProtectionLeg, Side
from tests.exchanges.kucoin_desk import (
    API,
    BY_ID,
    KEYS,
    ORDERS,
    SPOT_BY_ID,
    SPOT_ORDERS,
    SPOT_STOP_BY_ID,
    SPOT_STOPS,
    STOPS,
    TERMS,
    connected,
    echoing,
    is_well_signed,
    pair,
    scripted,
    sent,
    signature,
    swap,
)
from tests.exchanges.kucoin_samples import (
    ENTRY,
    ORDER,
    SPOT_ORDER,
    SPOT_STOP,
    STANDING,
    STOP,
    STOP_PLACED,
    TARGET,
    error,
    page,
    told,
)
from tests.exchanges.loopback import Loopback

LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it
COINS = Decimal("0.00105")


def market_order(side: str, client_id: str = ENTRY, **more: Any) -> dict[str, Any]:
    order = {"clientOid": client_id, "side": side, "symbol": "XBTUSDTM", "type": "market", "size": 31}
    return order | {"marginMode": "ISOLATED"} | more


def reduction(side: str, client_id: str = ENTRY, **more: Any) -> dict[str, Any]:
    return market_order(side, client_id, leverage=1, reduceOnly=True, **more)


@pytest.fixture
async def kucoin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("POST", ORDERS, echoing())
        loopback.answer("POST", SPOT_ORDERS, echoing())
        loopback.answer("POST", SPOT_STOPS, told(STOP_PLACED))
        yield loopback


@pytest.fixture
def account(kucoin: Loopback) -> ExchangeClient:
    return connected()


async def test_markets_are_read_in_base_units_and_only_open_ones(account: ExchangeClient) -> None:
    """Bitcoin is XBT there, in futures."""
    market, pepe, spot = await swap(account), await swap(account, "PEPEUSDT"), await pair(account)

    assert (market.id, market.price_step, market.quantity_step, market.min_quantity, market.max_leverage) == (
        "XBTUSDTM", Decimal("0.1"), Decimal("0.001"), Decimal("0.001"), 125,
    )  # fmt: skip
    assert (pepe.quantity_step, pepe.price_step) == (Decimal(10_000), Decimal("1E-10"))
    assert (spot.id, spot.quantity_step, spot.min_notional) == ("BTC-USDT", Decimal("1E-8"), Decimal("0.1"))
    assert sorted(one.key for one in await account.markets(MarketType.FUTURES)) == ["BTCUSDT", "PEPEUSDT"]


@pytest.mark.parametrize(("side", "word", "position"), [(Side.BUY, "buy", "LONG"), (Side.SELL, "sell", "SHORT")])
@pytest.mark.parametrize("mode", list(PositionMode))
@pytest.mark.parametrize("margin", list(MarginMode))
async def test_an_entry_says_leverage_and_margin_mode_itself(
    kucoin: Loopback, side: Side, word: str, position: str, mode: PositionMode, margin: MarginMode
) -> None:
    """Without its own, an order would be one of leverage 1. D16: hedge accounts say the position's side."""
    account = connected(mode)
    terms = OrderTerms(margin_mode=margin, leverage=20)

    answer = await account.enter(await swap(account), side, QUANTITY, ENTRY, terms=terms)

    expected = market_order(word, leverage=20, marginMode=margin.value.upper())
    if mode is PositionMode.HEDGE:
        expected["positionSide"] = position
    assert sent(kucoin) == [("POST", ORDERS, expected)]
    assert (answer.client_order_id, answer.exchange_order_id) == (ENTRY, "234125150956625920")


async def test_an_entry_without_a_leverage_is_not_sent(kucoin: Loopback, account: ExchangeClient) -> None:
    with pytest.raises(Unsupported):
        await account.enter(await swap(account), Side.BUY, QUANTITY, ENTRY)

    assert sent(kucoin) == []


async def test_a_contract_of_thousands_of_coins(kucoin: Loopback, account: ExchangeClient) -> None:
    await account.enter(await swap(account, "PEPEUSDT"), Side.BUY, Decimal(50_000), ENTRY, terms=TERMS)

    assert sent(kucoin)[-1][2]["size"] == 5


@pytest.mark.parametrize(("side", "word"), [(PositionSide.LONG, "sell"), (PositionSide.SHORT, "buy")])
@pytest.mark.parametrize("mode", list(PositionMode))
async def test_a_reduction_can_only_make_the_position_smaller(
    kucoin: Loopback, side: PositionSide, word: str, mode: PositionMode
) -> None:
    account = connected(mode)

    await account.reduce(await swap(account), side, QUANTITY, ENTRY, margin_mode=MarginMode.CROSS)

    hedged = {"positionSide": side.value.upper()} if mode is PositionMode.HEDGE else {}
    assert sent(kucoin) == [("POST", ORDERS, reduction(word, marginMode="CROSS", **hedged))]


@pytest.mark.parametrize(
    ("side", "word", "stop", "target"),
    [(PositionSide.LONG, "sell", "down", "up"), (PositionSide.SHORT, "buy", "up", "down")],
)
@pytest.mark.parametrize("mode", list(PositionMode))
async def test_stop_and_target_are_two_reduce_only_orders_on_the_mark_price(
    kucoin: Loopback, side: PositionSide, word: str, stop: str, target: str, mode: PositionMode
) -> None:
    """D8, D25: each with an id of its own, for this position's own quantity."""
    account = connected(mode)

    placed = await account.place_protection(await swap(account), side, QUANTITY, LEGS)

    hedged = {"positionSide": side.value.upper()} if mode is PositionMode.HEDGE else {}
    expected = [
        reduction(word, STOP, stop=stop, stopPrice="93805.9", stopPriceType="MP", **hedged),
        reduction(word, TARGET, stop=target, stopPrice="102853.2", stopPriceType="MP", **hedged),
    ]
    assert sorted(sent(kucoin), key=str) == sorted([("POST", ORDERS, body) for body in expected], key=str)
    assert {leg: answer.client_order_id for leg, answer in placed.items()} == {Leg.STOP: STOP, Leg.TARGET: TARGET}  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", list(PositionMode))
async def test_margin_mode_is_chosen_for_the_symbol_and_cross_leverage_after_it(
    kucoin: Loopback, mode: PositionMode
) -> None:
    """EXE-06: isolated leverage goes with each order and has no call."""
    margin_path, leverage_path = "/api/v2/position/changeMarginMode", "/api/v2/changeCrossUserLeverage"
    kucoin.answer("POST", margin_path, told({"symbol": "XBTUSDTM", "marginMode": "ISOLATED"}))
    kucoin.answer("POST", leverage_path, told(True))
    account = connected(mode)
    market = await swap(account)

    await account.set_terms(market, leverage=20, margin_mode=MarginMode.ISOLATED)
    await account.set_terms(market, leverage=20, margin_mode=MarginMode.CROSS)

    assert sent(kucoin) == [
        ("POST", margin_path, {"symbol": "XBTUSDTM", "marginMode": "ISOLATED"}),
        ("POST", margin_path, {"symbol": "XBTUSDTM", "marginMode": "CROSS"}),
        ("POST", leverage_path, {"symbol": "XBTUSDTM", "leverage": "20"}),
    ]


async def test_orders_and_legs_are_found_by_our_id_and_cancelled_by_theirs(
    kucoin: Loopback, account: ExchangeClient
) -> None:
    kucoin.answer("GET", BY_ID, lambda asked: told(ORDER if asked.params["clientOid"] == ENTRY else STANDING))
    kucoin.answer("GET", STOPS, page(STANDING))
    kucoin.answer("DELETE", f"{ORDERS}/230181737576050688", told({"cancelledOrderIds": ["230181737576050688"]}))
    market = await swap(account)

    entry, stop = await account.find_order(market, ENTRY), await account.find_protection(market, STOP)
    cancelled = await account.cancel_protection(market, [STOP, TARGET])

    assert sent(kucoin) == [
        ("GET", BY_ID, {"clientOid": ENTRY}),
        ("GET", BY_ID, {"clientOid": STOP}),
        ("GET", STOPS, {"symbol": "XBTUSDTM", "pageSize": "1000"}),
        ("DELETE", f"{ORDERS}/230181737576050688", {}),
    ]
    assert entry is not None
    assert stop is not None
    assert (entry.filled_quantity, entry.average_price) == (QUANTITY, Decimal("95234.5"))
    assert (stop.client_order_id, stop.trigger_price, stop.quantity) == (STOP, Decimal("93805.9"), QUANTITY)
    assert (cancelled[STOP], getattr(cancelled[TARGET], "kind", None)) == (None, "not_found")


async def test_what_is_not_there_is_said_with_a_code(kucoin: Loopback, account: ExchangeClient) -> None:
    """D4"""
    kucoin.answer("GET", BY_ID, error("100001", "error.getOrder.orderNotExist"))
    kucoin.answer("GET", f"{SPOT_BY_ID}/{ENTRY}", told(None))

    assert await account.find_order(await swap(account), ENTRY) is None
    assert await account.find_protection(await swap(account), STOP) is None
    assert await account.find_order(await pair(account), ENTRY) is None


async def test_a_spot_purchase_names_its_cost_and_a_sale_its_coins(kucoin: Loopback, account: ExchangeClient) -> None:
    """D27"""
    market = await pair(account)

    await account.enter_with_cost(market, Decimal("100.00"), ENTRY)
    await account.reduce(market, PositionSide.LONG, COINS, ENTRY)

    order = {"clientOid": ENTRY, "symbol": "BTC-USDT", "type": "market"}
    assert sent(kucoin) == [
        ("POST", SPOT_ORDERS, order | {"side": "buy", "funds": "100"}),
        ("POST", SPOT_ORDERS, order | {"side": "sell", "size": "0.00105"}),
    ]


async def test_on_spot_the_stop_stands_alone(kucoin: Loopback, account: ExchangeClient) -> None:
    placed = await account.place_protection(await pair(account), PositionSide.LONG, COINS, LEGS)

    assert sent(kucoin) == [
        ("POST", SPOT_STOPS,
         {"clientOid": STOP, "symbol": "BTC-USDT", "type": "market", "side": "sell", "size": "0.00105", "stop": "loss",
          "stopPrice": "93805.9", "tradeType": "TRADE"}),
    ]  # fmt: skip
    assert placed[Leg.TARGET].code == "one_leg_only"  # type: ignore[union-attr]
    assert placed[Leg.STOP].client_order_id == STOP  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("stops", "order", "asked", "fired"),
    [
        ([told([SPOT_STOP])], error("400100", "order not exist"), 1, ""),
        ([told([])], told(SPOT_ORDER | {"clientOid": STOP}), 2, SPOT_ORDER["id"]),
        ([told([SPOT_STOP | {"status": "TRIGGERED"}])], told(SPOT_ORDER | {"clientOid": STOP}), 2, SPOT_ORDER["id"]),
        ([told([SPOT_STOP | {"status": "TRIGGERED"}])], told(None), 3, SPOT_STOP["id"]),
        ([told([]), told([SPOT_STOP | {"status": "TRIGGERED"}])], told(None), 3, SPOT_STOP["id"]),
    ],
)
async def test_a_spot_stop_is_asked_for_as_a_stop_as_an_order_and_as_what_it_was(
    kucoin: Loopback, account: ExchangeClient, stops: list[Any], order: Any, asked: int, fired: str
) -> None:
    """EXE-16"""
    kucoin.answer("GET", SPOT_STOP_BY_ID, *stops)
    kucoin.answer("GET", f"{SPOT_BY_ID}/{STOP}", order)

    found = await account.find_protection(await pair(account), STOP)

    by_stop = ("GET", SPOT_STOP_BY_ID, {"clientOid": STOP, "symbol": "BTC-USDT"})
    by_order = ("GET", f"{SPOT_BY_ID}/{STOP}", {"symbol": "BTC-USDT"})
    assert sent(kucoin) == [by_stop, by_order, by_stop][:asked]
    assert found is not None
    assert (found.client_order_id, found.triggered_order_id) == (STOP, fired)


async def test_a_spot_stop_is_listed_and_cancelled_by_our_id(kucoin: Loopback, account: ExchangeClient) -> None:
    kucoin.answer("GET", SPOT_STOPS, page(SPOT_STOP, SPOT_STOP | {"id": "2", "status": "TRIGGERED"}))
    path = f"{SPOT_STOPS}/cancelOrderByClientOid"
    kucoin.answer("DELETE", path, told({"cancelledOrderId": SPOT_STOP["id"], "clientOid": STOP}))
    market = await pair(account)

    standing = await account.standing_protection(market)
    cancelled = await account.cancel_protection(market, [STOP])

    assert [(one.client_order_id, one.trigger_price, one.quantity) for one in standing] == [
        (STOP, Decimal("93805.9"), COINS)
    ]
    assert cancelled == {STOP: None}
    assert sent(kucoin) == [
        ("GET", SPOT_STOPS, {"symbol": "BTC-USDT", "pageSize": "500"}),
        ("DELETE", path, {"clientOid": STOP, "symbol": "BTC-USDT"}),
    ]


@pytest.mark.parametrize(
    ("market_type", "path", "asked"),
    [
        (MarketType.FUTURES, f"{API}/fills", {"symbol": "XBTUSDTM", "pageSize": "1000"}),
        (MarketType.SPOT, f"{API}/hf/fills", {"symbol": "BTC-USDT", "limit": "100"}),
    ],
)
async def test_trades_are_asked_for_by_windows_of_less_than_a_week(
    kucoin: Loopback, account: ExchangeClient, market_type: MarketType, path: str, asked: dict[str, str]
) -> None:
    kucoin.answer("GET", path, page())
    since = datetime.now(UTC) - timedelta(days=10)

    await account.fills(await account.market(market_type, "BTCUSDT"), since=since)

    start, week = int(since.timestamp() * 1000), 6 * 86_400_000
    assert sent(kucoin) == [
        ("GET", path, asked | {"startAt": str(start), "endAt": str(start + week - 1)}),
        ("GET", path, asked | {"startAt": str(start + week)}),
    ]


async def test_funding_is_asked_for_each_symbol_that_is_held(kucoin: Loopback, account: ExchangeClient) -> None:
    payment = {
        "id": 1472387374042586, "symbol": "XBTUSDTM", "timePoint": 1731470400000, "fundingRate": 0.000641,
        "markPrice": 87139.92, "positionQty": 1, "positionCost": 87.13992, "funding": -0.05585669, "settleCurrency": "USDT",
    }  # fmt: skip
    kucoin.answer("GET", f"{API}/funding-history", told({"dataList": [payment], "hasMore": False}))

    (read,) = await account.funding(datetime(2024, 11, 13, tzinfo=UTC), {"BTCUSDT"})

    assert (read.payment_id, read.market_key, read.amount, read.currency) == (
        "1472387374042586", "BTCUSDT", Decimal("-0.05585669"), "USDT",
    )  # fmt: skip
    assert [(asked.params["symbol"], asked.params["startAt"]) for asked in kucoin.to(f"{API}/funding-history")] == [
        ("XBTUSDTM", "1731456000000")
    ]


async def test_every_private_request_bears_key_passphrase_and_a_good_signature(
    kucoin: Loopback, account: ExchangeClient
) -> None:
    """Version 2 of keys: the passphrase goes signed. No partner is named."""
    futures, spot = await swap(account), await pair(account)
    kucoin.asked.clear()
    kucoin.answer("GET", BY_ID, told(ORDER))
    kucoin.answer("GET", SPOT_STOPS, page(SPOT_STOP))
    before = time.time_ns() // 1_000_000

    await account.enter(futures, Side.BUY, QUANTITY, ENTRY, terms=TERMS)
    await account.find_order(futures, ENTRY)
    await account.enter_with_cost(spot, Decimal(100), ENTRY)
    await account.standing_protection(spot)

    assert [is_well_signed(asked) for asked in kucoin.asked] == [True] * 4
    for asked in kucoin.asked:
        assert asked.headers["kc-api-passphrase"] == signature(KEYS.passphrase)
        assert asked.headers["kc-api-key-version"] == "2"
        assert before <= int(asked.headers["kc-api-timestamp"]) <= time.time_ns() // 1_000_000
        assert not [name for name in asked.headers if "partner" in name]
    hosts = [asked.headers["x-exchange-host"] for asked in kucoin.asked]
    assert hosts == ["api-futures.kucoin.com"] * 2 + ["api.kucoin.com"] * 2


def test_there_is_no_demo(kucoin: Loopback) -> None:
    with pytest.raises(Unsupported):
        client.connect("kucoin", KEYS, testnet=True, position_mode=None)
