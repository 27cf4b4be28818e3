"""Paths of the control API. Every request carries `Authorization: Bearer <token>`; JSON in and out."""

import asyncio
import hmac
import json
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from simulator.control.body import ControlError
from simulator.core.codec import to_plain
from simulator.core.refusals import Refused
from simulator.web import Answer, Request

Handler = Callable[[Request, str], Any]
encode = json.JSONEncoder(default=to_plain, separators=(",", ":")).encode


class Part(Protocol):
    """A group of paths: `(method, pattern)` to handler."""

    routes: dict[tuple[str, str], Handler]


class Control:
    """Checks the token and finds the handler: `/_control/<name>` or `/_control/<name>/<item>[/<verb>]`."""

    def __init__(self, token: str, *parts: Part) -> None:
        self._token = token.encode()
        self._routes: dict[tuple[str, str], Handler] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        for part in parts:
            self._routes |= part.routes

    def answer(self, request: Request, reply: Callable[[Answer], None]) -> None:
        """401 without the token, 404 for an unknown path, 400 for a body that is wrong; calls `reply`, mostly at once."""
        try:
            self._authorize(request)
            handler, item = self._find(request)
            result = handler(request, item)
        except (ControlError, Refused) as error:
            reply(_answer_error(error))
            return
        if asyncio.iscoroutine(result):
            task = asyncio.get_running_loop().create_task(self._answer_later(result, reply))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
        else:
            reply(Answer(encode(result).encode()))

    async def _answer_later(self, result: Coroutine[Any, Any, Any], reply: Callable[[Answer], None]) -> None:
        try:
            answer = Answer(encode(await result).encode())
        except ControlError as error:
            answer = _answer_error(error)
        reply(answer)

    def _authorize(self, request: Request) -> None:
        scheme, _, given = request.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(given.strip(), self._token):
            raise ControlError("wrong or missing token", 401)

    def _find(self, request: Request) -> tuple[Handler, str]:
        name, _, rest = request.path.removeprefix("/_control/").partition("/")
        item, _, verb = rest.partition("/")
        pattern = "/".join([name] + ["*"] * bool(item) + [verb] * bool(verb))
        handler = self._routes.get((request.method, pattern))
        if handler is None:
            raise ControlError("no such path", 404)
        return handler, item


def _answer_error(error: ControlError | Refused) -> Answer:
    status = error.status if isinstance(error, ControlError) else 400
    return Answer(encode({"error": str(error)}).encode(), status)
