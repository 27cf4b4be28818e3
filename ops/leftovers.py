"""Processes of an earlier `./batuta up` that was killed before it could stop them."""

import contextlib
import os
import signal
from pathlib import Path

from ops.daemons import LINUX, runs, wait_until

MARK = "BATUTA_UP"
WARM_SECONDS = 30.0


def leftover_pids(var: Path) -> list[int]:
    """Processes that were started with `BATUTA_UP=<var>`, this one excepted. Linux only: elsewhere none are found."""
    mark = f"{MARK}={var}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*") if LINUX else ():
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            if mark in (folder / "environ").read_bytes().split(b"\0") and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


def end_leftovers(var: Path) -> int:
    """Stop them as Ctrl-C would have, by force after 30 s; how many there were."""
    pids = leftover_pids(var)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not any(map(runs, pids)), WARM_SECONDS)
    for pid in leftover_pids(var):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(pids)
