"""From moments to figures: pure."""

from collections.abc import Sequence
from statistics import median
from typing import Any

KEYS = ("entry_first_ms", "entry_p50_ms", "entry_last_ms", "protection_last_ms")


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` per cent of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def latencies(began: float, acks: dict[str, list[float]], subscribers: int) -> dict[str, float]:
    """The four figures of one fan-out, milliseconds from `began`; ValueError where an order is missing or doubled."""
    counted = {leg: len(acks[leg]) for leg in ("entry", "stop", "target")}
    if set(counted.values()) != {subscribers}:
        raise ValueError(f"the exchange acknowledged {counted}, {subscribers} of each were expected")
    entries = [(moment - began) * 1000 for moment in acks["entry"]]
    protections = [(moment - began) * 1000 for moment in (*acks["stop"], *acks["target"])]
    values = (min(entries), percentile(entries, 50), max(entries), max(protections))
    return {key: round(value, 1) for key, value in zip(KEYS, values, strict=True)}


def middle(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over several runs."""
    return {key: round(median(run[key] for run in runs), 2) for key in runs[0]}


def nothing(error: str) -> dict[str, Any]:
    """What stands where a design fails: no figures, and why."""
    return {**dict.fromkeys(KEYS), "error": error}
