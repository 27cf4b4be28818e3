"""Bitget's limits: 6,000 requests per address and minute in all ("FAQ", Q10; five minutes to recover), and of each account ten orders
of a kind a second ("Place Order", "Stop-profit and stop-loss plan orders"). Answers tell nothing of what is used."""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

_PER_ADDRESS = Window(60, 6000)
_PER_ACCOUNT = (Window(1, 10),)

LIMITS = {
    MarketType.FUTURES: RateLimits(
        weight=_PER_ADDRESS,
        markets_weight=6,  # ccxt asks for every product
        orders=_PER_ACCOUNT,
        order_endpoints=frozenset({"privateMixPostV2MixOrderPlaceOrder", "privateUtaPostV3TradePlaceOrder"}),
    ),
    MarketType.SPOT: RateLimits(
        weight=_PER_ADDRESS,
        markets_weight=2,
        orders=_PER_ACCOUNT,
        order_endpoints=frozenset({"privateSpotPostV2SpotTradePlaceOrder"}),
    ),
}
