"""Processes last: one that ends is started again, one that cannot live stops all, Ctrl-C ends everything."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.daemons import runs, wait_until

LAUNCHER = """
import sys
from ops import supervisor
supervisor.PAUSE_SECONDS, supervisor.LONGEST_PAUSE_SECONDS = 0.05, 0.2
supervisor.SOON_SECONDS, supervisor.KILL_WAIT = float(sys.argv[1]), float(sys.argv[2])
supervisor.LAST_SECONDS = 1.0
launcher = supervisor.Supervisor(last=sys.argv[3])
for number, command in enumerate(sys.argv[4:]):
    launcher.add_process(f"p{number}", f"exec {command}")
launcher.loop()
sys.exit(launcher.returncode)
"""


class Launched:
    def __init__(
        self, folder: Path, *commands: str, soon_seconds: float = 5.0, kill_wait: float = 35.0, last: str = ""
    ) -> None:
        self.log = folder / "log"
        with self.log.open("wb") as output:
            words = [sys.executable, "-u", "-c", LAUNCHER, str(soon_seconds), str(kill_wait), last, *commands]
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


def trapper(folder: Path, name: str, on_term: str) -> str:
    """A command that does `on_term` when told to stop; `folder/name` has its pid once it would."""
    script = folder / f"{name}.sh"
    script.write_text(f"trap '{on_term}' TERM\necho $$ > {folder / name}\nwhile :; do sleep 0.1; done\n")
    return f"sh {script}"


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


def test_what_the_others_need_until_their_end_ends_after_them(tmp_path: Path, launched: list[Launched]) -> None:
    """The order to stop may come twice at once: from a terminal, and from a wrapper that hands it on."""
    needed, said = tmp_path / "needed", tmp_path / "said"
    worker = trapper(tmp_path, "worker", f"sleep 1; kill -0 $(cat {needed}) && echo served > {said}; exit 0")
    launcher = Launched(tmp_path, sleeper(needed), worker, last="p0")
    launched.append(launcher)
    pids = [launcher.pid_in(tmp_path / name) for name in ("needed", "worker")]

    for _ in range(2):
        launcher.process.send_signal(signal.SIGINT)
        time.sleep(0.1)

    assert launcher.process.wait(15) == 130
    assert (said.exists(), [runs(pid) for pid in pids]) == (True, [False, False]), launcher.output


def test_the_last_ends_within_the_grace_also_when_the_others_do_not(tmp_path: Path, launched: list[Launched]) -> None:
    file, said = tmp_path / "last", tmp_path / "said"
    commands = trapper(tmp_path, "last", f"echo finished > {said}; exit 0"), trapper(tmp_path, "stubborn", ":")
    launcher = Launched(tmp_path, *commands, last="p0", kill_wait=3.0)
    launched.append(launcher)
    pids = [launcher.pid_in(each) for each in (file, tmp_path / "stubborn")]

    launcher.process.send_signal(signal.SIGTERM)

    assert launcher.process.wait(15) == 143
    assert (said.exists(), [runs(pid) for pid in pids]) == (True, [False, False]), launcher.output


def test_a_second_signal_ends_everything_at_once(tmp_path: Path, launched: list[Launched]) -> None:
    launcher = Launched(tmp_path, sleeper(tmp_path / "last"), trapper(tmp_path, "stubborn", ":"), last="p0")
    launched.append(launcher)
    pids = [launcher.pid_in(tmp_path / name) for name in ("last", "stubborn")]

    launcher.process.send_signal(signal.SIGINT)
    time.sleep(1.3)
    assert [runs(pid) for pid in pids] == [True, True]
    launcher.process.send_signal(signal.SIGINT)

    assert launcher.process.wait(10) == 130
    assert [runs(pid) for pid in pids] == [False, False]
