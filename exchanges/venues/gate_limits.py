"""Gate's limits. Source: gate.com/docs/developers/apiv4, "Frequency limit rule": public requests 200 in 10 seconds for each
address and endpoint, private ones of perpetual futures 200 in 10 seconds for each user and endpoint, orders 100 a second.
Headers tell what is left, not what is used."""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

ACCOUNT_CODES = frozenset({"TOO_MANY_REQUESTS", "TOO_FAST"})  # of a user; the public ones are kept below theirs

_OF_THE_USER = (
    "privateFuturesPostSettleOrders",
    "privateFuturesGetSettleOrders",
    "privateFuturesGetSettleOrdersOrderId",
    "privateFuturesPostSettlePriceOrders",
    "privateFuturesGetSettlePriceOrders",
    "privateFuturesDeleteSettlePriceOrdersOrderId",
    "privateFuturesGetSettlePositions",
    "privateFuturesPostSettlePositionsContractLeverage",
    "privateFuturesPostSettleDualCompPositionsContractLeverage",
    "privateFuturesGetSettleAccounts",
    "privateFuturesGetSettleAccountBook",
    "privateFuturesGetSettleMyTradesTimerange",
)

# Entries may go 100 times a second, price-triggered orders 200 times in 10: counted together by the lower of both.
LIMITS = {
    MarketType.FUTURES: RateLimits(
        weight=Window(10, 200),
        weights=dict.fromkeys(_OF_THE_USER, 0),
        orders=(Window(10, 200),),
        order_endpoints=frozenset({"privateFuturesPostSettleOrders", "privateFuturesPostSettlePriceOrders"}),
        account_codes=ACCOUNT_CODES,
    )
}
