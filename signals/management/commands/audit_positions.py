"""`audit_positions`: compare what happened at the exchange with our books and name every broken invariant."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from signals.invariants.auditing import audit_live, audit_simulator, auditable_accounts
from signals.invariants.report import INVARIANTS, Limits, Report, Verdict
from signals.invariants.simulator_truth import SimulatorUnreadable
from signals.invariants.texts import sentence

CLEAN, BROKEN, UNREAD = 0, 1, 2
SOURCES = {"simulator": audit_simulator, "live": audit_live}
MARKS = {Verdict.HELD: "held", Verdict.VIOLATED: "VIOLATED", Verdict.NOT_JUDGED: "not judged"}


class Command(BaseCommand):
    help = (
        "Judges the invariants I1 to I12 from the exchange's truth and the database; changes nothing."
        " Exit code 0: clean, 1: something is broken, 2: an account could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", choices=list(SOURCES), default="simulator")
        parser.add_argument("--account", type=UUID, help="only this exchange account")
        parser.add_argument("--since", help="leave out what happened before (ISO 8601 with a time zone)")
        parser.add_argument(
            "--gap", type=float, default=5.0, help="seconds a position may stand without its stop (15 under faults)"
        )
        parser.add_argument(
            "--rest", type=float, default=60.0, help="seconds without work after which a symbol is at rest"
        )
        parser.add_argument("--json", action="store_true", help="the whole report as JSON (docs/invariants.md)")

    def handle(self, *, source: str, account: UUID | None, since: str | None, gap: float, rest: float, json: bool,
               **_options: Any) -> None:  # fmt: skip
        accounts = auditable_accounts(account)
        if account is not None and not accounts:
            raise CommandError(f"there is no account {account}", returncode=UNREAD)
        try:
            report = SOURCES[source](accounts, Limits(gap_s=gap, rest_s=rest), since=_moment(since))
        except SimulatorUnreadable as error:
            raise CommandError(f"the simulator could not be read: {error}", returncode=UNREAD) from error
        self.stdout.write(_as_json(report, source) if json else "\n".join(_lines(report)))
        if report.violations:
            raise SystemExit(BROKEN)
        if report.unread:
            raise SystemExit(UNREAD)


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    moment = parse_datetime(text)
    if moment is None or is_naive(moment):
        raise CommandError(f"{text} is no time with a time zone, such as 2026-03-01T12:00:00+00:00", returncode=UNREAD)
    return moment


def _as_json(report: Report, source: str) -> str:
    return json.dumps({"source": source, **report.as_json()}, indent=2, ensure_ascii=False)


def _lines(report: Report) -> list[str]:
    """For people: verdicts, then each violation with its ids."""
    bare = report.unprotected
    lines = [f"{report.accounts} accounts, {report.executions} executions"]
    for name in INVARIANTS:
        reason = report.not_judged.get(name)
        lines.append(f"{name:>4}  {MARKS[report.verdicts[name]]}{f' – {sentence(reason)}' if reason else ''}")
    lines.append(
        f"without a stop: worst {bare['max_s']} s, p99 {bare['p99_s']} s, total {bare['total_s']} s, {bare['positions']} stretches"
    )
    for violation in report.violations:
        ids = ", ".join(
            f"{name} {key}"
            for name, key in (
                ("account", violation.account_id),
                ("execution", violation.execution_id),
                ("signal", violation.signal_id),
            )
            if key
        )
        lines.append(f"{violation.invariant}: {violation.text} ({ids})")
    lines += [f"not read: account {key}: {reason}" for key, reason in report.unread.items()]
    return lines
