"""The prices of the past, as one-minute candles by the exchange's clock. Volumes are not simulated."""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

MINUTE_MS = 60_000
KEPT_MINUTES = 1500


@dataclass(slots=True)
class Candle:
    """Open time in epoch ms; prices in quote units."""

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    def extend(self, other: "Candle") -> None:
        """Take a later candle in."""
        self.high, self.low, self.close = max(self.high, other.high), min(self.low, other.low), other.close


class Tape:
    """Remembers the last 1,500 minutes of every symbol."""

    def __init__(self) -> None:
        self._minutes: dict[str, deque[Candle]] = {}

    def observe(self, symbol: str, price: Decimal, now: int) -> None:
        """Take a price into the candle of its minute."""
        minutes = self._minutes.setdefault(symbol, deque(maxlen=KEPT_MINUTES))
        start = now - now % MINUTE_MS
        if minutes and minutes[-1].time >= start:
            minutes[-1].extend(Candle(start, price, price, price, price))
        else:
            minutes.append(Candle(start, price, price, price, price))

    def candles(self, symbol: str, interval_ms: int) -> list[Candle]:
        """All remembered candles of this length, oldest first."""
        merged: list[Candle] = []
        for minute in self._minutes.get(symbol, ()):
            start = minute.time - minute.time % interval_ms
            if merged and merged[-1].time == start:
                merged[-1].extend(minute)
            else:
                merged.append(Candle(start, minute.open, minute.high, minute.low, minute.close))
        return merged
