"""How many tests passed, failed, were skipped: out of pytest's JUnit report."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def read_tally(report: Path) -> Tally:
    """Errors count as failures; no report (pytest broke off before it ran) is nothing passed."""
    if not report.exists():
        return Tally()
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314 -- written by our own pytest
    total = Tally()
    for suite in suites:
        ran, wrong, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "skipped"))
        wrong += int(suite.get("errors", 0))
        total += Tally(max(ran - wrong - skipped, 0), wrong, skipped)
    return total
