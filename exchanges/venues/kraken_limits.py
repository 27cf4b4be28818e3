"""Kraken's limits. Source: docs.kraken.com, "Spot REST Rate Limits" and "Spot Trading Rate Limits"; support.kraken.com, "API rate
limits". No header tells what is used.

Public requests are counted by address ("once every second" stays within them). Private ones are counted by key: a counter of
20 that falls by 0.5 to 1 a second, which we learn of by its error only. Orders have a counter of their own, for each pair.
"""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType
from exchanges.venues.kraken_codes import ACCOUNT_CODES

ORDER_ENDPOINTS = frozenset({"privatePostAddOrder", "privatePostCancelOrder"})
_OF_THE_KEY = ("privatePostOpenOrders", "privatePostClosedOrders", "privatePostTradesHistory", "privatePostBalanceEx",
               "privatePostGetApiKeyInfo")  # fmt: skip
SPOT = RateLimits(
    weight=Window(10, 10),
    weights=dict.fromkeys((*_OF_THE_KEY, *ORDER_ENDPOINTS), 0),
    # of the lowest tier that trades by API: 60, less one each second
    orders=(Window(60, 60),),
    order_endpoints=ORDER_ENDPOINTS,
    account_codes=ACCOUNT_CODES,
)
LIMITS = {MarketType.SPOT: SPOT}
