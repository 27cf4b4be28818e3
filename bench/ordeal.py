"""`./batuta bench ordeal`: the whole product under forty seconds of mixed faults, judged from the exchange's own ledger.

Everything is drawn from `--seed`. What the figures mean, and what is done to the product: bench/README.md.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import override

from bench.ordeal_blows import Blows
from bench.ordeal_people import People, settle_in
from bench.ordeal_schedule import Fault, Schedule, draw_schedule
from bench.ordeal_sender import Reply, Sender
from bench.ordeal_verdict import Verdict, endings, judge
from bench.population import VENUE
from bench.processes import Fleet, running_fleet
from bench.quiet import Neighbours
from bench.simulators import running_simulator
from ops.embedded import Stack
from ops.places import var_folder
from signals.models import Execution, Signal
from signals.states import UNSETTLED
from simulator.testing import ControlClient

SETTLE_S = 120.0
REST_S = 75.0  # the reconciler looks at every account once a minute
POLL_S = 0.25
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Course:
    """What happened until everything was settled."""

    replies: list[Reply]
    struck: Counter[str]
    fired: Counter[str]
    settle_s: float
    settled: bool
    recovered_at: datetime


def add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="of the alerts, the blows and the exchange's faults")
    parser.add_argument("--seconds", type=float, default=40, help="how long alerts are sent")
    parser.add_argument("--signals", type=int, help="how many; default: 3.75 a second")
    parser.add_argument("--no-faults", action="store_true", help="the same alerts, and nothing goes wrong")
    parser.add_argument("--logs", type=Path, help="a folder that keeps logs, report, ledger, requests and executions")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    schedule = draw_schedule(options.seed, options.seconds, signals=options.signals, faults=not options.no_faults)
    with Neighbours() as neighbours, running_simulator(VENUE, "--seed", str(options.seed)) as control:
        people = settle_in(control)
        with running_fleet({VENUE: control.url}) as fleet:
            course = _endure(schedule, fleet, control, people)
            verdict = _at_rest(control, people, course, faulty=bool(schedule.faults))
            figures = {**_figures(verdict, course), **_circumstances(schedule, course, verdict)}
            if options.logs:
                _keep(options.logs, fleet, verdict, control)
    if neighbours.warning:
        print(neighbours.warning, file=sys.stderr)
    with override("en"):
        for violation in verdict.report.violations[:SHOWN]:
            print(f"bench: seed {options.seed}: {json.dumps(violation.as_json())}", file=sys.stderr)
    print(json.dumps(figures) if options.json else table(figures))
    return 0 if verdict.is_clean and course.settled else 1


def _endure(schedule: Schedule, fleet: Fleet, control: ControlClient, people: People) -> Course:
    """Send and strike, then wait until nothing is on its way any more. The exchange's faults last until then."""
    names = _let_fail(control, people, schedule.faults)
    sender = Sender(fleet.port, [bot.webhook_url_path for bot in people.bots], schedule.alerts)
    blows = Blows(fleet, Stack(var_folder()), schedule.blows)
    try:
        sender.start()
        blows.strike_until(lambda: sender.is_done, sender.began)
        replies = sender.replies()
    finally:
        sender.stop()
    recovered_at = timezone.now()
    settled = _wait(_all_settled, SETTLE_S)
    settle_s = round(time.monotonic() - max(reply.ended for reply in replies), 2)
    fired = Counter(dict.fromkeys(names.values(), 0))
    for rule in control.faults():
        fired[names[rule["id"]]] += rule["fired"]
    control.clear_faults()
    return Course(replies, blows.struck, fired, settle_s, settled, recovered_at)


def _let_fail(control: ControlClient, people: People, faults: Sequence[Fault]) -> dict[int, str]:
    """Tell the exchange how to fail; the names of its rules by their ids."""
    keys = list(people.keys.values())
    names: dict[int, str] = {}
    for fault in faults:
        whom = {} if fault.account is None else {"api_key": keys[fault.account]}
        names[control.request("POST", "faults", {**fault.rule, **whom})["id"]] = fault.name
    return names


def _all_settled() -> bool:
    unsettled = Execution.objects.filter(state__in=UNSETTLED)
    uncounted = Signal.objects.filter(status="accepted", completed_at=None)
    return not unsettled.exists() and not uncounted.exists()


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Poll over a database that may be away for a moment; whether it came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if done():
                return True
        except DatabaseError:
            connection.close()
        time.sleep(POLL_S)
    return False


def _at_rest(control: ControlClient, people: People, course: Course, *, faulty: bool) -> Verdict:
    """The verdict once nothing is wrong that the reconciler could set right, or the last one when it has been everywhere."""
    end = time.monotonic() + REST_S
    while True:
        verdict = judge(control, people, course.replies, faulty=faulty, recovered_at=course.recovered_at)
        if not verdict.may_heal or time.monotonic() > end or not course.settled:
            return verdict
        time.sleep(2)


def _figures(verdict: Verdict, course: Course) -> dict[str, Any]:
    return {**verdict.figures, "settle_s": course.settle_s if course.settled else None}


def _circumstances(schedule: Schedule, course: Course, verdict: Verdict) -> dict[str, Any]:
    """What it was measured under, and why what was expected and did not enter did not."""
    answers = [seconds for reply in course.replies for seconds in reply.seconds]
    return {
        "seed": schedule.seed,
        "seconds": schedule.seconds,
        "signals": len(schedule.alerts),
        "kills": course.struck["kill"],
        "blows": dict(course.struck),
        "faults": dict(course.fired),
        "posts": len(answers),
        "resends": len(answers) - len(course.replies),
        "answers": dict(Counter(str(reply.status) for reply in course.replies)),
        "answer_max_s": max(answers, default=0.0),
        "violations": dict(Counter(found.invariant for found in verdict.report.violations)),
        "reasons": endings(),
    }


def _keep(folder: Path, fleet: Fleet, verdict: Verdict, control: ControlClient) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for log in fleet.folder.glob("*.log"):
        (folder / log.name).write_bytes(log.read_bytes())
    (folder / "report.json").write_text(json.dumps(verdict.report.as_json(), indent=2))
    kept = {"ledger": control.ledger(), "requests": control.requests(), "executions": list(Execution.objects.values())}
    for name, rows in kept.items():
        (folder / f"{name}.json").write_text(json.dumps(rows, default=str))


def table(figures: dict[str, Any]) -> str:
    """The same to be read by people."""
    return "\n".join(
        f"{name:>14}  {', '.join(f'{k} {v}' for k, v in value.items()) if isinstance(value, dict) else value}"
        for name, value in figures.items()
    )
