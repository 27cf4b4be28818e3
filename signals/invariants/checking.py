"""The check: truth and book in, report out."""

from datetime import datetime
from uuid import UUID

from signals.invariants import entries, records, requests, stops
from signals.invariants.book import Book
from signals.invariants.case import Case
from signals.invariants.report import INVARIANTS, Limits, Report, Verdict
from signals.invariants.standing import find_standing
from signals.invariants.timelines import build_timelines
from signals.invariants.truth import Truth

NEEDS_HISTORY = ("I1", "I3", "I5", "I9", "I10", "I12")


def check(
    truth: Truth, book: Book, now: datetime, limits: Limits | None = None, *, since: datetime | None = None
) -> Report:
    """Judge I1–I12. Writes nothing, asks nobody; `since` leaves out what happened before.

    A violation is reported whatever the source; "held" is said only of what the source can show. "At rest" rules look at
    symbols without work in flight for `limits.rest_s` (0: the caller knows that everything is at rest).
    """
    case = Case(truth, book, now, limits or Limits(), since)
    lines = [
        line
        for account in truth.accounts
        if account.is_history
        for line in build_timelines(case, account)
        if line.spans
    ]
    standing = find_standing(case, lines)
    entries.check_once(case)
    records.check_nothing_lost(case)
    stops.check_gaps(case, lines)
    stops.check_standing(case, standing)
    entries.check_signs(case, lines)
    records.check_books(case, standing, lines)
    records.check_counters(case)
    records.check_rows(case)
    entries.check_limits(case, lines)
    entries.check_stopped(case)
    entries.check_age(case)
    requests.check_budgets(case)
    return _report(case)


def _report(case: Case) -> Report:
    not_judged = _not_judged(case)
    broken = {violation.invariant for violation in case.violations}
    verdicts = {
        name: Verdict.VIOLATED if name in broken else Verdict.NOT_JUDGED if name in not_judged else Verdict.HELD
        for name in INVARIANTS
    }
    judged = [row for row in case.book.executions if case.is_judged(row.created_at)]
    return Report(
        judged_at=case.now,
        verdicts=verdicts,
        not_judged={name: reason for name, reason in not_judged.items() if name not in broken},
        violations=tuple(case.violations),
        gaps=tuple(case.gaps),
        figures=_figures(case),
        accounts=len(case.truth.accounts),
        executions=len(judged),
        unread=dict(case.truth.unread),
    )


def _not_judged(case: Case) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if not case.truth.accounts:
        reasons = dict.fromkeys(("I1", "I3", "I4", "I5", "I6", "I8", "I9", "I10", "I12"), "no_account_read")
    elif not case.truth.is_history:
        reasons = dict.fromkeys(NEEDS_HISTORY, "needs_history")
    if case.truth.requests is None:
        reasons["I11"] = "requests_unknown"
    places = {(row.account_id, row.symbol_key) for row in case.book.executions if row.account_id in case.accounts}
    if places and not any(case.is_at_rest(*place) for place in places):
        reasons |= {name: "not_at_rest" for name in ("I4", "I6") if name not in reasons}
    return reasons


def _figures(case: Case) -> dict[str, int]:
    """The counts of the ordeal: one row of the table in which a naive pipeline is compared with ours."""
    entries_meant = [row for row in case.book.executions if row.is_open_order and case.is_judged(row.created_at)]
    entered = {order.execution_id for order in case.book.orders if order.leg == "entry" and order.filled_quantity > 0}
    doubled = [int(v.figures["count"]) - 1 for v in case.violations if v.code == "double_entry"]
    lost: set[tuple[UUID | None, UUID | None]] = {
        (v.signal_id, v.execution_id) for v in case.violations if v.invariant == "I2"
    }
    naked = [gap for gap in case.gaps if not gap.stood and (not gap.is_over or gap.seconds > case.limits.gap_s)]
    mismatches = {(v.account_id, v.symbol) for v in case.violations if v.invariant == "I6"}
    return {
        "expected": len(entries_meant),
        "entered": sum(row.id in entered for row in entries_meant),
        "double": sum(doubled) + sum(v.code == "entry_without_record" for v in case.violations),
        "lost": len(lost),
        "naked": len(naked),
        "mismatch": len(mismatches),
    }
