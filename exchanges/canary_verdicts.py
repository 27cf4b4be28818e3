"""What a test trade of the canary says of an exchange (B14). Pure: what happened in, verdict out."""

from dataclasses import dataclass, field
from enum import StrEnum

from exchanges.errors import ExchangeError, Refused
from exchanges.types import MarketType


class Verdict(StrEnum):
    PASSED = "passed"
    STOP_FAILED = "stop_failed"  # entered, and the stop does not stand: entries are to be paused
    CLOSE_FAILED = "close_failed"  # what was entered could not be left again: somebody must look
    NOT_TRADED = "not_traded"  # refused before anything stood (keys, balance, symbol): tells nothing of the stops
    UNREACHABLE = "unreachable"  # no answers: tells nothing at all


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: what it was, how it went in the exchange's words, how long it took."""

    name: str
    problem: str
    milliseconds: int


@dataclass(slots=True)
class Run:
    """A run and how it went. `stop_stands`: read back at the exchange; None while nobody could look."""

    market_type: MarketType
    steps: list[Step] = field(default_factory=list)
    entered: bool = False
    stop_stands: bool | None = None
    stop_problem: str = ""
    is_left: bool = False
    gave_up: ExchangeError | None = None


def judge(run: Run) -> Verdict:
    """What a run says of the exchange. A stop counts as failed only when the exchange itself showed that it does not stand."""
    if run.entered and not run.is_left:
        return Verdict.CLOSE_FAILED
    if run.entered and run.stop_stands is False:
        return Verdict.STOP_FAILED
    if run.entered and run.stop_stands:
        return Verdict.PASSED
    return Verdict.NOT_TRADED if isinstance(run.gave_up, Refused) else Verdict.UNREACHABLE
