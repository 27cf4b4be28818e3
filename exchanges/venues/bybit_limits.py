"""Bybit's limits. Source: bybit-exchange.github.io/docs/v5/rate-limit.

600 requests in 5 seconds for an address, whatever they ask, then 403 and ten minutes of silence: the two kinds of market share
them. Orders count by account, category and second. The headers X-Bapi-Limit… tell an account's limit at one endpoint and
how many requests are left there, not how many are used, so they are not read.
"""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

ACCOUNT_CODES = frozenset({"10006", "170005", "170222"})
_ORDERS = frozenset({"privatePostV5OrderCreate"})

FUTURES = RateLimits(
    weight=Window(5, 420), orders=(Window(1, 10),), order_endpoints=_ORDERS, account_codes=ACCOUNT_CODES
)
SPOT = RateLimits(weight=Window(5, 180), orders=(Window(1, 20),), order_endpoints=_ORDERS, account_codes=ACCOUNT_CODES)

LIMITS = {MarketType.FUTURES: FUTURES, MarketType.SPOT: SPOT}
