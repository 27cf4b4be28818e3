"""Markets for tests that need one and no exchange's list."""

from decimal import Decimal

from exchanges.types import Market, MarketType


def any_market(market_type: MarketType, *, contract_size: str = "1") -> Market:
    """BTC in USDT with steps of a tenth and a thousandth."""
    is_spot = market_type is MarketType.SPOT
    return Market(
        symbol="BTC/USDT" if is_spot else "BTC/USDT:USDT", id="BTCUSDT", key="BTCUSDT", market_type=market_type,
        base="BTC", quote="USDT", price_step=Decimal("0.1"), quantity_step=Decimal("0.001"), min_quantity=Decimal("0.001"),
        max_market_quantity=Decimal(100), min_notional=Decimal(5), contract_size=Decimal(contract_size),
        max_leverage=None if is_spot else 100,
    )  # fmt: skip
