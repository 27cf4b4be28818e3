"""From the requests that simulators answered, and what stands there, to figures by venue: pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

PROTECTS = frozenset({"stop", "target", "oco"})
LIMIT_MB = 600.0


def venue_moments(requests: Sequence[Mapping[str, Any]], began_ms: float) -> dict[str, float | None]:
    """Milliseconds from the POST to the answers of the last entry and of the last order that protects.

    An exchange that takes stop and target with the entry is asked for neither: there the entry is the last of both.
    """
    good = [one for one in requests if one["status"] == 200 and not one["code"] and one["outcome"] == "answered"]
    entries = [one["answered"] for one in good if one["leg"] == "entry"]
    protections = [one["answered"] for one in good if one["leg"] in PROTECTS]
    return {
        "entry_last_ms": _since(entries, began_ms),
        "protection_last_ms": _since(protections or entries, began_ms),
    }


def _since(moments: Sequence[int], began_ms: float) -> float | None:
    return round(max(moments) - began_ms, 1) if moments else None


def is_guarded(told: Mapping[str, Any]) -> bool:
    """Whether an account, as its exchange tells it, holds one position with a stop and a target."""
    held = [position for position in told["positions"] if Decimal(position["quantity"])]
    return len(held) == 1 and len(told["open_conditionals"]) >= 2


def latest(venues: Mapping[str, Mapping[str, Any]], key: str) -> float | None:
    """The largest of the venues' figures of this name."""
    values = [figures[key] for figures in venues.values() if figures[key] is not None]
    return max(values, default=None)


def checks(figures: Mapping[str, Any]) -> dict[str, bool]:
    """The limits, kept or not: what is promised of a fan-out over several exchanges."""
    return {
        "all_protected": figures["protected"] == figures["guarded"] == figures["subscribers"],
        "memory": figures["memory"]["after"]["rss_mb"] < LIMIT_MB,
        "memory_of_all": figures["memory"]["after"]["all_pss_mb"] < LIMIT_MB,
    }
