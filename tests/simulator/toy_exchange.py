"""An exchange made up for tests: the smallest dialect that signs, trades, protects and errs. The README shows it."""

from typing import Any, ClassVar

from simulator.core import conditionals, futures, margin, protection, registry, spot
from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import BRL_MARKETS, MARKETS, Kind, Market, list_as
from simulator.core.orders import MARK_PRICE, Order, OrderType, PositionSide, Protection, Scope, Side, Trigger
from simulator.core.refusals import Reason, Refused
from simulator.dialects import signing
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect, Problem
from simulator.dialects.routes import Route, Routes
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Request

RECV_WINDOW_MS = 5000
SIDES = {"buy": Side.BUY, "sell": Side.SELL}


def _name(market: Market) -> Market:
    if market.kind is Kind.SPOT:
        return list_as(market, f"{market.base}-{market.quote}")
    return list_as(market, f"{market.base}-{market.quote}-SWAP", contract_size="0.01", lot="0.1")


MARKETS_HERE = tuple(_name(market) for market in (*MARKETS, *BRL_MARKETS) if market.base in ("BTC", "ETH"))


def make(exchange: Exchange, tape: Tape) -> "ToyDialect":
    exchange.settings.shared_ids = exchange.settings.unique_ids = True
    return ToyDialect(exchange, tape)


def new_order(call: Call) -> Any:
    """POST /orders: market orders; on futures in contracts, with stop and target for the whole position."""
    market, side = call.market(), call.choice("side", SIDES)
    if call.kind is Kind.SPOT:
        cost = call.optional_decimal("cost")
        quantity = call.optional_decimal("size") if cost else call.decimal("size")
        bought = spot.NewSpotOrder(market.symbol, side, OrderType.MARKET, quantity, cost, client_id=call.optional("id"))
        return {"order": spot.place_order(call.exchange, call.account, bought).id}
    new = futures.NewOrder(
        symbol=market.symbol,
        side=side,
        type=OrderType.MARKET,
        quantity=market.to_base(call.decimal("size")),
        client_id=call.optional("id"),
        reduce_only=call.flag("reduceOnly"),
        protection=_protection(call),
        pieces=call.mood.pieces,
    )
    return {"order": futures.place_order(call.exchange, call.account, new).id}


def _protection(call: Call) -> Protection | None:
    stop, target = (
        Trigger(call.decimal(name), working_type=MARK_PRICE) if call.optional(name) else None for name in ("sl", "tp")
    )
    return Protection(stop, target, scope=Scope.POSITION) if stop or target else None


def set_stop(call: Call) -> Any:
    """POST /stop: of the position; zero removes it."""
    price, market = call.decimal("price"), call.market()
    trigger = Trigger(price, working_type=MARK_PRICE) if price else None
    position = call.account.position(market.symbol, PositionSide.BOTH)
    protection.set_trigger(call.exchange, call.account, position, OrderType.STOP_MARKET, trigger)
    return {}


def new_batch(call: Call) -> Any:
    return [new_order(part) for part in call.parts("[]")]


def show_order(call: Call) -> Any:
    """GET /accounts/{account}/{symbol}/orders/{id}."""
    market = call.market()
    order = call.account.find_order(call.kind, market.symbol, client_id=call.text("id"))
    if order is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    return _describe(market, order)


def _describe(market: Market, order: Order) -> dict[str, Any]:
    filled = market.to_contracts(order.executed_quantity)
    return {"id": order.client_id, "state": order.status, "filled": plain(filled), "average": order.average_price}


def cancel_all(call: Call) -> Any:
    conditionals.cancel_all(call.exchange, call.account, call.market().symbol)
    return [order.id for order in futures.cancel_all(call.exchange, call.account, call.market().symbol)]


def set_leverage(call: Call) -> Any:
    registry.set_leverage(call.exchange, call.account, call.market().symbol, call.integer("leverage"))
    return {}


def balance(call: Call) -> Any:
    return {"available": plain(margin.summarize(call.exchange, call.account).available)}


def now(call: Call) -> Any:
    return {"now": call.exchange.clock()}


class ToyDialect(JsonDialect):
    """`{"code": "0", "data": …}`; keys, passphrase, time and signature in headers."""

    key_header = b"toy-key"
    client_id_names = ("id",)
    routes: ClassVar[Routes] = Routes(
        {
            ("GET", "/time"): Route(Kind.FUTURES, now),
            ("GET", "/balance"): Route(Kind.FUTURES, balance, signed=True),
            ("POST", "/orders"): Route(Kind.FUTURES, new_order, signed=True, trades=True, counts_order=True),
            ("POST", "/batch"): Route(Kind.FUTURES, new_batch, signed=True, trades=True),
            ("POST", "/stop"): Route(Kind.FUTURES, set_stop, signed=True, trades=True),
            ("POST", "/leverage"): Route(Kind.FUTURES, set_leverage, signed=True, trades=True),
            ("DELETE", "/orders"): Route(Kind.FUTURES, cancel_all, signed=True, trades=True),
            ("GET", "/accounts/{account}/{symbol}/orders/{id}"): Route(Kind.FUTURES, show_order, signed=True),
        }
    )
    _shared: ClassVar[dict[Reason, tuple[str, str] | tuple[str, str, int]]] = {
        Reason.UNKNOWN_SYMBOL: ("51001", "Instrument ID does not exist."),
        Reason.UNKNOWN_ORDER: ("51603", "Order does not exist.", 404),
        Reason.DUPLICATE_ID: ("51016", "Client order ID already exists."),
        Reason.QUANTITY_TOO_SMALL: ("51020", "Order amount should be at least {minimum}."),
        Reason.QUANTITY_PRECISION: ("51121", "Order quantity must be a multiple of the lot size."),
        Reason.QUANTITY_STEP: ("51121", "Order quantity must be a multiple of the lot size."),
        Reason.INSUFFICIENT_MARGIN: ("51008", "Insufficient balance."),
        Reason.INSUFFICIENT_BALANCE: ("51008", "Insufficient {asset} balance."),
        Reason.WOULD_TRIGGER: ("51280", "The trigger {trigger} is beyond the price {price}."),
        Reason.CLOSE_WITHOUT_POSITION: ("51023", "Position does not exist."),
        Reason.REDUCE_ONLY: ("51169", "No position to close."),
    }
    refusals: ClassVar[Any] = {Kind.FUTURES: _shared, Kind.SPOT: _shared}
    problems: ClassVar[Any] = {
        Problem.NO_ROUTE: ("404", "{path} not found", 404),
        Problem.BAD_BODY: ("50002", "JSON syntax error", 400),
        Problem.FORBIDDEN: ("50120", "This key has no permission", 401),
        Problem.TOO_MANY_REQUESTS: ("50011", "Requests too frequent", 429),
        Problem.TOO_MANY_ORDERS: ("50061", "Order limit reached", 429),
        Problem.BANNED: ("50012", "Blocked until {until}", 403),
        Problem.MAINTENANCE: ("50001", "Service temporarily unavailable", 503),
        Problem.INTERNAL: ("50026", "System error", 500),
    }

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        account = self.find_key(target.api_key, is_demo=request.header(b"toy-demo") == "1")
        if account is None:
            raise VenueError("50111", "Invalid key", 401)
        stamp = request.header(b"toy-time")
        if not stamp.isdigit() or abs(now - int(stamp)) > RECV_WINDOW_MS:
            raise VenueError("50102", "Timestamp request expired", 401)
        query = f"?{request.query}" if request.query else ""
        text = stamp + request.method + request.path + query + request.body.decode("latin-1")
        if not signing.is_same(signing.base64_signature(account.secret, text), request.header(b"toy-sign")):
            raise VenueError("50113", "Invalid sign", 401)
        if not signing.is_same(account.passphrase, request.header(b"toy-passphrase")):
            raise VenueError("50105", "Wrong passphrase", 401)
        return account

    def kind_of(self, route: Route, parameters: Any) -> Kind:
        return route.kind if parameters.get("symbol", "-SWAP").endswith("-SWAP") else Kind.SPOT

    def leg_of(self, target: Target) -> str:
        if target.method == "DELETE":
            return "cancel"
        if target.method == "GET":
            return "query" if "id" in target.parameters else "read"
        closes = target.parameters.get("reduceOnly") == "true"
        return {"/leverage": "leverage", "/stop": "stop"}.get(target.path, "close" if closes else "entry")

    def wrap(self, payload: Any, target: Target) -> Any:
        return {"code": "0", "data": payload}

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        return {"code": str(error.code), "msg": error.message, "data": []}

    def missing(self, name: str) -> VenueError:
        return VenueError("50014", f"Parameter {name} can not be empty.", 400)

    def malformed(self, name: str) -> VenueError:
        return VenueError("51000", f"Parameter {name} error", 400)
