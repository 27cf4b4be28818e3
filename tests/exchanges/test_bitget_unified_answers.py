"""What is asked of Bitget's unified accounts (v3), and what is read there.

EXC-11, EXE-10, EXE-16; D4, D8.
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
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderState,
    PositionSide,
    Side,
)
from tests.exchanges.bitget_desk import V3, bodies, connected, scripted, sent
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
QUANTITY = Decimal("0.031")
CATEGORY = {"category": "USDT-FUTURES"}
LOOK_UP, CANCEL = f"{V3}trade/order-info", f"{V3}trade/cancel-strategy-order"
PENDING, HISTORY = f"{V3}trade/unfilled-strategy-orders", f"{V3}trade/history-strategy-orders"
SENT = f"{V3}trade/strategy-sub-orders"


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


@pytest.fixture
def account(bitget: Loopback) -> ExchangeClient:
    return connected(variant="unified")


async def btc(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


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
    bitget.answer("GET", SENT, ok({"list": [SUB_ORDER], "cursor": "1"}), ok({"list": []}))

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
        "BTCUSDT", PositionSide.LONG, QUANTITY, 20, MarginMode.CROSS, Decimal("43099.9"),
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
