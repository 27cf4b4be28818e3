"""Last prices, shared by all accounts of a process: one request however many ask at once."""

import time
from collections.abc import Callable, Coroutine, Hashable
from decimal import Decimal
from typing import Any

from exchanges.asking_once import ask_once

_prices: dict[Hashable, tuple[float, Decimal]] = {}


async def shared_price(key: Hashable, max_age_s: float, ask: Callable[[], Coroutine[Any, Any, Decimal]]) -> Decimal:
    """The price under `key`, at most `max_age_s` old; `ask` brings a new one. Errors of `ask` reach all who wait for it.

    Age is counted from before the request left, so that a slow answer is not taken for a fresh one.
    """
    held = _prices.get(key)
    if held is not None and time.monotonic() - held[0] <= max_age_s:
        return held[1]

    async def renew() -> Decimal:
        asked_at = time.monotonic()
        price = await ask()
        _prices[key] = (asked_at, price)
        return price

    return await ask_once(("price", key), renew)
