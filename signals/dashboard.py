"""A person's own overview: what is invested, what it made, what an account is worth, what needs attention (DSH-01, 03, 05…07)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Extract, Floor, TruncDate

from accounts.models import User
from bots.models import BotStatus
from exchanges.models import AccountStatus, BalanceSnapshot, ExchangeAccount
from exchanges.queries import own_accounts
from signals.current_prices import current_prices
from signals.figures import CLOSED, WON, ZERO, unrealized_pnl, win_rate
from signals.funds import blocked_by
from signals.models import Execution, Order, Position
from signals.queries import own_positions
from signals.states import LIVE_ORDERS, UNSETTLED
from subscriptions.models import Subscription, SubscriptionStatus

POINTS = 500
# What there is to say of somebody without an account.
NO_BALANCES: dict[str, Any] = {
    "account": None,
    "equity": None,
    "free": None,
    "taken_at": None,
    "balances": [],
    "realized_pnl": ZERO,
    "unrealized_pnl": ZERO,
    "positions_without_price": 0,
}
SETTLES_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class OpenSum:
    """All open positions together: margin put in, value at the current price, and result so far. `unpriced` positions have
    no known current price: they count with their entry price and no result."""

    margin: Decimal
    value: Decimal
    unrealized_pnl: Decimal
    positions: int
    unpriced: int


def sum_open(positions: Iterable[Position]) -> OpenSum:
    """The open positions in one line (DSH-06)."""
    positions = list(positions)
    prices = current_prices(positions)
    margin = value = result = ZERO
    for position in positions:
        price = prices.get(position.pk)
        margin += position.entry_price * position.quantity / position.leverage / position.usd_rate
        value += position.quantity * (price if price is not None else position.entry_price) / position.usd_rate
        result += unrealized_pnl(position, price) if price is not None else ZERO
    return OpenSum(margin, value, result, len(positions), len(positions) - len(prices))


def main_account(user: User) -> ExchangeAccount | None:
    """The account that the dashboard shows by default (EXC-09): the main one, else the oldest."""
    return _accounts(user).order_by("-is_main", "created_at").first()


def summarize(user: User, account: ExchangeAccount | None = None) -> dict[str, Any]:
    """DSH-03, over all own accounts or over one. `total_invested` is the margin in open positions, `total_in_positions`
    their value now, `total_blocked` what entry orders that may still fill hold back (ORD-04…06)."""
    positions = own_positions(user)
    orders = Order.objects.filter(account__user=user, status__in=LIVE_ORDERS)
    if account is not None:
        positions, orders = positions.filter(account=account), orders.filter(account=account)
    held = sum_open(positions.filter(status=Position.PositionStatus.OPEN))
    trades = positions.aggregate(
        pnl=Sum("realized_pnl", default=ZERO), closed=Count("id", filter=CLOSED), won=Count("id", filter=WON)
    )
    following = Subscription.objects.filter(user=user, status=SubscriptionStatus.ACTIVE, bot__status=BotStatus.ACTIVE)
    return {
        "total_invested": held.margin,
        "total_blocked": blocked_by(orders),
        "total_in_positions": held.value,
        "realized_pnl": trades["pnl"],
        "unrealized_pnl": held.unrealized_pnl,
        "win_rate": win_rate(trades["won"], trades["closed"]),
        "active_bots": following.count(),
        "pending_orders": orders.count(),
        "open_positions": held.positions,
        "closed_trades": trades["closed"],
        "positions_without_price": held.unpriced,
    }


def read_balances(account: ExchangeAccount) -> dict[str, Any]:
    """The account's value and coins when they were last read, and its P&L (DSH-01). Nulls where it was never read."""
    last = BalanceSnapshot.objects.filter(account=account).order_by("-taken_at").first()
    positions = own_positions(account.user).filter(account=account)
    held = sum_open(positions.filter(status=Position.PositionStatus.OPEN))
    return {
        "account": account,
        "equity": last.equity if last else None,
        "free": last.free if last else None,
        "taken_at": last.taken_at if last else None,
        "balances": last.balances if last else [],
        "realized_pnl": positions.aggregate(pnl=Sum("realized_pnl", default=ZERO))["pnl"],
        "unrealized_pnl": held.unrealized_pnl,
        "positions_without_price": held.unpriced,
    }


def traded_since_read(account: ExchangeAccount) -> bool:
    """Whether a position of the account was opened, changed or closed after its balances were last asked for."""
    last = BalanceSnapshot.objects.filter(account=account).aggregate(at=Max("taken_at"))["at"]
    return last is not None and Position.objects.filter(account=account, updated_at__gt=last).exists()


def read_performance(account: ExchangeAccount, *, days: int, now: datetime) -> dict[str, Any]:
    """The equity curve of an account and its realized P&L per day of the owner's time zone, over the last `days` (DSH-05)."""
    since = now - timedelta(days=days)
    return {
        "account": account,
        "days": days,
        "equity": equity_curve(account, since=since, now=now),
        "realized_pnl": list(_daily_pnl(account, since)),
    }


def equity_curve(account: ExchangeAccount, *, since: datetime, now: datetime) -> list[dict[str, Any]]:
    """At most 500 points from the balances that were read: the last of each slice of time, oldest first."""
    rows = BalanceSnapshot.objects.filter(account=account, taken_at__gte=since, taken_at__lte=now)
    first = rows.order_by("taken_at").values_list("taken_at", flat=True).first()
    if first is None:
        return []
    # Slices of the time that there is: a young account's first hour is a curve, not one point of a month.
    seconds = max(1, -(-int((now - first).total_seconds()) // POINTS))
    # the slice of time in which a balance was read; DISTINCT ON keeps the last one of each
    in_slice = Floor(Extract("taken_at", "epoch") / seconds)
    rows = rows.annotate(part=in_slice).order_by("part", "-taken_at").distinct("part")
    return [{"at": row["taken_at"], "equity": row["equity"]} for row in rows.values("taken_at", "equity", "part")]


def _daily_pnl(account: ExchangeAccount, since: datetime) -> Iterable[Any]:
    zone = ZoneInfo(account.user.time_zone)
    rows = Position.objects.filter(account=account, closed_at__gte=since).order_by()
    return (
        rows.annotate(day=TruncDate("closed_at", tzinfo=zone))
        .values("day")
        .annotate(pnl=Sum("realized_pnl", default=ZERO), trades=Count("id"))
        .order_by("day")
    )


def read_health(user: User, *, now: datetime) -> dict[str, Any]:
    """What of this person's trading needs attention (DSH-05): accounts, executions that do not settle, missing stops."""
    accounts = list(_accounts(user).order_by("-is_main", "name"))
    late = Execution.objects.filter(user=user, state__in=UNSETTLED, created_at__lt=now - SETTLES_WITHIN).count()
    last = Execution.objects.filter(user=user).aggregate(at=Max("created_at"))["at"]
    naked = own_positions(user).filter(
        Q(stop_price__isnull=False) | Q(target_price__isnull=False), status="open", protected_at=None
    )
    unprotected = naked.filter(opened_at__lt=now - SETTLES_WITHIN).count()
    troubled = [row for row in accounts if row.is_active and row.status != AccountStatus.VERIFIED]
    return {
        "status": "attention" if troubled or late or unprotected else "ok",
        "checked_at": now,
        "accounts": accounts,
        "unsettled_executions": late,
        "unprotected_positions": unprotected,
        "last_signal_at": last,
    }


def find_account(user: User, account_id: UUID | None) -> ExchangeAccount | None:
    """The own account of that id, or the main one; None when there is none such."""
    if account_id is None:
        return main_account(user)
    return _accounts(user).filter(pk=account_id).first()


def _accounts(user: User) -> QuerySet[ExchangeAccount]:
    return own_accounts(user).select_related("user")
