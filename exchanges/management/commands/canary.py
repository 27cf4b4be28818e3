"""`canary`: one small trade on a demo account of each exchange, end to end: enter, protect, read back, close (B14)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchanges.canaries import CannotFly, fly, venues_with_keys
from exchanges.canary_verdicts import Verdict
from exchanges.models import CanaryRun
from exchanges.paper import SimulatorUnavailable
from exchanges.registry import UnknownVenue

WORDS = {
    Verdict.PASSED: "entered, protected, read back, closed",
    Verdict.STOP_FAILED: "the stop does not stand: new entries there are paused until a run passes",
    Verdict.CLOSE_FAILED: "what was entered could not be closed again: look at the demo account",
    Verdict.RUNNING: "still running",
    Verdict.INTERRUPTED: "an earlier run ended halfway; nothing of it stands any more",
    Verdict.NOT_TRADED: "refused before anything stood; nothing is known of the stops",
    Verdict.UNREACHABLE: "no answers; nothing is known",
}


class Command(BaseCommand):
    help = (
        "Trades once on a demo account of each exchange and reads its stop back. Exit code 1 unless all of it passed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--venue", help="only this exchange; by default all with BATUTA_CANARY_<VENUE>, and paper")
        parser.add_argument(
            "--live-demo",
            action="store_true",
            help="on the exchanges' own demo hosts, where nothing stands in for them",
        )

    def handle(self, *, venue: str | None, live_demo: bool, **_options: Any) -> None:
        failed = []
        for venue_id in [venue] if venue else venues_with_keys():
            try:
                runs = fly(venue_id, at_demo_hosts=live_demo)
            except (CannotFly, UnknownVenue, SimulatorUnavailable) as error:
                self.stdout.write(f"{venue_id}: not run: {error}")
                failed.append(venue_id)
                continue
            for run in runs:
                self._tell(run)
            if any(run.verdict != Verdict.PASSED for run in runs):
                failed.append(venue_id)
        if failed:
            raise CommandError(f"not passed: {', '.join(failed)}")

    def _tell(self, run: CanaryRun) -> None:
        took = sum(step["ms"] for step in run.steps)
        self.stdout.write(f"{run.exchange} {run.market_type}: {WORDS[Verdict(run.verdict)]} ({took} ms)")
        for step in run.steps:
            if step["problem"]:
                self.stdout.write(f"  {step['name']}: {step['problem']}")
        if run.detail and not any(step["problem"] for step in run.steps):
            self.stdout.write(f"  {run.detail}")
