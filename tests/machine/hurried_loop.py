"""An event loop whose clock stands still while anybody works, and jumps to the next timer when everybody waits.

Sleeps, time-outs and delayed answers are only numbers; PostgreSQL and threads (`outside`) are waited for in real time, and only
once nothing else is to be done: the same steps come in the same order every time.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 30.0


class NothingWillHappen(Exception):
    """Everybody waits, and neither a timer nor anybody outside will ever wake them."""


class _Selector(selectors.DefaultSelector):
    loop: "HurriedLoop"

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return []
        found = super().select(PATIENCE_S if self.loop.outside else 0)
        if not found:
            if timeout is None or self.loop.outside:
                raise NothingWillHappen
            self.loop.jump(timeout)
        return found


class HurriedLoop(asyncio.SelectorEventLoop):
    """`on_jump` hears of every move of the clock, in seconds since it began."""

    def __init__(self, on_jump: Callable[[float], None] = lambda elapsed: None) -> None:
        self.elapsed = 0.0
        self.outside = 0
        self._on_jump = on_jump
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.elapsed

    def jump(self, seconds: float) -> None:
        """Let so much time have passed."""
        self.elapsed += seconds
        self._on_jump(self.elapsed)

    @contextmanager
    def somebody_outside(self) -> Iterator[None]:
        """Real work is waited for within."""
        self.outside += 1
        try:
            yield
        finally:
            self.outside -= 1

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """A thread works in real time."""
        future = super().run_in_executor(executor, func, *args)
        self.outside += 1
        future.add_done_callback(lambda _: self._leave())
        return future

    async def shutdown_default_executor(self) -> None:
        with self.somebody_outside():
            await super().shutdown_default_executor()

    def _leave(self) -> None:
        self.outside -= 1
