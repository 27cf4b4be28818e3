"""Positions with what they are worth now, as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from signals.current_prices import current_prices
from signals.figures import unrealized_pnl
from signals.models import Position


@dataclass(frozen=True, slots=True)
class PricedPosition:
    """What a position is worth now. `margin` and `result` are in USD whatever it was paid in; `result` is what it made so far, net
    of the fees paid, `result_pct` that of the margin. Both, and `price`, are None while no current price is known."""

    position: Position
    price: Decimal | None
    margin: Decimal
    result: Decimal | None
    result_pct: Decimal | None


def with_prices(positions: Iterable[Position]) -> list[PricedPosition]:
    """Each position with its current price: one question per exchange and kind of market."""
    rows = list(positions)
    prices = current_prices(rows)
    return [_priced(position, prices.get(position.pk)) for position in rows]


def _priced(position: Position, price: Decimal | None) -> PricedPosition:
    margin = position.entry_price * position.quantity / (position.leverage or 1) / position.usd_rate
    # an open position's realized P&L holds the fees of its entry and what was taken out of it already
    result = position.realized_pnl + unrealized_pnl(position, price) if price is not None else None
    return PricedPosition(
        position, price, margin, result, result * 100 / margin if result is not None and margin else None
    )
