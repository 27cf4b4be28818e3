"""The rows of test trades: one before the entry leaves, so that a run whose process dies is found again; its end; its consequences."""

from django.db import transaction
from django.db.models import QuerySet

from exchanges.canary_verdicts import Run, Verdict, judge
from exchanges.errors import ExchangeError
from exchanges.models import CanaryRun
from exchanges.pausing import pause_entries, resume_entries


def begin_run(exchange: str, market_type: str, symbol: str, *, at_demo_hosts: bool) -> CanaryRun:
    """Committed when this returns, with the id from which all client order ids of the run follow."""
    with transaction.atomic(durable=True):
        return CanaryRun.objects.create(
            exchange=exchange, market_type=market_type, symbol=symbol, verdict=Verdict.RUNNING,
            may_hold=True, at_demo_hosts=at_demo_hosts,
        )  # fmt: skip


def end_run(row: CanaryRun, run: Run) -> None:
    """Keep how it went, and draw the consequence: a stop that does not stand pauses entries there, a run that passes lifts that."""
    verdict = judge(run)
    problems = [run.stop_problem, *(step.problem for step in run.steps)]
    row.verdict, row.may_hold, row.detail = verdict, run.may_hold, next(filter(None, problems), "")[:500]
    row.steps = [{"name": step.name, "problem": step.problem, "ms": step.milliseconds} for step in run.steps]
    row.save(update_fields=["verdict", "may_hold", "detail", "steps"])
    if verdict is Verdict.STOP_FAILED:
        pause_entries(row.exchange, row.market_type, "stop_failed", row.detail, by_canary=True)
    elif verdict is Verdict.PASSED:
        resume_entries(row.exchange, row.market_type, by_canary=True)


def leftovers(exchange: str, market_type: str, *, at_demo_hosts: bool) -> QuerySet[CanaryRun]:
    """Runs of which something may still stand there, the oldest first."""
    return CanaryRun.objects.filter(
        exchange=exchange, market_type=market_type, at_demo_hosts=at_demo_hosts, may_hold=True
    ).order_by("run_at")


def end_leftover(row: CanaryRun, problem: ExchangeError | None) -> bool:
    """Keep that it was left, or why not. Says whether there is something to tell: an end that nobody knew, or a failure."""
    was_running = row.verdict == Verdict.RUNNING
    if problem is not None:
        row.verdict = Verdict.CLOSE_FAILED
        row.detail = f"{type(problem).__name__} {problem.code}: {problem.message}"[:500]
    elif was_running:
        row.verdict = Verdict.INTERRUPTED
    row.may_hold = problem is not None
    row.save(update_fields=["verdict", "may_hold", "detail"])
    return was_running or row.may_hold
