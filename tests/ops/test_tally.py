"""The gate's last line counts what pytest reported."""

from pathlib import Path

from ops.tally import Tally, read_tally


def test_errors_count_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text('<testsuites><testsuite tests="10" failures="2" errors="1" skipped="3"/></testsuites>')

    assert read_tally(report) == Tally(passed=4, failed=3, skipped=3)


def test_no_report_is_nothing_passed(tmp_path: Path) -> None:
    assert read_tally(tmp_path / "missing.xml") == Tally(0, 0, 0)


def test_the_line_names_skipped_tests_only_where_there_are_some() -> None:
    assert str(Tally(5, 0, 0) + Tally(1, 2, 0)) == "6 passed, 2 failed"
    assert str(Tally(5, 0, 1)) == "5 passed, 0 failed, 1 skipped"
