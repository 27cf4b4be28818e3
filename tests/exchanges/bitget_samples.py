"""Answers as Bitget documents them (bitget.com/api-doc), with our ids and figures; errors as documented or met in public threads."""

from typing import Any

from exchanges.types import MarketType

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslt"


def ok(data: Any) -> dict[str, Any]:
    return {"code": "00000", "msg": "success", "requestTime": 1763700000123, "data": data}


def refused(code: str, message: str, status: int = 400) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "msg": message, "requestTime": 1763700000123, "data": None}


CONTRACTS = [
    {
        "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "buyLimitPriceRatio": "0.05", "sellLimitPriceRatio": "0.05",
        "feeRateUpRatio": "0.005", "makerFeeRate": "0.0002", "takerFeeRate": "0.0006", "openCostUpRatio": "0.01",
        "supportMarginCoins": ["USDT"], "minTradeNum": "0.0001", "priceEndStep": "1", "volumePlace": "4", "pricePlace": "1",
        "sizeMultiplier": "0.0001", "symbolType": "perpetual", "minTradeUSDT": "5", "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "400", "maxPositionNum": "150", "symbolStatus": "normal", "offTime": "-1", "limitOpenTime": "-1",
        "deliveryTime": "", "deliveryStartTime": "", "deliveryPeriod": "", "launchTime": "", "fundInterval": "8", "minLever": "1",
        "maxLever": "125", "posLimit": "0.05", "maintainTime": "", "maxMarketOrderQty": "220", "maxOrderQty": "1200",
    },
    {
        "symbol": "BTCPERP", "baseCoin": "BTC", "quoteCoin": "USDC", "makerFeeRate": "0.0002", "takerFeeRate": "0.0006",
        "supportMarginCoins": ["USDC"], "minTradeNum": "0.0001", "priceEndStep": "5", "volumePlace": "4", "pricePlace": "1",
        "sizeMultiplier": "0.0001", "symbolType": "perpetual", "minTradeUSDT": "5", "symbolStatus": "normal", "deliveryTime": "",
        "launchTime": "", "minLever": "1", "maxLever": "125",
    },
]  # fmt: skip

SYMBOLS = [
    {
        "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "minTradeAmount": "0", "maxTradeAmount": "900000000000000000000",
        "takerFeeRate": "0.002", "makerFeeRate": "0.002", "pricePrecision": "2", "quantityPrecision": "6", "quotePrecision": "8",
        "status": "online", "minTradeUSDT": "1", "buyLimitPriceRatio": "0.05", "sellLimitPriceRatio": "0.05", "areaSymbol": "no",
        "orderQuantity": "200", "openTime": "1532454360000", "offTime": "",
    },
]  # fmt: skip

ACCEPTED = {"clientOid": ENTRY, "orderId": "1111465253393825792"}

ORDER = {
    "symbol": "BTCUSDT", "size": "0.031", "orderId": "1111465253393825792", "clientOid": ENTRY, "baseVolume": "0.031",
    "priceAvg": "95234.5", "fee": "-1.7713617", "price": "", "state": "filled", "side": "buy", "force": "gtc", "totalProfits": "0",
    "posSide": "net", "marginCoin": "USDT", "presetStopSurplusPrice": "", "presetStopLossPrice": "", "quoteVolume": "2952.2695",
    "orderType": "market", "leverage": "20", "marginMode": "isolated", "reduceOnly": "NO", "enterPointSource": "API",
    "tradeSide": "buy_single", "posMode": "one_way_mode", "orderSource": "market", "cancelReason": "", "cTime": "1763700000100",
    "uTime": "1763700000123",
}  # fmt: skip

PLAN = {
    "planType": "loss_plan", "symbol": "BTCUSDT", "size": "0.031", "orderId": "1272849518383902721", "clientOid": STOP, "price": "0",
    "executePrice": "0", "callbackRatio": "", "triggerPrice": "93805.9", "triggerType": "mark_price", "planStatus": "live",
    "side": "sell", "posSide": "net", "marginCoin": "USDT", "marginMode": "isolated", "enterPointSource": "API",
    "tradeSide": "sell_single", "posMode": "one_way_mode", "orderType": "market", "stopSurplusTriggerPrice": None,
    "stopSurplusExecutePrice": None, "stopSurplusTriggerType": None, "stopLossTriggerPrice": "93805.9",
    "stopLossExecutePrice": "0", "stopLossTriggerType": "mark_price", "cTime": "1763700000200", "uTime": "1763700000200",
}  # fmt: skip

EXECUTED_PLAN = PLAN | {
    "planStatus": "executed", "executeOrderId": "1272849518383902999", "priceAvg": "93800.1", "baseVolume": "0.031",
}  # fmt: skip

POSITION = {
    "marginCoin": "USDT", "symbol": "BTCUSDT", "holdSide": "short", "openDelegateSize": "0", "marginSize": "147.61",
    "available": "0.031", "locked": "0", "total": "0.031", "leverage": "20", "achievedProfits": "0", "openPriceAvg": "95234.5",
    "marginMode": "isolated", "posMode": "one_way_mode", "unrealizedPL": "1.24", "liquidationPrice": "0",
    "keepMarginRate": "0.004", "markPrice": "95194.5", "breakEvenPrice": "95120.1", "totalFee": "", "deductedFee": "0.388",
    "marginRatio": "0.02", "assetMode": "single", "cTime": "1763700000100", "uTime": "1763700000123",
}  # fmt: skip

MIX_ACCOUNT = {
    "marginCoin": "USDT", "locked": "0", "available": "13168.86110692", "crossedMaxAvailable": "13168.86110692",
    "isolatedMaxAvailable": "13168.86110692", "maxTransferOut": "13168.86110692", "accountEquity": "13178.86110692",
    "usdtEquity": "13178.861106922", "btcEquity": "0.344746495477", "crossedRiskRate": "0", "crossedMarginLeverage": "20",
    "isolatedLongLever": "20", "isolatedShortLever": "20", "marginMode": "crossed", "posMode": "one_way_mode", "unrealizedPL": "",
    "coupon": "0", "crossedUnrealizedPL": "23", "isolatedUnrealizedPL": "0", "assetMode": "union",
}  # fmt: skip

FILL = {
    "tradeId": "1103122437840805890", "symbol": "BTCUSDT", "orderId": "1103122437760503816", "price": "93800.1",
    "baseVolume": "0.031", "feeDetail": [
        {"deduction": "no", "feeCoin": "USDT", "totalDeductionFee": "0", "totalFee": "-1.74468186"}],
    "side": "sell", "quoteVolume": "2907.8031", "profit": "-44.4664", "enterPointSource": "api", "tradeSide": "sell_single",
    "posMode": "one_way_mode", "tradeScope": "taker", "cTime": "1763700001000",
}  # fmt: skip

BILLS = {
    "bills": [
        {"billId": "1", "symbol": "BTCUSDT", "amount": "-0.004992", "fee": "0", "feeByCoupon": "",
         "businessType": "contract_settle_fee", "coin": "USDT", "balance": "232.21", "cTime": "1695715200654"},
        {"billId": "2", "symbol": "ETHUSDT", "amount": "0", "fee": "-0.222012", "feeByCoupon": "",
         "businessType": "open_long", "coin": "USDT", "balance": "232.21", "cTime": "1695714563516"},
    ],
    "endId": "2",
}  # fmt: skip

SPOT_ORDER = {
    "userId": "**********", "symbol": "BTCUSDT", "orderId": "1111499608327360513", "clientOid": ENTRY, "price": "0",
    "size": "100.0000000000000000", "orderType": "market", "side": "buy", "status": "filled", "priceAvg": "95234.5000000000000000",
    "baseVolume": "0.0010500000000000", "quoteVolume": "99.9962250000000000", "enterPointSource": "API",
    "feeDetail": '{"newFees":{"c":0,"d":0,"deduction":false,"r":-0.00000105,"t":-0.00000105,"totalDeductionFee":0},'
    '"BTC":{"deduction":false,"feeCoinCode":"BTC","totalDeductionFee":0,"totalFee":-0.0000010500000000}}',
    "orderSource": "market", "cancelReason": "", "cTime": "1763700000100", "uTime": "1763700000123",
}  # fmt: skip

SPOT_PLAN = {
    "orderId": "1111503385931620352", "clientOid": STOP, "symbol": "BTCUSDT", "size": "0.001048", "executePrice": "0",
    "triggerPrice": "93805.9", "status": "live", "orderType": "market", "side": "sell", "planType": "amount",
    "triggerType": "fill_price", "enterPointSource": "API", "uTime": "1763700000200", "cTime": "1763700000200",
}  # fmt: skip

SPOT_FILL = {
    "userId": "**********", "symbol": "BTCUSDT", "orderId": "1111499608327360513", "tradeId": "1111499608327360999",
    "orderType": "market", "side": "buy", "priceAvg": "95234.5", "size": "0.00105", "amount": "99.996225",
    "feeDetail": {"deduction": "no", "feeCoin": "BTC", "totalDeductionFee": "", "totalFee": "-0.00000105"},
    "tradeScope": "taker", "cTime": "1763700000123", "uTime": "1763700000123",
}  # fmt: skip

SPOT_KEY = {
    "userId": "**********", "inviterId": "**********", "ips": "127.0.0.1", "authorities": ["coow", "cpow", "stow", "wtor"],
    "parentId": 1, "traderType": "not_trader", "channelCode": "XXX", "channel": "YYY", "regisTime": "1246566789345",
}  # fmt: skip

UTA_ORDER = {
    "orderId": "1320244799629316096", "clientOid": ENTRY, "category": "USDT-FUTURES", "symbol": "BTCUSDT", "orderType": "market",
    "side": "buy", "price": "0", "qty": "0.031", "amount": "0", "cumExecQty": "0.031", "cumExecValue": "2952.2695",
    "avgPrice": "95234.5", "timeInForce": "gtc", "orderStatus": "filled", "posSide": "", "holdMode": "one_way_mode",
    "tradeSide": "open", "reduceOnly": "NO", "marginMode": "isolated", "feeDetail": [{"feeCoin": "USDT", "fee": "1.7713617"}],
    "cancelReason": "", "execType": "normal", "createdTime": "1763700000100", "updatedTime": "1763700000123",
}  # fmt: skip

STRATEGY = {
    "orderId": "1330984742276198400", "clientOid": STOP, "category": "USDT-FUTURES", "symbol": "BTCUSDT", "qty": "0.031",
    "posSide": "long", "status": "pending", "tpTriggerBy": "", "slTriggerBy": "mark", "takeProfit": "", "stopLoss": "93805.9",
    "tpOrderType": "", "slOrderType": "market", "tpLimitPrice": "", "slLimitPrice": "", "createdTime": "1763700000200",
    "updatedTime": "1763700000200",
}  # fmt: skip

SUB_ORDER = {
    "subOrderId": "1330984742276198999", "subClientOid": "1330984742276199000", "category": "USDT-FUTURES", "symbol": "BTCUSDT",
    "price": "0", "qty": "0.031", "cumExecQty": "0.031", "avgPrice": "93800.1", "side": "sell", "posSide": "long",
    "status": "filled", "createdTime": "1763700001000", "updatedTime": "1763700001010",
}  # fmt: skip

UTA_POSITION = {
    "category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginCoin": "USDT", "holdMode": "hedge_mode", "posSide": "long",
    "marginMode": "crossed", "positionBalance": "147.61", "available": "0.031", "frozen": "0", "total": "0.031", "leverage": "20",
    "curRealisedPnl": "0", "avgPrice": "95234.5", "positionStatus": "normal", "unrealisedPnl": "-1.24", "liquidationPrice": "43099.9",
    "mmr": "0.015", "profitRate": "0.23", "markPrice": "95194.5", "breakEvenPrice": "95300.1", "totalFunding": "0",
    "openFeeTotal": "-1.77", "closeFeeTotal": "0", "createdTime": "1763700000100", "updatedTime": "1763700000123",
}  # fmt: skip

UTA_FILL = {
    "execId": "1322441401010528257", "execLinkId": "1322441401010528257", "orderId": "1322441400976261120", "clientOid": ENTRY,
    "category": "USDT-FUTURES", "symbol": "BTCUSDT", "orderType": "market", "side": "sell", "execPrice": "106950.1",
    "execQty": "0.01", "execValue": "1069.501", "tradeScope": "taker", "tradeSide": "open",
    "feeDetail": [{"feeCoin": "USDT", "fee": "0.6417006"}], "createdTime": "1750141421721", "updatedTime": "1750141421728",
    "execPnl": "-0.002", "isRPI": "no",
}  # fmt: skip

UTA_ASSETS = {
    "accountEquity": "11.13919278", "usdtEquity": "11.13921165", "btcEquity": "0.00011256", "unrealisedPnl": "0",
    "effEquity": "6.19299777", "mmr": "0", "imr": "0", "mgnRatio": "0", "positionMgnRatio": "0", "assets": [
        {"coin": "USDT", "equity": "6.19300826", "usdValue": "6.19299777", "balance": "6.19300826", "available": "5.1",
         "debt": "0", "locked": "0"},
        {"coin": "BGB", "equity": "1.15582129", "usdValue": "4.94618029", "balance": "1.15582129", "available": "1.15582129",
         "debt": "0", "locked": "0"},
    ],
}  # fmt: skip

UTA_SETTINGS = {
    "uid": "1111111111", "accountMode": "hybrid", "assetMode": "multi_assets", "accountLevel": "advanced",
    "holdMode": "one_way_mode", "stpMode": "none", "symbolConfigList": [], "coinConfigList": [],
}  # fmt: skip

UTA_KEY = {
    "userId": "123456789", "inviterId": "987654321", "parentId": "", "channelCode": "6258", "channel": "official",
    "ips": "192.168.1.1,192.168.1.2", "permType": "read-and-write", "permissions": ["uta_mgt", "uta_trade"],
    "regisTime": "1704067200000",
}  # fmt: skip

ON_UNIFIED = refused(
    "40085", "You are in Unified Account mode, and the Classic Account API is not supported at this time"
)
ON_CLASSIC = refused(
    "40084", "You are in Classic Account mode, and the Unified Account API is not supported at this time"
)

# What `test_any_answer` breaks in every way: orders and legs of protection, as our look-ups pick them out of an answer.
ORDER_ANSWERS = {MarketType.FUTURES: [ORDER, PLAN, EXECUTED_PLAN], MarketType.SPOT: [SPOT_ORDER, SPOT_PLAN]}
UNIFIED_ORDER_ANSWERS = [UTA_ORDER, STRATEGY, SUB_ORDER]
