"""Tell people of a trouble: one row per person, once until it is over, and a word to their open pages."""

import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import redis
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from exchanges.models import ExchangeAccount
from notifications.models import Notice
from signals.live import channel_of
from signals.models import Position
from signals.troubles import Trouble
from subscriptions.models import Subscription, SubscriptionStatus

log = logging.getLogger(__name__)


def tell_people(trouble: Trouble, *, now: datetime | None = None) -> int:
    """Write the notice for the client and for the managers of the bots concerned; says how many had not been told yet.

    Who was told already is only noted to have it still (`seen_at`). Trouble of what is gone is told to nobody.
    """
    trouble = _completed(trouble)
    found = ExchangeAccount.objects.only("id", "user_id").filter(pk=trouble.account_id) if trouble.account_id else None
    account = found.first() if found is not None else None
    if account is None:
        return 0
    recipients: list[tuple[UUID, UUID | None]] = [(account.user_id, None)]
    recipients += [(manager_id, bot_id) for bot_id, manager_id in _bots(trouble) if manager_id != account.user_id]
    moment = now or timezone.now()
    return sum(_tell_one(trouble, account.pk, user_id, bot_id, moment) for user_id, bot_id in recipients)


def _completed(trouble: Trouble) -> Trouble:
    """With the account and the symbol of its position."""
    if trouble.position_id is None or trouble.account_id is not None:
        return trouble
    row = Position.objects.filter(pk=trouble.position_id).values_list("account_id", "symbol_key").first()
    return replace(trouble, account_id=row[0], symbol_key=row[1]) if row else trouble


def _tell_one(trouble: Trouble, account_id: UUID, user_id: UUID, bot_id: UUID | None, moment: datetime) -> bool:
    row = Notice(
        user_id=user_id, kind=trouble.kind.value, subject=_subject(trouble, bot_id), bot_id=bot_id, account_id=account_id,
        position_id=trouble.position_id, figures={"symbol": trouble.symbol_key, **trouble.figures}, created_at=moment,
        seen_at=moment,
    )  # fmt: skip
    same = Notice.objects.filter(user_id=user_id, kind=row.kind, subject=row.subject, resolved_at=None)
    if same.update(seen_at=moment, figures=row.figures):
        return False
    Notice.objects.bulk_create([row], ignore_conflicts=True)
    if not Notice.objects.filter(pk=row.pk).exists():  # another process was faster
        return False
    _push(user_id, trouble)
    return True


def end_trouble(trouble: Trouble, *, now: datetime | None = None) -> int:
    """It is over: the notices of it are resolved, and people are told again when it comes back. Says how many stood."""
    standing = Notice.objects.filter(kind=trouble.kind.value, resolved_at=None, account_id=trouble.account_id)
    ended = standing.filter(_about(trouble)).update(resolved_at=now or timezone.now())
    return int(ended)


def put_aside(notices: QuerySet[Notice], *, now: datetime | None = None) -> int:
    """The person has read it. It stays told: the same trouble says nothing more until it is over."""
    return int(notices.filter(dismissed_at=None).update(dismissed_at=now or timezone.now()))


def _subject(trouble: Trouble, bot_id: UUID | None) -> str:
    """A manager with two bots on one account is told for each of them."""
    return f"{trouble.subject} {bot_id.hex[:8]}" if bot_id else trouble.subject


def _about(trouble: Trouble) -> Q:
    return Q(subject=trouble.subject) | Q(subject__startswith=f"{trouble.subject} ", bot__isnull=False)


def _bots(trouble: Trouble) -> Iterable[tuple[UUID, UUID]]:
    """The bot that held the position; for an account, every bot that it follows or whose position is open on it."""
    if trouble.position_id is not None:
        return Position.objects.filter(pk=trouble.position_id).values_list("bot_id", "bot__manager_id")
    following = ~Q(status=SubscriptionStatus.CANCELLED) | Q(positions__status=Position.PositionStatus.OPEN)
    rows = Subscription.objects.filter(following, exchange_account_id=trouble.account_id)
    return rows.order_by().values_list("bot_id", "bot__manager_id").distinct()


def _push(user_id: UUID, trouble: Trouble) -> None:
    """Open pages reload what shows notices; a broker that does not answer costs nothing but that."""
    message = json.dumps({"type": "notice", "kind": trouble.kind.value})
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
            server.publish(channel_of(user_id), message)
    except (redis.RedisError, OSError) as error:
        log.warning("a notice could not be shown at once: %r", error)
