"""What leaves us for futures on Bitget's unified accounts (v3), and what is read there.

EXC-05, EXC-11, EXE-06, EXE-07, EXE-10, EXE-16; D4, D8, D16, D25.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.client import ExchangeClient
from exchanges.dialect import read_answer
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.registry import get_venue
from exchanges.types import (
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderState,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from tests.exchanges.bitget_desk import STRATEGY as STRATEGY_PATH
from tests.exchanges.bitget_desk import UTA_ORDER as ORDER_PATH
from tests.exchanges.bitget_desk import V3, accepting, bodies, connected, scripted, sent
from tests.exchanges.bitget_samples import (
    ENTRY,
    STOP,
    STRATEGY,
    SUB_ORDER,
    TARGET,
    UNIFIED_ORDER_ANSWERS,
    UTA_ASSETS,
    UTA_FILL,
    UTA_ORDER,
    UTA_POSITION,
    ok,
    refused,
)
from tests.exchanges.loopback import Loopback
from tests.exchanges.markets import any_market
from tests.exchanges.test_any_answer import broken

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")
CATEGORY = {"category": "USDT-FUTURES"}
NAMED = CATEGORY | {"symbol": "BTCUSDT"}
LOOK_UP, CANCEL = f"{V3}trade/order-info", f"{V3}trade/cancel-strategy-order"
PENDING, HISTORY = f"{V3}trade/unfilled-strategy-orders", f"{V3}trade/history-strategy-orders"
SENT = f"{V3}trade/strategy-sub-orders"


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        for path in (ORDER_PATH, STRATEGY_PATH):
            loopback.answer("POST", path, accepting)
        loopback.answer("POST", f"{V3}account/set-leverage", ok("success"))
        yield loopback


@pytest.fixture
def account(bitget: Loopback) -> ExchangeClient:
    return connected(variant="unified")


async def btc(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "buy"), (Side.SELL, "sell")])
@pytest.mark.parametrize(("mode", "mode_word"), [(MarginMode.ISOLATED, "isolated"), (MarginMode.CROSS, "crossed")])
async def test_an_entry_is_one_market_order(
    bitget: Loopback, account: ExchangeClient, side: Side, word: str, mode: MarginMode, mode_word: str
) -> None:
    await account.enter(await btc(account), side, QUANTITY, ENTRY, terms=OrderTerms(margin_mode=mode))

    assert sent(bitget) == [
        ("POST", ORDER_PATH,
         NAMED | {"side": word, "orderType": "market", "qty": "0.031", "clientOid": ENTRY, "marginMode": mode_word}),
    ]  # fmt: skip


async def test_a_reduction_can_only_reduce(bitget: Loopback, account: ExchangeClient) -> None:
    await account.reduce(await btc(account), SHORT, QUANTITY, ENTRY)

    assert bodies(bitget) == [
        NAMED | {"side": "buy", "orderType": "market", "qty": "0.031", "clientOid": ENTRY, "marginMode": "isolated",
                 "reduceOnly": "yes"},
    ]  # fmt: skip


async def test_a_hedge_account_names_the_position(bitget: Loopback) -> None:
    """Sides are the trade's here, unlike on classic accounts."""
    account = connected(PositionMode.HEDGE, variant="unified")
    market = await btc(account)

    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.reduce(market, LONG, QUANTITY, ENTRY)
    await account.reduce(market, SHORT, QUANTITY, ENTRY)

    assert [(told["side"], told["posSide"], "reduceOnly" in told) for told in bodies(bitget)] == [
        ("sell", "short", False), ("sell", "long", False), ("buy", "short", False),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", list(PositionMode))
async def test_stop_and_target_are_two_strategies_on_the_mark_price(bitget: Loopback, mode: PositionMode) -> None:
    account = connected(mode, variant="unified")

    placed = await account.place_protection(await btc(account), SHORT, QUANTITY, LEGS)

    shared = NAMED | {"type": "tpsl", "tpslMode": "partial", "qty": "0.031", "posSide": "short"}
    stop = {"stopLoss": "93805.9", "slTriggerBy": "mark", "slOrderType": "market", "clientOid": STOP}
    target = {"takeProfit": "102853.2", "tpTriggerBy": "mark", "tpOrderType": "market", "clientOid": TARGET}
    assert sorted(sent(bitget), key=str) == sorted(
        [("POST", STRATEGY_PATH, shared | stop), ("POST", STRATEGY_PATH, shared | target)], key=str
    )
    assert {leg: answer.client_order_id for leg, answer in placed.items()} == {Leg.STOP: STOP, Leg.TARGET: TARGET}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("position_mode", "margin_mode", "says"),
    [
        (PositionMode.ONE_WAY, MarginMode.CROSS, {"marginMode": "crossed"}),
        (PositionMode.HEDGE, MarginMode.ISOLATED,
         {"marginMode": "isolated", "longLeverage": "20", "shortLeverage": "20"}),
    ],
)  # fmt: skip
async def test_leverage_is_set_for_the_margin_mode(
    bitget: Loopback, position_mode: PositionMode, margin_mode: MarginMode, says: dict[str, str]
) -> None:
    """EXE-06"""
    account = connected(position_mode, variant="unified")

    await account.set_terms(await btc(account), leverage=20, margin_mode=margin_mode)

    assert sent(bitget) == [("POST", f"{V3}account/set-leverage", NAMED | {"leverage": "20"} | says)]


async def test_an_order_is_asked_for_by_its_client_id(bitget: Loopback, account: ExchangeClient) -> None:
    bitget.answer("GET", LOOK_UP, ok(UTA_ORDER), refused("25204", "Order does not exist"))

    entry, never = [await account.find_order(await btc(account), ENTRY) for _ in range(2)]

    assert sent(bitget)[0] == ("GET", LOOK_UP, {"clientOid": ENTRY})
    assert entry is not None
    assert (entry.state, entry.filled_quantity, entry.average_price) == (
        OrderState.FILLED, QUANTITY, Decimal("95234.5"),
    )  # fmt: skip
    assert never is None


async def test_a_leg_is_picked_out_of_the_lists(bitget: Loopback, account: ExchangeClient) -> None:
    """The exchange has no question for one strategy. What stands, it tells without a status."""
    market = await btc(account)
    standing = {name: value for name, value in STRATEGY.items() if name != "status"}
    other = standing | {"clientOid": TARGET, "orderId": "2", "symbol": "ETHUSDT"}
    bitget.answer("GET", PENDING, ok([other, standing]))
    stands = await account.find_protection(market, STOP)
    listed = await account.standing_protection(market)
    bitget.answer("GET", PENDING, ok([]))
    bitget.answer(
        "GET", HISTORY, ok({"list": [STRATEGY | {"status": "cancelled"}], "cursor": None}), ok({"list": None})
    )
    cancelled, never = [await account.find_protection(market, STOP) for _ in range(2)]

    assert sent(bitget) == [
        ("GET", PENDING, CATEGORY), ("GET", PENDING, CATEGORY),
        *[("GET", PENDING, CATEGORY), ("GET", HISTORY, CATEGORY | {"limit": "100"})] * 2,
    ]  # fmt: skip
    assert stands is not None
    assert cancelled is not None
    assert listed == [stands]
    assert (stands.state, stands.trigger_price, stands.quantity) == (OrderState.OPEN, Decimal("93805.9"), QUANTITY)
    assert (cancelled.state, never) == (OrderState.CANCELLED, None)


async def test_a_triggered_leg_tells_the_order_that_it_sent(bitget: Loopback, account: ExchangeClient) -> None:
    """EXE-16"""
    bitget.answer("GET", PENDING, ok(None))
    bitget.answer("GET", HISTORY, ok({"list": [STRATEGY | {"status": "success"}], "cursor": "1"}))
    bitget.answer("GET", SENT, ok([SUB_ORDER]), ok([]))

    stop = await account.find_protection(await btc(account), STOP)

    assert sent(bitget)[-1] == ("GET", SENT, {"orderId": STRATEGY["orderId"]})
    assert stop is not None
    assert (stop.client_order_id, stop.triggered_order_id, stop.state, stop.filled_quantity, stop.average_price) == (
        STOP, SUB_ORDER["subOrderId"], OrderState.FILLED, QUANTITY, Decimal("93800.1"),
    )  # fmt: skip
    with pytest.raises(OutcomeUnknown):
        await account.find_protection(await btc(account), STOP)


async def test_a_leg_is_cancelled_by_its_own_id(bitget: Loopback, account: ExchangeClient) -> None:
    gone = refused("25597", "Strategy does not exist or has already been stopped")
    bitget.answer("POST", CANCEL, ok({"orderId": "1", "clientOid": STOP}), gone)

    first, second = [await account.cancel_protection(await btc(account), [STOP]) for _ in range(2)]

    assert sent(bitget)[0] == ("POST", CANCEL, {"clientOid": STOP})
    assert first == {STOP: None}
    assert isinstance(second[STOP], Refused)
    assert second[STOP].kind is RefusalKind.NOT_FOUND


async def test_positions_balances_and_prices(bitget: Loopback, account: ExchangeClient) -> None:
    """All coins of the account are one margin: spot tells none of its own."""
    ticker = {"symbol": "BTCUSDT", "lastPrice": "95234.5", "ask1Price": "95234.6", "bid1Price": "95234.5"}
    bitget.answer("GET", f"{V3}position/current-position", ok({"list": [UTA_POSITION, UTA_POSITION | {"total": "0"}]}))
    bitget.answer("GET", f"{V3}account/assets", ok(UTA_ASSETS))
    bitget.answer("GET", f"{V3}market/tickers", ok([ticker]))

    (held,) = await account.positions(FUTURES)
    purses, none = await account.balances(FUTURES), await account.balances(SPOT)

    assert sent(bitget)[:2] == [
        ("GET", f"{V3}position/current-position", CATEGORY), ("GET", f"{V3}account/assets", {}),
    ]  # fmt: skip
    assert (held.market_key, held.side, held.quantity, held.leverage, held.margin_mode, held.liquidation_price) == (
        "BTCUSDT", LONG, QUANTITY, 20, MarginMode.CROSS, Decimal("43099.9"),
    )  # fmt: skip
    assert [(one.currency, one.total, one.free) for one in purses] == [
        ("USDT", Decimal("6.19300826"), Decimal("5.1")), ("BGB", Decimal("1.15582129"), Decimal("1.15582129")),
    ]  # fmt: skip
    assert none == []
    assert await account.price(await btc(account)) == Decimal("95234.5")
    assert await account.prices(FUTURES) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.best_bid_ask(await btc(account)) == (Decimal("95234.5"), Decimal("95234.6"))


async def test_fills_of_other_symbols_are_left_out(bitget: Loopback, account: ExchangeClient) -> None:
    """The exchange tells those of all symbols. What was paid is positive here."""
    now = {"createdTime": str(time.time_ns() // 1_000_000)}
    other = UTA_FILL | now | {"symbol": "ETHUSDT", "execId": "2"}
    bitget.answer("GET", f"{V3}trade/fills", ok({"list": [UTA_FILL | now, other], "cursor": "1"}))

    (fill,) = await account.fills(await btc(account))

    assert (fill.side, fill.quantity, fill.price, fill.fee, fill.realized_pnl, fill.client_order_id) == (
        Side.SELL, Decimal("0.01"), Decimal("106950.1"), Decimal("0.6417006"), Decimal("-0.002"), ENTRY,
    )  # fmt: skip


async def test_funding_is_picked_out_of_the_records(bitget: Loopback, account: ExchangeClient) -> None:
    record = {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "coin": "USDT", "fee": "0", "ts": "1763700000000"}
    rows = [
        record | {"id": "1", "type": "CONTRACT_MAIN_SETTLE_FEE_USER_IN", "amount": "0.5"},
        record | {"id": "2", "type": "CONTRACT_MAIN_SETTLE_FEE_USER_OUT", "amount": "-0.2"},
        record | {"id": "3", "type": "OPEN_LONG", "amount": "-100"},
    ]
    since = datetime.now(UTC) - timedelta(days=1)
    bitget.answer("GET", f"{V3}account/financial-records", ok({"list": rows, "cursor": "3"}))

    payments = await account.funding(since)

    begin = str(int(since.timestamp() * 1000))
    assert bodies(bitget) == [CATEGORY | {"startTime": begin, "limit": "100"}]
    assert [(one.payment_id, one.amount, one.currency) for one in payments] == [
        ("1", Decimal("0.5"), "USDT"), ("2", Decimal("-0.2"), "USDT"),
    ]  # fmt: skip


async def test_nothing_is_bought_on_spot(bitget: Loopback, account: ExchangeClient) -> None:
    """A stop there takes no id of ours, so that a lost answer could not be asked for (D4)."""
    market = await account.market(SPOT, "BTCUSDT")

    with pytest.raises(Refused) as caught:
        await account.enter_with_cost(market, Decimal(100), ENTRY)
    await account.reduce(market, LONG, Decimal("0.001"), ENTRY)

    assert caught.value.code == "unified_spot"
    assert bodies(bitget) == [
        {"category": "SPOT", "symbol": "BTCUSDT", "side": "sell", "orderType": "market", "qty": "0.001", "clientOid": ENTRY},
    ]  # fmt: skip


@pytest.mark.parametrize("market_type", list(MarketType))
@given(data=st.data())
def test_an_answer_is_an_order_or_unknown(market_type: MarketType, data: st.DataObject) -> None:
    dialect, market = get_venue("bitget").variants["unified"][market_type], any_market(market_type)
    raw = data.draw(st.one_of([broken(sample) for sample in UNIFIED_ORDER_ANSWERS]))

    for read in (dialect.read_order, dialect.read_protection_order):
        try:
            answer = read_answer(raw, lambda told, read=read: read(told, market))  # type: ignore[misc]
        except OutcomeUnknown:
            continue
        assert isinstance(answer, OrderAnswer)
        assert answer.exchange_order_id
        assert answer.filled_quantity.is_finite()
