"""Answers as Bybit documents them (bybit-exchange.github.io/docs/v5/…), cut to one symbol and to what is read or easily missed."""

from typing import Any

from exchanges.types import MarketType


def told(result: Any, code: int = 0, message: str = "OK") -> dict[str, Any]:
    """Bybit's envelope."""
    return {"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": 1763700000123}


def listed(*rows: dict[str, Any], category: str = "linear") -> dict[str, Any]:
    return told({"category": category, "list": list(rows), "nextPageCursor": ""})


LINEAR_INFO = listed(
    {
        "symbol": "BTCUSDT", "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": "BTC", "quoteCoin": "USDT",
        "launchTime": "1585526400000", "deliveryTime": "0", "deliveryFeeRate": "", "priceScale": "2",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {"maxOrderQty": "1190.000", "minOrderQty": "0.001", "qtyStep": "0.001", "maxMktOrderQty": "119.000",
                          "postOnlyMaxOrderQty": "1190.000", "minNotionalValue": "5"},
        "unifiedMarginTrade": True, "fundingInterval": 480, "settleCoin": "USDT", "copyTrading": "both",
    },
    {
        "symbol": "BTCPERP", "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": "BTC", "quoteCoin": "USDC",
        "launchTime": "1585526400000", "deliveryTime": "0", "deliveryFeeRate": "", "priceScale": "1",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "50.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.1", "maxPrice": "199999.8", "tickSize": "0.1"},
        "lotSizeFilter": {"maxOrderQty": "100", "minOrderQty": "0.001", "qtyStep": "0.001", "minNotionalValue": "5"},
        "unifiedMarginTrade": True, "fundingInterval": 480, "settleCoin": "USDC", "copyTrading": "none",
    },
)  # fmt: skip

SPOT_INFO = listed(
    {
        "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "innovation": "0", "status": "Trading",
        "marginTrading": "utaOnly",
        "lotSizeFilter": {"basePrecision": "0.000001", "quotePrecision": "0.00000001", "minOrderQty": "0.000048",
                          "maxOrderQty": "71.73956243", "minOrderAmt": "1", "maxOrderAmt": "4000000"},
        "priceFilter": {"tickSize": "0.01"},
    },
    category="spot",
)  # fmt: skip

PLACED = told({"orderId": "1321003749386327552", "orderLinkId": "b6ep2hxkqxqkcqsle"})

# /v5/order/realtime
FILLED_ROW = {
    "orderId": "fd4300ae-7847-404e-b947-b46980a4d140", "orderLinkId": "b6ep2hxkqxqkcqsle", "blockTradeId": "",
    "symbol": "BTCUSDT", "price": "99996.2", "qty": "0.031", "side": "Buy", "isLeverage": "", "positionIdx": 0,
    "orderStatus": "Filled", "cancelType": "UNKNOWN", "rejectReason": "EC_NoError", "avgPrice": "95234.5", "leavesQty": "0.000",
    "leavesValue": "0", "cumExecQty": "0.031", "cumExecValue": "2952.2695", "cumExecFee": "1.62374823",
    "cumFeeDetail": {"USDT": "1.62374823"}, "timeInForce": "IOC", "orderType": "Market", "stopOrderType": "", "orderIv": "",
    "triggerPrice": "", "takeProfit": "", "stopLoss": "", "tpTriggerBy": "", "slTriggerBy": "", "triggerDirection": 0,
    "triggerBy": "", "lastPriceOnCreated": "", "reduceOnly": False, "closeOnTrigger": False, "smpType": "None", "smpGroup": 0,
    "smpOrderId": "", "tpslMode": "", "tpLimitPrice": "", "slLimitPrice": "", "placeType": "", "createdTime": "1763700000100",
    "updatedTime": "1763700000123",
}  # fmt: skip

STOP_ROW = FILLED_ROW | {
    "orderId": "c1d5d4f2-1f5a-4c1e-9e3a-7d7d2f0f9a01", "orderLinkId": "b6ep2hxkqxqkcqsls", "price": "0", "side": "Sell",
    "orderStatus": "Untriggered", "avgPrice": "", "leavesQty": "0.031", "cumExecQty": "0.000", "cumExecValue": "0",
    "cumExecFee": "0", "cumFeeDetail": {}, "stopOrderType": "Stop", "triggerPrice": "93805.90", "triggerDirection": 2,
    "triggerBy": "MarkPrice", "lastPriceOnCreated": "95234.50", "reduceOnly": True, "closeOnTrigger": True,
}  # fmt: skip

# The net: it came with the entry and belongs to the position.
NET_ROW = STOP_ROW | {
    "orderId": "0a1b2c3d-1f5a-4c1e-9e3a-7d7d2f0f9a02", "orderLinkId": "", "stopOrderType": "StopLoss", "qty": "0",
    "triggerPrice": "93091.60", "tpslMode": "Full",
}  # fmt: skip

SPOT_ROW = FILLED_ROW | {
    "orderId": "1523347543495541248", "price": "0", "qty": "100", "marketUnit": "quoteCoin", "avgPrice": "95234.52",
    "cumExecQty": "0.00105", "cumExecValue": "99.996246", "cumExecFee": "0.00000105", "cumFeeDetail": {"BTC": "0.00000105"},
    "isLeverage": "0",
}  # fmt: skip

POSITION_ROW = {
    "positionIdx": 0, "riskId": 1, "riskLimitValue": "2000000", "symbol": "BTCUSDT", "side": "Buy", "size": "0.031",
    "avgPrice": "95234.5", "positionValue": "2952.2695", "tradeMode": 0, "positionStatus": "Normal", "autoAddMargin": 0,
    "adlRankIndicator": 2, "leverage": "20", "positionBalance": "148.2", "markPrice": "95300", "liqPrice": "90811.1",
    "bustPrice": "", "positionMM": "14.7", "positionIM": "149.2", "tpslMode": "Full", "takeProfit": "", "stopLoss": "93091.60",
    "trailingStop": "0", "unrealisedPnl": "2.0305", "curRealisedPnl": "-1.6", "cumRealisedPnl": "-1.6", "seq": 9519,
    "isReduceOnly": False, "createdTime": "1676538056258", "updatedTime": "1763700000123",
}  # fmt: skip

# /v5/execution/list: funding is among the trades
EXECUTION_ROW = {
    "symbol": "BTCUSDT", "orderType": "Market", "underlyingPrice": "", "orderLinkId": "b6ep2hxkqxqkcqsle", "side": "Buy",
    "indexPrice": "", "orderId": "fd4300ae-7847-404e-b947-b46980a4d140", "stopOrderType": "UNKNOWN", "leavesQty": "0",
    "execTime": "1763700000120", "feeCurrency": "", "isMaker": False, "execFee": "1.62374823", "feeRate": "0.00055",
    "execId": "e0cbe81d-0f18-5866-9415-cf319b5dab3b", "tradeIv": "", "blockTradeId": "", "markPrice": "95236.1",
    "execPrice": "95234.5", "markIv": "", "orderQty": "0.031", "orderPrice": "99996.2", "execValue": "2952.2695",
    "execType": "Trade", "execQty": "0.031", "closedSize": "", "seq": 4688002127, "execPnl": "0", "createType": "CreateByUser",
}  # fmt: skip

FUNDING_ROW = EXECUTION_ROW | {
    "orderLinkId": "", "orderId": "1763712000000-0", "execId": "7f3c1b52-0f18-5866-9415-cf319b5dab3c", "execType": "Funding",
    "execFee": "0.29522695", "feeRate": "0.0001", "execTime": "1763712000000", "side": "Sell",
}  # fmt: skip

WALLET = told({
    "list": [{
        "accountType": "UNIFIED", "totalEquity": "3.31216591", "totalWalletBalance": "3.00326056", "accountIMRate": "0",
        "totalMarginBalance": "3.00326056", "totalAvailableBalance": "3.00326056", "totalPerpUPL": "0",
        "coin": [
            {"coin": "USDT", "equity": "1002.0305", "usdValue": "1002", "walletBalance": "1000", "unrealisedPnl": "2.0305",
             "locked": "10", "totalOrderIM": "5.5", "totalPositionIM": "149.2", "totalPositionMM": "14.7", "borrowAmount": "0",
             "availableToWithdraw": "", "bonus": "0", "marginCollateral": True, "collateralSwitch": True},
            {"coin": "BTC", "equity": "0.5", "usdValue": "47617", "walletBalance": "0.5", "unrealisedPnl": "0", "locked": "0.1",
             "totalOrderIM": "0", "totalPositionIM": "0", "totalPositionMM": "0", "borrowAmount": "0", "bonus": "0"},
            {"coin": "MNT", "equity": "0", "usdValue": "0", "walletBalance": "0", "unrealisedPnl": "", "locked": "0",
             "totalOrderIM": "0", "totalPositionIM": "0", "totalPositionMM": "0", "borrowAmount": "0", "bonus": "0"},
        ],
    }],
})  # fmt: skip

# /v5/user/query-api
KEY = told({
    "id": "13770661", "note": "Batuta", "apiKey": "k" * 18, "readOnly": 0, "secret": "", "ips": ["*"], "type": 1,
    "permissions": {
        "ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"], "Wallet": ["AccountTransfer"], "Options": [],
        "Derivatives": [], "CopyTrading": [], "BlockTrade": [], "Exchange": [], "NFT": [],
    },
    "deadlineDay": 83, "expiredAt": "2027-02-15T03:21:05Z", "unified": 0, "uta": 1, "userID": 24617703, "isMaster": True,
})  # fmt: skip

# What `test_any_answer` breaks in every way: an order, and a leg of protection, as they are answered.
ORDER_ANSWERS = {
    MarketType.FUTURES: [listed(FILLED_ROW), listed(STOP_ROW), PLACED],
    MarketType.SPOT: [listed(SPOT_ROW, category="spot")],
}
