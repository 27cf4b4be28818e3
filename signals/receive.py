"""From an alert to stored executions, top to bottom: find the bot, check the secret, parse, drop duplicates, record, ring.

Answer = stored (promise 1): signal and executions are committed in one transaction before anyone is answered, and the
broker is rung off the caller's path; what it loses the sweeper finds.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from bots.models import Bot, BotStatus, MarketType
from bots.secrets import secret_matches
from bots.signal_lock import lock_signals
from exchanges.symbols import normalize_ticker
from signals.models import Position, Signal, SignalStatus
from signals.payload import Alert, PayloadError, parse_alert, read_body
from signals.recipients import insert_executions
from signals.states import CLOSES, Action
from signals.strategy_sources import strategy_of
from workers.publish import ring

log = logging.getLogger(__name__)

EXECUTE_TASK = "signals.execute"
EVERY_SYMBOL = "*"
# Two threads are enough: one message batch takes some 30 ms per 1,000, and a frozen broker costs a second at most.
_bell = ThreadPoolExecutor(max_workers=2, thread_name_prefix="bell")


class AlertRefused(Exception):
    """The alert was not accepted: HTTP status, sentence and code; `signal` when it was stored as refused."""

    def __init__(
        self,
        status: int,
        detail: str,
        code: str,
        *,
        signal: Signal | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.signal = signal
        self.errors = errors or []


class NotStored(DatabaseError):
    """The database was too slow: nothing was stored, and the sender knows."""


@dataclass(frozen=True, slots=True)
class Received:
    """A stored signal; `duplicate`: it was there before and nothing was executed again (D6)."""

    signal: Signal
    bot: Bot
    duplicate: bool


def receive_alert(
    *,
    bot: Bot,
    raw: bytes,
    source_ip: str,
    now: datetime,
    source: str = "tradingview",
    is_too_late: Callable[[], bool] = lambda: False,
) -> Received:
    """Store an alert for a bot that the path named. Raises AlertRefused; what concerns the manager is stored as refused.

    `is_too_late` is asked right before the commit: an alert whose sender was told 503 meanwhile is not stored (promise 1).
    """
    try:
        body = read_body(raw)
        if not secret_matches(bot, str(body["secret"]), now):
            raise AlertRefused(401, "Invalid secret", "invalid_secret")  # WHK-04
        alert = parse_alert(body)
    except PayloadError as error:
        raise AlertRefused(400, error.detail, "invalid_payload", errors=error.errors) from error
    return record_alert(bot=bot, alert=alert, source_ip=source_ip, now=now, source=source, is_too_late=is_too_late)


def record_alert(
    *,
    bot: Bot,
    alert: Alert,
    source_ip: str,
    now: datetime,
    source: str,
    is_too_late: Callable[[], bool] = lambda: False,
) -> Received:
    """One transaction: duplicate check, quota and status under the bot's lock, then the signal and its executions."""
    key = _symbol_key(alert)
    with transaction.atomic():
        lock_signals(bot.id)
        bot.refresh_from_db(fields=["status"])
        first = _find_duplicate(bot, alert, now)
        if first is not None:
            Signal.objects.filter(pk=first.pk).update(duplicates=first.duplicates + 1)
            return Received(first, bot, duplicate=True)
        refusal = _refusal(bot, alert, now)
        signal = _store_signal(bot, alert, key, source_ip, now, source, refusal)
        executions = [] if refusal else insert_executions(signal, bot)
        _count(signal, len(executions), now)
        if is_too_late():
            raise NotStored("the sender was answered before the alert could be stored")
    if refusal:
        raise AlertRefused(refusal[0], refusal[1], refusal[2], signal=signal)
    ring_soon(executions, alert.action)
    return Received(signal, bot, duplicate=False)


def send_manual_signal(
    *, bot: Bot, user: Any, ticker: str, action: str, price: Decimal | None, is_test: bool, source_ip: str
) -> Received:
    """A manager's own signal, on the same path as an alert (WHK-16). Raises AlertRefused."""
    alert = Alert(
        ticker=ticker, action=Action(action), price=price, alert_time=None, is_test=is_test, duplicate_key=uuid4().hex,
        duplicate_for_ever=True, body={"ticker": ticker, "action": action, "sent_by": str(user.pk)},
    )  # fmt: skip
    return record_alert(bot=bot, alert=alert, source_ip=source_ip, now=timezone.now(), source="manager")


def close_position(*, position: Position, user: Any) -> Signal:
    """A client closes one own position (D32): a signal for this position alone. Never blocked (D1)."""
    return close_positions(
        bot=position.bot,
        subscription_id=position.subscription_id,
        symbol_key=position.symbol_key,
        user=user,
        source="client",
    )


def close_positions(*, bot: Bot, subscription_id: UUID, symbol_key: str, user: Any, source: str) -> Signal:
    """Close what one subscription holds on a symbol, or with `*` on every symbol."""
    now = timezone.now()
    action = Action.CLOSE_ALL if symbol_key == EVERY_SYMBOL else Action.CLOSE
    alert = Alert(
        ticker=symbol_key, action=action, price=None, alert_time=None, is_test=False, duplicate_key=uuid4().hex,
        duplicate_for_ever=True, body={"sent_by": str(user.pk)},
    )  # fmt: skip
    with transaction.atomic():
        lock_signals(bot.id)
        signal = _store_signal(bot, alert, symbol_key, "", now, source, None, is_broadcast=False)
        executions = insert_executions(signal, bot, subscription_id=subscription_id)
        _count(signal, len(executions), now)
        transaction.on_commit(lambda: ring_soon(executions, action))
    return signal


def queue_of(action: str) -> str:
    """Closes have their own queue and never stand behind opens (D9)."""
    return "close" if action in CLOSES else "entry"


def ring_soon(execution_ids: list[UUID], action: str) -> None:
    """Ring the workers from another thread; the caller does not wait for the broker."""
    if execution_ids:
        rung = _bell.submit(ring, EXECUTE_TASK, queue_of(action), execution_ids, current_app)
        rung.add_done_callback(_log_failure)


def _log_failure(rung: "Future[int]") -> None:
    error = rung.exception()
    if error is not None:
        log.error("the workers could not be rung, the sweeper will: %r", error, exc_info=error)


def _symbol_key(alert: Alert) -> str:
    if alert.action == Action.CLOSE_ALL:
        return EVERY_SYMBOL
    try:
        return normalize_ticker(alert.ticker).key
    except ValueError:
        return alert.ticker.upper()[:50]  # stored as it came; each execution will say `unknown_symbol` (D15)


def _find_duplicate(bot: Bot, alert: Alert, now: datetime) -> Signal | None:
    """D6, D28: for ever with an id or a time in the body, else within the bot's window; refused alerts do not count."""
    same = Signal.objects.filter(bot=bot, duplicate_key=alert.duplicate_key, status=SignalStatus.ACCEPTED)
    if not alert.duplicate_for_ever:
        if not bot.duplicate_window_s:
            return None
        same = same.filter(created_at__gt=now - timedelta(seconds=bot.duplicate_window_s))
    return same.order_by("created_at").first()


def _refusal(bot: Bot, alert: Alert, now: datetime) -> tuple[int, str, str] | None:
    if bot.status == BotStatus.ARCHIVED:
        return 400, "Bot is archived", "bot_archived"
    if alert.action in CLOSES or (alert.action == Action.SELL and bot.market_type == MarketType.SPOT):
        return None  # D1, D27: neither a pause nor the quota stops a close
    if bot.status != BotStatus.ACTIVE:
        return 400, f"Bot is {bot.status}", "bot_paused"  # WHK-05
    # Counted here, under the bot's lock, and not in Redis: exact over all web processes and alive without the broker (D2).
    recent = Signal.objects.filter(bot=bot, created_at__gt=now - timedelta(minutes=1), source="tradingview").exclude(
        refusal_code="bot_paused"
    )
    if recent.count() >= bot.quota_per_minute:
        return 429, "Too many requests", "over_quota"  # WHK-08
    return None


def _store_signal(bot: Bot, alert: Alert, symbol_key: str, source_ip: str, now: datetime, source: str,
                  refusal: tuple[int, str, str] | None, *, is_broadcast: bool = True) -> Signal:  # fmt: skip
    return Signal.objects.create(
        bot=bot,
        ticker=alert.ticker,
        symbol_key=symbol_key,
        action=alert.action,
        price=alert.price,
        source=source,
        strategy_source=strategy_of(source),
        source_ip=source_ip or None,
        payload=alert.body,
        alert_time=alert.alert_time,
        effective_at=min(alert.alert_time or now, now),  # a clock that is ahead must not rule what comes after
        duplicate_key=alert.duplicate_key,
        duplicate_for_ever=alert.duplicate_for_ever,
        status=SignalStatus.REFUSED if refusal else SignalStatus.ACCEPTED,
        refusal_code=refusal[2] if refusal else "",
        refusal_params={"limit": bot.quota_per_minute} if refusal and refusal[2] == "over_quota" else {},
        is_test=alert.is_test,
        is_broadcast=is_broadcast,
        created_at=now,
    )


def _count(signal: Signal, subscribers: int, now: datetime) -> None:
    """WHK-10: how many were concerned; a signal that concerns nobody is complete at once, and counted with its bot (BOT-20)."""
    signal.total_subscribers = subscribers
    if not subscribers:
        signal.completed_at, signal.broadcast_duration_ms = now, 0
    Signal.objects.filter(pk=signal.pk).update(
        total_subscribers=subscribers,
        completed_at=signal.completed_at,
        broadcast_duration_ms=signal.broadcast_duration_ms,
    )
    if not subscribers and signal.is_broadcast and signal.status == SignalStatus.ACCEPTED:
        Bot.objects.filter(pk=signal.bot_id).update(total_signals_sent=F("total_signals_sent") + 1, updated_at=now)
