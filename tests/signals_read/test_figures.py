"""SUB-10, RSK-04, D13, DSH-06, 07, BOT-22: figures that are derived from executions and positions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from accounts.models import Role
from signals.figures import closed_trades_of, figures_of_subscriptions, start_of_day, unrealized_pnl, win_rate
from signals.models import Position
from tests.trading_world import (
    api_of,
    make_bot,
    make_execution,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

D = Decimal
NOON = datetime(2026, 11, 21, 15, tzinfo=UTC)  # 12:00 in São Paulo


@pytest.mark.django_db
def test_a_win_rate_stands_on_closed_trades_or_is_not_known() -> None:  # DSH-07, BOT-20
    traded, fresh = make_subscription(), make_subscription()
    for pnl in ("3", "-1", "2"):
        make_position(traded, exit_price=D(1), realized_pnl=D(pnl))
    make_position(fresh)

    found = closed_trades_of([traded.bot, fresh.bot])

    assert [(found[row.bot_id].closed, found[row.bot_id].win_rate) for row in (traded, fresh)] == [
        (3, D("66.67")),
        (0, None),
    ]


@pytest.mark.parametrize(("won", "closed", "rate"), [(0, 0, "0.00"), (1, 3, "33.33"), (3, 3, "100.00")])
def test_win_rate(won: int, closed: int, rate: str) -> None:  # DSH-07
    assert win_rate(won, closed) == D(rate)


@pytest.mark.parametrize(("side", "result"), [("long", "-200.0"), ("short", "200.0")])
def test_unrealized_pnl(side: str, result: str) -> None:  # DSH-06
    position = Position(side=side, quantity=D("0.1"), entry_price=D("95000"))

    assert unrealized_pnl(position, D("93000")) == D(result)


def test_the_day_starts_where_the_client_lives() -> None:  # D13
    assert start_of_day(NOON, "America/Sao_Paulo") == datetime(2026, 11, 21, 3, tzinfo=UTC)
    assert start_of_day(datetime(2026, 11, 21, 2, tzinfo=UTC), "America/Sao_Paulo") == datetime(
        2026, 11, 20, 3, tzinfo=UTC
    )


@pytest.mark.django_db
def test_figures_of_a_subscription() -> None:  # SUB-10, EXE-19
    subscription, idle = make_subscription(), make_subscription()
    outcomes = [
        ("PROTECTED", ""), ("CLOSED", "stop_loss"), ("CLOSED", "protection_failed"), ("REJECTED", "insufficient_margin"),
        ("SKIPPED", "daily_loss"), ("PENDING", ""),
    ]  # fmt: skip
    for number, (state, reason) in enumerate(outcomes):
        signal = make_signal(subscription.bot, NOON + timedelta(minutes=number))
        make_execution(signal, subscription, state, reason_code=reason)
    own_close = make_signal(
        subscription.bot, NOON + timedelta(hours=1), action="close", source="client", is_broadcast=False
    )
    make_execution(own_close, subscription)  # no signal of the bot
    yesterday = NOON - timedelta(hours=13)  # 23:00 the day before, in São Paulo
    make_position(subscription, yesterday, symbol_key="A", exit_price=D("1"), realized_pnl=D("-70"))
    make_position(subscription, NOON, symbol_key="B", exit_price=D("1"), realized_pnl=D("-30.5"))
    make_position(subscription, NOON, symbol_key="C", exit_price=D("1"), realized_pnl=D("10"))
    make_position(subscription, NOON, symbol_key="D", realized_pnl=D("-2"))

    found = figures_of_subscriptions([subscription, idle], now=NOON, time_zone="America/Sao_Paulo")

    figures = found[subscription.pk]
    assert (figures.total_signals_received, figures.total_orders_executed, figures.total_orders_failed) == (5, 2, 2)
    assert figures.last_signal_at == NOON + timedelta(minutes=4)
    assert (figures.total_pnl_usd, figures.win_count, figures.loss_count) == (D("-92.5"), 1, 2)
    assert (figures.current_positions, figures.current_daily_loss_usd) == (1, D("22.5"))
    assert figures.win_rate == D("33.33")
    assert (found[idle.pk].total_signals_received, found[idle.pk].current_daily_loss_usd) == (0, D(0))


@pytest.mark.django_db
def test_a_day_in_profit_is_no_loss() -> None:  # D13
    subscription = make_subscription()
    make_position(subscription, NOON, exit_price=D("1"), realized_pnl=D("5"))

    found = figures_of_subscriptions([subscription], now=NOON, time_zone="UTC")

    assert found[subscription.pk].current_daily_loss_usd == D(0)


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_figures_cost_three_queries(rows: int, django_assert_num_queries: Any) -> None:
    subscriptions = [make_subscription() for _ in range(rows)]

    with django_assert_num_queries(3):
        figures_of_subscriptions(subscriptions, now=NOON, time_zone="UTC")


@pytest.mark.django_db
def test_performance_of_a_bot() -> None:
    bot = make_bot(manager := make_user(Role.MANAGER))
    signal = make_signal(bot)
    make_signal(bot, status="refused")
    make_signal(bot, is_broadcast=False)
    for number, pnl in enumerate(("95", "-47.5", "0")):
        subscription = make_subscription(bot)
        make_execution(signal, subscription, "CLOSED", sent_at=signal.created_at, execution_time_ms=100 * (number + 1))
        make_position(subscription, exit_price=D("1"), realized_pnl=D(pnl), fees=D("1"), unprotected_ms=number)
    make_position(make_subscription(bot))
    make_execution(signal, make_subscription(bot), "SKIPPED", execution_time_ms=5000)
    make_execution(signal, make_subscription(bot), "REJECTED", sent_at=signal.created_at, execution_time_ms=1000)

    body = api_of(manager).get(f"/api/v1/bots/{bot.id}/performance").json()

    assert body == {
        "signals": 1,
        "refused_signals": 1,
        "executions": {"pending": 0, "success": 3, "failed": 1, "skipped": 1},
        "closed_trades": 3,
        "open_positions": 1,
        "win_rate": "33.33",
        "total_pnl_usd": "47.50000000",
        "avg_pnl_pct": "1.67",  # of a margin of 950: +10 %, -5 %, 0
        "best_trade_usd": "95.00000000",
        "worst_trade_usd": "-47.50000000",
        "profit_factor": "2.00",
        "fees_usd": "3.00000000",
        "avg_execution_ms": 400,
        "slowest_execution_ms": 1000,  # a refusal took its time too
        "longest_unprotected_ms": 2,
        "by_symbol": [{"symbol": "BTCUSDT", "trades": 3, "win_rate": "33.33", "pnl_usd": "47.50000000"}],
    }


@pytest.mark.django_db
def test_performance_of_a_bot_without_history() -> None:
    bot = make_bot()

    body = api_of(bot.manager).get(f"/api/v1/bots/{bot.id}/performance").json()

    assert (body["win_rate"], body["avg_pnl_pct"], body["profit_factor"], body["by_symbol"]) == (
        "0.00",
        "0.00",
        None,
        [],
    )


def test_a_closed_position_is_named_by_what_it_was() -> None:
    position = Position(side="short", quantity=D(0), opened_quantity=D("336.700000000000000000"), symbol_key="XRPUSDT")

    with translation.override("en"):
        assert str(position) == "Short 336.7 XRPUSDT"
