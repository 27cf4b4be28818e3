"""KuCoin's limits. Source: kucoin.com/docs-new, "Rate Limit", and the weights of its specification: in 30 seconds each address may
send public requests of weight 2,000; each user 4,000 of spot and 2,000 of futures and of account management. Headers
(gw-ratelimit-…) tell what is left, not what is used."""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

# "Too many requests in a short period of time" of a user and endpoint; the exchange as a whole is overloaded.
ACCOUNT_CODES = frozenset({"200002", "429000"})

_OF_THE_USER = (
    "futuresPrivatePostOrders",
    "futuresPrivateGetOrdersByClientOid",
    "futuresPrivateGetStopOrders",
    "futuresPrivateDeleteOrdersOrderId",
    "futuresPrivatePostPositionChangeMarginMode",
    "futuresPrivatePostChangeCrossUserLeverage",
    "futuresPrivateGetPositionGetPositionMode",
    "futuresPrivateGetPositions",
    "futuresPrivateGetAccountOverview",
    "futuresPrivateGetFills",
    "privateGetUserApiKey",
    "privatePostHfOrders",
    "privateGetHfOrdersClientOrderClientOid",
    "privatePostStopOrder",
    "privateGetStopOrder",
    "privateGetStopOrderQueryOrderByClientOid",
    "privateDeleteStopOrderCancelOrderByClientOid",
    "privateGetAccounts",
    "privateGetHfFills",
)
_PUBLIC = {
    "futuresPublicGetTicker": 2,
    "futuresPublicGetAllTickers": 5,
    "futuresPublicGetTimestamp": 2,
    "publicGetMarketOrderbookLevel1": 2,
    "publicGetMarketAllTickers": 15,
    "publicGetTimestamp": 3,
}


def _limits(*, markets: int, orders: int, order_endpoints: frozenset[str]) -> RateLimits:
    """Half of an address's weight each: spot and futures share it and are counted apart here. An account's orders may take
    half of its weight, which they share with every other question of it."""
    return RateLimits(
        weight=Window(30, 1000),
        weights=dict.fromkeys(_OF_THE_USER, 0) | _PUBLIC,
        markets_weight=markets,
        orders=(Window(30, orders),),
        order_endpoints=order_endpoints,
        account_codes=ACCOUNT_CODES,
    )


LIMITS = {
    MarketType.FUTURES: _limits(markets=3, orders=500, order_endpoints=frozenset({"futuresPrivatePostOrders"})),
    MarketType.SPOT: _limits(
        markets=4, orders=2000, order_endpoints=frozenset({"privatePostHfOrders", "privatePostStopOrder"})
    ),
}
