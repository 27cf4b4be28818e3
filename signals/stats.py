"""The figures of a broadcast (D3, D12): total = successful + failed + skipped + queued."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from signals.models import Execution, Signal
from signals.states import UNSETTLED, State


def broadcast_stats(signal: Signal) -> dict[str, Any]:
    """As stored when the broadcast is complete, else counted now. `duration_ms` from receipt to the last settled."""
    if signal.completed_at is not None:
        return _stats(
            signal.total_subscribers, 0, signal.successful_executions, signal.failed_executions, signal.skipped_executions,
            signal.broadcast_duration_ms or 0,
        )  # fmt: skip
    return _counted(Execution.objects.filter(signal_id=signal.pk))


def closing_stats(closings: QuerySet[Signal]) -> dict[str, Any]:
    """The same over several closes that belong together, counted now: an archive closes each follower's positions by itself."""
    return _counted(Execution.objects.filter(signal__in=closings))


def _counted(executions: QuerySet[Execution]) -> dict[str, Any]:
    failed = Q(state=State.REJECTED) | Q(state=State.CLOSED, reason_code="protection_failed")
    counts = executions.aggregate(
        total=Count("id"),
        queued=Count("id", filter=Q(state__in=UNSETTLED)),
        failed=Count("id", filter=failed),
        skipped=Count("id", filter=Q(state=State.SKIPPED)),
    )
    done = counts["total"] - counts["queued"] - counts["failed"] - counts["skipped"]
    return _stats(counts["total"], counts["queued"], done, counts["failed"], counts["skipped"], 0)


def _stats(total: int, queued: int, successful: int, failed: int, skipped: int, duration_ms: int) -> dict[str, Any]:
    return {
        "total_subscribers": total,
        "queued": queued,
        "successful_executions": successful,
        "failed_executions": failed,
        "skipped_executions": skipped,
        "duration_ms": duration_ms,
    }
