"""What can be turned while the simulator runs."""

from decimal import Decimal

from simulator.core.exchange import Exchange
from simulator.dialects.binance.dialect import BinanceDialect


class Tunable:
    """Spread and slippage (basis points), latency (ms, both ways together), weight limit (per minute, 0 = none)."""

    def __init__(self, exchange: Exchange, dialect: BinanceDialect) -> None:
        self.latency_ms = 0
        self._exchange, self._dialect = exchange, dialect

    def describe(self) -> dict[str, Decimal]:
        settings = self._exchange.settings
        return {
            "spread_bp": settings.spread_bp,
            "slippage_bp": settings.slippage_bp,
            "latency_ms": Decimal(self.latency_ms),
            "weight_limit": Decimal(self._dialect.weights.limit),
        }

    def change(self, values: dict[str, Decimal]) -> None:
        settings = self._exchange.settings
        settings.spread_bp, settings.slippage_bp = values["spread_bp"], values["slippage_bp"]
        self.latency_ms, self._dialect.weights.limit = int(values["latency_ms"]), int(values["weight_limit"])
