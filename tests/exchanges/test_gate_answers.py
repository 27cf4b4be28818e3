"""What Gate's answers mean, each as documented: orders, legs, positions, balances, trades, keys. EXC-16, EXE-16; D4, D8."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import NotSent, RefusalKind, Refused, Unsupported
from exchanges.types import (
    Balance,
    KeyReport,
    Leg,
    MarginMode,
    MarketType,
    OrderState,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from tests.exchanges.gate_desk import ACCOUNTS, FUTURES, ORDERS, TRIGGERS, connected, echoing, scripted, swap
from tests.exchanges.gate_samples import ACCOUNT, ENTRY, FILL, FUNDING, ORDER, POSITION, STOP, TICKER, TRIGGER
from tests.exchanges.loopback import Loopback

QUANTITY = Decimal("0.031")


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


@pytest.fixture
def account(gate: Loopback) -> ExchangeClient:
    return connected()


@pytest.mark.parametrize(
    ("told", "state", "filled", "average"),
    [
        ({}, OrderState.FILLED, "0.031", "95234.5"),
        ({"finish_as": "ioc", "left": "110"}, OrderState.EXPIRED, "0.020", "95234.5"),
        ({"finish_as": "ioc", "left": "310", "fill_price": "0"}, OrderState.EXPIRED, "0", None),
        ({"status": "open", "finish_as": "", "left": "310", "fill_price": "0"}, OrderState.OPEN, "0", None),
        ({"status": "open", "finish_as": "", "left": "10"}, OrderState.PARTIAL, "0.030", "95234.5"),
        ({"finish_as": "stp", "left": "310", "fill_price": "0"}, OrderState.CANCELLED, "0", None),
        ({"size": -310, "left": -110, "finish_as": "ioc"}, OrderState.EXPIRED, "0.020", "95234.5"),
    ],
)
async def test_an_entry_answers_with_what_became_of_it(
    gate: Loopback, account: ExchangeClient, told: dict[str, Any], state: OrderState, filled: str, average: str | None
) -> None:
    gate.answer("POST", ORDERS, echoing(ORDER, **told))

    answer = await account.enter(await swap(account), Side.BUY, QUANTITY, ENTRY)

    assert (answer.state, answer.filled_quantity, answer.average_price) == (
        state, Decimal(filled), Decimal(average) if average else None,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["reduce_only", "position_closed"])
async def test_a_reduction_that_found_no_position_is_a_refusal(
    gate: Loopback, account: ExchangeClient, how: str
) -> None:
    """EXE-12: flat already."""
    gate.answer("POST", ORDERS, echoing(ORDER, finish_as=how, left="310", fill_price="0"))

    with pytest.raises(Refused) as caught:
        await account.reduce(await swap(account), PositionSide.LONG, QUANTITY, ENTRY)

    assert (caught.value.kind, caught.value.code) == (RefusalKind.REDUCE_ONLY, how)


async def test_what_stands_is_told_with_the_clients_own(gate: Loopback, account: ExchangeClient) -> None:
    theirs = TRIGGER["initial"] | {"text": "web", "size": 0, "amount": "0"}  # type: ignore[operator]
    gate.answer("GET", TRIGGERS, [TRIGGER, TRIGGER | {"id": 5, "initial": theirs}])

    told = await account.standing_protection(await swap(account))

    assert [(one.client_order_id, one.exchange_order_id, one.trigger_price, one.quantity, one.state) for one in told] == [
        (STOP, "1432329", Decimal("93805.9"), QUANTITY, OrderState.OPEN),
        ("", "5", Decimal("93805.9"), None, OrderState.OPEN),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("finish_as", "state"),
    [("cancelled", OrderState.CANCELLED), ("failed", OrderState.REFUSED), ("expired", OrderState.EXPIRED)],
)
async def test_a_leg_that_ended_untriggered_says_how(
    gate: Loopback, account: ExchangeClient, finish_as: str, state: OrderState
) -> None:
    ended = TRIGGER | {"status": "finished", "finish_as": finish_as}
    gate.answer("GET", TRIGGERS, lambda asked: [ended] if asked.params["status"] == "finished" else [])

    found = await account.find_protection(await swap(account), STOP)

    assert found is not None
    assert (found.state, found.filled_quantity, found.triggered_order_id) == (state, Decimal(0), "")


async def test_positions_are_read_in_base_units(gate: Loopback, account: ExchangeClient) -> None:
    cross = {"leverage": "0", "cross_leverage_limit": "10", "mode": "dual_short", "size": "-20", "liq_price": "0"}
    gate.answer("GET", f"{FUTURES}/positions", [POSITION, POSITION | cross, POSITION | {"size": "0"}])

    held = await account.positions(MarketType.FUTURES)

    assert [(one.market_key, one.side, one.quantity, one.leverage, one.margin_mode, one.liquidation_price) for one in held] == [
        ("BTCUSDT", PositionSide.LONG, QUANTITY, 20, MarginMode.ISOLATED, Decimal("90950.1")),
        ("BTCUSDT", PositionSide.SHORT, Decimal("0.002"), 10, MarginMode.CROSS, None),
    ]  # fmt: skip
    assert (held[0].entry_price, held[0].mark_price, held[0].unrealized_pnl) == (
        Decimal("95234.5"), Decimal("95310.2"), Decimal("2.3467"),
    )  # fmt: skip


async def test_the_balance_is_what_the_account_is_worth(gate: Loopback, account: ExchangeClient) -> None:
    gate.answer("GET", ACCOUNTS, ACCOUNT, ACCOUNT | {"total": "0", "unrealised_pnl": "0"})

    assert await account.balances(MarketType.FUTURES) == [
        Balance("USDT", Decimal("852.4"), Decimal("149.9467"), Decimal("1002.3467"))
    ]
    assert await account.balances(MarketType.FUTURES) == []


async def test_trades_and_funding(gate: Loopback, account: ExchangeClient) -> None:
    gate.answer("GET", f"{FUTURES}/my_trades_timerange", [FILL, FILL | {"trade_id": "1", "contract": "ETH_USDT"}])
    older = {name: value for name, value in FUNDING.items() if name != "id"}
    gate.answer("GET", f"{FUTURES}/account_book", [FUNDING, older])

    (fill,) = await account.fills(await swap(account))
    payments = await account.funding(fill.filled_at)

    assert (fill.trade_id, fill.exchange_order_id, fill.client_order_id, fill.side, fill.quantity) == (
        "121234231", "15675394", ENTRY, Side.SELL, QUANTITY,
    )  # fmt: skip
    assert (fill.price, fill.fee, fill.fee_currency, fill.realized_pnl) == (
        Decimal("95234.5"), Decimal("1.47613475"), "USDT", None,
    )  # fmt: skip
    assert fill.filled_at.isoformat() == "2025-11-21T04:40:00.125000+00:00"
    assert [(one.payment_id, one.market_key, one.amount, one.currency) for one in payments] == [
        ("784567", "BTCUSDT", Decimal("-0.2952"), "USDT"), ("BTC_USDT:1763712000.5", "BTCUSDT", Decimal("-0.2952"), "USDT"),
    ]  # fmt: skip


async def test_prices_come_from_the_tickers(gate: Loopback, account: ExchangeClient) -> None:
    gate.answer("GET", f"{FUTURES}/tickers", [TICKER, TICKER | {"contract": "NEW_USDT", "last": ""}])

    assert await account.price(await swap(account)) == Decimal("95234.5")
    assert await account.prices(MarketType.FUTURES) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.best_bid_ask(await swap(account)) == (Decimal("95234.5"), Decimal("95234.6"))


@pytest.mark.parametrize(
    ("told", "mode"),
    [
        ({}, PositionMode.ONE_WAY),
        ({"position_mode": "dual", "in_dual_mode": True}, PositionMode.HEDGE),
        ({"position_mode": "", "in_dual_mode": True}, PositionMode.HEDGE),
    ],
)
async def test_a_key_that_reads_the_account_is_good(gate: Loopback, told: dict[str, Any], mode: PositionMode) -> None:
    """EXC-19"""
    gate.answer("GET", ACCOUNTS, ACCOUNT | told)

    assert await connected(None).key_report() == KeyReport(
        can_read=True, can_trade_spot=None, can_trade_futures=True, can_withdraw=None, ip_restricted=None,
        position_mode=mode,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "code"),
    [({"margin_mode": 1}, "unified_account"), ({"position_mode": "dual_plus"}, "split_positions")],
)
async def test_an_account_that_would_be_misread_is_not_taken(gate: Loopback, told: dict[str, Any], code: str) -> None:
    gate.answer("GET", ACCOUNTS, ACCOUNT | told)

    with pytest.raises(Unsupported) as caught:
        await connected(None).key_report()

    assert caught.value.code == code


async def test_no_order_leaves_for_an_account_with_split_positions(gate: Loopback) -> None:
    gate.answer("GET", ACCOUNTS, ACCOUNT | {"position_mode": "dual_plus"})
    account = connected(None)

    with pytest.raises((Unsupported, NotSent)):
        await account.enter(await swap(account), Side.BUY, QUANTITY, ENTRY)

    assert gate.to(ORDERS) == []


async def test_a_leg_placed_without_an_id_is_an_unknown_outcome(gate: Loopback, account: ExchangeClient) -> None:
    gate.answer("POST", TRIGGERS, (201, {}))
    leg = ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9"))

    placed = await account.place_protection(await swap(account), PositionSide.LONG, QUANTITY, [leg])

    assert getattr(placed[Leg.STOP], "code", "") == "no_order_id"
