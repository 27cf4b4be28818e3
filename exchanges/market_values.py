"""What an exchange tells everyone of a market, the same for all of them: candles, the order book, the ticker (EXC-16). Pure values.

Prices in quote currency, quantities and volumes in base units (contracts exist only inside `exchanges`), times aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Candle:
    """A period that is over. `volume` is what was traded in it, in base units; `opened_at` its first moment."""

    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class PriceLevel(NamedTuple):
    """What stands at one price of an order book, in base units."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Both sides, the best price first. `told_at` None where the exchange bears no time."""

    bids: tuple[PriceLevel, ...]
    asks: tuple[PriceLevel, ...]
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ticker:
    """A market's last price, best prices and 24 hours. None is what the exchange does not tell (an empty side, a volume)."""

    last: Decimal
    bid: Decimal | None
    ask: Decimal | None
    high: Decimal | None
    low: Decimal | None
    base_volume: Decimal | None
    quote_volume: Decimal | None

    @property
    def spread_pct(self) -> Decimal | None:
        """What lies between bid and ask, in percent of their middle (RSK-20); None while one side is empty."""
        if self.bid is None or self.ask is None:
            return None
        return (self.ask - self.bid) * 200 / (self.ask + self.bid)
