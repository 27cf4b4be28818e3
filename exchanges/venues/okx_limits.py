"""OKX's limits. Source: okx.com/docs-v5, "Rate limits": public requests are counted by address, all others by user, each endpoint
by itself and in windows of two seconds. No header tells what is used."""

from exchanges.limits import RateLimits, Window
from exchanges.types import MarketType

# "Rate limit reached" (of a user on private paths; the public ones are kept below theirs), the orders of an account, "too
# frequent operations": none of them speaks of everyone at our address.
ACCOUNT_CODES = frozenset({"50011", "50061", "50040"})

_OF_THE_USER = (
    "privatePostTradeOrder",
    "privateGetTradeOrder",
    "privatePostTradeOrderAlgo",
    "privateGetTradeOrderAlgo",
    "privateGetTradeOrdersAlgoPending",
    "privatePostTradeCancelAlgos",
    "privateGetTradeFills",
    "privateGetTradeFillsHistory",
    "privateGetAccountConfig",
    "privateGetAccountBalance",
    "privateGetAccountPositions",
    "privateGetAccountBills",
    "privateGetAccountBillsArchive",
    "privatePostAccountSetLeverage",
)

# A ticker is to be had 20 times in two seconds: half of that for swaps and half for spot, which are counted apart here.
# Orders: 60 in two seconds for each user and instrument, conditional ones 20; counted together, whatever the instrument.
_EITHER = RateLimits(
    weight=Window(2, 10),
    weights=dict.fromkeys(_OF_THE_USER, 0),
    orders=(Window(2, 60),),
    order_endpoints=frozenset({"privatePostTradeOrder", "privatePostTradeOrderAlgo"}),
    account_codes=ACCOUNT_CODES,
)

LIMITS = {MarketType.FUTURES: _EITHER, MarketType.SPOT: _EITHER}
