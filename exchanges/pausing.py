"""Pausing new entries at an exchange, and lifting that again: by the canary's verdict or by an administrator."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from exchanges.canary_verdicts import Verdict
from exchanges.events import entries_paused, entries_resumed
from exchanges.models import CanaryRun, VenuePause

OVERDUE = timedelta(minutes=10)


def standing_pauses() -> list[VenuePause]:
    """What is paused now, the newest first."""
    return list(VenuePause.objects.filter(lifted_at=None))


def latest_runs() -> list[CanaryRun]:
    """The newest test trade of each exchange and kind of market. One that runs for longer than OVERDUE was interrupted."""
    rows = list(CanaryRun.objects.order_by("exchange", "market_type", "-run_at").distinct("exchange", "market_type"))
    for row in rows:
        if row.verdict == Verdict.RUNNING and row.run_at < timezone.now() - OVERDUE:
            row.verdict = Verdict.INTERRUPTED  # as shown; the next run ends the row, when it has left what was entered
    return rows


def pause_entries(exchange: str, market_type: str, reason: str, detail: str = "", *, by_canary: bool = False) -> bool:
    """Leave new entries there out from now on; False when they were already."""
    try:
        with transaction.atomic():
            pause = VenuePause.objects.create(
                exchange=exchange, market_type=market_type, reason=reason, detail=detail[:500], by_canary=by_canary
            )
    except IntegrityError:
        return False
    entries_paused.send(sender=VenuePause, pause=pause)
    return True


def resume_entries(exchange: str, market_type: str, *, by_canary: bool = False) -> bool:
    """Let entries in again; False when nothing was paused. The canary lifts only what it paused itself."""
    with transaction.atomic():
        standing = VenuePause.objects.select_for_update().filter(
            exchange=exchange, market_type=market_type, lifted_at=None, **({"by_canary": True} if by_canary else {})
        )
        pause = standing.first()
        if pause is None:
            return False
        pause.lifted_at = timezone.now()
        pause.save(update_fields=["lifted_at"])
    entries_resumed.send(sender=VenuePause, pause=pause)
    return True
