"""Coinbase's limits. Source: docs.cdp.coinbase.com, Advanced Trade, "REST API Rate Limits": public requests 10 a second for each
address, private ones 30 a second for each user."""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType
from exchanges.venues.coinbase_codes import ACCOUNT_CODES

ORDER_ENDPOINTS = frozenset({"v3PrivatePostBrokerageOrders", "v3PrivatePostBrokerageOrdersBatchCancel"})
_OF_THE_USER = ("v3PrivateGetBrokerageAccounts", "v3PrivateGetBrokerageKeyPermissions",
                "v3PrivateGetBrokerageOrdersHistoricalBatch", "v3PrivateGetBrokerageOrdersHistoricalFills")  # fmt: skip
# Counted in tens of seconds: shares of so small a number would be nothing.
SPOT = RateLimits(
    weight=Window(10, 100),
    weights=dict.fromkeys((*_OF_THE_USER, *ORDER_ENDPOINTS), 0),
    orders=(Window(10, 300),),
    order_endpoints=ORDER_ENDPOINTS,
    account_codes=ACCOUNT_CODES,
)
LIMITS = {MarketType.SPOT: SPOT}
