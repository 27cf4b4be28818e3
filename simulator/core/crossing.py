"""Whether a limit meets the price, and what an order that takes from the book pays."""

from decimal import Decimal

from simulator.core.exchange import Exchange
from simulator.core.markets import Market
from simulator.core.orders import Side


def crosses(side: Side, limit: Decimal, price: Decimal) -> bool:
    return limit >= price if side is Side.BUY else limit <= price


def take_price(exchange: Exchange, market: Market, side: Side, limit: Decimal) -> Decimal:
    """The taker's price now, but never worse than the limit (zero = none)."""
    price = exchange.taker_price(market, side)
    if not limit:
        return price
    return min(price, limit) if side is Side.BUY else max(price, limit)
