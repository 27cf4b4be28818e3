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
        **values: Any,
    ) -> tuple[int, Any]:
        """Status and answer of one request, parameters in the query (GET, DELETE) or in the body."""
        if signed:
            values["timestamp"] = int(time.time() * 1000) if stamp is None else stamp
        text = urlencode({name: value for name, value in values.items() if value is not None})
        if signed:
            key = (self.keys["secret"] if secret is None else secret).encode()
            text += "&signature=" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return self.send(method, path, text)

    def send(self, method: str, path: str, text: str) -> tuple[int, Any]:
        headers = {"X-MBX-APIKEY": self.keys["api_key"], "X-Exchange-Host": self.host}
        connection = HTTPConnection(self.address, timeout=5)
        try:
            in_query = method in ("GET", "DELETE")
            connection.request(method, f"{path}?{text}" if in_query else path, None if in_query else text, headers)
            answer = connection.getresponse()
            self.headers = dict(answer.getheaders())
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    """HTTP status and Binance's error code."""
    return answer[0], answer[1]["code"]
