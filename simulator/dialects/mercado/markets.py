"""What is listed: pairs against BRL under their names with a hyphen; fees as in the documentation's "Get Trading Fees"."""

from dataclasses import replace
from decimal import Decimal

from simulator.core.markets import BRL_MARKETS, Market, list_as

TAKER, MAKER = Decimal("0.007"), Decimal("0.003")
SMALLEST_COST = Decimal("0.9")

MARKETS: tuple[Market, ...] = tuple(
    replace(
        list_as(market, f"{market.base}-{market.quote}"),
        min_notional=SMALLEST_COST,
        taker_fraction=TAKER,
        maker_fraction=MAKER,
    )
    for market in BRL_MARKETS
)
