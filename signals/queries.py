"""Who sees which signals, executions, orders, fills and positions, and in how few queries.

A client sees own rows, a manager also those of own bots, support and administrators all. No query here loads sealed keys.
"""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet

from accounts.models import Role, User
from signals.models import Execution, ExecutionEvent, Fill, Order, Position, Signal
from signals.states import OPENS, UNSETTLED, State, Status
from signals.stats import broadcast_stats

Row = TypeVar("Row", bound=Model)

UNOPENED = (State.SKIPPED, State.REJECTED)
FAILED = Q(state=State.REJECTED) | Q(state=State.CLOSED, reason_code="protection_failed")
# EXE-17's words as conditions on the machine's states (D12).
BY_STATUS: dict[str, Q] = {
    Status.PENDING: Q(state__in=UNSETTLED),
    Status.SUCCESS: Q(state__in=(State.PROTECTED, State.CLOSED)) & ~FAILED,
    Status.FAILED: FAILED,
    Status.SKIPPED: Q(state=State.SKIPPED),
}
_ACCOUNT_SECRETS = ("account__sealed_keys", "account__wrapped_data_key")
_BOT_SECRETS = ("bot__secret_sealed", "bot__secret_wrapped_key", "bot__secret_digest", "bot__previous_secret_digest")


def sees_all(user: User) -> bool:
    return user.role in (Role.SUPPORT, Role.ADMIN)


def visible_signals(user: User) -> QuerySet[Signal]:
    """Signals of own bots, and those that reached an own subscription."""
    signals = Signal.objects.select_related("bot").defer(*_BOT_SECRETS)
    if sees_all(user):
        return signals
    reached = Exists(Execution.objects.filter(signal=OuterRef("pk"), user=user))
    return signals.filter(Q(bot__manager=user) | Q(reached)) if user.is_manager else signals.filter(reached)


def visible_executions(user: User) -> QuerySet[Execution]:
    """One row per subscriber and signal (EXE-18)."""
    rows = Execution.objects.select_related("signal", "bot", "user", "account").defer(*_ACCOUNT_SECRETS, *_BOT_SECRETS)
    return _visible(rows, user, owner="user", bot="bot")


def visible_positions(user: User) -> QuerySet[Position]:
    rows = Position.objects.select_related("bot", "user", "account").defer(*_ACCOUNT_SECRETS, *_BOT_SECRETS)
    return _visible(rows, user, owner="user", bot="bot")


def visible_orders(user: User) -> QuerySet[Order]:
    """Every order that we meant to send, also of accounts that are gone (ORD-03)."""
    rows = Order.objects.select_related("execution__bot", "execution__user", "position").defer(
        *(f"execution__{name}" for name in _BOT_SECRETS)
    )
    return _visible(rows, user, owner="execution__user", bot="execution__bot")


def visible_fills(user: User) -> QuerySet[Fill]:
    rows = Fill.objects.select_related("user")
    return _visible(rows, user, owner="user", bot="order__execution__bot") | _visible(
        rows, user, owner="user", bot="position__bot"
    )


def own_positions(user: User) -> QuerySet[Position]:
    """What `user` holds and held: the trades of DSH-13."""
    rows = Position.objects.filter(user=user).select_related("bot", "account")
    return rows.defer(*_ACCOUNT_SECRETS, *_BOT_SECRETS)


def orders_of(execution: Execution) -> QuerySet[Order]:
    """The orders of an execution, in the order in which they were meant."""
    return Order.objects.filter(execution=execution).order_by("created_at", "leg", "attempt")


def closed_by(execution: Execution) -> QuerySet[Position]:
    """The positions that this execution's exit orders closed: several for a close of every symbol."""
    exits = Order.objects.filter(execution=execution, leg="exit", position__isnull=False).values("position")
    return Position.objects.filter(pk__in=exits, status=Position.PositionStatus.CLOSED).order_by("opened_at")


def closed_against(execution: Execution, orders: Iterable[Order]) -> list[Position]:
    """The positions that it closed, by exits among its `orders`, before it opened, or was to open, its own."""
    exits = {order.position_id for order in orders if order.leg == "exit" and order.position_id is not None}
    exits.discard(execution.position_id)
    return list(closed_by(execution).filter(pk__in=exits)) if exits and execution.action in OPENS else []


def count_closed(executions: Iterable[Execution]) -> None:
    """Set `closed_count` of those that opened nothing: what they closed all the same. One query, none without such a row."""
    unopened = {row.pk: row for row in executions if row.action in OPENS and row.state in UNOPENED}
    if not unopened:
        return
    exits = Order.objects.filter(execution__in=unopened, leg="exit", position__status=Position.PositionStatus.CLOSED)
    for row in exits.order_by().values("execution").annotate(count=Count("position", distinct=True)):
        unopened[row["execution"]].closed_count = row["count"]


def closed_by_signal(signal: Signal) -> int:
    """How many positions a signal to open closed, whether it was entered afterwards or not."""
    exits = Order.objects.filter(execution__signal=signal, leg="exit", position__status=Position.PositionStatus.CLOSED)
    others = exits.exclude(position=F("execution__position"))
    return others.order_by().values("position").distinct().count()


def events_of(execution: Execution) -> QuerySet[ExecutionEvent]:
    """What was tried and how it went, oldest first."""
    return ExecutionEvent.objects.filter(execution=execution).order_by("at", "id")


def stats_of(signals: Iterable[Signal]) -> dict[UUID, dict[str, Any]]:
    """The figures of these broadcasts (D3) as they stand now: one query for all that still run, none for the rest."""
    signals = list(signals)
    stats = {signal.pk: broadcast_stats(signal) for signal in signals if signal.completed_at is not None}
    running = [signal.pk for signal in signals if signal.completed_at is None]
    if running:
        stats |= dict.fromkeys(running, _running_stats())
        stats |= {row.pop("signal_id"): _running_stats(**row) for row in _count_running(running)}
    return stats


def _count_running(signal_ids: list[UUID]) -> Iterable[Any]:
    rows = Execution.objects.filter(signal_id__in=signal_ids).order_by().values("signal_id")
    return rows.annotate(
        total_subscribers=Count("id"),
        queued=Count("id", filter=BY_STATUS[Status.PENDING]),
        successful_executions=Count("id", filter=BY_STATUS[Status.SUCCESS]),
        failed_executions=Count("id", filter=BY_STATUS[Status.FAILED]),
        skipped_executions=Count("id", filter=BY_STATUS[Status.SKIPPED]),
    )


def _running_stats(**counted: int) -> dict[str, Any]:
    names = ("total_subscribers", "queued", "successful_executions", "failed_executions", "skipped_executions")
    return {**dict.fromkeys(names, 0), **counted, "duration_ms": 0}


def _visible(rows: QuerySet[Row], user: User, *, owner: str, bot: str) -> QuerySet[Row]:
    if sees_all(user):
        return rows
    own = Q(**{owner: user})
    return rows.filter(own | Q(**{f"{bot}__manager": user}) if user.is_manager else own)
