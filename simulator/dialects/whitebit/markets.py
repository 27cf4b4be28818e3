"""What is listed: pairs under their names with an underscore. Smallest total as WhiteBIT has it for USDT."""

from dataclasses import replace
from decimal import Decimal

from simulator.core.markets import MARKETS as CORE_MARKETS
from simulator.core.markets import Kind, Market, list_as

MARKETS: tuple[Market, ...] = tuple(
    replace(list_as(market, f"{market.base}_{market.quote}"), min_notional=Decimal("5.05"))
    for market in CORE_MARKETS
    if market.kind is Kind.SPOT
)
