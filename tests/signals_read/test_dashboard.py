"""DSH-01, 03, 05…07: a person's own overview."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from exchanges.market_cache import publish_prices
from exchanges.models import BalanceSnapshot, ExchangeAccount
from subscriptions.models import Subscription
from tests.trading_world import (
    api_of,
    make_account,
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


@pytest.fixture
def alice() -> User:
    return make_user(time_zone="America/Sao_Paulo")


@pytest.fixture
def subscription(alice: User) -> Subscription:
    return make_subscription(user=alice)


def snapshot(account: ExchangeAccount, minutes_ago: int, equity: str) -> None:
    balances = [{"currency": "USDT", "free": "9000", "used": "1000", "total": equity}]
    at = timezone.now() - timedelta(minutes=minutes_ago)
    BalanceSnapshot.objects.create(account=account, taken_at=at, equity=D(equity), free=D("9000"), balances=balances)


@pytest.mark.parametrize("address", ["/api/v1/dashboard/summary", "/api/dashboard/summary", "/api/dashboard/summary/"])
def test_summary(alice: User, subscription: Subscription, address: str) -> None:  # DSH-03
    publish_prices("paper", "futures", {"BTCUSDT": D("96000")})
    make_position(subscription)
    make_position(subscription, symbol_key="ETHUSDT", side="short")  # no known price
    for symbol, pnl in (("A", "30"), ("B", "-10"), ("C", "5")):
        make_position(subscription, symbol_key=symbol, exit_price=D("1"), realized_pnl=D(pnl))
    make_subscription(make_bot(status="paused"), alice, exchange_account=subscription.exchange_account)
    execution = make_execution(make_signal(subscription.bot), subscription, price_at_send=D("95000"), leverage=10)
    make_order(execution, status="partial", filled_quantity=D("0.098"))
    make_order(execution, status="filled")
    make_position(make_subscription())  # somebody else's

    body = api_of(alice).get(address).json()

    assert body == {
        "total_invested": "1900.00",
        "total_blocked": "19.00",
        "total_in_positions": "19100.00",
        "realized_pnl": "25.00",
        "unrealized_pnl": "100.00",
        "win_rate": "66.67",
        "active_bots": 1,
        "pending_orders": 1,
        "open_positions": 2,
        "closed_trades": 3,
        "positions_without_price": 1,
    }


def test_summary_of_one_account(alice: User, subscription: Subscription) -> None:
    make_position(subscription)
    other = make_account(alice)

    body = api_of(alice).get("/api/v1/dashboard/summary", {"exchange_account_id": str(other.id)}).json()

    assert (body["open_positions"], body["total_invested"]) == (0, "0.00")


def test_summary_of_nobody_in_particular_is_empty(alice: User) -> None:
    body = api_of(alice).get("/api/v1/dashboard/summary").json()

    assert (body["total_invested"], body["win_rate"], body["active_bots"]) == ("0.00", "0.00", 0)


def test_balances_are_the_main_accounts(alice: User, subscription: Subscription) -> None:  # DSH-01, EXC-09
    main = subscription.exchange_account
    snapshot(main, 5, "9990")
    snapshot(main, 1, "10000")
    make_position(subscription, exit_price=D("1"), realized_pnl=D("12.5"))
    snapshot(other := make_account(alice, name="Second"), 1, "77")

    own = api_of(alice).get("/api/v1/dashboard/balances").json()
    second = api_of(alice).get("/api/v1/dashboard/balances", {"exchange_account_id": str(other.id)}).json()

    assert (own["account"]["id"], own["equity"], own["free"]) == (str(main.id), "10000.00000000", "9000.00000000")
    assert own["balances"] == [
        {"currency": "USDT", "free": "9000", "used": "1000", "total": "10000", "usd_value": None}
    ]
    assert (own["realized_pnl"], second["account"]["name"], second["equity"]) == ("12.50", "Second", "77.00000000")


def test_balances_without_an_account_are_empty(alice: User) -> None:
    body = api_of(alice).get("/api/v1/dashboard/balances").json()

    assert (body["account"], body["equity"], body["balances"]) == (None, None, [])


def test_performance_is_a_thinned_curve_and_the_days_results(alice: User, subscription: Subscription) -> None:  # DSH-05
    account = subscription.exchange_account
    for minutes_ago, equity in ((50_000, "1"), (600, "10000"), (1, "10050"), (0, "10060")):
        snapshot(account, minutes_ago, equity)
    make_position(subscription, timezone.now() - timedelta(days=3), exit_price=D("1"), realized_pnl=D("50"))

    body = api_of(alice).get("/api/v1/dashboard/performance", {"days": 30}).json()

    # slices of 30 days ÷ 500 = 86 minutes: the last two fall into one or two of them
    assert body["equity"][0]["equity"] == "10000.00000000"
    assert body["equity"][-1]["equity"] == "10060.00000000"
    assert [(day["pnl"], day["trades"]) for day in body["realized_pnl"]] == [("50.00000000", 1)]


def test_a_long_curve_has_at_most_501_points(alice: User, subscription: Subscription) -> None:
    now = timezone.now()
    BalanceSnapshot.objects.bulk_create(
        BalanceSnapshot(account=subscription.exchange_account, taken_at=now - timedelta(minutes=n), equity=n, free=n)
        for n in range(1440)
    )

    points = api_of(alice).get("/api/v1/dashboard/performance", {"days": 1}).json()["equity"]

    assert 480 <= len(points) <= 501
    assert [point["at"] for point in points] == sorted(point["at"] for point in points)


@pytest.mark.parametrize("days", ["0", "367", "x", "-1", "1.5", "٣"])
def test_days_out_of_range_are_refused(alice: User, days: str) -> None:
    answer = api_of(alice).get("/api/v1/dashboard/performance", {"days": days})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "days")


def test_health_names_what_needs_attention(alice: User, subscription: Subscription) -> None:
    client = api_of(alice)
    healthy = client.get("/api/v1/dashboard/health").json()
    old = timezone.now() - timedelta(minutes=5)
    make_execution(make_signal(subscription.bot, old), subscription, "UNCONFIRMED")
    make_position(subscription, old, stop_price=D("90000"))
    ExchangeAccount.objects.update(status="needs_attention")

    body = client.get("/api/v1/dashboard/health").json()

    assert (healthy["status"], healthy["last_signal_at"]) == ("ok", None)
    assert (body["status"], body["unsettled_executions"], body["unprotected_positions"]) == ("attention", 1, 1)
    assert [account["status"] for account in body["accounts"]] == ["needs_attention"]


@pytest.mark.parametrize("part", ["summary", "balances", "performance"])
def test_other_peoples_accounts_are_not_found(alice: User, part: str) -> None:
    strange = make_account(make_user())

    for account in (str(strange.id), "nothing"):
        assert api_of(alice).get(f"/api/v1/dashboard/{part}", {"exchange_account_id": account}).status_code == 404


@pytest.mark.parametrize("part", ["summary", "balances", "performance", "health"])
def test_nobody_has_no_dashboard(part: str) -> None:
    assert api_of(None).get(f"/api/v1/dashboard/{part}").status_code == 401


@pytest.mark.parametrize("rows", [1, 3])
def test_summary_costs_the_same_however_much_there_is(
    subscription: Subscription, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        make_position(subscription, symbol_key=f"S{number}")

    with django_assert_num_queries(5):
        api_of(subscription.user).get("/api/v1/dashboard/summary")
