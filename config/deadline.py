"""A deadline for requests whose caller does not wait: TradingView cuts off after three seconds (promise 1).

A request that the threads behind cannot answer in time, because the database hangs or all threads do, is answered 503. What
hangs goes on behind; by `is_too_late` it sees that nobody waits any more, and stores nothing.
"""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Callable[[], Awaitable[dict[str, Any]]], Send], Coroutine[Any, Any, None]]

DEADLINE = "batuta.deadline"
UNAVAILABLE = json.dumps(
    {
        "type": "about:blank",
        "title": "Temporarily unavailable, nothing was stored",
        "status": 503,
        "detail": "Temporarily unavailable, nothing was stored",
        "code": "unavailable",
    }
).encode()


async def answer_in_time(
    application: Application,
    scope: Scope,
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Send,
    *,
    seconds: float,
) -> None:
    """Run `application`; when it has not begun to answer after `seconds`, answer 503 in its place and let it end unheard."""
    scope[DEADLINE] = time.monotonic() + seconds
    began, given_up = asyncio.Event(), False

    async def send_unless_late(message: dict[str, Any]) -> None:
        if not given_up:
            began.set()
            await send(message)

    running = asyncio.create_task(application(scope, receive, send_unless_late))
    waiting = asyncio.create_task(began.wait())
    await asyncio.wait((running, waiting), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if began.is_set() or running.done():
        await running
        return
    given_up = True
    running.add_done_callback(_forget)
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(UNAVAILABLE)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": UNAVAILABLE})


def _forget(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        task.exception()  # heard by nobody: its log line was written where it happened


def deadline_of(environ: dict[str, Any]) -> float:
    """When the caller of this WSGI request is answered in its place (`time.monotonic`); infinite without a deadline."""
    deadline: float = environ.get("asgi.scope", {}).get(DEADLINE, math.inf)
    return deadline


def is_too_late(environ: dict[str, Any]) -> bool:
    """True when the caller of this WSGI request was answered in its place."""
    return time.monotonic() >= deadline_of(environ)
