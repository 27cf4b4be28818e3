"""From an HTTP request to Mercado Bitcoin's answer: no envelope around what is good, `{"code", "message"}` around what is not."""

from collections.abc import Mapping
from typing import Any, ClassVar

from simulator.core import spot
from simulator.core.accounts import Account
from simulator.core.amounts import ZERO
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect
from simulator.dialects.mercado import auth, errors, market_data, order_views, orders
from simulator.dialects.mercado.markets import MARKETS
from simulator.dialects.routes import Route, Routes
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Answer, Request

__all__ = ["MARKETS", "MercadoDialect", "make"]

V4 = "/api/v4"
MINE = V4 + "/accounts/{account}"
ORDERS, ORDER = MINE + "/{symbol}/orders", MINE + "/{symbol}/orders/{order}"


def make(exchange: Exchange, tape: Tape) -> "MercadoDialect":
    """Nothing is documented of an external id that is used again: here it is free once its order is closed."""
    return MercadoDialect(exchange, tape)


def accounts(call: Call) -> Any:
    name = call.account.label or "Mercado Bitcoin"
    return [
        {"id": auth.account_id(call.account), "name": name, "type": "live", "currency": "BRL", "currencySign": "R$"}
    ]


def balances(call: Call) -> Any:
    locked = spot.locked_balances(call.account)
    return [
        {
            "symbol": coin,
            "total": fixed(total),
            "on_hold": fixed(locked.get(coin, ZERO)),
            "available": fixed(total - locked.get(coin, ZERO)),
        }
        for coin, total in call.account.coins.items()
    ]


def _public(handler: Any) -> Route:
    return Route(Kind.SPOT, handler)


def _reads(handler: Any) -> Route:
    return Route(Kind.SPOT, handler, signed=True)


def _trades(handler: Any) -> Route:
    return Route(Kind.SPOT, handler, signed=True, trades=True, counts_order=True)


class MercadoDialect(JsonDialect):
    """Spot only, one host, no demo."""

    code_type: ClassVar[type[int] | type[str]] = str
    key_header = b"authorization"
    client_id_names = ("externalId",)
    routes = Routes(
        {
            ("GET", f"{V4}/symbols"): _public(market_data.symbols),
            ("GET", f"{V4}/tickers"): _public(market_data.tickers),
            ("GET", V4 + "/{symbol}/orderbook"): _public(market_data.orderbook),
            ("POST", "/oauth2/token"): _public(auth.grant),
            ("POST", f"{V4}/authorize"): _public(auth.authorize),
            ("GET", f"{V4}/accounts"): _reads(accounts),
            ("GET", f"{MINE}/balances"): _reads(balances),
            ("GET", f"{MINE}/orders"): _reads(order_views.list_all),
            ("GET", ORDERS): _reads(order_views.list_of_symbol),
            ("GET", ORDER): _reads(order_views.show),
            ("POST", ORDERS): _trades(orders.place),
            ("DELETE", ORDER): _trades(orders.cancel),
        }
    )
    refusals: ClassVar[Any] = {Kind.SPOT: errors.REFUSALS, Kind.FUTURES: errors.REFUSALS}
    problems: ClassVar[Any] = errors.PROBLEMS

    def api_key_of(self, request: Request, parameters: Mapping[str, Any]) -> str:
        named = parameters.get("client_id") or parameters.get("login")
        return str(named or auth.key_in(request.header(self.key_header)))

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        """In the order in which the exchange looks: token, account, the fields' types."""
        account = auth.check(self._exchange, request, now)
        if target.parameters.get("account", auth.account_id(account)) != auth.account_id(account):
            raise errors.forbidden()
        if target.method == "POST":
            auth.check_types(request)
        return account

    def answer(self, request: Request, target: Target, *more: Any, **options: Any) -> Answer:
        symbol = target.parameters.get("symbol")
        if isinstance(symbol, str) and symbol and "-" not in symbol:  # wrongly written, it is no route at all
            return self._answer_error(errors.no_route(), target, {})
        return super().answer(request, target, *more, **options)

    def leg_of(self, target: Target) -> str:
        told, named = target.parameters, "symbol" in target.parameters and target.path.startswith(f"{V4}/accounts/")
        if target.method == "DELETE":
            return "cancel"
        if target.method == "GET":
            return "query" if named and target.path.count("/") > 5 and "has_executions" not in told else "read"
        if not named:
            return "read"  # a token
        if told.get("type") == "stoplimit":
            return "stop"
        return "close" if told.get("side") == "sell" else "entry"

    def wrap(self, payload: Any, target: Target) -> Any:
        return payload

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        if error.code in errors.GATEWAY:
            name = errors.GATEWAY[int(error.code)]
            return {"error": {"code": error.code, "status": name, "message": error.message}}
        code = str(error.code)
        return {
            "code": code if "|" in code or code.islower() else f"{_module(target)}|{code}",
            "message": error.message,
        }

    def missing(self, name: str) -> VenueError:
        return errors.missing(name)

    def malformed(self, name: str) -> VenueError:
        return errors.malformed(name)


def _module(target: Target | None) -> str:
    """Domain and module of a route's errors."""
    if target is None or target.path.startswith("/oauth2"):
        return "API"
    if "/orders" not in target.path:
        return "PUBLIC_DATA|GET" if "/accounts" not in target.path else "ACCOUNTS|GET"
    if target.method == "GET":
        return "TRADING|GET_ORDER" if "order" in target.parameters else "TRADING|LIST_ORDERS"
    return "TRADING|PLACE_ORDER" if target.method == "POST" else "TRADING|CANCEL_ORDER"
