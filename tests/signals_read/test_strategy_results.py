"""ORD-02: every order maps to a strategy, and realized P&L can be summed by it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Role, User
from signals.models import Position
from signals.strategy_results import results_by_strategy, total_pnl
from signals.strategy_sources import StrategySource, strategy_of
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.trading_world import (
    api_of,
    make_bot,
    make_execution,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db
D = Decimal
ADDRESS = "/api/v1/positions/by-strategy"
DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def follower() -> Subscription:
    return make_subscription(make_bot(make_user(Role.MANAGER)))


def closed(subscription: Subscription, strategy: str, pnl: str, **fields: Any) -> Position:
    values = {"exit_price": D(1), "realized_pnl": D(pnl), "fees": D("0.1"), "strategy_source": strategy, **fields}
    return make_position(subscription, fields.pop("at", DAY), **{key: values[key] for key in values if key != "at"})


def told(user: User, **query: Any) -> dict[str, tuple[int, str]]:
    answer = api_of(user).get(ADDRESS, query)
    assert answer.status_code == 200
    return {row["strategy"]: (row["closed_positions"], row["realized_pnl"]) for row in answer.json()}


@pytest.mark.parametrize(
    ("sender", "strategy"),
    [("tradingview", "signal"), ("manager", "manual"), ("client", "manual"), ("smart", "smart"), ("candle", "candle"),
     ("dca", "dca"), ("grid", "grid")],
)  # fmt: skip
def test_a_signals_strategy_is_who_decided_it(sender: str, strategy: str) -> None:
    assert strategy_of(sender) == strategy


def test_no_strategy_is_guessed_for_an_unknown_sender() -> None:
    with pytest.raises(KeyError):
        strategy_of("somebody")


def test_closed_positions_are_summed_exactly_and_open_ones_are_not(follower: Subscription) -> None:
    for pnl in ("0.10000001", "0.20000002", "-0.00000003"):
        closed(follower, "signal", pnl)
    closed(follower, "manual", "-7.5", funding=D("0.25"))
    make_position(follower, strategy_source="manual", realized_pnl=D(-3))

    results = results_by_strategy(Position.objects.all())

    assert [(row.strategy, row.closed_positions, row.won, row.realized_pnl) for row in results] == [
        (StrategySource.SIGNAL, 3, 2, D("0.30000000")),
        (StrategySource.MANUAL, 1, 0, D("-7.50000000")),
    ]
    assert [(row.fees, row.funding, row.win_rate) for row in results] == [
        (D("0.30000000"), D(0), D("66.67")),
        (D("0.10000000"), D("0.25000000"), D("0.00")),
    ]
    assert total_pnl(results) == D("-7.2")


def test_what_each_person_is_told(follower: Subscription) -> None:
    stranger = make_subscription()
    closed(follower, "signal", "5")
    closed(stranger, "signal", "70")

    assert told(follower.user) == {"signal": (1, "5.00000000")}
    assert told(follower.bot.manager) == {"signal": (1, "5.00000000")}  # of the own bots
    assert told(stranger.user) == {"signal": (1, "70.00000000")}
    assert told(make_user()) == {}
    assert told(make_user(Role.ADMIN)) == {"signal": (2, "75.00000000")}


def test_the_lists_own_filters_hold(follower: Subscription) -> None:
    closed(follower, "signal", "5")
    closed(follower, "signal", "6", at=DAY + timedelta(days=1), symbol_key="ETHUSDT")
    closed(follower, "manual", "7")

    assert told(follower.user, strategy="manual") == {"manual": (1, "7.00000000")}
    assert told(follower.user, symbol="ETHUSDT") == {"signal": (1, "6.00000000")}
    assert told(follower.user, bot=str(make_bot().pk)) == {}
    assert told(follower.user, closed_since=(DAY + timedelta(hours=1)).isoformat()) == {"signal": (1, "6.00000000")}
    assert told(follower.user, closed_until=(DAY + timedelta(hours=1)).isoformat()) == {
        "signal": (1, "5.00000000"),
        "manual": (1, "7.00000000"),
    }


@pytest.mark.parametrize(("since", "status"), [("1339-04-18T17:06:26-16:43", 200), ("0001-01-01T00:00:00+14:00", 400)])
@pytest.mark.parametrize("name", ["since", "until", "closed_since", "closed_until"])
def test_a_moment_of_any_offset_is_read_or_refused(follower: Subscription, name: str, since: str, status: int) -> None:
    assert api_of(follower.user).get(ADDRESS, {name: since}).status_code == status


def test_one_query_however_many_positions(follower: Subscription, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        closed(follower, "signal", "1")

    with django_assert_num_queries(1):
        api_of(follower.user).get(ADDRESS)


@pytest.mark.parametrize("what", ["signals", "executions", "orders", "positions"])
def test_lists_are_filtered_by_strategy(follower: Subscription, what: str) -> None:
    for strategy in ("signal", "manual"):
        signal = make_signal(follower.bot, strategy_source=strategy)
        position = make_position(follower, symbol_key=strategy.upper(), strategy_source=strategy)
        make_order(make_execution(signal, follower, position=position), strategy_source=strategy)

    found = api_of(follower.user).get(f"/api/v1/{what}", {"strategy": "manual"}).json()["results"]
    wrong = api_of(follower.user).get(f"/api/v1/{what}", {"strategy": "purchase"})

    assert [row["strategy_source"] for row in found] == ["manual"]
    assert wrong.status_code == 400


def test_the_dashboard_shows_it_and_says_so_when_there_is_nothing(follower: Subscription) -> None:
    visitor = browser_of(follower.user, HTTP_ACCEPT_LANGUAGE="en")
    empty = visitor.get("/dashboard/").content.decode()
    closed(follower, "manual", "12.5")
    closed(make_subscription(), "dca", "1")
    full = visitor.get("/dashboard/").content.decode()

    assert "As soon as a position is closed" in empty
    assert ("By hand" in full, "DCA" in full, "As soon as a position is closed" in full) == (True, False, False)
