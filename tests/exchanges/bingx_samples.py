"""Answers as BingX documents them (bingx-api.github.io/docs-v3) or as ccxt recorded them, cut to one symbol.

Where the exchange writes JSON numbers, they are numbers here.
"""

from typing import Any

from exchanges.types import MarketType

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslt"


def good(data: Any) -> dict[str, Any]:
    return {"code": 0, "msg": "", "data": data}


# "USDT-M Perp Futures symbols"
CONTRACTS = good(
    [
        {
            "contractId": "100", "symbol": "BTC-USDT", "size": "0.0001", "quantityPrecision": 4, "pricePrecision": 1,
            "feeRate": 0.0005, "makerFeeRate": 0.0002, "takerFeeRate": 0.0005, "tradeMinLimit": 0, "tradeMinQuantity": 0.0001,
            "tradeMinUSDT": 2, "maxLongLeverage": 125, "maxShortLeverage": 125, "currency": "USDT", "asset": "BTC", "status": 1,
            "apiStateOpen": "true", "apiStateClose": "true", "brokerState": "true", "launchTime": 1586275200000,
            "maintainTime": 0, "offTime": 0,
        },
        {
            "contractId": "101", "symbol": "OLD-USDT", "size": "0", "quantityPrecision": 2, "pricePrecision": 2,
            "feeRate": 0.0005, "makerFeeRate": 0.0002, "takerFeeRate": 0.0005, "tradeMinLimit": 0, "tradeMinQuantity": 0.01,
            "tradeMinUSDT": 2, "maxLongLeverage": 50, "maxShortLeverage": 50, "currency": "USDT", "asset": "OLD", "status": 25,
            "apiStateOpen": "false", "apiStateClose": "true", "brokerState": "false", "launchTime": 1586275200000,
            "maintainTime": 0, "offTime": 0,
        },
    ]
)  # fmt: skip

# "Spot trading symbols"
SYMBOLS = good(
    {
        "symbols": [
            {
                "symbol": "BTC-USDT", "minQty": 0.0001826, "maxQty": 18.2663756, "minNotional": 5, "maxNotional": 500000,
                "status": 1, "tickSize": 0.01, "stepSize": 1e-05, "apiStateSell": True, "apiStateBuy": True, "timeOnline": 0,
                "offTime": 0, "maintainTime": 0,
            },
        ]
    }
)  # fmt: skip

# "Place order": what ccxt recorded on 2023-12-31, with the fields that the documentation has had since 2025
PLACED_ROW = {
    "orderId": 1741440894764281856, "symbol": "BTC-USDT", "positionSide": "BOTH", "side": "BUY", "type": "MARKET", "price": 0,
    "quantity": 0.031, "stopPrice": 0, "workingType": "MARK_PRICE", "clientOrderID": ENTRY, "clientOrderId": ENTRY,
    "timeInForce": "GTC", "priceRate": 0, "stopLoss": "", "takeProfit": "", "reduceOnly": False,
}  # fmt: skip
PLACED = good({"order": PLACED_ROW})

# "Query Order details"
ORDER_ROW = {
    "symbol": "BTC-USDT", "orderId": 1741440894764281856, "side": "BUY", "positionSide": "BOTH", "type": "MARKET",
    "origQty": "0.0310", "price": "95234.5", "executedQty": "0.0310", "avgPrice": "95234.5", "cumQuote": "2952", "stopPrice": "",
    "profit": "0.0000", "commission": "-1.476135", "status": "FILLED", "time": 1763700000123, "updateTime": 1763700000188,
    "clientOrderId": ENTRY, "leverage": "20X", "takeProfit": {"type": "", "quantity": 0, "stopPrice": 0, "price": 0},
    "stopLoss": {"type": "", "quantity": 0, "stopPrice": 0, "price": 0}, "advanceAttr": 0, "positionID": 0,
    "takeProfitEntrustPrice": 0, "stopLossEntrustPrice": 0, "orderType": "", "workingType": "MARK_PRICE",
    "stopGuaranteed": False, "triggerOrderId": 0, "reduceOnly": False, "closePosition": "false",
}  # fmt: skip
ORDER = good({"order": ORDER_ROW})
STOP_ROW = ORDER_ROW | {
    "orderId": 1741440894764281857, "side": "SELL", "type": "STOP_MARKET", "price": "0.0", "executedQty": "0.0000",
    "avgPrice": "0.0", "cumQuote": "0", "stopPrice": "93805.9", "commission": "0.000000", "status": "NEW", "clientOrderId": STOP,
    "reduceOnly": True,
}  # fmt: skip
STOP_ORDER = good({"order": STOP_ROW})

# "Query position data"
POSITION_ROW = {
    "positionId": "1792480725958881280", "symbol": "BTC-USDT", "currency": "USDT", "positionAmt": "0.0310",
    "availableAmt": "0.0310", "positionSide": "LONG", "isolated": True, "avgPrice": "95234.5", "initialMargin": "147.6134",
    "margin": "146.1", "leverage": 20, "unrealizedProfit": "-1.5345", "realisedProfit": "-1.4761",
    "liquidationPrice": 90903.169146, "pnlRatio": "-0.0104", "maxMarginReduction": "0.0000", "riskRate": "0.0080",
    "markPrice": "95185.0", "positionValue": "2950.735", "onlyOnePosition": True, "updateTime": 1763700000188,
}  # fmt: skip

# "Query account data"
BALANCES = good(
    [
        {
            "userId": "116***295", "asset": "USDT", "balance": "194.8212", "equity": "196.7431", "unrealizedProfit": "1.9219",
            "realisedProfit": "-109.2504", "availableMargin": "193.7609", "usedMargin": "1.0602", "freezedMargin": "0.0000",
        },
        {
            "userId": "116***295", "asset": "USDC", "balance": "0.0000", "equity": "0.0000", "unrealizedProfit": "0.0000",
            "realisedProfit": "0.0000", "availableMargin": "0.0000", "usedMargin": "0.0000", "freezedMargin": "0.0000",
        },
    ]
)  # fmt: skip

# "Query historical transaction details". `filledTm` says Z, and is eight hours off the asked-for time: `filledTime` is right.
FILL_ROW = {
    "filledTm": "2025-11-21T12:40:00Z", "volume": "0.0310", "price": "95234.5", "qty": "0.0310", "quoteQty": "2952.2695",
    "commission": "-1.476135", "commissionAsset": "USDT", "orderId": "1741440894764281856", "tradeId": "241512",
    "filledTime": "2025-11-21T12:40:00.123+0800", "symbol": "BTC-USDT", "role": "taker", "side": "BUY", "positionSide": "BOTH",
}  # fmt: skip

# "Get Account Profit and Loss Fund Flow"
INCOME = good(
    [
        {
            "symbol": "BTC-USDT", "incomeType": "FUNDING_FEE", "income": "-0.2952", "asset": "USDT", "info": "Funding Fee",
            "time": 1763712000000, "tranId": "1700000216_309_2097", "tradeId": "1700000216_309_2097",
        },
    ]
)  # fmt: skip

# spot: "Place order", "Query Order details", "Query transaction details", "Query Assets"
SPOT_PLACED_ROW = {
    "symbol": "BTC-USDT", "orderId": 1735963671248581632, "transactTime": 1763700000123, "price": "95234.5",
    "stopPrice": "0", "origQty": "0.00105", "executedQty": "0.00105", "cummulativeQuoteQty": "99.996225", "status": "FILLED",
    "type": "MARKET", "side": "BUY", "clientOrderID": ENTRY,
}  # fmt: skip
SPOT_PLACED = good(SPOT_PLACED_ROW)
SPOT_ROW = {
    "symbol": "BTC-USDT", "orderId": 1735963671248581632, "price": "95234.5", "StopPrice": "0", "origQty": "0.00105",
    "executedQty": "0.00105", "cummulativeQuoteQty": "99.996225", "status": "FILLED", "type": "MARKET", "side": "BUY",
    "time": 1763700000123, "updateTime": 1763700000150, "origQuoteOrderQty": "100", "fee": "-0.00000105", "feeAsset": "BTC",
    "clientOrderID": ENTRY, "avgPrice": "95234.5",
}  # fmt: skip
SPOT_ORDER = good(SPOT_ROW)
SPOT_STOP_ROW = SPOT_ROW | {
    "orderId": 1735963671248581633, "price": "0", "StopPrice": "93805.9", "executedQty": "0", "cummulativeQuoteQty": "0",
    "status": "NEW", "type": "TAKE_STOP_MARKET", "side": "SELL", "fee": "0", "clientOrderID": STOP, "origQuoteOrderQty": "0",
}  # fmt: skip
SPOT_FILL_ROW = {
    "symbol": "BTC-USDT", "id": 36767057, "orderId": 1735963671248581632, "price": "95234.5", "qty": "0.00105",
    "quoteQty": "99.996225", "commission": -1.05e-06, "commissionAsset": "BTC", "time": 1763700000000, "isBuyer": True,
    "isMaker": False,
}  # fmt: skip
ASSETS = good(
    {
        "balances": [
            {"asset": "USDT", "free": "566773.193402631", "locked": "244.18616265388994"},
            {"asset": "VST", "free": "0", "locked": "0"},
        ]
    }
)

# "Query API KEY Permissions": without the envelope
PERMISSIONS = {"apiKey": "", "permissions": [1, 2, 3], "ipAddresses": ["203.0.113.7"], "note": "bot"}

# What `test_any_answer` breaks in every way: an order, and a leg of protection, as they are answered.
ORDER_ANSWERS = {MarketType.FUTURES: [ORDER, STOP_ORDER], MarketType.SPOT: [SPOT_ORDER, good(SPOT_STOP_ROW)]}
