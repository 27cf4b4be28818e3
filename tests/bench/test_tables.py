"""What the bench prints, from given figures."""

from bench import api, fanout

PRODUCT = {
    "webhook_ms": 20.0,
    "entry_first_ms": 100.0,
    "entry_p50_ms": 110.0,
    "entry_last_ms": 120.0,
    "protection_last_ms": 240.0,
    "cpu_ms_per_subscriber": 1.5,
    "exchange_cpu_ms": 9.0,
    "rss_mb": 300.0,
}
FLOOR = {"entry_first_ms": 80.0, "entry_p50_ms": 90.0, "entry_last_ms": 100.0, "protection_last_ms": 200.0}


def test_fanout_table_shows_ratios_and_why_a_design_failed() -> None:
    failed = {**dict.fromkeys(FLOOR), "error": "3 of 50 failed"}

    lines = fanout.table(
        {"subscribers": 50, "latency_ms": 80, **PRODUCT, "floor": FLOOR, "gather": failed}
    ).splitlines()

    assert lines[4].split() == ["entry_last_ms", "120.0", "100.0", "1.20", "–", "–"]
    assert lines[-1] == "gather: 3 of 50 failed"


def test_fanout_table_shows_how_much_faster_than_gather() -> None:
    slow = {key: value * 10 for key, value in FLOOR.items()}

    lines = fanout.table({"subscribers": 50, "latency_ms": 80, **PRODUCT, "floor": FLOOR, "gather": slow}).splitlines()

    assert lines[5].split() == ["protection_last_ms", "240.0", "200.0", "1.20", "2000.0", "8.33"]


def test_api_figures_count_errors_by_status_and_paths_apart() -> None:
    answers = [("/a", 200, 1.0), ("/a", 200, 3.0), ("/b", 503, 10.0), ("/b", 200, 2.0)]

    assert api._figures(answers, 50) == {
        "requests_per_second": 50,
        "requests": 4,
        "errors": {"503": 1},
        "p50_ms": 2.0,
        "p95_ms": 10.0,
        "p99_ms": 10.0,
        "p95_ms_by_path": {"/a": 3.0, "/b": 10.0},
    }
