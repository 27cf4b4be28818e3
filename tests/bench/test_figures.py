"""From moments to figures."""

import pytest

from bench.figures import latencies, middle, nothing, percentile


def test_percentile_is_the_nearest_rank() -> None:
    assert [percentile([3, 1, 2, 4], percent) for percent in (0, 25, 50, 75, 99, 100)] == [1, 1, 2, 3, 4, 4]


def test_latencies_count_from_the_beginning_and_protection_is_the_later_leg() -> None:
    acks = {"entry": [1.01, 1.03, 1.02], "stop": [1.04, 1.05, 1.06], "target": [1.07, 1.04, 1.04], "exit": []}

    assert latencies(1.0, acks, 3) == {
        "entry_first_ms": 10.0,
        "entry_p50_ms": 20.0,
        "entry_last_ms": 30.0,
        "protection_last_ms": 70.0,
    }


@pytest.mark.parametrize("entries", [[1.0], [1.0, 1.0, 1.0]])
def test_missing_or_doubled_order_is_an_error_and_no_figure(entries: list[float]) -> None:
    with pytest.raises(ValueError, match="2 of each were expected"):
        latencies(0.5, {"entry": entries, "stop": [1.0, 1.0], "target": [1.0, 1.0]}, 2)


def test_middle_is_the_median_of_each_figure() -> None:
    assert middle([{"a": 1, "b": 9}, {"a": 3, "b": 7}, {"a": 2, "b": 8}]) == {"a": 2, "b": 8}


def test_a_design_that_fails_has_no_figures() -> None:
    assert nothing("why") == {
        "entry_first_ms": None,
        "entry_p50_ms": None,
        "entry_last_ms": None,
        "protection_last_ms": None,
        "error": "why",
    }
