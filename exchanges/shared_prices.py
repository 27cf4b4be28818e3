"""Last prices, shared by all accounts of a process: one request however many ask at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from decimal import Decimal

_prices: dict[Hashable, tuple[float, Decimal]] = {}
_asking: dict[tuple[Hashable, int], asyncio.Task[Decimal]] = {}


async def shared_price(key: Hashable, max_age_s: float, ask: Callable[[], Awaitable[Decimal]]) -> Decimal:
    """The price under `key`, at most `max_age_s` old; `ask` brings a new one. Errors of `ask` reach everyone who waits for it.

    Age is counted from before the request left, so that a slow answer is not taken for a fresh one.
    """
    held = _prices.get(key)
    if held is not None and time.monotonic() - held[0] <= max_age_s:
        return held[1]
    loop = asyncio.get_running_loop()
    task = _asking.get((key, id(loop)))
    if task is None or task.done() or task.get_loop() is not loop:
        task = _asking[key, id(loop)] = loop.create_task(_renew(key, ask))
    return await asyncio.shield(task)


async def _renew(key: Hashable, ask: Callable[[], Awaitable[Decimal]]) -> Decimal:
    asked_at = time.monotonic()
    price = await ask()
    _prices[key] = (asked_at, price)
    return price


def forget_prices() -> None:
    """The next question asks the exchange."""
    _prices.clear()
