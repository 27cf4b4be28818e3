"""Processes of a bench that end with it, however it ends: asked to (SIGTERM), interrupted, or killed (on Linux).

python -m bench.tied <pid of the starter> <command> …     becomes the command, which dies when its starter does
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

PR_SET_PDEATHSIG = 1  # prctl(2); kept across exec, not across fork
POLITE = (signal.SIGTERM, signal.SIGHUP)


def tied(command: Sequence[str]) -> list[str]:
    """The command, to be started by this process's main thread: the kernel watches over the thread that started it."""
    return [sys.executable, "-m", "bench.tied", str(os.getpid()), *command]


def end_with(parent: int, number: signal.Signals) -> None:
    """This process is sent `number` when `parent`, who started it, is gone; also when that has happened already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def leave_when_told() -> None:
    """SIGTERM and SIGHUP leave as Ctrl-C does: through every `finally`, so that what was started is stopped."""
    for number in POLITE:
        signal.signal(number, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    for each in POLITE:
        signal.signal(each, signal.SIG_IGN)  # once is enough: what is stopping now must not be cut short
    raise SystemExit(128 + number)


if __name__ == "__main__":
    end_with(int(sys.argv[1]), signal.SIGKILL)
    os.execvp(sys.argv[2], sys.argv[2:])
