"""Processes last: one that ends is started again, one that cannot live stops all, Ctrl-C ends everything."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.daemons import runs, wait_until

LAUNCHER = """
import sys
from ops import supervisor
supervisor.PAUSE_SECONDS, supervisor.LONGEST_PAUSE_SECONDS = 0.05, 0.2
supervisor.SOON_SECONDS = float(sys.argv[1])
launcher = supervisor.Supervisor()
for number, command in enumerate(sys.argv[2:]):
    launcher.add_process(f"p{number}", f"exec {command}")
launcher.loop()
sys.exit(launcher.returncode)
"""


class Launched:
    def __init__(self, folder: Path, *commands: str, soon_seconds: float = 5.0) -> None:
        self.log = folder / "log"
        with self.log.open("wb") as output:
            words = [sys.executable, "-u", "-c", LAUNCHER, str(soon_seconds), *commands]
            self.process = subprocess.Popen(words, stdout=output, stderr=output, start_new_session=True)

    def pid_in(self, file: Path, *, other_than: int = 0) -> int:
        assert wait_until(lambda: file.exists() and file.read_text().strip() not in ("", str(other_than)), 15), (
            self.output
        )
        return int(file.read_text())

    @property
    def output(self) -> str:
        return self.log.read_text()


@pytest.fixture
def launched() -> Iterator[list[Launched]]:
    started: list[Launched] = []
    yield started
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait(15)


def sleeper(file: Path) -> str:
    return f"sh -c 'echo $$ > {file}; exec sleep 1000'"


def test_a_killed_process_is_started_again(tmp_path: Path, launched: list[Launched]) -> None:
    launcher = Launched(tmp_path, sleeper(tmp_path / "pid"))
    launched.append(launcher)
    first = launcher.pid_in(tmp_path / "pid")

    os.kill(first, signal.SIGKILL)

    second = launcher.pid_in(tmp_path / "pid", other_than=first)
    assert (runs(second), "ended with -9, starting again" in launcher.output) == (True, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_all(tmp_path: Path, launched: list[Launched], number: signal.Signals, code: int) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    launcher = Launched(tmp_path, *map(sleeper, files))
    launched.append(launcher)
    pids = [launcher.pid_in(file) for file in files]

    launcher.process.send_signal(number)

    assert launcher.process.wait(15) == code
    assert [runs(pid) for pid in pids] == [False, False]


def test_a_process_that_cannot_live_stops_all(tmp_path: Path, launched: list[Launched]) -> None:
    launcher = Launched(tmp_path, sleeper(tmp_path / "pid"), "sh -c 'exit 3'")
    launched.append(launcher)

    assert launcher.process.wait(20) == 3
    assert "ended 5 times in a row right after its start: giving up, stopping everything" in launcher.output
    assert runs(launcher.pid_in(tmp_path / "pid")) is False


def test_a_storm_of_kills_is_outlived(tmp_path: Path, launched: list[Launched]) -> None:
    launcher = Launched(tmp_path, sleeper(tmp_path / "pid"))
    launched.append(launcher)
    pid = 0
    for _ in range(8):
        pid = launcher.pid_in(tmp_path / "pid", other_than=pid)
        os.kill(pid, signal.SIGKILL)

    assert runs(launcher.pid_in(tmp_path / "pid", other_than=pid))
    assert launcher.output.count("ended with -9, starting again") == 8


def test_an_error_after_a_longer_life_is_no_reason_to_give_up(tmp_path: Path, launched: list[Launched]) -> None:
    file = tmp_path / "pid"
    launcher = Launched(tmp_path, f"sh -c 'echo $$ > {file}; sleep 0.2; exit 3'", soon_seconds=0.1)
    launched.append(launcher)

    assert wait_until(lambda: launcher.output.count("ended with 3, starting again") >= 7, 20), launcher.output
    assert launcher.process.poll() is None


def test_processes_of_a_killed_launcher_end(tmp_path: Path, launched: list[Launched]) -> None:
    launcher = Launched(tmp_path, sleeper(tmp_path / "pid"))
    launched.append(launcher)
    pid = launcher.pid_in(tmp_path / "pid")

    launcher.process.kill()

    assert wait_until(lambda: not runs(pid), 10)
