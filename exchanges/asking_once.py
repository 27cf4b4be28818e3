"""Many ask the same question at the same moment: one request brings the answer for all of them."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_asking: dict[tuple[Hashable, int], asyncio.Task[Any]] = {}


def start_once(key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
    """The question under way on this loop, or a new one. Its failure is told only to those who wait for it."""
    loop = asyncio.get_running_loop()
    place = (key, id(loop))
    task = _asking.get(place)
    if task is None or task.done() or task.get_loop() is not loop:
        task = _asking[place] = loop.create_task(ask())
        task.add_done_callback(lambda ended: _forget(place, ended))
    return task


def under_way(key: Hashable) -> asyncio.Task[Any] | None:
    """The question that this loop is asking now, None when it is not."""
    task = _asking.get((key, id(asyncio.get_running_loop())))
    return task if task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop() else None


async def ask_once(key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The answer; an asker who gives up does not take it from the others."""
    return await asyncio.shield(start_once(key, ask))


def _forget(place: tuple[Hashable, int], ended: asyncio.Task[Any]) -> None:
    if _asking.get(place) is ended:
        del _asking[place]
    if not ended.cancelled():
        ended.exception()  # looked at, so that asyncio does not report it when nobody waited
