"""What is listed: OKX's names, contracts and lots (GET /api/v5/public/instruments, 2025). OKX has no smallest notional."""

from dataclasses import replace
from decimal import Decimal

from simulator.core.amounts import ZERO
from simulator.core.markets import MARKETS as CORE
from simulator.core.markets import Kind, Market, list_as

# ctVal and lotSz of the swaps
_CONTRACTS = {
    "BTC": ("0.01", "0.01"),
    "ETH": ("0.1", "0.01"),
    "SOL": ("1", "0.01"),
    "XRP": ("100", "0.01"),
    "DOGE": ("1000", "0.01"),
}
_PEPE = ("10000000", "0.1")


def _name(market: Market) -> Market:
    market = replace(market, min_notional=ZERO)
    if market.kind is Kind.SPOT:
        return list_as(market, f"{market.base}-{market.quote}")
    size, lot = _CONTRACTS[market.base]
    return list_as(market, f"{market.base}-{market.quote}-SWAP", contract_size=size, lot=lot)


def _pepe() -> Market:
    """A contract of ten million coins, where others list thousands of the coin as one."""
    thousands = next(market for market in CORE if market.symbol == "1000PEPEUSDT")
    coins = replace(
        thousands,
        symbol="PEPEUSDT",
        base="PEPE",
        tick=Decimal("0.000000001"),
        max_quantity=thousands.max_quantity * 1000,
        max_market_quantity=thousands.max_market_quantity * 1000,
        min_notional=ZERO,
    )
    return list_as(coins, "PEPE-USDT-SWAP", contract_size=_PEPE[0], lot=_PEPE[1])


MARKETS: tuple[Market, ...] = (
    *(_name(market) for market in CORE if market.kind is Kind.SPOT or market.base in _CONTRACTS),
    _pepe(),
)
