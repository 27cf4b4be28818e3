"""Figures of subscriptions, bots and people, derived from executions and positions, never from counters (D13, SUB-10, DSH).

Money in USD. Win rate = winning ÷ closed trades × 100 (DSH-07); a trade is a closed position, won when its realized P&L net
of fees is above zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Avg, Count, DecimalField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import NullIf

from bots.models import Bot
from signals.ledger.daily_loss import LOSS_SINCE
from signals.models import Execution, Position
from signals.queries import BY_STATUS
from signals.states import Action, Status
from subscriptions.models import Subscription

ZERO = Decimal(0)
HUNDRED = Decimal(100)
OPEN, CLOSED = Q(status="open"), Q(status="closed")
# What an exchange was asked to do, and how that ended: well or not, it took its time.
SENT = Q(sent_at__isnull=False) & (BY_STATUS[Status.SUCCESS] | BY_STATUS[Status.FAILED])
OPENING = Execution.objects.filter(action__in=(Action.BUY, Action.SELL))
# Trades that a test signal opened are no result of a bot's. (One that added to a trade or closed it is not what began it.)
OF_TESTS = Exists(
    OPENING.filter(
        ~Exists(OPENING.filter(position=OuterRef("position"), created_at__lt=OuterRef("created_at"))),
        position=OuterRef("pk"),
        signal__is_test=True,
    )
)
WON, LOST = CLOSED & Q(realized_pnl__gt=0), CLOSED & Q(realized_pnl__lt=0)


@dataclass(frozen=True, slots=True)
class SubscriptionFigures:
    """SUB-10 and RSK-04 of one subscription. Received counts every settled execution, blocked ones too;
    closes that a client or an archive asked for are no signals of the bot."""

    total_signals_received: int = 0
    total_orders_executed: int = 0
    total_orders_failed: int = 0
    last_signal_at: datetime | None = None
    total_pnl_usd: Decimal = ZERO
    win_count: int = 0
    loss_count: int = 0
    closed_trades: int = 0
    current_positions: int = 0
    current_daily_loss_usd: Decimal = ZERO

    @property
    def win_rate(self) -> Decimal:
        return win_rate(self.win_count, self.closed_trades)


@dataclass(frozen=True, slots=True)
class BotFigures:
    """What a bot's subscribers made of its signals, over everything there ever was (BOT-11, 20;
    archived ones too, trades of test signals not)."""

    signals: int
    refused_signals: int
    executions: dict[str, int]
    closed_trades: int
    open_positions: int
    win_rate: Decimal
    total_pnl_usd: Decimal
    avg_pnl_pct: Decimal
    best_trade_usd: Decimal | None
    worst_trade_usd: Decimal | None
    profit_factor: Decimal | None
    fees_usd: Decimal
    avg_execution_ms: int | None
    slowest_execution_ms: int | None
    longest_unprotected_ms: int | None
    by_symbol: list[dict[str, Any]] = field(default_factory=list)


def win_rate(won: int, closed: int) -> Decimal:
    """Percent of closed trades that were won, two decimals; 0 without trades (DSH-07)."""
    return (HUNDRED * won / closed).quantize(Decimal("0.01")) if closed else Decimal("0.00")


def unrealized_pnl(position: Position, price: Decimal) -> Decimal:
    """Quantity × price − quantity × average entry price (DSH-06), in USD; for a short the other way round."""
    difference = (price - position.entry_price) * position.quantity / position.usd_rate
    return difference if position.side == Position.Side.LONG else -difference


def start_of_day(now: datetime, time_zone: str) -> datetime:
    """00:00 of the day of `now` where that person lives (D13)."""
    return now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def figures_of_subscriptions(
    subscriptions: Iterable[Subscription], *, now: datetime, time_zone: str
) -> dict[UUID, SubscriptionFigures]:
    """The figures of subscriptions of one person (or of people of one time zone): three queries, however many."""
    ids = [subscription.pk for subscription in subscriptions]
    counted = _count_executions(ids)
    held = _sum_positions(ids, since=start_of_day(now, time_zone))
    return {key: SubscriptionFigures(**counted.get(key, {}), **held.get(key, {})) for key in ids}


def _count_executions(subscription_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    settled = ~BY_STATUS[Status.PENDING]
    rows = (
        Execution.objects.filter(subscription__in=subscription_ids, signal__is_broadcast=True)
        .order_by()
        .values("subscription_id")
        .annotate(
            total_signals_received=Count("id", filter=settled),
            total_orders_executed=Count("id", filter=BY_STATUS[Status.SUCCESS]),
            total_orders_failed=Count("id", filter=BY_STATUS[Status.FAILED]),
            last_signal_at=Max("created_at", filter=settled),
        )
    )
    return {row["subscription_id"]: _without(row, "subscription_id") for row in rows}


def _sum_positions(subscription_ids: list[UUID], *, since: datetime) -> dict[UUID, dict[str, Any]]:
    rows = (
        Position.objects.filter(subscription__in=subscription_ids)
        .order_by()
        .values("subscription_id")
        .annotate(
            total_pnl_usd=Sum("realized_pnl", default=ZERO),
            win_count=Count("id", filter=WON),
            loss_count=Count("id", filter=LOST),
            closed_trades=Count("id", filter=CLOSED),
            current_positions=Count("id", filter=OPEN),
        )
    )
    lost = _losses_since(since, subscription_ids)
    return {
        row["subscription_id"]: {
            **_without(row, "subscription_id"),
            "current_daily_loss_usd": max(ZERO, lost.get(row["subscription_id"], ZERO)),
        }
        for row in rows
    }


def _losses_since(since: datetime, subscription_ids: list[UUID]) -> dict[UUID, Decimal]:
    """As the gate counts them."""
    with connection.cursor() as cursor:
        cursor.execute(LOSS_SINCE, {"since": since, "subscriptions": subscription_ids})
        return dict(cursor.fetchall())


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@dataclass(frozen=True, slots=True)
class ClosedTrades:
    """The closed trades of a bot's subscribers, those of test signals left out; `win_rate` is None where there are none."""

    closed: int = 0
    won: int = 0

    @property
    def win_rate(self) -> Decimal | None:
        return win_rate(self.won, self.closed) if self.closed else None


def closed_trades_of(bots: Iterable[Bot]) -> dict[UUID, ClosedTrades]:
    """What each bot's win rate stands on, in one query."""
    ids = [bot.pk for bot in bots]
    rows = Position.objects.filter(~OF_TESTS, CLOSED, bot__in=ids).order_by().values("bot_id")
    found = {
        row["bot_id"]: ClosedTrades(row["closed"], row["won"])
        for row in rows.annotate(closed=Count("id"), won=Count("id", filter=WON))
    }
    return {key: found.get(key, ClosedTrades()) for key in ids}


def figures_of_bot(bot: Bot) -> BotFigures:
    """A bot's performance, from every subscriber's executions and positions."""
    executions = bot.executions.aggregate(
        **{status.value: Count("id", filter=condition) for status, condition in _statuses()},
        mean=Avg("execution_time_ms", filter=SENT),
        slowest=Max("execution_time_ms", filter=SENT),
    )
    signals = bot.signals.filter(is_broadcast=True).aggregate(
        accepted=Count("id", filter=Q(status="accepted")), refused=Count("id", filter=Q(status="refused"))
    )
    sums = _sum_trades(bot.positions.filter(~OF_TESTS))
    return BotFigures(
        signals=signals["accepted"],
        refused_signals=signals["refused"],
        executions={status.value: executions[status.value] for status, _ in _statuses()},
        closed_trades=sums["closed"],
        open_positions=sums["open"],
        win_rate=win_rate(sums["won"], sums["closed"]),
        total_pnl_usd=sums["pnl"],
        avg_pnl_pct=(sums["pnl_pct"] or ZERO).quantize(Decimal("0.01")),
        best_trade_usd=sums["best"],
        worst_trade_usd=sums["worst"],
        profit_factor=(sums["gained"] / -sums["lost"]).quantize(Decimal("0.01")) if sums["lost"] else None,
        fees_usd=sums["fees"],
        avg_execution_ms=round(executions["mean"]) if executions["mean"] is not None else None,
        slowest_execution_ms=executions["slowest"],
        longest_unprotected_ms=sums["unprotected"],
        by_symbol=_by_symbol(bot),
    )


def _statuses() -> list[tuple[Status, Q]]:
    return [(status, BY_STATUS[status]) for status in Status]


def _sum_trades(positions: QuerySet[Position]) -> dict[str, Any]:
    money = DecimalField(max_digits=28, decimal_places=8)
    margin = NullIf(F("entry_price") * F("opened_quantity") / F("leverage") / F("usd_rate"), ZERO, output_field=money)
    return positions.aggregate(
        closed=Count("id", filter=CLOSED),
        open=Count("id", filter=OPEN),
        won=Count("id", filter=WON),
        pnl=Sum("realized_pnl", default=ZERO),
        gained=Sum("realized_pnl", filter=WON, default=ZERO),
        lost=Sum("realized_pnl", filter=LOST, default=ZERO),
        best=Max("realized_pnl", filter=CLOSED),
        worst=Min("realized_pnl", filter=CLOSED),
        fees=Sum("fees", default=ZERO),
        pnl_pct=Avg(F("realized_pnl") * HUNDRED / margin, filter=CLOSED, output_field=money),
        unprotected=Max("unprotected_ms"),
    )


def _by_symbol(bot: Bot) -> list[dict[str, Any]]:
    rows = (
        bot.positions.filter(~OF_TESTS, CLOSED)
        .order_by()
        .values("symbol_key")
        .annotate(trades=Count("id"), won=Count("id", filter=WON), pnl_usd=Sum("realized_pnl", default=ZERO))
        .order_by("-trades", "symbol_key")[:20]
    )
    return [
        {
            "symbol": row["symbol_key"],
            "trades": row["trades"],
            "win_rate": win_rate(row["won"], row["trades"]),
            "pnl_usd": row["pnl_usd"],
        }
        for row in rows
    ]
