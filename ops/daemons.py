"""Background programs that outlive the one who started them: start, find again by pid file, stop."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LINUX = sys.platform == "linux"
START_SECONDS, STOP_SECONDS, POLL_SECONDS = 30.0, 20.0, 0.02


class ServerFailed(SystemExit):
    """A server did not start; the text says which one and shows the end of its log."""


def living_pid(pid_file: Path, program: str) -> int | None:
    """The pid in `pid_file` while that process lives and is `program`. A zombie (empty command line) is not alive."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, 0)
        if not LINUX or program.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def runs(pid: int) -> bool:
    """Whether `pid` still runs; collects it when it is our own child that has ended."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        with contextlib.suppress(PermissionError):  # another user's: it runs
            os.kill(pid, 0)
        return not LINUX or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def stop_process(pid: int, polite: signal.Signals, wait_seconds: float = STOP_SECONDS) -> None:
    """Send `polite`, wait up to `wait_seconds`, then SIGKILL. A process that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, polite)
        if not wait_until(lambda: not runs(pid), wait_seconds):
            os.kill(pid, signal.SIGKILL)


def start_daemon(command: Sequence[str | Path], log: Path, ready: Callable[[], bool], what: str) -> None:
    """Start `command` in its own session, output appended to `log`, and return when `ready`; else ServerFailed."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    wait_until(lambda: process.poll() is not None or ready(), START_SECONDS)
    if process.poll() is not None or not ready():
        raise ServerFailed(f"{what} did not start. The end of {log}:\n{log.read_text(errors='replace')[-2000:]}")
    process.returncode = 0  # it is meant to outlive us: no ResourceWarning when this object is collected


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Poll `done` for up to `seconds`; whether it became true."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
