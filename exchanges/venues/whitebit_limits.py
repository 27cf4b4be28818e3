"""WhiteBIT's limits. Source: docs.whitebit.com, "API Reference" ("per IP address") and the "Rate limit" of each endpoint, all of them
in ten seconds. No header tells what is used. All calls of an address draw on one budget here, in which each weighs as much as its
own limit is smaller than the largest one.
"""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType
from exchanges.venues.whitebit_codes import NONCE_CODE

LARGEST = 12_000  # balances and history
PUBLIC, BOOK, ACTIVE, ORDER = (LARGEST // limit for limit in (1_000, 600, 1_000, 10_000))
ORDER_ENDPOINTS = frozenset({"v4PrivatePostOrderMarket", "v4PrivatePostOrderStopMarket", "v4PrivatePostOrderCancel"})
LIMITS = {
    MarketType.SPOT: RateLimits(
        weight=Window(10, LARGEST),
        weights={
            "v1PublicGetTicker": PUBLIC,
            "v4PublicGetTicker": PUBLIC,
            "v4PublicGetTime": PUBLIC,
            "v4PublicGetOrderbookMarket": BOOK,
            "v4PrivatePostOrders": ACTIVE,
            **dict.fromkeys(ORDER_ENDPOINTS, ORDER),
        },
        markets_weight=PUBLIC,
        orders=(Window(10, 10_000),),
        order_endpoints=ORDER_ENDPOINTS,
        account_codes=frozenset({NONCE_CODE}),
    )
}
