"""From an HTTP request to WhiteBIT's answer: no envelope around what is good, `{"code", "message", "errors"}` for what is not."""

from typing import Any, ClassVar

from simulator.core import spot
from simulator.core.accounts import Account
from simulator.core.amounts import ZERO
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect
from simulator.dialects.routes import Route, Routes
from simulator.dialects.whitebit import errors, market_data, order_views, orders
from simulator.dialects.whitebit.auth import Gate
from simulator.dialects.whitebit.markets import MARKETS
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Request

__all__ = ["MARKETS", "WhitebitDialect", "make"]

PUBLIC, V1, V4 = "/api/v4/public", "/api/v1/public", "/api/v4"
MINE = f"{V4}/trade-account"


def make(exchange: Exchange, tape: Tape) -> "WhitebitDialect":
    """A client order id is free again once its order is closed: the core's own rule."""
    return WhitebitDialect(exchange, tape)


def balances(call: Call) -> Any:
    """POST /trade-account/balance: all coins, or one."""
    locked, wanted = spot.locked_balances(call.account), call.optional("ticker")
    told = {
        coin: {"available": plain(total - locked.get(coin, ZERO)), "freeze": plain(locked.get(coin, ZERO))}
        for coin, total in call.account.coins.items()
    }
    if not wanted:
        return told
    if wanted not in told:
        raise errors.invalid(30, "ticker", "Currency was not found.")
    return told[wanted]


def _public(handler: Any) -> Route:
    return Route(Kind.SPOT, handler)


def _reads(handler: Any) -> Route:
    return Route(Kind.SPOT, handler, signed=True)


def _trades(handler: Any) -> Route:
    return Route(Kind.SPOT, handler, signed=True, trades=True, counts_order=True)


class WhitebitDialect(JsonDialect):
    """Spot only, one host, no demo. Every private path is a POST, questions too."""

    key_header = b"x-txc-apikey"
    symbol_names = ("market",)
    client_id_names = ("clientOrderId",)
    routes = Routes(
        {
            ("GET", f"{PUBLIC}/markets"): _public(market_data.markets),
            ("GET", f"{PUBLIC}/ticker"): _public(market_data.tickers),
            ("GET", f"{PUBLIC}/time"): _public(market_data.time),
            ("GET", PUBLIC + "/orderbook/{market}"): _public(market_data.orderbook),
            ("GET", f"{V1}/ticker"): _public(market_data.ticker),
            ("POST", f"{MINE}/balance"): _reads(balances),
            ("POST", f"{MINE}/order/history"): _reads(order_views.list_closed),
            ("POST", f"{MINE}/executed-history"): _reads(order_views.list_deals),
            ("POST", f"{V4}/orders"): _reads(order_views.list_active),
            ("POST", f"{V4}/order/market"): _trades(orders.place_market),
            ("POST", f"{V4}/order/stock_market"): _trades(orders.place_stock_market),
            ("POST", f"{V4}/order/new"): _trades(orders.place_limit),
            ("POST", f"{V4}/order/stop_market"): _trades(orders.place_stop_market),
            ("POST", f"{V4}/order/stop_limit"): _trades(orders.place_stop_limit),
            ("POST", f"{V4}/order/cancel"): _trades(orders.cancel),
        }
    )
    refusals: ClassVar[Any] = {Kind.SPOT: errors.REFUSALS, Kind.FUTURES: errors.REFUSALS}
    problems: ClassVar[Any] = errors.PROBLEMS

    def __init__(self, exchange: Exchange, tape: Tape) -> None:
        super().__init__(exchange, tape)
        self._gate = Gate()

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        return self._gate.check(request, self.find_key(request.header(self.key_header), is_demo=False), now)

    def leg_of(self, target: Target) -> str:
        path, told = target.path.removeprefix(V4), target.parameters
        if path == "/order/cancel":
            return "cancel"
        if path in ("/orders", "/trade-account/order/history"):
            return "query" if told.get("clientOrderId") or told.get("orderId") else "read"
        if not path.startswith("/order/"):
            return "read"
        if path.startswith("/order/stop"):
            return "stop"
        return "close" if told.get("side") == "sell" else "entry"

    def wrap(self, payload: Any, target: Target) -> Any:
        return payload

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        field, bar, text = error.message.partition("|")
        if target is not None and target.path.startswith((PUBLIC, V1)):
            return {"success": False, "message": text or error.message, "params": []}
        if not bar:
            return {"code": error.code, "message": error.message}
        message = errors.INNER if error.status == 400 else errors.VALIDATION
        return {"code": error.code, "message": message, "errors": {field: [text]}}

    def missing(self, name: str) -> VenueError:
        return errors.missing(name)

    def malformed(self, name: str) -> VenueError:
        return errors.malformed(name)
