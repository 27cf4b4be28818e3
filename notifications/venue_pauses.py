"""Telling that new entries at an exchange are paused: administrators, and the managers whose bots trade that kind of market (B14)."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Role, User
from bots.models import BotStatus
from exchanges.models import VenuePause
from exchanges.pausing import standing_pauses
from exchanges.registry import UnknownVenue, get_venue
from notifications.models import Notice, NoticeKind
from notifications.writing import write_notice


def tell_of_pause(pause: VenuePause, moment: datetime | None = None) -> int:
    """Once each until it is over; says how many had not been told yet."""
    now = moment or timezone.now()
    figures = {
        "exchange": _label(pause.exchange), "market_type": pause.market_type, "detail": pause.detail,
        "by_canary": pause.by_canary,
    }  # fmt: skip
    return sum(
        write_notice(
            Notice(
                user_id=user_id, kind=NoticeKind.ENTRIES_PAUSED, subject=_subject(pause), created_at=now, seen_at=now,
                figures=figures,
            )
        )
        for user_id in _concerned(pause).values_list("pk", flat=True)
    )  # fmt: skip


def end_pause(pause: VenuePause, moment: datetime | None = None) -> int:
    """It is over for everybody who was told."""
    return _standing().filter(subject=_subject(pause)).update(resolved_at=moment or timezone.now())


def take_stock_of_pauses(now: datetime) -> tuple[int, int]:
    """What a process that died did not tell: found again from the rows. Says how many were told, and how many are over."""
    pauses = standing_pauses()
    told = sum(tell_of_pause(pause, now) for pause in pauses)
    over = _standing().exclude(subject__in=[_subject(pause) for pause in pauses])
    return told, over.update(resolved_at=now)


def _concerned(pause: VenuePause) -> QuerySet[User]:
    administrators = Q(role=Role.ADMIN) | Q(is_superuser=True)
    managers = Q(bots__status=BotStatus.ACTIVE, bots__market_type=pause.market_type)
    return User.objects.filter(administrators | managers, is_active=True).distinct()


def _standing() -> QuerySet[Notice]:
    return Notice.objects.filter(kind=NoticeKind.ENTRIES_PAUSED, resolved_at=None)


def _subject(pause: VenuePause) -> str:
    return f"pause {pause.exchange} {pause.market_type}"


def _label(exchange: str) -> str:
    try:
        return get_venue(exchange).label
    except UnknownVenue:
        return exchange
