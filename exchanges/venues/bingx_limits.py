"""BingX's limits. Source: docs-v3, "Rate limit" and the line of each call ("rate limitation by UID", "by IP in group Number").

Requests of an address count in 10 seconds and groups: market data 100; accounts (2) 1,000, and 100 at each endpoint; orders (3)
1,000, and 200 at each endpoint. One window stands for all: an endpoint weighs so much that it alone stays within its own limit.
Futures and spot share them.
The headers X-RateLimit-Requests-Remain and -Expire tell what is left of an account's limit at one endpoint: they are not read.
Accounts: 5 orders a second (docs-v3 of 2025; the list of 2026 says 10).
"""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType
from exchanges.venues.bingx_codes import ACCOUNT_CODES

_ACCOUNT = (Window(1, 5),)
_DATA, _ASK, _TRADE = 10, 10, 5  # a group's weight

FUTURES = RateLimits(
    weight=Window(10, 700),
    weights={
        "swapV2PublicGetServerTime": _DATA,
        "swapV2PublicGetQuoteTicker": _DATA,
        "swapV1PrivateGetPositionSideDual": _ASK,
        "swapV2PrivatePostTradeMarginType": _ASK,
        "swapV2PrivatePostTradeLeverage": _ASK,
        "swapV2PrivateGetTradeOrder": _ASK,
        "swapV2PrivateGetTradeFillHistory": _ASK,
        "swapV2PrivateGetUserIncome": _ASK,
        "swapV2PrivatePostTradeOrder": _TRADE,
        "swapV2PrivateDeleteTradeOrder": _TRADE,
        "swapV2PrivateGetTradeOpenOrders": _TRADE,
        "swapV2PrivateGetUserPositions": _TRADE,
        "swapV3PrivateGetUserBalance": _TRADE,
    },
    markets_weight=_DATA,
    orders=_ACCOUNT,
    order_endpoints=frozenset({"swapV2PrivatePostTradeOrder"}),
    account_codes=ACCOUNT_CODES,
)

SPOT = RateLimits(
    weight=Window(10, 300),
    weights={
        "swapV2PublicGetServerTime": _DATA,
        "spotV1PublicGetTicker24hr": _DATA,
        "spotV1PrivateGetTradeQuery": _ASK,
        "spotV1PrivateGetTradeOpenOrders": _ASK,
        "spotV1PrivateGetTradeMyTrades": _ASK,
        "accountV1PrivateGetAccountApiPermissions": _ASK,
        "swapV1PrivateGetPositionSideDual": _ASK,
        "spotV1PrivatePostTradeOrder": _TRADE,
        "spotV1PrivatePostTradeCancel": _TRADE,
        "spotV1PrivateGetAccountBalance": _TRADE,
    },
    markets_weight=_DATA,
    orders=_ACCOUNT,
    order_endpoints=frozenset({"spotV1PrivatePostTradeOrder"}),
    account_codes=ACCOUNT_CODES,
)

LIMITS = {MarketType.FUTURES: FUTURES, MarketType.SPOT: SPOT}
