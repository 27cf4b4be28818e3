"""Paths of the control API. Every request carries `Authorization: Bearer <token>`; JSON in and out."""

import hmac
import json
from collections.abc import Callable
from typing import Any

from simulator.control.accounts import AccountPaths
from simulator.control.body import ControlError
from simulator.control.market import MarketPaths
from simulator.core.codec import to_plain
from simulator.core.refusals import Refused
from simulator.web import Answer, Request

Handler = Callable[[Request, str], Any]
encode = json.JSONEncoder(default=to_plain, separators=(",", ":")).encode


class Control:
    """Checks the token and finds the handler: `/_control/<name>` or `/_control/<name>/<item>[/<verb>]`."""

    def __init__(self, token: str, *parts: AccountPaths | MarketPaths) -> None:
        self._token = token.encode()
        self._routes: dict[tuple[str, str], Handler] = {}
        for part in parts:
            self._routes |= part.routes

    def answer(self, request: Request) -> Answer:
        """401 without the token, 404 for an unknown path, 400 for a body that is wrong."""
        try:
            self._authorize(request)
            handler, item = self._find(request)
            result = handler(request, item)
        except ControlError as error:
            return Answer(encode({"error": str(error)}).encode(), error.status)
        except Refused as refusal:
            return Answer(encode({"error": str(refusal)}).encode(), 400)
        return Answer(encode(result).encode())

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
