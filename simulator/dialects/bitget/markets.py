"""What is listed: Bitget's steps and minimums (GET /api/v2/mix/market/contracts, /api/v2/spot/public/symbols, 2025)."""

from dataclasses import replace
from decimal import Decimal

from simulator.core.markets import MARKETS as CORE
from simulator.core.markets import Kind, Market

_FUTURES_STEPS = {"BTCUSDT": "0.0001", "ETHUSDT": "0.01", "SOLUSDT": "0.1", "XRPUSDT": "1", "DOGEUSDT": "1"}
_SPOT_STEPS = {"BTCUSDT": "0.000001", "ETHUSDT": "0.0001", "SOLUSDT": "0.0001", "XRPUSDT": "0.0001"}
_TAKER, _MAKER = Decimal("0.0006"), Decimal("0.0002")  # of futures


def _listed(market: Market) -> Market:
    is_futures = market.kind is Kind.FUTURES
    step = Decimal((_FUTURES_STEPS if is_futures else _SPOT_STEPS).get(market.symbol, "1"))
    market = replace(market, step=step, min_quantity=step, min_notional=Decimal(5 if is_futures else 1))
    return replace(market, taker_fraction=_TAKER, maker_fraction=_MAKER) if is_futures else market


MARKETS: tuple[Market, ...] = tuple(_listed(market) for market in CORE)
