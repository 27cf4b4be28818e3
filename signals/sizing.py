"""How much to buy, and where stop loss and take profit stand. Pure: Decimal in, Decimal out.

Quantities in base units and always rounded down; percents as given (2.50 = 2.5 %); prices in quote currency.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from exchanges.types import Market, PositionSide

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class TooSmall(Exception):
    """The size that was asked is under the exchange's minimum. `what` is quantity or notional."""

    what: str
    value: Decimal
    minimum: Decimal


def round_down(value: Decimal, step: Decimal) -> Decimal:
    """`value` cut to a multiple of `step` (EXE-05)."""
    return (value / step).to_integral_value(ROUND_DOWN) * step if step else value


def entry_quantity(market: Market, *, margin: Decimal, leverage: int, price: Decimal) -> Decimal:
    """margin (in quote currency) × leverage ÷ price, cut to the exchange's step (EXE-04, EXE-05); raises TooSmall under its minimums."""
    quantity = round_down(margin * leverage / price, market.quantity_step)
    if market.max_market_quantity:
        quantity = min(quantity, round_down(market.max_market_quantity, market.quantity_step))
    if quantity < market.min_quantity or quantity <= 0:
        raise TooSmall("quantity", quantity, market.min_quantity)
    if quantity * price < market.min_notional:
        raise TooSmall("notional", quantity * price, market.min_notional)
    return quantity


def stop_price(entry: Decimal, pct: Decimal, side: PositionSide) -> Decimal:
    """The computed stop loss (EXE-11), half-up to 0.01 where the price has cents to round (D26)."""
    fraction = pct / HUNDRED
    return _to_cents(entry * (1 - fraction if side is PositionSide.LONG else 1 + fraction))


def target_price(entry: Decimal, pct: Decimal, side: PositionSide) -> Decimal:
    """The computed take profit (EXE-11), half-up to 0.01 where the price has cents to round (D26)."""
    fraction = pct / HUNDRED
    return _to_cents(entry * (1 + fraction if side is PositionSide.LONG else 1 - fraction))


def on_tick_towards_entry(price: Decimal, entry: Decimal, step: Decimal) -> Decimal:
    """`price` on the exchange's tick, rounded towards the entry: a stop is never further away than asked (D26)."""
    rounding = ROUND_CEILING if price < entry else ROUND_FLOOR
    return (price / step).to_integral_value(rounding) * step if step else price


def liquidation_estimate(entry: Decimal, leverage: int, side: PositionSide) -> Decimal:
    """The price at which the margin is gone, without maintenance margin: no stop beyond it can ever work (D26)."""
    fraction = 1 / Decimal(leverage)
    return entry * (1 - fraction if side is PositionSide.LONG else 1 + fraction)


def stop_is_reachable(stop: Decimal, entry: Decimal, leverage: int, side: PositionSide) -> bool:
    """False for a stop at or below zero, or beyond the liquidation price (D26)."""
    if stop <= 0:
        return False
    if leverage == 1 and side is PositionSide.LONG:
        return True
    liquidation = liquidation_estimate(entry, leverage, side)
    return stop > liquidation if side is PositionSide.LONG else stop < liquidation


def deviation_pct(price: Decimal, reference: Decimal) -> Decimal:
    """How far `price` is from `reference`, in percent, always positive (P5)."""
    return abs(price - reference) / reference * HUNDRED


def _to_cents(price: Decimal) -> Decimal:
    # Cheap coins have prices under a cent: rounding those to 0.01 would move the stop, or make it zero.
    return price.quantize(CENT, ROUND_HALF_UP) if price >= HUNDRED else price
