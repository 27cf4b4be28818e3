"""Tell people of a trouble: one row per person, once until it is over, and a word to their open pages."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from exchanges.models import ExchangeAccount
from notifications.models import Notice
from notifications.operators import tell_operators, tell_operators_it_is_over
from notifications.writing import write_notice
from signals.models import Position
from signals.troubles import Trouble, TroubleKind
from subscriptions.models import Subscription, SubscriptionStatus


def tell_people(trouble: Trouble, *, now: datetime | None = None) -> int:
    """Write the notice for the client and for the managers of the bots concerned; says how many had not been told yet.

    Who was told already is only noted to have it still (`seen_at`). Trouble of what is gone is told to nobody; trouble with
    recurring work to administrators alone.
    """
    moment = now or timezone.now()
    if trouble.kind is TroubleKind.WORKFLOW_FAILING:
        return tell_operators(trouble, moment)
    trouble = _completed(trouble)
    found = ExchangeAccount.objects.only("id", "user_id").filter(pk=trouble.account_id) if trouble.account_id else None
    account = found.first() if found is not None else None
    if account is None:
        return 0
    recipients: list[tuple[UUID, UUID | None]] = [(account.user_id, None)]
    recipients += [(manager_id, bot_id) for bot_id, manager_id in _bots(trouble) if manager_id != account.user_id]
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
    return write_notice(row)


def end_trouble(trouble: Trouble, *, now: datetime | None = None) -> int:
    """It is over: the notices of it are resolved, and people are told again when it comes back. Says how many stood."""
    moment = now or timezone.now()
    if trouble.kind is TroubleKind.WORKFLOW_FAILING:
        return tell_operators_it_is_over(trouble, moment)
    standing = Notice.objects.filter(kind=trouble.kind.value, resolved_at=None, account_id=trouble.account_id)
    ended = standing.filter(_about(trouble)).update(resolved_at=moment)
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
