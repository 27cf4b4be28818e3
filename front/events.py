"""`/events/`: the live stream of a signed-in person's executions (NOT-01, D31), as server-sent events, before Django.

Each message is `event: update` with `{type: "bot_execution", subscription_id, status, ticker, symbol, action}` as JSON, or
`{type: "balances", account_id}` when an account's balances were read, or `{type: "position_booked", …}` when the fills of a closed
position were all booked (its fees and result stand now). A stream ends after some minutes, so that a person who
was blocked meanwhile is asked for again; browsers come back by themselves.
"""

import asyncio
import contextlib
import io
import logging
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, close_old_connections
from django.utils.module_loading import import_string

from accounts.models import User
from front.event_hub import hub

log = logging.getLogger(__name__)

STREAMS_PER_PERSON = 3
STREAM_LASTS_S = 300
KEEP_ALIVE_S = 15
RETRY_MS = 2000

_SessionStore = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
_HEAD = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]


async def answer_events(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """401 for anonymous people, 405 for all but GET, 429 over three streams at once, else the stream."""
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    try:
        user_id = await sync_to_async(_find_person, thread_sensitive=False)(scope)
    except DatabaseError:
        log.warning("the database did not answer for a live stream", exc_info=True)
        return await _refuse(send, 503)
    if user_id is None:
        return await _refuse(send, 401)
    feed, gone = asyncio.create_task(_feed(f"user.{user_id}", send)), asyncio.create_task(_wait_until_gone(receive))
    try:
        await asyncio.wait((feed, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (feed, gone):
            task.cancel()
        await asyncio.gather(feed, gone, return_exceptions=True)


def _find_person(scope: dict[str, Any]) -> UUID | None:
    """Whose session the cookie names; checks the session's password hash, as every page does."""
    try:
        request = ASGIRequest(scope, io.BytesIO())
        request.session = _SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        user = get_user(request)
    except (SuspiciousOperation, RequestDataTooBig, UnicodeDecodeError, ValueError):
        return None
    finally:
        close_old_connections()
    return user.pk if isinstance(user, User) and user.is_active else None


async def _feed(channel: str, send: Any) -> None:
    if hub.count(channel) >= STREAMS_PER_PERSON:  # no await between counting and subscribing
        return await _refuse(send, 429)
    try:
        async with hub.subscribe(channel) as queue:
            await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
            await _write(send, f"retry: {RETRY_MS}\n\n".encode())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STREAM_LASTS_S):
                    await _forward(queue, send)
            await _write(send, b"", more=False)
    except TimeoutError:  # Redis did not answer in time: nothing was started yet
        await _refuse(send, 503)


async def _forward(queue: asyncio.Queue[bytes], send: Any) -> None:
    while True:
        try:
            data = await asyncio.wait_for(queue.get(), KEEP_ALIVE_S)
        except TimeoutError:
            await _write(send, b": keep-alive\n\n")
        else:
            await _write(send, b"event: update\ndata: " + data + b"\n\n")


async def _wait_until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Any, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _refuse(send: Any, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await _write(send, b"", more=False)
