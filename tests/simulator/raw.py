"""A bare signing client: one request, its status, headers and parsed answer."""

import hashlib
import hmac
import json
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode


class Raw:
    """Signs like Binance's documentation says; every part can be spoiled."""

    def __init__(self, sim: Any, keys: dict[str, Any], host: str = "") -> None:
        self.address = sim.url.removeprefix("http://")
        self.keys, self.host = keys, host

    def call(
        self,
        method: str,
        path: str,
        *,
        secret: str | None = None,
        stamp: int | None = None,
        signed: bool = True,
        timeout: float = 5,
        **values: Any,
    ) -> tuple[int, Any]:
        """Status and answer of one request, parameters in the query (GET, DELETE) or in the body."""
        text = self._write(values, secret=secret, stamp=stamp, signed=signed)
        return self.send(method, path, text, timeout)

    def plain(self, method: str, path: str, **values: Any) -> tuple[int, bytes]:
        """Status and the very body of one signed request."""
        return self._send(method, path, self._write(values, secret=None, stamp=None, signed=True), 5)

    def _write(self, values: dict[str, Any], *, secret: str | None, stamp: int | None, signed: bool) -> str:
        if signed:
            values["timestamp"] = int(time.time() * 1000) if stamp is None else stamp
        text = urlencode({name: value for name, value in values.items() if value is not None})
        if signed:
            key = (self.keys["secret"] if secret is None else secret).encode()
            text += "&signature=" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return text

    def send(self, method: str, path: str, text: str, timeout: float = 5) -> tuple[int, Any]:
        status, body = self._send(method, path, text, timeout)
        return status, json.loads(body or b"null")

    def _send(self, method: str, path: str, text: str, timeout: float) -> tuple[int, bytes]:
        headers = {"X-MBX-APIKEY": self.keys["api_key"], "X-Exchange-Host": self.host}
        connection = HTTPConnection(self.address, timeout=timeout)
        try:
            in_query = method in ("GET", "DELETE")
            connection.request(method, f"{path}?{text}" if in_query else path, None if in_query else text, headers)
            answer = connection.getresponse()
            self.headers = dict(answer.getheaders())
            return answer.status, answer.read()
        finally:
            connection.close()


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    """HTTP status and Binance's error code."""
    return answer[0], answer[1]["code"]
