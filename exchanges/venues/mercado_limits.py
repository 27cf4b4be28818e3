"""Mercado Bitcoin's limits: requests of an address, orders of an account.

EXC-13: 100 requests a minute, public and private together. (The exchange's documentation, "Rate Limit", says 500 since; an
address that is known to have them gets them here, by this one figure.) "Place order" and "Cancel order": 3 a second.
"""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

REQUESTS_A_MINUTE = 100
SPOT = RateLimits(
    weight=Window(60, REQUESTS_A_MINUTE),
    # three a second, counted in tens of seconds: shares of so small a number would be nothing
    orders=(Window(10, 30),),
    order_endpoints=frozenset({"privatePostSymbolOrders", "privateDeleteSymbolOrder"}),
)
LIMITS = {MarketType.SPOT: SPOT}
