"""How much CPU went to programs that are not part of the bench: figures taken beside other work are worth little."""

import os
import time
from types import TracebackType
from typing import Self

import psutil

TOLERATED = 0.1  # of one core


class Neighbours:
    """Measures other programs' CPU while it is entered; `share` is in cores. Ours: the launcher and all below it."""

    share = 0.0

    def __enter__(self) -> Self:
        self._began, self._busy, self._ours = time.monotonic(), _busy_seconds(), _our_seconds()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        others = (_busy_seconds() - self._busy) - (_our_seconds() - self._ours)
        self.share = max(0.0, others / (time.monotonic() - self._began))

    @property
    def warning(self) -> str:
        """A sentence when they took too much, else nothing."""
        if self.share <= TOLERATED:
            return ""
        return f"bench: other programs used {self.share:.2f} cores meanwhile; take these figures with care"


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + getattr(times, "irq", 0) + getattr(times, "softirq", 0))


def _our_seconds() -> float:
    launcher = psutil.Process(os.getppid())
    total = 0.0
    for one in (launcher, *launcher.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    return total
