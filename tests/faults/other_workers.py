"""Workers that are not like the others: whose clock is wrong, or who run the code of before the last migration."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.places import ROOT

# Python runs this before anything of ours: `time` and `datetime` of the process say what a wrong clock would say. Both kinds of
# sleeping and the monotonic clock stay as they are, as with a computer's clock that is set.
SITECUSTOMIZE = """
import datetime
import time

AHEAD_S = {ahead}
_real = datetime.datetime
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + AHEAD_S
time.time_ns = lambda: _time_ns() + AHEAD_S * 10**9


class _Kind(type(_real)):
    def __instancecheck__(cls, other):
        return isinstance(other, _real)

    def __subclasscheck__(cls, other):
        return issubclass(other, _real)


class datetime_(_real, metaclass=_Kind):
    def __new__(cls, *words, **fields):
        return _real(*words, **fields)

    @classmethod
    def now(cls, tz=None):
        return _real.now(tz) + datetime.timedelta(seconds=AHEAD_S)

    @classmethod
    def utcnow(cls):
        return _real.utcnow() + datetime.timedelta(seconds=AHEAD_S)


datetime_.__name__ = datetime_.__qualname__ = "datetime"
datetime_.__module__ = "datetime"
datetime.datetime = datetime_
"""


def shifted_clock(folder: Path, ahead_s: int) -> dict[str, str]:
    """The environment of a Python process whose clock is `ahead_s` seconds ahead."""
    place = folder / f"clock{ahead_s:+d}"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(SITECUSTOMIZE.format(ahead=ahead_s))
    path = os.pathsep.join(filter(None, [str(place), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path}


@contextmanager
def code_before_the_last_migration(folder: Path) -> Iterator[Path]:
    """A checkout of the last commit that knew nothing of the newest migration; raises LookupError where history is not there."""
    place = folder / "before"
    added = _git("log", "-1", "--first-parent", "--diff-filter=A", "--format=%H", "--", "*/migrations/0*.py")
    if not added:
        raise LookupError("no migration is in the history")
    _git("worktree", "add", "--detach", "--force", str(place), f"{added}^")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        _git("worktree", "prune")


def _git(*words: str) -> str:
    try:
        done = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LookupError(f"git {words[0]}: {error}") from error
    return done.stdout.strip()
