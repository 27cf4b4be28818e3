"""What is on sale, with the steps and minimums of BingX's own lists (quote/contracts, common/symbols; 2025)."""

from dataclasses import replace
from decimal import Decimal

from simulator.core.markets import MARKETS as CORE
from simulator.core.markets import Kind, Market, list_as

LEAST_NOTIONAL = Decimal(2)  # tradeMinUSDT
LOTS = {"BTCUSDT": "0.0001", "ETHUSDT": "0.01"}  # tradeMinQuantity; the others' steps are the core's


def _name(market: Market) -> Market:
    name = f"{market.base}-{market.quote}"
    if market.kind is Kind.SPOT:
        return list_as(market, name)
    return replace(list_as(market, name, lot=LOTS.get(market.symbol, "")), min_notional=LEAST_NOTIONAL)


MARKETS = tuple(_name(market) for market in CORE)
