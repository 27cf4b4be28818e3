"""Clients that nobody here wrote, with only their transport sent to the simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt


def redirect(base_class: type, url: str) -> Any:
    """The ccxt class with its requests sent to `url`; paths, signing and error tables stay its own."""

    class Redirected(base_class):
        def __init__(self, config: dict[str, Any]) -> None:
            super().__init__(config)
            self.meant: dict[str, str] = {}

        async def fetch(self, url_meant: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            parts = urlsplit(url_meant)
            target = url + parts.path + (f"?{parts.query}" if parts.query else "")
            self.meant[target] = url_meant
            return await super().fetch(target, method, {**(headers or {}), "X-Exchange-Host": parts.netloc}, body)

        def handle_errors(self, code: int, reason: str, sent: str, *rest: Any) -> Any:
            return super().handle_errors(code, reason, self.meant.pop(sent, sent), *rest)

    return Redirected


@asynccontextmanager
async def futures_client(url: str, keys: dict[str, Any], *, demo: bool = False, **config: Any) -> AsyncIterator[Any]:
    async with _client(ccxt.binanceusdm, url, keys, demo, config) as client:
        yield client


@asynccontextmanager
async def spot_client(url: str, keys: dict[str, Any], *, demo: bool = False, **config: Any) -> AsyncIterator[Any]:
    async with _client(ccxt.binance, url, keys, demo, config) as client:
        yield client


@asynccontextmanager
async def _client(kind: type, url: str, keys: dict[str, Any], demo: bool, config: dict[str, Any]) -> AsyncIterator[Any]:
    credentials = {"apiKey": keys["api_key"], "secret": keys["secret"], "enableRateLimit": False}
    client = redirect(kind, url)({**credentials, **config})
    if demo:
        client.enable_demo_trading(True)
    try:
        yield client
    finally:
        await client.close()
