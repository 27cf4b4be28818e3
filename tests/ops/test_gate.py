"""What the words after `./batuta test` run."""

import os
import sys
from pathlib import Path
from threading import Timer

import pytest

from ops.gate import Lane, Stage, chosen_stage, in_lanes, pytest_stages


def test_faults_names_the_whole_fault_suite() -> None:
    command = chosen_stage(["faults", "-k", "f07"]).command

    assert command[command.index("-m", 3) :] == ["-m", "fault", "tests/faults", "-k", "f07"]


def test_other_words_are_pytests_own() -> None:
    assert chosen_stage(["tests/ops", "-x"]).command == [sys.executable, "-m", "pytest", "tests/ops", "-x"]


def test_the_gate_runs_the_short_form_apart_from_everything_else(tmp_path: Path) -> None:
    marks = {stage.name: stage.command[stage.command.index("-m", 3) + 1] for stage in pytest_stages(tmp_path)}

    assert marks.pop("faults, short form") == "fault_short"
    assert all("fault_short" not in mark for mark in marks.values())
    assert [name for name, mark in marks.items() if "not fault" not in mark] == ["tests in Chromium"]


def saying(name: str, code: int = 0) -> Stage:
    return Stage(name, [sys.executable, "-c", f"print('it says {name}'); raise SystemExit({code})"])


def test_lanes_tell_everything_of_all_and_how_each_stage_ended(capfd: pytest.CaptureFixture[str]) -> None:
    outcomes = in_lanes([saying("one"), saying("two")], [saying("three", 3), saying("four")], [saying("five")])

    ends = [(outcome.stage.name, outcome.code) for outcome in outcomes]
    assert ends == [("one", 0), ("two", 0), ("three", 3), ("four", 0), ("five", 0)]
    told = capfd.readouterr().out
    places = [told.index(f"it says {name}") for name in ("one", "two", "three", "four", "five")]
    assert places == sorted(places)


def test_every_test_with_servers_has_one_stage(tmp_path: Path) -> None:
    stages = {stage.name: stage.command for stage in pytest_stages(tmp_path)}

    assert "--ignore=tests/flow" in stages["tests with servers"]
    assert "tests/flow" in stages["trades"]
    assert not [name for name, command in stages.items() if name != "trades" and "tests/flow" in command]


def test_a_lane_that_is_left_ends_what_runs_and_begins_nothing_more(tmp_path: Path) -> None:
    lane = Lane()
    touch = Stage("never", [sys.executable, "-c", f"open({str(tmp_path / 'begun')!r}, 'w')"])
    waits = Stage("waits", [sys.executable, "-c", "import time; time.sleep(60)"])
    Timer(0.5, lane.leave).start()

    outcomes = lane.run_all([waits, touch], dict(os.environ), None)

    assert [outcome.stage.name for outcome in outcomes] == ["waits"]
    assert outcomes[0].code != 0
    assert not (tmp_path / "begun").exists()
