"""Last prices and best bids and asks, shared by all accounts of a process: one request however many ask at once."""

import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

from exchanges.asking_once import ask_once

Quote = TypeVar("Quote")

_quotes: dict[Hashable, tuple[float, Any]] = {}


async def shared_quote(key: Hashable, max_age_s: float, ask: Callable[[], Coroutine[Any, Any, Quote]]) -> Quote:
    """The quote under `key`, at most `max_age_s` old; `ask` brings a new one. Errors of `ask` reach all who wait for it.

    Age is counted from before the request left, so that a slow answer is not taken for a fresh one.
    """
    held = _quotes.get(key)
    if held is not None and time.monotonic() - held[0] <= max_age_s:
        fresh: Quote = held[1]
        return fresh

    async def renew() -> Quote:
        asked_at = time.monotonic()
        quote = await ask()
        _quotes[key] = (asked_at, quote)
        return quote

    return await ask_once(("quote", key), renew)
