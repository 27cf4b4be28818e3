"""What a test trade of the canary says of an exchange (B14). Pure: what happened in, verdict out."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchanges.errors import ExchangeError, Refused
from exchanges.types import MarketType


class Verdict(StrEnum):
    RUNNING = "running"  # no end is known: it runs, or its process has died
    PASSED = "passed"
    STOP_FAILED = "stop_failed"  # entered, and the stop does not stand: entries are to be paused
    CLOSE_FAILED = "close_failed"  # what was entered could not be left again: somebody must look
    INTERRUPTED = "interrupted"  # ended before it was through, and what it had entered was left: tells nothing
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
    sent: bool = False  # the entry has left, and it is not proven that nothing was placed
    entered: bool = False
    quantity: Decimal = Decimal(0)  # bought and to be sold again, base units
    stop_stands: bool | None = None
    stop_problem: str = ""
    is_left: bool = False
    gave_up: ExchangeError | None = None
    interrupted: bool = False

    @property
    def may_hold(self) -> bool:
        """Something of it may still stand at the exchange."""
        return self.sent and not self.is_left


def judge(run: Run) -> Verdict:
    """What a run says of the exchange. A stop counts as failed only when the exchange itself showed that it does not stand."""
    if run.may_hold and (run.entered or run.interrupted):
        return Verdict.CLOSE_FAILED
    if run.interrupted:
        return Verdict.INTERRUPTED
    if run.entered and run.stop_stands is False:
        return Verdict.STOP_FAILED
    if run.entered and run.stop_stands:
        return Verdict.PASSED
    return Verdict.NOT_TRADED if isinstance(run.gave_up, Refused) else Verdict.UNREACHABLE
