"""Answers as KuCoin documents them (kucoin.com/docs-new, github.com/Kucoin/kucoin-universal-sdk), cut to what tests need; errors as
captured in public threads."""

from typing import Any

from exchanges.types import MarketType

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsqqe", "b6ep2hxkqxqkcqsqqs", "b6ep2hxkqxqkcqsqqt"


def told(data: Any) -> dict[str, Any]:
    """A good answer with these data."""
    return {"code": "200000", "data": data}


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return told({"currentPage": 1, "pageSize": 50, "totalNum": len(items), "totalPage": 1, "items": list(items)})


def error(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "msg": message}


def contract(symbol: str, base: str, multiplier: float, tick: float, **more: Any) -> dict[str, Any]:
    return {
        "symbol": symbol, "rootSymbol": "USDT", "type": "FFWCSX", "firstOpenDate": 1585555200000, "expireDate": None, "settleDate": None,
        "baseCurrency": base, "quoteCurrency": "USDT", "settleCurrency": "USDT", "maxOrderQty": 1000000, "maxPrice": 1000000.0,
        "lotSize": 1, "tickSize": tick, "indexPriceTickSize": 0.01, "multiplier": multiplier, "initialMargin": 0.008,
        "maintainMargin": 0.004, "makerFeeRate": 0.0002, "takerFeeRate": 0.0006, "isInverse": False, "status": "Open",
        "markPrice": 95230.1, "indexPrice": 95229.0, "lastTradePrice": 95234.5, "nextFundingRateTime": 17752926, "maxLeverage": 125,
    } | more  # fmt: skip


CONTRACTS = told(
    [
        contract("XBTUSDTM", "XBT", 0.001, 0.1),
        contract("PEPEUSDTM", "PEPE", 10000, 1e-10, maxLeverage=50),
        contract("XBTUSDM", "XBT", -1, 0.1, quoteCurrency="USD", settleCurrency="XBT", isInverse=True),
        contract("OLDUSDTM", "OLD", 1, 0.1, status="Paused"),
    ]
)

PAIRS = told(
    [
        {
            "symbol": "BTC-USDT", "name": "BTC-USDT", "baseCurrency": "BTC", "quoteCurrency": "USDT", "feeCurrency": "USDT",
            "market": "USDS", "baseMinSize": "0.00001", "quoteMinSize": "0.1", "baseMaxSize": "10000000000", "quoteMaxSize": "99999999",
            "baseIncrement": "0.00000001", "quoteIncrement": "0.000001", "priceIncrement": "0.1", "priceLimitRate": "0.1",
            "minFunds": "0.1", "isMarginEnabled": True, "enableTrading": True, "st": False,
        },
    ]
)  # fmt: skip

PLACED = {"orderId": "234125150956625920", "clientOid": ENTRY}
STOP_PLACED = {"orderId": "vs8hoo8q2ceshiue003b67c0"}  # of spot

ORDER = {
    "id": "234125150956625920", "symbol": "XBTUSDTM", "type": "market", "side": "buy", "price": "", "size": 31, "value": "2952.26",
    "dealValue": "2952.2695", "dealSize": 31, "stp": "", "stop": "", "stopPriceType": "", "stopTriggered": False, "stopPrice": None,
    "timeInForce": "GTC", "postOnly": False, "hidden": False, "iceberg": False, "leverage": "20", "forceHold": False,
    "closeOrder": False, "visibleSize": 0, "clientOid": ENTRY, "remark": None, "tags": "", "isActive": False, "cancelExist": False,
    "createdAt": 1763700000123, "updatedAt": 1763700000126, "endAt": 1763700000126, "orderTime": 1763700000120892322,
    "settleCurrency": "USDT", "marginMode": "ISOLATED", "avgDealPrice": "95234.5", "filledSize": 31, "filledValue": "2952.2695",
    "status": "done", "reduceOnly": False,
}  # fmt: skip

STANDING = ORDER | {
    "id": "230181737576050688", "side": "sell", "stop": "down", "stopPriceType": "MP", "stopPrice": "93805.9", "clientOid": STOP,
    "dealSize": 0, "dealValue": "0", "filledSize": 0, "filledValue": "0", "avgDealPrice": "0", "isActive": True, "status": "open",
    "endAt": None, "reduceOnly": True,
}  # fmt: skip

SPOT_ORDER = {
    "id": "6717422bd51c29000775ea03", "clientOid": ENTRY, "symbol": "BTC-USDT", "opType": "DEAL", "type": "market", "side": "buy",
    "price": "0", "size": "0", "funds": "100", "dealSize": "0.00105003", "dealFunds": "99.999082035", "remainSize": "0",
    "remainFunds": "0.000917965", "cancelledSize": "0", "cancelledFunds": "0.000917965", "fee": "0.099999082035",
    "feeCurrency": "USDT", "stp": None, "timeInForce": "GTC", "postOnly": False, "hidden": False, "iceberg": False,
    "visibleSize": "0", "cancelAfter": 0, "channel": "API", "remark": None, "tags": None, "cancelExist": True, "tradeType": "TRADE",
    "inOrderBook": False, "active": False, "tax": "0", "createdAt": 1763700000123, "lastUpdatedAt": 1763700000126,
}  # fmt: skip

SPOT_STOP = {
    "id": "vs8hoo8q2ceshiue003b67c0", "symbol": "BTC-USDT", "userId": "633559791e1cbc0001f319bc", "status": "NEW", "type": "market",
    "side": "sell", "price": "0", "size": "0.00105000000000000000", "funds": None, "stp": None, "timeInForce": "GTC",
    "cancelAfter": -1, "postOnly": False, "hidden": False, "iceberg": False, "visibleSize": None, "channel": "API",
    "clientOid": STOP, "remark": None, "tags": None, "relatedNo": None, "orderTime": 1740626554883000024, "domainId": "kucoin",
    "tradeSource": "USER", "tradeType": "TRADE", "feeCurrency": "USDT", "takerFeeRate": "0.001", "makerFeeRate": "0.001",
    "createdAt": 1740626554884, "stop": "loss", "stopTriggerTime": None, "stopPrice": "93805.90000000000000000000",
}  # fmt: skip

POSITION = {
    "id": "500000000000988255", "symbol": "XBTUSDTM", "autoDeposit": False, "crossMode": False, "maintMarginReq": 0.005,
    "riskLimit": 500000, "realLeverage": 19.97, "delevPercentage": 0.5, "openingTimestamp": 1763700000123, "currentQty": 31,
    "currentCost": 2952.2695, "isOpen": True, "markPrice": 95310.2, "markValue": 2954.6162, "posMargin": 147.6,
    "unrealisedPnl": 2.3467, "avgEntryPrice": 95234.5, "liquidationPrice": 90950.1, "bankruptPrice": 90500.0,
    "settleCurrency": "USDT", "isInverse": False, "marginMode": "ISOLATED", "positionSide": "BOTH", "leverage": 19.97,
}  # fmt: skip

OVERVIEW = {
    "accountEquity": 1002.3467, "unrealisedPNL": 2.3467, "marginBalance": 1000.0, "positionMargin": 147.6, "orderMargin": 0.0,
    "frozenFunds": 0.0, "availableBalance": 852.4, "currency": "USDT", "riskRatio": 0.0065, "maxWithdrawAmount": 852.4,
}  # fmt: skip

ACCOUNTS = [
    {"id": "548674591753", "currency": "USDT", "type": "trade", "balance": "26.66759503", "available": "20", "holds": "6.66759503"},
    {"id": "63355cd156298d0001b66e61", "currency": "USDT", "type": "main", "balance": "0.01", "available": "0.01", "holds": "0"},
    {"id": "548674591754", "currency": "BTC", "type": "trade", "balance": "0", "available": "0", "holds": "0"},
]  # fmt: skip

FILL = {
    "symbol": "XBTUSDTM", "tradeId": "1828954878212", "orderId": "284486580251463680", "side": "sell", "liquidity": "taker",
    "forceTaker": False, "price": "95234.5", "size": 31, "value": "2952.2695", "openFeePay": "0", "closeFeePay": "1.7713617",
    "stop": "", "feeRate": "0.00060", "fixFee": "0", "feeCurrency": "USDT", "marginMode": "ISOLATED", "displayType": "market",
    "fee": "1.7713617", "settleCurrency": "USDT", "orderType": "market", "tradeType": "trade", "tradeTime": 1763700000125000000,
    "createdAt": 1763700000427,
}  # fmt: skip

SPOT_FILL = {
    "id": 19814995255305, "orderId": "6717422bd51c29000775ea03", "counterOrderId": "67174228135f9e000709da8c",
    "tradeId": 11029373945659392, "symbol": "BTC-USDT", "side": "buy", "liquidity": "taker", "type": "market", "forceTaker": True,
    "price": "95234.5", "size": "0.00105003", "funds": "99.999082035", "fee": "0.099999082035", "feeRate": "0.001",
    "feeCurrency": "USDT", "stop": "", "tradeType": "TRADE", "taxRate": "0", "tax": "0", "createdAt": 1763700000125,
}  # fmt: skip

API_KEY = {
    "remark": "account1", "apiKey": "6705f5c311545b000157d3eb", "apiVersion": 3, "permission": "General,Futures,Spot",
    "ipWhitelist": "203.**.154,103.**.34", "createdAt": 1728443843000, "uid": 165111215, "isMaster": True,
}  # fmt: skip

# What `test_any_answer` breaks in every way: an order, and a leg of protection, as they are answered.
ORDER_ANSWERS = {
    MarketType.FUTURES: [told(ORDER), told(STANDING), told(None)],
    MarketType.SPOT: [told(SPOT_ORDER), told([SPOT_STOP]), told([])],
}
