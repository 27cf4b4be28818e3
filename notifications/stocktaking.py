"""What the rows say people should have been told: found again when a process died before telling, and resolved when it is over.

Idempotent; run every few seconds by beat. Telling at once is the pipeline's part (`signals.troubles.tell`).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KT

from exchanges.models import AccountStatus, ExchangeAccount
from notifications.incidents import take_stock_of_incidents
from notifications.models import Notice, NoticeKind
from notifications.operators import take_stock_of_workflows
from notifications.telling import end_trouble, tell_people
from notifications.venue_pauses import take_stock_of_pauses
from signals.models import ForeignHolding, Position
from signals.troubles import Trouble, TroubleKind

LOOK_BACK = timedelta(days=1)
# Orders that are not ours are told at every reconciliation (once a minute unless set otherwise): silence of five minutes, and of
# three reconciliations, means that they are gone.
SILENCE = max(timedelta(minutes=5), 3 * timedelta(seconds=settings.RECONCILE_SECONDS))
REFUSED = (AccountStatus.NEEDS_ATTENTION, AccountStatus.INVALID)


def take_stock(now: datetime) -> tuple[int, int]:
    """Tell what was not told, resolve what is over; says how many of each."""
    known = set(Notice.objects.filter(bot=None, resolved_at=None).values_list("kind", "subject"))
    standing = [*_refused_accounts(), *_foreign_holdings(), *_closed_unprotected(now)]
    told = sum(tell_people(item, now=now) for item in standing if (item.kind.value, item.subject) not in known)
    still = {(item.kind, item.subject) for item in standing}
    over = [item for item in _noted_troubles(now) if (item.kind, item.subject) not in still]
    ended = sum(end_trouble(item, now=now) for item in over)
    others = [take_stock_of_workflows(now), take_stock_of_pauses(now), take_stock_of_incidents(now)]
    return told + sum(new for new, _ in others), ended + sum(over for _, over in others)


def _refused_accounts() -> Iterator[Trouble]:
    rows = ExchangeAccount.objects.filter(status__in=REFUSED, deleted_at=None)
    for account_id, code in rows.values_list("id", "status_code"):
        yield Trouble(TroubleKind.ACCOUNT_ATTENTION, account_id, figures={"code": code})


def _foreign_holdings() -> Iterator[Trouble]:
    """Only on accounts that a bot trades on: what a person does elsewhere is nobody's business."""
    rows = ForeignHolding.objects.exclude(quantity=0).filter(
        ~Q(account__subscriptions__status="cancelled"), account__deleted_at=None, account__subscriptions__isnull=False
    )
    for holding in rows.distinct().only("account_id", "symbol_key", "quantity"):
        yield foreign_position(holding)


def foreign_position(holding: ForeignHolding) -> Trouble:
    """The trouble that a foreign holding is."""
    figures = {"quantity": f"{holding.quantity.normalize():f}"}
    return Trouble(TroubleKind.FOREIGN_POSITION, holding.account_id, symbol_key=holding.symbol_key, figures=figures)


def _closed_unprotected(now: datetime) -> Iterator[Trouble]:
    rows = Position.objects.filter(exit_reason="protection_failed", closed_at__gt=now - LOOK_BACK)
    for position_id, account_id, symbol_key in rows.values_list("id", "account_id", "symbol_key"):
        yield Trouble(TroubleKind.CLOSED_UNPROTECTED, account_id, position_id, symbol_key)


def _noted_troubles(now: datetime) -> Iterator[Trouble]:
    """What was told and can be over by itself: a position that was closed stays told."""
    found_by_rows = Q(kind__in=(NoticeKind.ACCOUNT_ATTENTION, NoticeKind.FOREIGN_POSITION))
    silent = Q(kind=NoticeKind.FOREIGN_ORDERS, seen_at__lt=now - SILENCE)
    # Where nothing is held any more, the exchange has dropped the stop of the whole position with it.
    held = Position.objects.filter(
        account_id=OuterRef("account_id"), symbol_key=OuterRef("symbol"), status=Position.PositionStatus.OPEN
    )
    nothing_held = Q(kind=NoticeKind.NET_STANDS) & ~Exists(held)
    notices = Notice.objects.annotate(symbol=KT("figures__symbol"))
    for notice in notices.filter(found_by_rows | silent | nothing_held, bot=None, resolved_at=None):
        yield Trouble(TroubleKind(notice.kind), notice.account_id, symbol_key=_symbol(notice))


def _symbol(notice: Notice) -> str:
    return "" if notice.kind == NoticeKind.ACCOUNT_ATTENTION else str(notice.figures.get("symbol", ""))
