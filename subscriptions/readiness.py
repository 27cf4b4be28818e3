"""What a look beforehand found (B13): checks with their answers, and what follows from all of them. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# As the pipeline asks: what comes first is why a signal is left out.
ORDER = (
    "bot", "subscription", "account", "keys", "entries", "daily_loss", "positions", "exchange", "clock", "symbols", "leverage",
    "minimum", "stop",
    "permission", "balance", "balance_together", "withdrawals", "addresses", "position_mode",
)  # fmt: skip
# What the exchange would refuse; everything else is left out by ourselves.
REFUSED_THERE = frozenset({"permission", "balance"})
# Whether a trade works hangs on these: while one is not known, nothing is promised.
DECISIVE = frozenset({"symbols", "minimum", "balance"})


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"  # nobody has told us: neither good nor bad


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `code` says what was looked at, `finding` what was found, both stable."""

    code: str
    state: CheckState
    finding: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks of one subscription (the account's included) or of an account alone, in the pipeline's order."""

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        return self.reason is None

    @property
    def reason(self) -> Check | None:
        """Why the next signal will not be traded; None when nothing known speaks against it."""
        return next((check for check in self.checks if check.state is CheckState.FAILED), None)

    @property
    def full(self) -> Check | None:
        """Why a further entry is left out although nothing is wrong: as many positions are open as are allowed."""
        return next((check for check in self.checks if check.finding == "positions_full"), None)

    @property
    def not_known(self) -> list[Check]:
        """What has to be known to promise a trade, and is not."""
        return [check for check in self.checks if check.state is CheckState.UNKNOWN and check.code in DECISIVE]

    @property
    def state(self) -> CheckState:
        found = {check.state for check in self.checks}
        if CheckState.FAILED in found:
            return CheckState.FAILED
        if CheckState.WARNING in found:
            return CheckState.WARNING
        return CheckState.UNKNOWN if self.not_known else CheckState.OK

    @property
    def severity(self) -> int:
        """The higher, the worse."""
        return (CheckState.OK, CheckState.UNKNOWN, CheckState.WARNING, CheckState.FAILED).index(self.state)

    @property
    def passed(self) -> int:
        return sum(check.state is CheckState.OK for check in self.checks)

    @property
    def total(self) -> int:
        """How many have an answer."""
        return sum(check.state is not CheckState.UNKNOWN for check in self.checks)


def ok(code: str, finding: str, **params: Any) -> Check:
    return Check(code, CheckState.OK, finding, params)


def failed(code: str, finding: str, **params: Any) -> Check:
    return Check(code, CheckState.FAILED, finding, params)


def warning(code: str, finding: str, **params: Any) -> Check:
    return Check(code, CheckState.WARNING, finding, params)


def unknown(code: str, finding: str, **params: Any) -> Check:
    return Check(code, CheckState.UNKNOWN, finding, params)
