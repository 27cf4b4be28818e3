"""From what simulators were asked to figures by venue, and the table of them (EXC-08, EXC-11)."""

from typing import Any

import pytest

from bench.venue_figures import checks, is_guarded, latest, venue_moments
from bench.venue_people import shares
from bench.venues import table


def asked(leg: str, answered: int, **values: Any) -> dict[str, Any]:
    return {"leg": leg, "answered": answered, "status": 200, "code": 0, "outcome": "answered", **values}


def told(quantity: str, conditionals: int) -> dict[str, Any]:
    return {"positions": [{"quantity": quantity}], "open_conditionals": [{}] * conditionals}


def venue(protection_ms: float | None, **values: Any) -> dict[str, Any]:
    figures = {"accounts": 2, "protected": 2, "guarded": 2, "failed": {}, "entry_last_ms": 90.0}
    return {**figures, "protection_last_ms": protection_ms, "requests_per_account": 4.0, **values}


def memory(rss_mb: float) -> dict[str, Any]:
    return {
        kind: {"rss_mb": rss_mb, "uss_mb": 2.0, "all_rss_mb": 900.0, "all_pss_mb": rss_mb + 100}
        for kind in ("before", "after")
    }


def test_moments_are_those_of_the_last_answers_that_took_an_order() -> None:
    requests = [
        *(asked("read", 9000), asked("entry", 1100), asked("entry", 1150), asked("stop", 1200), asked("oco", 1290)),
        *(asked("target", 1900, code=10001), asked("entry", 1900, status=503), asked("stop", 1900, outcome="dropped")),
    ]

    assert venue_moments(requests, 1000.0) == {"entry_last_ms": 150.0, "protection_last_ms": 290.0}


def test_an_entry_that_brings_its_stop_and_target_protects() -> None:
    assert venue_moments([asked("entry", 1100)], 1000.0) == {"entry_last_ms": 100.0, "protection_last_ms": 100.0}
    assert venue_moments([], 1000.0) == {"entry_last_ms": None, "protection_last_ms": None}


@pytest.mark.parametrize(
    ("quantity", "conditionals", "expected"), [("0.1", 2, True), ("0.1", 1, False), ("0", 2, False)]
)
def test_guarded_is_a_position_with_stop_and_target(quantity: str, conditionals: int, *, expected: bool) -> None:
    assert is_guarded(told(quantity, conditionals)) is expected


def test_the_latest_of_all_venues_counts() -> None:
    assert latest({"a": venue(120.0), "b": venue(None), "c": venue(340.0)}, "protection_last_ms") == 340.0


def test_subscribers_are_spread_evenly() -> None:
    assert shares(["a", "b", "c"], 8) == {"a": 3, "b": 3, "c": 2}


@pytest.mark.parametrize(
    ("guarded", "rss_mb", "expected"),
    [
        (4, 499.9, {"all_protected": True, "memory": True, "memory_of_all": True}),
        (3, 499.9, {"all_protected": False, "memory": True, "memory_of_all": True}),
        (4, 500.0, {"all_protected": True, "memory": True, "memory_of_all": False}),
        (4, 600.0, {"all_protected": True, "memory": False, "memory_of_all": False}),
    ],
)
def test_limits_are_kept_or_not(guarded: int, rss_mb: float, expected: dict[str, bool]) -> None:
    figures = {"subscribers": 4, "protected": 4, "guarded": guarded, "memory": memory(rss_mb)}

    assert checks(figures) == expected


def test_the_table_shows_each_venue_what_failed_and_the_limits() -> None:
    all_of_them = {"accounts": 4, "protected": 3, "guarded": 3, "entry_last_ms": 90.0, "protection_last_ms": 340.0}
    failed = venue(340.0, protected=1, guarded=1, failed={"REJECTED margin": 1}, cpu_ms_per_account=2.5)
    lines = table(
        {
            "subscribers": 4,
            "latency_ms": 80,
            **all_of_them,
            "cpu_ms_per_account": 2.0,
            "memory": memory(300.0),
            "venues": {"first": venue(120.0, cpu_ms_per_account=1.5), "second": failed},
            "alone": {"venues": {"first": venue(110.0)}, "memory": memory(290.0)},
            "checks": {"all_protected": False, "memory": True, "memory_of_all": True},
        }
    ).splitlines()

    assert lines[3].split() == ["second", "2", "1", "1", "90.00", "340", "2.50", "4.00"]
    assert lines[4].split() == ["all", "4", "3", "3", "90.00", "340", "2.00", "–"]
    assert lines[-4:] == [
        "failed at second: {'REJECTED margin': 1}",
        "all protected: BROKEN",
        "order workers under 600 MB: ok",
        "all workers under 600 MB, shared pages once: ok",
    ]
