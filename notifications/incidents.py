"""What the service did not carry out, for those who run it: signals that waited while nothing ran (F31), executions that their
workers died of (F4). Found from the rows, told once each; a notice stands for a day."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from notifications.models import Notice, NoticeKind
from notifications.operators import operators
from notifications.writing import write_notice
from signals.models import Execution, Lease
from signals.states import CLOSES, State

STANDS = timedelta(days=1)
INCIDENTS = (NoticeKind.SIGNALS_MISSED, NoticeKind.EXECUTION_GIVEN_UP)
Incident = tuple[NoticeKind, str, dict[str, str]]


def take_stock_of_incidents(now: datetime) -> tuple[int, int]:
    """Tell what was not told, resolve what has stood for a day; says how many of each."""
    found = [*_missed_signals(now), *_given_up(now)]
    people = list(operators().values_list("pk", flat=True)) if found else []
    told = sum(
        write_notice(Notice(user_id=person, kind=kind, subject=subject, figures=figures, created_at=now, seen_at=now))
        for kind, subject, figures in found
        for person in people
    )
    old = Notice.objects.filter(kind__in=INCIDENTS, resolved_at=None, created_at__lt=now - STANDS)
    return told, int(old.update(resolved_at=now))


def _missed_signals(now: datetime) -> Iterator[Incident]:
    """One summary of an outage: what had come before there was a guardian again, and was ended after that."""
    back = Lease.objects.filter(name="guardian", since__gt=now - STANDS).values_list("since", flat=True).first()
    if back is None:
        return
    waited = Execution.objects.filter(created_at__lt=back, completed_at__gte=back, completed_at__gt=now - STANDS)
    stale = waited.filter(state=State.SKIPPED, reason_code="stale_signal")
    entries = stale.count()
    if entries:
        figures = {
            "entries": str(entries),
            "signals": str(stale.values("signal").distinct().count()),
            "closes": str(waited.filter(state=State.CLOSED, action__in=CLOSES).count()),
        }
        yield NoticeKind.SIGNALS_MISSED, f"outage {back.isoformat()}", figures


def _given_up(now: datetime) -> Iterator[Incident]:
    rows = Execution.objects.filter(
        state=State.SKIPPED, reason_code="internal_error", completed_at__gt=now - STANDS
    ).values_list("id", "symbol_key", "attempts")
    for key, symbol, attempts in rows:
        yield NoticeKind.EXECUTION_GIVEN_UP, f"execution {key}", {"symbol": symbol, "attempts": str(attempts)}
