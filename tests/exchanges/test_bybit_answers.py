"""What we make of Bybit's answers: orders in either list, positions, money, trades beside funding, rights of a key.

EXC-08, 16, 18, 19, 21; EXE-16; D4, D13, D27.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    Leg,
    OrderState,
    PositionMode,
    PositionSide,
    Side,
)
from exchanges.verdicts import Outcome, judge_report
from tests.exchanges.bybit_fixtures import account, bybit, sent
from tests.exchanges.bybit_samples import (
    EXECUTION_ROW,
    FILLED_ROW,
    FUNDING_ROW,
    KEY,
    NET_ROW,
    POSITION_ROW,
    SPOT_ROW,
    STOP_ROW,
    WALLET,
    listed,
    told,
)
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import Loopback
from tests.exchanges.test_bybit_requests import ENTRY, FUTURES, HISTORY, LEGS, REALTIME, SPOT, STOP

__all__ = ["account", "bybit"]

EXECUTIONS, POSITIONS, BALANCE = "/v5/execution/list", "/v5/position/list", "/v5/account/wallet-balance"


async def test_an_order_is_told_with_its_fill(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    bybit.answer("GET", REALTIME, listed(FILLED_ROW))

    found = await account.find_order(market, ENTRY)

    assert found is not None
    assert (found.client_order_id, found.exchange_order_id, found.state) == (
        ENTRY, "fd4300ae-7847-404e-b947-b46980a4d140", OrderState.FILLED,
    )  # fmt: skip
    assert (found.filled_quantity, found.average_price) == (Decimal("0.031"), Decimal("95234.5"))


async def test_an_order_that_is_over_is_found_in_the_history(bybit: Loopback, account: ExchangeClient) -> None:
    """After "a server release or restart" the first list has open orders only."""
    market = await account.market(FUTURES, "BTCUSDT")
    bybit.answer("GET", REALTIME, listed())
    bybit.answer("GET", HISTORY, listed(FILLED_ROW | {"orderStatus": "Cancelled", "cumExecQty": "0", "avgPrice": ""}))

    found = await account.find_order(market, ENTRY)

    assert found is not None
    assert (found.state, found.filled_quantity, found.average_price) == (OrderState.CANCELLED, Decimal(0), None)


async def test_more_orders_than_one_answer_no_question(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    bybit.answer("GET", REALTIME, listed(FILLED_ROW, STOP_ROW))

    with pytest.raises(OutcomeUnknown):
        await account.find_order(market, ENTRY)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("New", OrderState.OPEN),
        ("Untriggered", OrderState.OPEN),
        ("Triggered", OrderState.OPEN),
        ("PartiallyFilled", OrderState.PARTIAL),
        ("Filled", OrderState.FILLED),
        ("PartiallyFilledCanceled", OrderState.CANCELLED),
        ("Cancelled", OrderState.CANCELLED),
        ("Deactivated", OrderState.CANCELLED),
        ("Rejected", OrderState.REFUSED),
    ],
)
async def test_states(bybit: Loopback, account: ExchangeClient, word: str, state: OrderState) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    bybit.answer("GET", REALTIME, listed(FILLED_ROW | {"orderStatus": word}))

    found = await account.find_order(market, ENTRY)

    assert found is not None
    assert found.state is state


async def test_a_triggered_stop_tells_its_own_fill(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    fired = {"orderStatus": "Filled", "cumExecQty": "0.031", "avgPrice": "93805.9", "cumExecValue": "2907.9829"}
    bybit.answer("GET", REALTIME, listed(STOP_ROW | fired))

    found = await account.find_protection(market, STOP)

    assert found is not None
    assert (found.state, found.filled_quantity, found.average_price, found.trigger_price) == (
        OrderState.FILLED, Decimal("0.031"), Decimal("93805.9"), Decimal("93805.90"),
    )  # fmt: skip
    assert found.triggered_order_id == found.exchange_order_id  # it stays the same order
    assert [path for _, path, _ in sent(bybit)] == [REALTIME]


async def test_the_net_is_not_among_what_stands(bybit: Loopback, account: ExchangeClient) -> None:
    """It belongs to the position; a conditional order placed by hand, though without an id of ours, is told."""
    market = await account.market(FUTURES, "BTCUSDT")
    by_hand = STOP_ROW | {"orderLinkId": "", "orderId": "by-hand"}
    bybit.answer("GET", REALTIME, listed(NET_ROW, by_hand, STOP_ROW))

    standing = await account.standing_protection(market)

    assert [(one.client_order_id, one.exchange_order_id, one.quantity, one.trigger_price) for one in standing] == [
        ("", "by-hand", Decimal("0.031"), Decimal("93805.90")),
        (STOP, STOP_ROW["orderId"], Decimal("0.031"), Decimal("93805.90")),
    ]


async def test_a_placed_leg_is_open_and_nothing_more(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    bybit.answer("POST", "/v5/order/create", told({"orderId": "7", "orderLinkId": STOP}))

    outcome = await account.place_protection(market, PositionSide.LONG, Decimal("0.031"), LEGS[:1])

    answer = outcome[Leg.STOP]
    assert (answer.client_order_id, answer.exchange_order_id, answer.state) == (STOP, "7", OrderState.OPEN)  # type: ignore[union-attr]


async def test_positions(bybit: Loopback, account: ExchangeClient) -> None:
    empty = POSITION_ROW | {"symbol": "ETHUSDT", "size": "0", "side": "", "avgPrice": "0", "unrealisedPnl": ""}
    odd = POSITION_ROW | {"symbol": "NOSUCHUSDT", "side": "Sell", "leverage": "", "liqPrice": ""}
    bybit.answer("GET", POSITIONS, listed(POSITION_ROW, empty, odd))

    long, other = await account.positions(FUTURES)

    assert long == ExchangePosition(
        market_key="BTCUSDT", side=PositionSide.LONG, quantity=Decimal("0.031"), entry_price=Decimal("95234.5"),
        mark_price=Decimal(95300), unrealized_pnl=Decimal("2.0305"), leverage=20, margin_mode=None,
        liquidation_price=Decimal("90811.1"),
    )  # fmt: skip
    assert (other.market_key, other.side, other.leverage, other.liquidation_price) == (
        "NOSUCHUSDT", PositionSide.SHORT, None, None,
    )  # fmt: skip


async def test_money_is_one_wallet_seen_from_two_sides(bybit: Loopback, account: ExchangeClient) -> None:
    """Contracts count unrealized profit as worth, not as free; spot counts coins."""
    bybit.answer("GET", BALANCE, WALLET)
    free = Decimal("1000") - Decimal("10") - Decimal("5.5") - Decimal("149.2")
    coin = Balance("BTC", free=Decimal("0.4"), used=Decimal("0.1"), total=Decimal("0.5"))

    futures, spot = await account.balances(FUTURES), await account.balances(SPOT)

    assert futures == [Balance("USDT", free=free, used=Decimal("1002.0305") - free, total=Decimal("1002.0305")), coin]
    assert spot == [Balance("USDT", free=free, used=Decimal(1000) - free, total=Decimal(1000)), coin]


async def test_trades_are_told_without_the_funding_between_them(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    closing = EXECUTION_ROW | {
        "execId": "close", "side": "Sell", "execPnl": "-12.5", "execTime": "1763700060000", "orderLinkId": "",
        "execType": "BustTrade",
    }  # fmt: skip
    bybit.answer("GET", EXECUTIONS, listed(FUNDING_ROW, closing, EXECUTION_ROW))

    opened, closed = await account.fills(market)

    assert opened == ExchangeFill(
        trade_id="e0cbe81d-0f18-5866-9415-cf319b5dab3b", exchange_order_id="fd4300ae-7847-404e-b947-b46980a4d140",
        market_key="BTCUSDT", side=Side.BUY, price=Decimal("95234.5"), quantity=Decimal("0.031"), fee=Decimal("1.62374823"),
        fee_currency="USDT", realized_pnl=Decimal(0), filled_at=datetime(2025, 11, 21, 4, 40, 0, 120_000, tzinfo=UTC),
        client_order_id=ENTRY,
    )  # fmt: skip
    assert (closed.trade_id, closed.realized_pnl, closed.client_order_id) == ("close", Decimal("-12.5"), "")


async def test_pages_of_trades_are_followed_back_in_time(bybit: Loopback, account: ExchangeClient) -> None:
    """A page full of trades and funding is not the last one."""
    market = await account.market(FUTURES, "BTCUSDT")
    newest = int(datetime.now(UTC).timestamp() * 1000)

    def rows(first: int, count: int) -> list[dict[str, Any]]:
        return [
            (EXECUTION_ROW if number % 2 else FUNDING_ROW)
            | {"execId": f"id-{number}", "execTime": str(newest - number * 1000)}
            for number in range(first, first + count)
        ]

    bybit.answer("GET", EXECUTIONS, listed(*rows(0, 100)), listed(*rows(99, 50)))

    fills = await account.fills(market, since=datetime.now(UTC) - timedelta(days=1))

    assert {fill.trade_id for fill in fills} == {f"id-{number}" for number in range(149) if number % 2}
    asked = [body for _, path, body in sent(bybit) if path == EXECUTIONS]
    assert [body.get("endTime") for body in asked] == [None, str(newest - 99_000)]


async def test_funding_is_paid_where_its_fee_is_positive(bybit: Loopback, account: ExchangeClient) -> None:
    """D13. No start is named: with one, only the seven days from there would be told."""
    bybit.answer("GET", EXECUTIONS, listed(FUNDING_ROW | {"execFee": "-0.5", "execId": "got"}, FUNDING_ROW))

    got, paid = await account.funding(datetime(2025, 1, 1, tzinfo=UTC))

    assert paid == FundingPayment(
        payment_id="7f3c1b52-0f18-5866-9415-cf319b5dab3c", market_key="BTCUSDT", amount=Decimal("-0.29522695"),
        currency="USDT", paid_at=datetime(2025, 11, 21, 8, 0, tzinfo=UTC),
    )  # fmt: skip
    assert got == replace(paid, payment_id="got", amount=Decimal("0.5"))
    assert sent(bybit) == [("GET", EXECUTIONS, {"category": "linear", "execType": "Funding", "limit": "100"})]


async def test_a_spot_purchase_tells_what_may_be_sold(bybit: Loopback, account: ExchangeClient) -> None:
    """D27: the fee is taken from the coin; its quantity is the cost that was asked for, not coins."""
    market = await account.market(SPOT, "BTCUSDT")
    bybit.answer("GET", REALTIME, listed(SPOT_ROW, category="spot"))

    found = await account.find_order(market, ENTRY)

    assert found is not None
    assert (found.filled_quantity, found.average_price, found.quantity) == (
        Decimal("0.00105"), Decimal("95234.52"), None,
    )  # fmt: skip
    assert (found.fee, found.fee_currency) == (Decimal("0.00000105"), "BTC")


@pytest.mark.parametrize(
    ("row", "fee"),
    [
        ({"cumFeeDetail": {"MNT": "0.2", "BTC": "0.000001"}}, (Decimal("0.000001"), "BTC")),
        ({"cumFeeDetail": {"MNT": "0.2"}}, (Decimal("0.2"), "MNT")),
        ({"cumFeeDetail": {}}, (Decimal("0.00000105"), "BTC")),  # as older answers tell it
        ({"cumFeeDetail": None, "side": "Sell"}, (Decimal("0.00000105"), "USDT")),
        ({"cumFeeDetail": None, "cumExecFee": ""}, (Decimal(0), "")),
    ],
)
async def test_spot_fees(bybit: Loopback, account: ExchangeClient, row: dict[str, Any], fee: Any) -> None:
    market = await account.market(SPOT, "BTCUSDT")
    bybit.answer("GET", REALTIME, listed(SPOT_ROW | row, category="spot"))

    found = await account.find_order(market, ENTRY)

    assert found is not None
    assert (found.fee, found.fee_currency) == fee


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        ({}, Outcome.VERIFIED, ""),
        ({"ips": ["1.2.3.4"]}, Outcome.VERIFIED, ""),
        ({"permissions": {"Wallet": ["AccountTransfer", "Withdraw"]}}, Outcome.REFUSED, "withdrawals_enabled"),
        ({"readOnly": 1}, Outcome.REFUSED, "cannot_trade"),
        ({"uta": 0}, Outcome.REFUSED, "cannot_trade"),  # a classic account is spoken to in another way
        ({"permissions": {"Spot": ["SpotTrade"]}}, Outcome.VERIFIED, ""),
        ({"permissions": {"Derivatives": ["DerivativesTrade"]}}, Outcome.VERIFIED, ""),
        ({"permissions": {"ContractTrade": ["Order"]}}, Outcome.REFUSED, "cannot_trade"),
    ],
)
async def test_keys(bybit: Loopback, change: dict[str, Any], outcome: Outcome, code: str) -> None:
    """EXC-19, EXC-21"""
    account = client.connect("bybit", KEYS, testnet=False, position_mode=None)
    bybit.answer("GET", "/v5/user/query-api", KEY | {"result": KEY["result"] | change})
    bybit.answer("GET", POSITIONS, listed(POSITION_ROW | {"positionIdx": 1}, POSITION_ROW | {"positionIdx": 2}))

    report = await account.key_report()

    verdict = judge_report(report)
    assert (verdict.outcome, verdict.code) == (outcome, code)
    assert report.ip_restricted is ("ips" in change)
    assert report.position_mode is PositionMode.HEDGE


async def test_a_demo_key_cannot_be_asked_for_its_rights(bybit: Loopback) -> None:
    account = client.connect("bybit", KEYS, testnet=True, position_mode=None)
    bybit.answer("GET", BALANCE, WALLET)
    bybit.answer("GET", POSITIONS, listed(POSITION_ROW))

    report = await account.key_report()

    assert (report.can_read, report.can_withdraw, report.position_mode) == (True, None, PositionMode.ONE_WAY)
    assert judge_report(report).outcome is Outcome.VERIFIED
