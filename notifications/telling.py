"""Tell people of a trouble: one row per person, once until it is over, and a word to their open pages."""

import json
import logging
from collections.abc import Iterable
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
    """Write the notice for the client and for the managers of the bots concerned; says how many had not been told yet."""
    account = ExchangeAccount.objects.only("id", "user_id").get(pk=trouble.account_id)
    recipients: list[tuple[UUID, UUID | None]] = [(account.user_id, None)]
    recipients += [(manager_id, bot_id) for bot_id, manager_id in _bots(trouble) if manager_id != account.user_id]
    moment, told = now or timezone.now(), 0
    for user_id, bot_id in recipients:
        row = Notice(
            user_id=user_id, kind=trouble.kind.value, subject=_subject(trouble, bot_id), bot_id=bot_id, account_id=account.pk,
            position_id=trouble.position_id, figures={"symbol": trouble.symbol_key, **trouble.figures}, created_at=moment,
        )  # fmt: skip
        Notice.objects.bulk_create([row], ignore_conflicts=True)
        if Notice.objects.filter(pk=row.pk).exists():
            told += 1
            _push(user_id, trouble)
    return told


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
