"""BingX: its paths, who asks, and the envelope `{"code": 0, "msg": "", "data": …}` around every answer but one."""

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects.bingx import auth, errors, market_data, spot_orders, swap_account, swap_orders
from simulator.dialects.bingx.markets import MARKETS
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect
from simulator.dialects.routes import Route, Routes
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Request

__all__ = ["MARKETS", "BingxDialect", "make"]

SWAP, SPOT = "/openApi/swap", "/openApi/spot/v1"
PERMISSIONS = "/openApi/v1/account/apiPermissions"
F, S = Kind.FUTURES, Kind.SPOT

PUBLIC = {
    ("GET", f"{SWAP}/v2/server/time"): Route(F, market_data.server_time),
    ("GET", f"{SPOT}/server/time"): Route(S, market_data.server_time),
    ("GET", f"{SWAP}/v2/quote/contracts"): Route(F, market_data.contracts),
    ("GET", f"{SWAP}/v2/quote/ticker"): Route(F, market_data.ticker),
    ("GET", f"{SWAP}/v2/quote/bookTicker"): Route(F, market_data.book_ticker),
    ("GET", f"{SWAP}/v2/quote/depth"): Route(F, market_data.depth),
    ("GET", f"{SWAP}/v2/quote/premiumIndex"): Route(F, market_data.premium_index),
    ("GET", f"{SWAP}/v1/ticker/price"): Route(F, market_data.price),
    ("GET", f"{SWAP}/v3/quote/klines"): Route(F, market_data.klines),
    ("GET", "/openApi/cswap/v1/market/contracts"): Route(F, market_data.nothing),
    ("GET", f"{SPOT}/common/symbols"): Route(S, market_data.symbols),
    ("GET", f"{SPOT}/ticker/24hr"): Route(S, market_data.ticker),
    ("GET", f"{SPOT}/market/depth"): Route(S, market_data.depth),
}
ASKED = {
    ("GET", f"{SWAP}/v2/trade/order"): Route(F, swap_orders.query, signed=True),
    ("GET", f"{SWAP}/v2/trade/openOrder"): Route(F, swap_orders.query, signed=True),
    ("GET", f"{SWAP}/v2/trade/openOrders"): Route(F, swap_orders.open_orders, signed=True),
    ("GET", f"{SWAP}/v2/trade/allOrders"): Route(F, swap_orders.all_orders, signed=True),
    ("GET", f"{SWAP}/v2/trade/fillHistory"): Route(F, swap_orders.fill_history, signed=True),
    ("GET", f"{SWAP}/v2/trade/allFillOrders"): Route(F, swap_orders.all_fills, signed=True),
    ("GET", f"{SWAP}/v2/trade/leverage"): Route(F, swap_account.get_leverage, signed=True),
    ("GET", f"{SWAP}/v2/trade/marginType"): Route(F, swap_account.get_margin_type, signed=True),
    ("GET", f"{SWAP}/v1/positionSide/dual"): Route(F, swap_account.get_position_mode, signed=True),
    ("GET", f"{SWAP}/v3/user/balance"): Route(F, swap_account.balance, signed=True),
    ("GET", f"{SWAP}/v2/user/positions"): Route(F, swap_account.positions, signed=True),
    ("GET", f"{SWAP}/v2/user/income"): Route(F, swap_account.income, signed=True),
    ("GET", PERMISSIONS): Route(S, swap_account.permissions, signed=True),
    ("GET", f"{SPOT}/trade/query"): Route(S, spot_orders.query, signed=True),
    ("GET", f"{SPOT}/trade/openOrders"): Route(S, spot_orders.open_orders, signed=True),
    ("GET", f"{SPOT}/trade/historyOrders"): Route(S, spot_orders.history, signed=True),
    ("GET", f"{SPOT}/trade/myTrades"): Route(S, spot_orders.my_trades, signed=True),
    ("GET", f"{SPOT}/account/balance"): Route(S, spot_orders.balances, signed=True),
}


def _trade(kind: Kind, handler: Any, *, counts: bool = False) -> Route:
    return Route(kind, handler, signed=True, trades=True, counts_order=counts)


TRADED = {
    ("POST", f"{SWAP}/v2/trade/order"): _trade(F, swap_orders.place, counts=True),
    ("POST", f"{SWAP}/v2/trade/order/test"): _trade(F, swap_orders.test_order),
    ("DELETE", f"{SWAP}/v2/trade/order"): _trade(F, swap_orders.cancel),
    ("DELETE", f"{SWAP}/v2/trade/allOpenOrders"): _trade(F, swap_orders.cancel_all),
    ("POST", f"{SWAP}/v2/trade/leverage"): _trade(F, swap_account.set_leverage),
    ("POST", f"{SWAP}/v2/trade/marginType"): _trade(F, swap_account.set_margin_type),
    ("POST", f"{SWAP}/v1/positionSide/dual"): _trade(F, swap_account.set_position_mode),
    ("POST", f"{SPOT}/trade/order"): _trade(S, spot_orders.place, counts=True),
    ("POST", f"{SPOT}/trade/cancel"): _trade(S, spot_orders.cancel),
}


def make(exchange: Exchange, tape: Tape) -> "BingxDialect":
    """Client ids are never free again, and stops share them with all other futures orders."""
    exchange.settings.unique_ids = exchange.settings.shared_ids = True
    return BingxDialect(exchange, tape)


class BingxDialect(JsonDialect):
    """Parameters travel in the query, as a form or as JSON; the signature is one of them."""

    routes: ClassVar[Routes] = Routes({**PUBLIC, **ASKED, **TRADED})
    refusals: ClassVar[Any] = errors.REFUSALS
    problems: ClassVar[Any] = errors.PROBLEMS
    key_header = b"x-bx-apikey"
    client_id_names = ("clientOrderId", "clientOrderID", "newClientOrderId")

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        if not target.api_key:
            raise VenueError(100413, "Null apiKey")
        account = self.find_key(target.api_key, is_demo=auth.is_demo(request.header(b"x-exchange-host")))
        if account is None:
            raise VenueError(100413, "Incorrect apiKey, please check your valid api key")
        auth.check_time(target.parameters, now)
        auth.check_signature(account, target.parameters)
        return account

    def leg_of(self, target: Target) -> str:
        name = target.path.rsplit("/", 1)[-1]
        if target.method == "DELETE" or name == "cancel":
            return "cancel"
        if target.method == "GET":
            return "query" if name in ("order", "openOrder", "query") else "read"
        if name != "order":
            return "leverage" if name == "leverage" else "settings"
        return self._leg_of_order(target)

    def _leg_of_order(self, target: Target) -> str:
        asked = {name: str(target.parameters.get(name, "")) for name in ("type", "side", "positionSide", "reduceOnly")}
        if asked["type"].startswith("STOP"):
            return "stop"
        if asked["type"].startswith("TAKE_PROFIT"):
            return "target"
        if asked["type"].startswith(("TAKE_STOP", "TRIGGER")):
            return "stop" if self._is_below(target) == (asked["side"] == "SELL") else "target"
        if target.kind == Kind.SPOT:
            return "close" if asked["side"] == "SELL" else "entry"
        closes_a_side = (asked["positionSide"], asked["side"]) in (("LONG", "SELL"), ("SHORT", "BUY"))
        return "close" if closes_a_side or asked["reduceOnly"].lower() == "true" else "entry"

    def _is_below(self, target: Target) -> bool:
        """Whether a spot trigger stands below the price, which is all that tells a stop from a target."""
        try:
            return Decimal(str(target.parameters["stopPrice"])) < self._exchange.state.prices[target.symbol]
        except (KeyError, InvalidOperation):
            return True  # it will be refused

    def wrap(self, payload: Any, target: Target) -> Any:
        return payload if target.path == PERMISSIONS else {"code": 0, "msg": "", "data": payload}

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        return errors.describe(error)

    def missing(self, name: str) -> VenueError:
        return errors.missing(name)

    def malformed(self, name: str) -> VenueError:
        return errors.malformed(name)
