"""What a client will trade on a bot's settings, before they are saved (BOT-18). Pure: Decimal in, Decimal out.

Percentages are of the price, as everywhere (D26); what they mean for the margin is shown beside them.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from bots.models import MarketType

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
SMALLEST_STEP = Decimal("0.00000001")
EXAMPLE_SYMBOL = "BTCUSDT"
EXAMPLE_PRICE = Decimal("95000")


@dataclass(frozen=True, slots=True)
class Exit:
    """A stop loss or take profit at the example price. Money in USD; `price_pct` of the price, `margin_pct` of the margin."""

    price: Decimal
    price_pct: Decimal
    margin_pct: Decimal
    profit_usd: Decimal


@dataclass(frozen=True, slots=True)
class Side:
    """Both exits of a long or short position; None where one is off or could never be reached (price at or below zero)."""

    stop_loss: Exit | None
    take_profit: Exit | None


@dataclass(frozen=True, slots=True)
class Preview:
    """One trade at `price`: `asked_usd` = margin × leverage; `quantity` in base units and what it is worth, `notional_usd`.

    With a `quantity_step` the quantity is cut to it, as the order will be (EXE-05), so the trade is a little smaller than
    asked; None = not known, then the figures are those before the step.
    """

    price: Decimal
    leverage: int
    margin_usd: Decimal
    asked_usd: Decimal
    notional_usd: Decimal
    quantity: Decimal
    quantity_step: Decimal | None
    long: Side
    short: Side | None
    # True when the position would be liquidated before its stop loss is reached (isolated margin).
    stop_beyond_liquidation: bool

    @property
    def is_cut(self) -> bool:
        """Whether the step makes the trade smaller than asked, by a cent or more."""
        return self.notional_usd < self.asked_usd


def preview_trade(
    *,
    market_type: str,
    leverage: int,
    margin_usd: Decimal,
    stop_loss_pct: Decimal | None,
    take_profit_pct: Decimal | None,
    price: Decimal = EXAMPLE_PRICE,
    quantity_step: Decimal | None = None,
    price_step: Decimal | None = None,
) -> Preview:
    """The trade that these settings make at `price`. Spot trades without leverage and never short (D14, D27). With a
    `price_step` stop and target lie on the exchange's tick, towards the price, as they will be sent (D26)."""
    spot = market_type == MarketType.SPOT
    leverage = 1 if spot else leverage
    asked = margin_usd * leverage
    quantity = _on_step(asked / price, quantity_step or SMALLEST_STEP)
    notional = quantity * price if quantity_step else asked
    sides = [
        Side(
            stop_loss=_exit(price, stop_loss_pct, -direction, direction, leverage, notional, price_step),
            take_profit=_exit(price, take_profit_pct, direction, direction, leverage, notional, price_step),
        )
        for direction in (1, -1)
    ]
    return Preview(
        price=price,
        leverage=leverage,
        margin_usd=margin_usd,
        asked_usd=_cents(asked),
        notional_usd=_cents(notional),
        quantity=quantity,
        quantity_step=quantity_step or None,
        long=sides[0],
        short=None if spot else sides[1],
        stop_beyond_liquidation=stop_is_beyond_liquidation(market_type, leverage, stop_loss_pct),
    )


def stop_is_beyond_liquidation(market_type: str, leverage: int, stop_loss_pct: Decimal | None) -> bool:
    """Whether the whole margin is lost before the stop is reached: isolated futures, without maintenance margin (D26)."""
    if stop_loss_pct is None:
        return False
    return stop_loss_pct * (1 if market_type == MarketType.SPOT else leverage) >= HUNDRED


def _exit(
    price: Decimal,
    pct: Decimal | None,
    way: int,
    direction: int,
    leverage: int,
    notional: Decimal,
    tick: Decimal | None,
) -> Exit | None:
    """`way` is where the price goes (1 up, -1 down), `direction` the position's (1 long, -1 short)."""
    if pct is None:
        return None
    at = price * (1 + way * pct / HUNDRED)
    at = _cents(at) if at >= HUNDRED else at  # a cheap coin's price lives in smaller parts (D26)
    at = _on_tick_towards(price, at, tick) if tick else at
    if at <= 0:
        return None
    signed = pct * way * direction
    return Exit(at, pct, pct * leverage, _cents(notional * signed / HUNDRED))


def _on_tick_towards(price: Decimal, at: Decimal, tick: Decimal) -> Decimal:
    return (at / tick).to_integral_value(ROUND_CEILING if at < price else ROUND_FLOOR) * tick


def _on_step(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
