"""Answers as Binance documents or sends them, cut to one symbol. From developers.binance.com; errors as captured in public threads."""

from typing import Any

from exchanges.types import MarketType

FUTURES_INFO: dict[str, Any] = {
    "timezone": "UTC",
    "serverTime": 1763700000000,
    "symbols": [
        {
            "symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
            "onboardDate": 1569398400000, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT",
            "pricePrecision": 2, "quantityPrecision": 3, "baseAssetPrecision": 8, "quotePrecision": 8,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
                {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
                {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
                {"filterType": "MIN_NOTIONAL", "notional": "100"},
            ],
            "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"],
        },
        {
            "symbol": "BTCUSDT_261225", "pair": "BTCUSDT", "contractType": "CURRENT_QUARTER", "deliveryDate": 1798185600000,
            "onboardDate": 1569398400000, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT",
            "pricePrecision": 1, "quantityPrecision": 3, "filters": [], "orderTypes": ["LIMIT", "MARKET"],
        },
        {
            "symbol": "OLDUSDT", "pair": "OLDUSDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
            "onboardDate": 1569398400000, "status": "SETTLING", "baseAsset": "OLD", "quoteAsset": "USDT", "marginAsset": "USDT",
            "pricePrecision": 1, "quantityPrecision": 3, "filters": [], "orderTypes": ["LIMIT", "MARKET"],
        },
    ],
}  # fmt: skip

SPOT_INFO: dict[str, Any] = {
    "timezone": "UTC",
    "serverTime": 1763700000000,
    "symbols": [
        {
            "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "baseAssetPrecision": 8, "quoteAsset": "USDT",
            "quotePrecision": 8, "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"],
            "ocoAllowed": True, "quoteOrderQtyMarketAllowed": True, "isSpotTradingAllowed": True, "isMarginTradingAllowed": True,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"},
                {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
                {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "78.11500000", "stepSize": "0.00000000"},
                {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000.00000000"},
            ],
            "permissions": [],
        },
    ],
}  # fmt: skip

MARKET_ORDER = {
    "orderId": 22542179, "symbol": "BTCUSDT", "status": "FILLED", "clientOrderId": "b6ep2hxkqxqkcqsle", "price": "0.00",
    "avgPrice": "95234.50000", "origQty": "0.031", "executedQty": "0.031", "cumQuote": "2952.26950", "timeInForce": "GTC",
    "type": "MARKET", "reduceOnly": False, "closePosition": False, "side": "BUY", "positionSide": "BOTH", "stopPrice": "0.00",
    "workingType": "CONTRACT_PRICE", "priceProtect": False, "origType": "MARKET", "updateTime": 1763700000123,
}  # fmt: skip

ALGO_ORDER = {
    "algoId": 2146760, "clientAlgoId": "b6ep2hxkqxqkcqsls", "algoType": "CONDITIONAL", "orderType": "STOP_MARKET",
    "symbol": "BTCUSDT", "side": "SELL", "positionSide": "BOTH", "timeInForce": "GTC", "quantity": "0.031", "algoStatus": "NEW",
    "actualOrderId": "", "actualPrice": "0.0000", "triggerPrice": "93805.90", "price": "0.00", "icebergQuantity": None,
    "tpTriggerPrice": "0.000", "tpPrice": "0.000", "slTriggerPrice": "0.000", "slPrice": "0.000", "tpOrderType": "",
    "selfTradePreventionMode": "EXPIRE_MAKER", "workingType": "MARK_PRICE", "priceMatch": "NONE", "closePosition": False,
    "priceProtect": True, "reduceOnly": True, "createTime": 1763700000200, "updateTime": 1763700000200, "triggerTime": 0,
    "goodTillDate": 0,
}  # fmt: skip

SPOT_ORDER = {
    "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "b6ep2hxkqxqkcqsle", "transactTime": 1763700000123,
    "price": "0.00000000", "origQty": "0.00104000", "executedQty": "0.00104000", "origQuoteOrderQty": "100.00000000",
    "cummulativeQuoteQty": "99.04388000", "status": "FILLED", "timeInForce": "GTC", "type": "MARKET", "side": "BUY",
    "workingTime": 1763700000123, "selfTradePreventionMode": "NONE",
    "fills": [
        {"price": "95234.00000000", "qty": "0.00100000", "commission": "0.00000100", "commissionAsset": "BTC", "tradeId": 56},
        {"price": "95247.00000000", "qty": "0.00004000", "commission": "0.00000004", "commissionAsset": "BTC", "tradeId": 57},
    ],
}  # fmt: skip

# What `test_any_answer` breaks in every way: an order, and a leg of protection, as they are answered.
ORDER_ANSWERS = {MarketType.FUTURES: [MARKET_ORDER, ALGO_ORDER], MarketType.SPOT: [SPOT_ORDER]}
