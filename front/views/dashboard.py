"""The dashboard: one account's value and curve, what is open, what was done lately and why not (DSH-01, 03, 06, 07; RSK-05)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from exchanges.models import ExchangeAccount
from exchanges.queries import own_accounts
from front.access import person, signed_in
from front.balances_again import read_balances_again
from front.priced import with_prices
from signals.dashboard import equity_curve, find_account, read_balances, read_health, summarize
from signals.models import Position
from signals.queries import count_closed, own_positions, visible_executions
from signals.strategy_results import results_by_strategy, total_pnl
from subscriptions.models import SubscriptionStatus
from subscriptions.queries import own_subscriptions

RECENT = 6
PERIODS = {"1": 1, "7": 7, "30": 30, "90": 90}


@signed_in
def dashboard(request: HttpRequest) -> HttpResponse:
    """The page; `?account=` chooses another account than the main one, `?days=` the length of the curve."""
    user, now = person(request), timezone.now()
    account = _chosen_account(user, request.GET.get("account"))
    days = PERIODS.get(request.GET.get("days", ""), 30)
    read_balances_again(request, account)
    context = {
        "accounts": list(own_accounts(user).defer("sealed_keys", "wrapped_data_key")),
        "account": account,
        "days": days,
        "periods": PERIODS.values(),
        "points": _points(account, days, now) if account else [],
        **_live(user, account, now),
    }
    return render(request, "front/dashboard.html", context)


@signed_in
def dashboard_live(request: HttpRequest) -> HttpResponse:
    """The part of the dashboard that follows the live stream."""
    user = person(request)
    account = _chosen_account(user, request.GET.get("account"))
    read_balances_again(request, account)
    return render(request, "front/_dashboard_live.html", {"account": account, **_live(user, account, timezone.now())})


def _chosen_account(user: User, asked: str | None) -> ExchangeAccount | None:
    try:
        account = find_account(user, UUID(asked) if asked else None)
    except ValueError as error:
        raise Http404 from error
    if asked and account is None:
        raise Http404
    return account


def _live(user: User, account: ExchangeAccount | None, now: datetime) -> dict[str, Any]:
    positions, done = own_positions(user), visible_executions(user).filter(user=user)
    if account is not None:
        positions, done = positions.filter(account=account), done.filter(account=account)
    strategies = results_by_strategy(positions)
    recent = list(done[:RECENT])
    count_closed(recent)
    following = own_subscriptions(user).exclude(status=SubscriptionStatus.CANCELLED).exists()
    return {
        "balances": read_balances(account) if account else None,
        "summary": summarize(user, account),
        "health": read_health(user, now=now),
        "positions": with_prices(positions.filter(status=Position.PositionStatus.OPEN)),
        "executions": recent,
        "strategies": strategies,
        "strategies_pnl": total_pnl(strategies),
        "following": following,
    }


def _points(account: ExchangeAccount, days: int, now: datetime) -> list[dict[str, Any]]:
    """The equity curve as the chart takes it: seconds in the reader's own time zone, values as exact text."""
    since = now - timedelta(days=days)
    points = {}
    for point in equity_curve(account, since=since, now=now):
        local = timezone.localtime(point["at"])
        offset = local.utcoffset()
        seconds = int(local.timestamp()) + int(offset.total_seconds() if offset else 0)
        points[seconds] = str(point["equity"])
    return [{"time": time, "value": value} for time, value in sorted(points.items())]
