"""Worker processes as far as they matter here: whose coroutine it is, and the point at which it dies or freezes.

A process stops between two awaits – before or after a request, before or after a word with the database – and from then
on none of its coroutines goes on: no `finally` runs, as with SIGKILL. A frozen one goes on when it is thawed, as with SIGCONT.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

_current: ContextVar["Process | None"] = ContextVar("process", default=None)


def current_process() -> "Process | None":
    return _current.get()


class Process:
    """Stops at its `fuse`-th point from now; `fuse` None: never."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fuse: int | None = None
        self.points = 0
        self.stopped_at = ""
        self._thawed: asyncio.Event | None = None
        self._is_buried = False
        self.tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_stopped(self) -> bool:
        return self._thawed is not None

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` as this process."""
        context = copy_context()
        context.run(_current.set, self)
        task = asyncio.get_running_loop().create_task(work, context=context)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def point(self, where: str) -> None:
        """A moment at which a process may end."""
        self.points += 1
        if self.fuse is not None and not self.is_stopped:
            self.fuse -= 1
            if self.fuse <= 0:
                self.fuse = None
                self.stop(where)
        await self._stand_still()

    async def _stand_still(self) -> None:
        given_up = False
        while self._thawed is not None:
            try:
                await self._thawed.wait()
            except asyncio.CancelledError:  # a time-out of its own: it hears of it when it goes on
                given_up = True
        if given_up or self._is_buried:
            raise asyncio.CancelledError

    def stop(self, where: str = "between two points") -> None:
        self.stopped_at = where
        self._thawed = asyncio.Event()

    def thaw(self) -> None:
        if self._thawed is not None:
            event, self._thawed = self._thawed, None
            event.set()

    async def bury(self) -> None:
        """Clear its coroutines away; whatever they still try ends at once."""
        self._is_buried = True
        self.thaw()
        while self.tasks:
            for task in self.tasks:
                task.cancel()
            await asyncio.wait(set(self.tasks))
