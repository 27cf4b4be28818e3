"""What a check found: violations by name, verdicts, and the figures of unprotected time. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Any
from uuid import UUID

from signals.invariants.texts import sentence

INVARIANTS = tuple(f"I{number}" for number in range(1, 13))


class Verdict(StrEnum):
    """`not_judged` is not `held`: what the source cannot show is never called passed."""

    HELD = "held"
    VIOLATED = "violated"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still right. Seconds. Under faults the gap is 15 s; `recovered_at` is when the last fault was over."""

    gap_s: float = 5.0
    rest_s: float = 60.0
    settle_s: float = 120.0
    drift_s: float = 60.0
    stop_grace_s: float = 1.0
    # An order that left in time may be delivered that much later (the exchange's own window for a late packet).
    late_packet_s: float = 3.0
    budget_share: float = 0.8
    # Clocks of database and exchange may differ by this much before a row counts as written after its order.
    clock_s: float = 0.05
    recovered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One invariant broken once. `figures` are plain texts; `text` says it in the active language."""

    invariant: str
    code: str
    account_id: UUID | None = None
    symbol: str = ""
    execution_id: UUID | None = None
    signal_id: UUID | None = None
    at: datetime | None = None
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return sentence(self.code, {**self.figures, "symbol": self.symbol})

    def as_json(self) -> dict[str, Any]:
        return {
            "invariant": self.invariant,
            "code": self.code,
            "account": _text(self.account_id),
            "symbol": self.symbol or None,
            "execution": _text(self.execution_id),
            "signal": _text(self.signal_id),
            "at": self.at.isoformat() if self.at else None,
            "figures": dict(self.figures),
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """How long a position of ours stood without (all of) its stop; `stood` = a stop stood in the end, `is_over` = it ended."""

    account_id: UUID
    symbol: str
    execution_id: UUID | None
    since: datetime
    seconds: float
    is_over: bool
    stood: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "account": str(self.account_id),
            "symbol": self.symbol,
            "execution": _text(self.execution_id),
            "since": self.since.isoformat(),
            "seconds": round(self.seconds, 3),
            "is_over": self.is_over,
            "stop_stood": self.stood,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """`figures`: expected, entered, double, lost, naked, mismatch (counts of the ordeal)."""

    judged_at: datetime
    verdicts: Mapping[str, Verdict]
    not_judged: Mapping[str, str]
    violations: tuple[Violation, ...]
    gaps: tuple[Gap, ...]
    figures: Mapping[str, int]
    accounts: int
    executions: int
    unread: Mapping[UUID, str]

    @property
    def is_clean(self) -> bool:
        return not self.violations

    def of(self, invariant: str) -> list[Violation]:
        return [violation for violation in self.violations if violation.invariant == invariant]

    @property
    def unprotected(self) -> dict[str, float | int]:
        """Seconds without a stop: p50, p99, longest, total, and how many positions were judged."""
        seconds = sorted(gap.seconds for gap in self.gaps)
        return {
            "positions": len(seconds),
            "p50_s": round(percentile(seconds, 50), 3),
            "p99_s": round(percentile(seconds, 99), 3),
            "max_s": round(seconds[-1], 3) if seconds else 0.0,
            "total_s": round(sum(seconds), 3),
        }

    def as_json(self) -> dict[str, Any]:
        """The schema of `docs/invariants.md`."""
        worst = sorted(self.gaps, key=lambda gap: -gap.seconds)[:10]
        return {
            "version": 1,
            "judged_at": self.judged_at.isoformat(),
            "clean": self.is_clean,
            "accounts": self.accounts,
            "executions": self.executions,
            "unread": [{"account": str(key), "reason": reason} for key, reason in self.unread.items()],
            "verdicts": {name: self.verdicts[name].value for name in INVARIANTS},
            "not_judged": {name: sentence(code) for name, code in self.not_judged.items()},
            "figures": dict(self.figures),
            "unprotected": self.unprotected,
            "worst": [gap.as_json() for gap in worst],
            "violations": [violation.as_json() for violation in self.violations],
        }


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of an ordered series do not exceed; 0 for an empty one."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None
