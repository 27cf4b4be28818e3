"""Answers of WhiteBIT's API, shaped as its documentation shows them (docs.whitebit.com, 2026)."""

from typing import Any

from exchanges.types import MarketType

MARKETS: list[dict[str, Any]] = [
    {
        "name": "BTC_USDT", "stock": "BTC", "money": "USDT", "stockPrec": "6", "moneyPrec": "2", "feePrec": "4",
        "makerFee": "0.1", "takerFee": "0.1", "minAmount": "0.00001", "minTotal": "5.05", "maxTotal": "10000000000",
        "tradesEnabled": True, "isCollateral": True, "type": "spot",
    },
    {
        "name": "BTC_PERP", "stock": "BTC", "money": "PERP", "stockPrec": "3", "moneyPrec": "1", "feePrec": "4",
        "makerFee": "0.01", "takerFee": "0.055", "minAmount": "0.001", "minTotal": "5.05", "maxTotal": "10000000000",
        "tradesEnabled": True, "isCollateral": True, "type": "futures",
    },
    {
        "name": "OLD_USDT", "stock": "OLD", "money": "USDT", "stockPrec": "2", "moneyPrec": "4", "feePrec": "4",
        "makerFee": "0.1", "takerFee": "0.1", "minAmount": "1", "minTotal": "5.05", "maxTotal": "1000",
        "tradesEnabled": False, "isCollateral": False, "type": "spot",
    },
]  # fmt: skip
TICKER = {
    "success": True,
    "message": None,
    "result": {
        "open": "9267.98", "bid": "9417.4", "ask": "9421.64", "low": "9203.13", "high": "9469.99", "last": "9419.55",
        "volume": "27303.824558", "deal": "254399191.68843464", "change": "1.63",
    },
}  # fmt: skip
TICKERS = {
    "BTC_USDT": {
        "base_id": 1, "quote_id": 825, "last_price": "9164.09", "quote_volume": "43341942.90416876",
        "base_volume": "4723.286463", "isFrozen": False, "change": "0.57",
    },
    "BTC_PERP": {
        "base_id": 1, "quote_id": 0, "last_price": "9160.1", "quote_volume": "1", "base_volume": "1", "isFrozen": False,
        "change": "0.57",
    },
}  # fmt: skip
ORDERBOOK = {
    "ticker_id": "BTC_USDT",
    "timestamp": 1594391413,
    "asks": [["9184.41", "0.773162"]],
    "bids": [["9181.19", "0.010873"]],
}
TIME = {"time": 1631451591}
BALANCES = {
    "BTC": {"available": "0.123", "freeze": "1"},
    "USDT": {"available": "3013", "freeze": "100"},
    "ETH": {"available": "0", "freeze": "0"},
}

ENTRY_ID, STOP_ID, EXIT_ID = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslx"
# "Create market order": nothing is filled in it, and its status says otherwise
PLACED: dict[str, Any] = {
    "orderId": 4180284841, "clientOrderId": ENTRY_ID, "market": "BTC_USDT", "side": "buy", "type": "market",
    "timestamp": 1595792396.165973, "dealMoney": "0", "dealStock": "0", "amount": "50", "left": "50", "dealFee": "0",
    "status": "FILLED", "stp": "no",
}  # fmt: skip
PLACED_STOP = PLACED | {
    "orderId": 4180284842, "clientOrderId": STOP_ID, "side": "sell", "type": "stop market", "amount": "0.001",
    "left": "0.001", "activation_price": "40000",
}  # fmt: skip
# "Query Active Orders"
ACTIVE_STOP = PLACED_STOP | {"status": "FILLED"}
ACTIVE_LIMIT: dict[str, Any] = {
    "orderId": 3686033640, "clientOrderId": "customId11", "market": "BTC_USDT", "side": "buy", "type": "limit",
    "timestamp": 1594605801.49815, "dealMoney": "0", "dealStock": "0", "amount": "2.241379", "left": "2.241379",
    "dealFee": "0", "price": "40000", "status": "FILLED", "stp": "no", "rpi": True,
}  # fmt: skip
# "Query executed orders"
BOUGHT: dict[str, Any] = {
    "amount": "50", "price": "0", "type": "market", "id": 4180284841, "clientOrderId": ENTRY_ID, "side": "buy",
    "ctime": 1597486960.311311, "takerFee": "0.001", "ftime": 1597486960.311332, "makerFee": "0.001",
    "dealFee": "0.00000125", "dealStock": "0.00125", "dealMoney": "49.9875", "postOnly": False, "ioc": False,
    "status": "FILLED", "feeAsset": "BTC", "stp": "no", "rpi": False,
}  # fmt: skip
SOLD = BOUGHT | {
    "id": 4180284843, "clientOrderId": EXIT_ID, "side": "sell", "amount": "0.00124", "dealStock": "0.00124",
    "dealMoney": "49.6", "dealFee": "0.0496", "feeAsset": "USDT",
}  # fmt: skip
STOPPED = SOLD | {
    "id": 4180284842, "clientOrderId": STOP_ID, "type": "stop market", "activationPrice": "40000", "activated": 1597486960,
    "activationCondition": "lte",
}  # fmt: skip
CANCELLED_STOP = STOPPED | {
    "status": "CANCELED", "dealStock": "0", "dealMoney": "0", "dealFee": "0", "amount": "0.001",
}  # fmt: skip
# "Query executed order history"
DEAL: dict[str, Any] = {
    "id": 8846967538, "clientOrderId": ENTRY_ID, "time": 1739310711.387599, "side": "buy", "role": 2, "amount": "0.00125",
    "price": "39990", "deal": "49.9875", "fee": "0.00000125", "orderId": 4180284841, "feeAsset": "BTC",
}  # fmt: skip

ORDER_ANSWERS = {
    MarketType.SPOT: [PLACED, ACTIVE_STOP, ACTIVE_LIMIT, BOUGHT, SOLD, STOPPED, CANCELLED_STOP],
}


def refusal(code: int, field: str, *texts: str, message: str = "Validation failed") -> dict[str, Any]:
    return {"code": code, "message": message, "errors": {field: list(texts)}}
