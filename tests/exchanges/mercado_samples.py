"""Answers of Mercado Bitcoin's API v4, shaped as its documentation shows them (api.mercadobitcoin.net/api/v4/docs, v5.36.1)."""

from typing import Any

from exchanges.types import MarketType

ACCOUNT_ID = "a322205ace882ef800553118e5000066"
OTHER_ACCOUNT_ID = "b433316bdf993fa911664229f6111177"
TOKEN = {"access_token": "canary.token.1", "expires_in": 3599, "scope": "global", "token_type": "bearer"}
# the way before it (v5.33.4): the end is a moment
OLD_TOKEN = {"access_token": "canary.token.old", "expiration": 4102444800}
ACCOUNTS = [
    {"currency": "BRL", "currencySign": "R$", "id": ACCOUNT_ID, "name": "Mercado Bitcoin", "type": "live"},
    {"currency": "BRL", "currencySign": "R$", "id": OTHER_ACCOUNT_ID, "name": "Second", "type": "live"},
]
BALANCES = [
    {"available": "1000.00000050", "on_hold": "300.00000300", "symbol": "BRL", "total": "1300.00000350"},
    {"available": "0.00039176", "on_hold": "0.00000000", "symbol": "BTC", "total": "0.00039176"},
    {"available": "0.00000000", "on_hold": "0.00000000", "symbol": "ETH", "total": "0.00000000"},
]
SYMBOLS: dict[str, Any] = {
    "base-currency": ["BTC", "ETH", "OLD"],
    "currency": ["BRL", "BRL", "BRL"],
    "description": ["Bitcoin", "Ethereum", "Gone"],
    "exchange-listed": [True, True, True],
    "exchange-traded": [True, True, False],
    "minmovement": ["0.01", "1", "0.01"],
    "pricescale": [100, 100, 100],
    "session-regular": ["24x7", "24x7", "24x7"],
    "symbol": ["BTC-BRL", "ETH-BRL", "OLD-BRL"],
    "timezone": ["America/Sao_Paulo"] * 3,
    "type": ["CRYPTO"] * 3,
    "min-price": ["230000.00000000", "10000.00000000", "1.00000000"],
    "max-price": ["1571759.96784993", "50000.00000000", "9.00000000"],
    "min-volume": ["0.00000150", "0.00001000", "1.00000000"],
    "max-volume": ["8.46076128", "200.00000000", "9.00000000"],
    "min-cost": ["0.90000000", "0.90000000", "0.90000000"],
    "max-cost": ["1000000.00000000"] * 3,
    "round-lot": ["0.00000001", "0.00010000", "1"],
}
TICKERS = [
    {"buy": "509900.00", "date": 1636107279, "high": "520000.00", "last": "510000.00", "low": "500000.00",
     "open": "505000.00", "pair": "BTC-BRL", "sell": "510100.00", "vol": "84.00100003"},
    {"buy": "18290.00", "date": 1636107279, "high": "19000.00", "last": "18300.00", "low": "18000.00",
     "open": "18100.00", "pair": "ETH-BRL", "sell": "18310.00", "vol": "84.00100003"},
]  # fmt: skip
ORDERBOOK = {
    "asks": [["510100.00000000", "1.50000000"]],
    "bids": [["509900.00000000", "2.00000000"]],
    "timestamp": 1636107279000000000,
}
PLACED = {"orderId": "01H50SZYF0WZQY8Q3NCJ2HGD8G"}
CANCELLED: dict[str, Any] = {}

ENTRY_ID, STOP_ID, EXIT_ID = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslx"


def execution(**changes: Any) -> dict[str, Any]:
    return {
        "executed_at": 1634731027, "fee_rate": "0.70000000", "id": "16", "instrument": "BTC-BRL", "price": 500000,
        "qty": "0.00030000", "side": "buy", "liquidity": "taker",
    } | changes  # fmt: skip


# "Get orders": a market purchase in two executions; `triggerOrderId` is there although nothing was triggered
BOUGHT: dict[str, Any] = {
    "avgPrice": 505000, "cost": 201, "created_at": 1634731026,
    "executions": [execution(), execution(id="17", price=510000, qty="0.00010000")],
    "externalId": ENTRY_ID, "fee": "0.00000280", "filledQty": "0.00040000", "id": "01HCDAA7YJ68ZJ0FTEPR7DYDS1",
    "instrument": "BTC-BRL", "qty": "0.00040000", "side": "buy", "status": "filled", "triggerOrderId": "7010",
    "type": "market", "updated_at": 1634731027,
}  # fmt: skip
SOLD = BOUGHT | {
    "externalId": EXIT_ID, "id": "01HCDAA7YJ68ZJ0FTEPR7DYDS2", "side": "sell", "fee": "1.42",
    "executions": [execution(id="18", side="sell", price=507142.86, qty="0.00040000", fee_rate="0.70000000")],
}  # fmt: skip
STOP: dict[str, Any] = {
    "avgPrice": 0, "created_at": 1636047578, "executions": [], "externalId": STOP_ID, "fee": "0.00000000",
    "filledQty": "0.00000000", "id": "01HCDAA7YJ68ZJ0FTEPR7DYDS3", "instrument": "BTC-BRL", "limitPrice": 441000,
    "qty": "0.00039720", "side": "sell", "status": "working", "stopPrice": 490000, "type": "stoplimit",
    "updated_at": 1636047578,
}  # fmt: skip
TRIGGERED = STOP | {"triggerOrderId": "42"}
BECAME: dict[str, Any] = {
    "avgPrice": 489000, "created_at": 1636047600, "executions": [], "fee": "1.35", "filledQty": "0.00039720",
    "id": "42", "instrument": "BTC-BRL", "limitPrice": 441000, "qty": "0.00039720", "side": "sell", "status": "filled",
    "type": "limit", "updated_at": 1636047601,
}  # fmt: skip
BY_HAND = {key: value for key, value in STOP.items() if key != "externalId"} | {"id": "9", "type": "limit"}
# "List all orders": fewer fields, and the id is spelt in another way
LISTED_STOP = {
    key: STOP[key]
    for key in ("created_at", "filledQty", "id", "instrument", "limitPrice", "qty", "side", "status", "stopPrice", "type")
} | {"external_id": STOP_ID}  # fmt: skip
LISTED = {
    "items": [LISTED_STOP, {k: v for k, v in LISTED_STOP.items() if k != "external_id"} | {"id": "9", "type": "limit"}]
}

ORDER_ANSWERS = {MarketType.SPOT: [BOUGHT, SOLD, STOP, TRIGGERED, BECAME, LISTED_STOP]}


def refusal(module: str, error: str, message: str = "said by the exchange") -> dict[str, str]:
    return {"code": f"{module}|{error}" if module else error, "message": message}


def gateway(status: int, name: str, message: str) -> dict[str, Any]:
    return {"error": {"code": status, "status": name, "message": message}}


NOT_ACTIVE = gateway(401, "Unauthorized", "Access credentials are invalid")
