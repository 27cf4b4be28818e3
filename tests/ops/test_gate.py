"""What the words after `./batuta test` run."""

import sys
from pathlib import Path

from ops.gate import chosen_stage, pytest_stages


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
