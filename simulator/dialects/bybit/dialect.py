"""From an HTTP request to Bybit's answer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects import signing
from simulator.dialects.bybit import account, errors, executions, lookup, market_data, orders, positions
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect
from simulator.dialects.rates import TEN_SECONDS_MS
from simulator.dialects.routes import Route, Routes
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Request

CATEGORIES = {"linear": Kind.FUTURES, "spot": Kind.SPOT}
DEMO_HOST = "api-demo.bybit.com"
RECV_WINDOW_MS, AHEAD_MS = 5000, 1000
ORDER_LIMIT = 10

PUBLIC = {
    "/v5/market/time": market_data.server_time,
    "/v5/market/instruments-info": market_data.instruments,
    "/v5/market/tickers": market_data.tickers,
}
READS = {
    "/v5/order/realtime": lookup.realtime,
    "/v5/order/history": lookup.history,
    "/v5/execution/list": executions.list_executions,
    "/v5/position/list": positions.list_positions,
    "/v5/account/wallet-balance": account.wallet_balance,
    "/v5/account/info": account.account_info,
    "/v5/user/query-api": account.query_api,
}
WRITES = {
    "/v5/order/cancel": orders.cancel,
    "/v5/order/cancel-all": orders.cancel_all,
    "/v5/position/set-leverage": account.set_leverage,
    "/v5/position/switch-mode": account.switch_mode,
    "/v5/position/trading-stop": positions.set_trading_stop,
    "/v5/account/set-margin-mode": account.set_margin_mode,
}
NOT_ON_DEMO = ("/v5/user/query-api",)
SETTINGS = ("/v5/position/switch-mode", "/v5/account/set-margin-mode")


def make(exchange: Exchange, tape: Tape) -> "BybitDialect":
    """Bybit, where an orderLinkId names one order for ever, conditional or not."""
    exchange.settings.shared_ids = exchange.settings.unique_ids = True
    return BybitDialect(exchange, tape)


class BybitDialect(JsonDialect):
    """`{"retCode": 0, "result": …}`, nearly always with HTTP 200; key, time, window and signature in headers."""

    key_header = b"x-bapi-api-key"
    client_id_names = ("orderLinkId",)
    refusals = {Kind.FUTURES: errors.FUTURES, Kind.SPOT: errors.SPOT}
    problems = errors.PROBLEMS
    routes: ClassVar[Routes] = Routes(
        {("GET", path): Route(Kind.FUTURES, handler) for path, handler in PUBLIC.items()}
        | {("GET", path): Route(Kind.FUTURES, handler, signed=True) for path, handler in READS.items()}
        | {("POST", path): Route(Kind.FUTURES, handler, signed=True, trades=True) for path, handler in WRITES.items()}
        | {
            ("POST", "/v5/order/create"): Route(
                Kind.FUTURES, orders.create, signed=True, trades=True, counts_order=True
            )
        }
    )

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        """10003, 10002, 10004 in this order; 10032 for what demo hosts do not have."""
        host = request.header(b"x-exchange-host")
        found = self.find_key(target.api_key, is_demo=host == DEMO_HOST if host else None)
        if found is None:
            raise VenueError(10003, "API key is invalid.")
        stamp, window = (
            request.header(b"x-bapi-timestamp"),
            request.header(b"x-bapi-recv-window") or str(RECV_WINDOW_MS),
        )
        if not (stamp.isdigit() and window.isdigit() and now - int(window) <= int(stamp) < now + AHEAD_MS):
            raise VenueError(
                10002,
                "invalid request, please check your server timestamp or recv_window param. "
                f"req_timestamp[{stamp}],server_timestamp[{now}],recv_window[{window}]",
            )
        text = stamp + target.api_key + window + (request.query or request.body.decode("latin-1"))
        if not signing.is_same(signing.hex_signature(found.secret, text), request.header(b"x-bapi-sign")):
            raise VenueError(10004, f"error sign! origin_string[{text}]")
        if host == DEMO_HOST and request.path in NOT_ON_DEMO:
            raise VenueError(10032, "Demo trading are not supported.")
        self._check_category(target)
        return found

    def _check_category(self, target: Target) -> None:
        if target.parameters.get("category", "linear") not in CATEGORIES:
            raise errors.wrong("category only support linear or spot here")

    def kind_of(self, route: Route, parameters: Mapping[str, Any]) -> Kind:
        return CATEGORIES.get(parameters.get("category", ""), route.kind)

    def leg_of(self, target: Target) -> str:
        parameters = target.parameters
        if target.method == "GET":
            return "query" if parameters.get("orderLinkId") or parameters.get("orderId") else "read"
        if target.path.startswith("/v5/order/cancel"):
            return "cancel"
        if target.path == "/v5/position/set-leverage":
            return "leverage"
        if target.path in SETTINGS:
            return "settings"
        if target.path == "/v5/position/trading-stop":
            both = parameters.get("stopLoss") and parameters.get("takeProfit")
            return "oco" if both else "target" if parameters.get("takeProfit") else "stop"
        return self._leg_of_order(target)

    def _leg_of_order(self, target: Target) -> str:
        parameters = target.parameters
        sells = parameters.get("side") == "Sell"
        if not parameters.get("triggerPrice"):
            closes = parameters.get("reduceOnly") == "true" or (sells and target.kind is Kind.SPOT)
            return "close" if closes else "entry"
        if target.kind is Kind.SPOT:
            rises = Decimal(parameters["triggerPrice"]) > self._exchange.price(target.symbol)
        else:
            rises = parameters.get("triggerDirection") == orders.RISES
        return "target" if rises == sells else "stop"

    def headers(self, request: Request, target: Target) -> dict[str, str]:
        """An account's limit at this endpoint, and how many requests are left there."""
        who = self._exchange.state.by_key.get(target.api_key)
        if who is None or not target.kind:
            return {}
        limit = self.limits.order_limit or ORDER_LIMIT
        window, count = self.rates.orders.get((who.id, f"{target.kind}10S"), (0, 0))
        used = count if window == self.now // TEN_SECONDS_MS else 0
        left, reset = max(0, limit - used), self.now // TEN_SECONDS_MS * TEN_SECONDS_MS + TEN_SECONDS_MS
        return {
            "X-Bapi-Limit": str(limit),
            "X-Bapi-Limit-Status": str(left),
            "X-Bapi-Limit-Reset-Timestamp": str(self.now if left else reset),
        }

    def wrap(self, payload: Any, target: Target) -> Any:
        return {"retCode": 0, "retMsg": "OK", "result": payload, "retExtInfo": {}, "time": self.now}

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        result = error.data or {}
        return {
            "retCode": error.code,
            "retMsg": error.message,
            "result": result,
            "retExtInfo": {},
            "time": self.now,
        }

    def missing(self, name: str) -> VenueError:
        return errors.wrong(f"params error: {name} is required")

    def malformed(self, name: str) -> VenueError:
        return errors.wrong(f"params error: {name} invalid")
