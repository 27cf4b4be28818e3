"""Made-up symbols that fill an exchange's list to a real one's length, so that a client's memory and loading are told honestly."""

from dataclasses import replace

from simulator.core.markets import START_PRICES, Kind, Market
from simulator.dialects.registry import Venue


def fill_up(venue: Venue, listed: int) -> Venue:
    """The venue with `listed` symbols of each kind that it has, at least its own; the made-up ones (T1USDT, …) trade as its first does."""
    markets, prices = list(venue.markets), dict(venue.start_prices)
    for kind in Kind:
        own = [market for market in venue.markets if market.kind is kind]
        for number in range(1, listed - len(own) + 1 if own else 0):
            made = _like(own[0], f"T{number}")
            markets.append(made)
            prices[made.symbol] = prices.get(own[0].symbol) or START_PRICES[own[0].symbol]
    return replace(venue, markets=tuple(markets), start_prices=prices)


def _like(market: Market, base: str) -> Market:
    name = market.venue_symbol.replace(market.base, base, 1)
    return replace(market, symbol=f"{base}{market.quote}", base=base, venue_symbol=name)
