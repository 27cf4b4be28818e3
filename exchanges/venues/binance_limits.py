"""Binance's limits: weight per address and minute, orders per account. Sources: developers.binance.com, "Limits" and each call's
own page ("IP weight"); the figures in force are in `rateLimits` of exchangeInfo."""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

_USED = "x-mbx-used-weight-1m"
_TOO_MANY_ORDERS = frozenset({"-1015"})

FUTURES = RateLimits(
    weight=Window(60, 2400, _USED),
    weights={
        "fapiPublicV2GetTickerPrice*": 2,
        "fapiPublicGetTickerBookTicker": 2,
        "fapiPrivateGetPositionSideDual": 30,
        "fapiPrivateV3GetPositionRisk": 5,
        "fapiPrivateV3GetAccount": 5,
        "fapiPrivateGetUserTrades": 5,
        "fapiPrivateGetIncome": 30,
        # orders count against the account only
        "fapiPrivatePostOrder": 0,
        "fapiPrivatePostAlgoOrder": 0,
    },
    orders=(Window(10, 300, "x-mbx-order-count-10s"), Window(60, 1200, "x-mbx-order-count-1m")),
    order_endpoints=frozenset({"fapiPrivatePostOrder", "fapiPrivatePostAlgoOrder"}),
    account_codes=_TOO_MANY_ORDERS,
)

SPOT = RateLimits(
    weight=Window(60, 6000, _USED),
    weights={
        "publicGetTickerPrice": 2,
        "publicGetTickerPrice*": 4,
        "publicGetTickerBookTicker": 2,
        "privateGetOrder": 4,
        "privateGetOpenOrders": 6,
        "privateGetAccount": 20,
        "privateGetMyTrades": 20,
    },
    markets_weight=20,
    orders=(Window(10, 100, "x-mbx-order-count-10s"),),  # (and 200,000 a day, far beyond what a bot sends)
    order_endpoints=frozenset({"privatePostOrder", "privatePostOrderListOco"}),
    account_codes=_TOO_MANY_ORDERS,
)

LIMITS = {MarketType.FUTURES: FUTURES, MarketType.SPOT: SPOT}
