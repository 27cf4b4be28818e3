"""What the bench exchange knows: symbols, and each account's position and conditional orders. No matching, one price.

The shapes are Binance's USDⓈ-M futures answers (developers.binance.com), cut to what a trading client reads.
"""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2s
from itertools import count
from typing import Any

PRICE = "50000.00"
SYMBOL = "BTCUSDT"
SYMBOLS = 600  # as many as the real exchange lists, so that a worker's memory is told honestly

Params = dict[str, str]
Answer = tuple[int, Any]


def secret_of(api_key: str) -> str:
    """The secret that belongs to a key: both sides of the bench can derive it."""
    return blake2s(f"bench {api_key}".encode()).hexdigest()


def key_of(number: int, contender: str = "product") -> str:
    return f"bench-{contender}-{number:06d}".ljust(64, "0")


def _symbol(name: str, base: str) -> dict[str, Any]:
    return {
        "symbol": name,
        "pair": name,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.10", "maxPrice": "4529764", "tickSize": "0.10"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK"],
    }


def exchange_info() -> dict[str, Any]:
    names = [(SYMBOL, "BTC"), *((f"T{n}USDT", f"T{n}") for n in range(SYMBOLS - 1))]
    return {
        "timezone": "UTC",
        "serverTime": milliseconds(),
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [_symbol(*pair) for pair in names],
    }


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


_ids = count(1_000_000)


@dataclass(slots=True)
class Account:
    """One API key's account: its position on the one symbol that is traded, its orders by client order id."""

    position: Decimal = Decimal(0)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    algos: dict[str, dict[str, Any]] = field(default_factory=dict)
    trades: list[dict[str, Any]] = field(default_factory=list)

    def market_order(self, params: Params) -> Answer:
        quantity, reducing = Decimal(params["quantity"]), params.get("reduceOnly") == "true"
        sign = 1 if params["side"] == "BUY" else -1
        if reducing:
            if self.position * sign >= 0:
                return 400, {"code": -2022, "msg": "ReduceOnly Order is rejected."}
            quantity = min(quantity, abs(self.position))
        self.position += sign * quantity
        now, order_id, client_id = milliseconds(), next(_ids), params["newClientOrderId"]
        self.orders[client_id] = order = {
            "orderId": order_id,
            "symbol": params["symbol"],
            "status": "FILLED",
            "clientOrderId": client_id,
            "price": "0.00",
            "avgPrice": PRICE,
            "origQty": f"{quantity}",
            "executedQty": f"{quantity}",
            "cumQuote": f"{quantity * Decimal(PRICE)}",
            "timeInForce": "GTC",
            "type": "MARKET",
            "reduceOnly": reducing,
            "closePosition": False,
            "side": params["side"],
            "positionSide": "BOTH",
            "stopPrice": "0.00",
            "workingType": "CONTRACT_PRICE",
            "priceProtect": False,
            "origType": "MARKET",
            "updateTime": now,
        }
        self.trades.append(
            {
                "id": next(_ids),
                "orderId": order_id,
                "symbol": params["symbol"],
                "side": params["side"],
                "positionSide": "BOTH",
                "price": PRICE,
                "qty": f"{quantity}",
                "quoteQty": order["cumQuote"],
                "commission": f"{quantity * Decimal(PRICE) * Decimal('0.0004'):.8f}",
                "commissionAsset": "USDT",
                "realizedPnl": "0",
                "time": now,
                "maker": False,
                "buyer": sign > 0,
            }
        )
        return 200, order

    def algo_order(self, params: Params) -> Answer:
        now, client_id = milliseconds(), params["clientAlgoId"]
        self.algos[client_id] = algo = {
            "algoId": next(_ids),
            "clientAlgoId": client_id,
            "algoType": "CONDITIONAL",
            "orderType": params["type"],
            "symbol": params["symbol"],
            "side": params["side"],
            "positionSide": "BOTH",
            "timeInForce": "GTC",
            "quantity": params["quantity"],
            "algoStatus": "NEW",
            "actualOrderId": "",
            "actualPrice": "0.0000",
            "triggerPrice": params["triggerPrice"],
            "price": "0.00",
            "workingType": params.get("workingType", "CONTRACT_PRICE"),
            "priceMatch": "NONE",
            "closePosition": False,
            "priceProtect": params.get("priceProtect") == "true",
            "reduceOnly": params.get("reduceOnly") == "true",
            "createTime": now,
            "updateTime": now,
            "triggerTime": 0,
            "goodTillDate": 0,
        }
        return 200, algo

    def cancel_algo(self, params: Params) -> Answer:
        algo = self._found(self.algos, params, "clientAlgoId", "algoId")
        if algo is None or algo["algoStatus"] != "NEW":
            return 400, {"code": -2011, "msg": "Unknown order sent."}
        algo["algoStatus"] = "CANCELED"
        return 200, {"algoId": algo["algoId"], "clientAlgoId": algo["clientAlgoId"], "code": "200", "msg": "success"}

    def find_order(self, params: Params) -> Answer:
        return self._told(self._found(self.orders, params, "origClientOrderId", "orderId"))

    def find_algo(self, params: Params) -> Answer:
        return self._told(self._found(self.algos, params, "clientAlgoId", "algoId"))

    def open_algos(self, params: Params) -> Answer:
        return 200, [algo for algo in self.algos.values() if algo["algoStatus"] == "NEW"]

    def user_trades(self, params: Params) -> Answer:
        first, since = int(params.get("fromId", 0)), int(params.get("startTime", 0))
        chosen = [trade for trade in self.trades if trade["id"] >= first and trade["time"] >= since]
        return 200, chosen[: int(params.get("limit", 500))]

    def positions(self, params: Params) -> Answer:
        if not self.position:
            return 200, []
        notional = self.position * Decimal(PRICE)
        zeros = ("unRealizedProfit", "liquidationPrice", "openOrderInitialMargin", "bidNotional", "askNotional")
        return 200, [
            {
                "symbol": SYMBOL,
                "positionSide": "BOTH",
                "positionAmt": f"{self.position}",
                "entryPrice": PRICE,
                "breakEvenPrice": PRICE,
                "markPrice": PRICE,
                "isolatedMargin": f"{abs(notional) / 10}",
                "isolatedWallet": f"{abs(notional) / 10}",
                "notional": f"{notional}",
                "marginAsset": "USDT",
                "initialMargin": f"{abs(notional) / 10}",
                "maintMargin": f"{abs(notional) / 200}",
                "positionInitialMargin": f"{abs(notional) / 10}",
                "adl": 1,
                "updateTime": milliseconds(),
                **dict.fromkeys(zeros, "0"),
            }
        ]

    def balances(self, params: Params) -> Answer:
        wallet = {"walletBalance": "100000", "marginBalance": "100000", "availableBalance": "90000"}
        asset = {"asset": "USDT", **wallet, "unrealizedProfit": "0", "maxWithdrawAmount": "90000", "updateTime": 0}
        return 200, {"totalWalletBalance": "100000", "assets": [asset], "positions": self.positions(params)[1]}

    @staticmethod
    def _found(book: dict[str, dict[str, Any]], params: Params, own: str, theirs: str) -> dict[str, Any] | None:
        if own in params:
            return book.get(params[own])
        return next((entry for entry in book.values() if str(entry[theirs]) == params.get(theirs)), None)

    @staticmethod
    def _told(entry: dict[str, Any] | None) -> Answer:
        return (200, entry) if entry else (400, {"code": -2013, "msg": "Order does not exist."})
