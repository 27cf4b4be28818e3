"""Scripted price paths: through given points, at once or spread over some seconds."""

import asyncio
from decimal import Decimal

from simulator.feed import Feed

STEPS_PER_SECOND = 20


class PathRunner:
    """At most one path per symbol; a new one, or a price set by hand, ends the old one."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._running: dict[str, asyncio.TimerHandle] = {}

    def run(self, symbol: str, points: list[Decimal], seconds: Decimal) -> None:
        """Pass through the points, continuously; they divide the time evenly."""
        self.stop(symbol)
        if not seconds:
            for point in points:
                self._feed.set_price(symbol, point, continuous=True)
            return
        pause = max(seconds / len(points), Decimal(1) / STEPS_PER_SECOND)
        self._step(symbol, list(points), pause)

    def stop(self, symbol: str) -> None:
        handle = self._running.pop(symbol, None)
        if handle is not None:
            handle.cancel()

    def _step(self, symbol: str, points: list[Decimal], pause: Decimal) -> None:
        self._feed.set_price(symbol, points.pop(0), continuous=True)
        self._running.pop(symbol, None)
        if points:
            loop = asyncio.get_running_loop()
            seconds = int(pause * 1000) / 1000
            self._running[symbol] = loop.call_later(seconds, self._step, symbol, points, pause)
