"""Time frames as ccxt and charts write them ("1m", "4h", "1d", "1w", "1M"): how long one lasts, when its candle ends. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from exchanges.market_values import Candle

_FORM = re.compile(r"([1-9]\d{0,3})([smhdwM])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
SHORTEST_MONTH, LONGEST_MONTH = timedelta(days=28), timedelta(days=31)


def is_timeframe(text: str) -> bool:
    """Whether this is written as a time frame at all."""
    return _FORM.fullmatch(text) is not None


def shortest(timeframe: str) -> timedelta:
    """What a candle lasts; of months, the least that so many last. Raises ValueError for what is no time frame."""
    count, unit = _parts(timeframe)
    return count * _UNITS.get(unit, SHORTEST_MONTH)


def longest(timeframe: str) -> timedelta:
    """What a candle lasts; of months, the most that so many last."""
    count, unit = _parts(timeframe)
    return count * _UNITS.get(unit, LONGEST_MONTH)


def end_of(opened_at: datetime, timeframe: str) -> datetime:
    """The first moment after a candle."""
    count, unit = _parts(timeframe)
    if unit != "M":
        return opened_at + count * _UNITS[unit]
    months = opened_at.month - 1 + count
    return opened_at.replace(year=opened_at.year + months // 12, month=months % 12 + 1)


def starts_on_calendar(timeframe: str) -> bool:
    """Weeks and months begin by the calendar, not at a multiple of their length since 1970."""
    return _parts(timeframe)[1] in "wM"


def merge(candles: Sequence[Candle], timeframe: str) -> list[Candle]:
    """Longer candles made of these, which are in order; for lengths that divide a day."""
    step_s = int(shortest(timeframe).total_seconds())
    merged: list[Candle] = []
    for candle in candles:
        opened_at = candle.opened_at - timedelta(seconds=int(candle.opened_at.timestamp()) % step_s)
        if merged and merged[-1].opened_at == opened_at:
            one = merged[-1]
            high, low = max(one.high, candle.high), min(one.low, candle.low)
            merged[-1] = Candle(opened_at, one.open, high, low, candle.close, one.volume + candle.volume)
        else:
            merged.append(Candle(opened_at, candle.open, candle.high, candle.low, candle.close, candle.volume))
    return merged


def _parts(timeframe: str) -> tuple[int, str]:
    found = _FORM.fullmatch(timeframe)
    if found is None:
        raise ValueError("not a time frame")
    return int(found[1]), found[2]
