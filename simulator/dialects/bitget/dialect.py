"""From an HTTP request to Bitget's answer: `{"code", "msg", "requestTime", "data"}`; refusals come with HTTP 400."""

from collections.abc import Mapping
from typing import Any, ClassVar

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects.bitget import auth, errors
from simulator.dialects.bitget.markets import MARKETS
from simulator.dialects.bitget.routes import ROUTES
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect
from simulator.dialects.routes import Route, Routes
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Answer, Request

__all__ = ["MARKETS", "BitgetDialect", "make"]

QUERIES = ("/detail", "/orderInfo", "/order-info")
SETTINGS = ("/set-margin-mode", "/set-position-mode", "/set-hold-mode")
STOPS, TARGETS = ("stopLoss", "stopLossTriggerPrice"), ("takeProfit", "stopSurplusTriggerPrice")


def make(exchange: Exchange, tape: Tape) -> "BitgetDialect":
    """Bitget: a client id may be used again once its order is closed."""
    return BitgetDialect(exchange, tape)


class BitgetDialect(JsonDialect):
    """One host for demo and live; the header `paptrading` tells which is meant."""

    routes, key_header = Routes(ROUTES), b"access-key"
    client_id_names: ClassVar[tuple[str, ...]] = ("clientOid",)
    refusals: ClassVar[Any] = {Kind.FUTURES: errors.CLASSIC, Kind.SPOT: errors.CLASSIC}
    problems: ClassVar[Any] = errors.PROBLEMS

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        known = self.find_key(target.api_key, is_demo=auth.is_demo(request))
        return auth.check(self._exchange, request, known, now)

    def kind_of(self, route: Route, parameters: Mapping[str, Any]) -> Kind:
        """v3 paths serve futures and spot, by `category`."""
        return Kind.SPOT if str(parameters.get("category") or "").upper() == "SPOT" else route.kind

    def leg_of(self, target: Target) -> str:
        path, told = target.path, target.parameters
        if target.method == "GET":
            return "query" if path.endswith(QUERIES) else "read"
        if "cancel" in path:
            return "cancel"
        if path.endswith("/set-leverage"):
            return "leverage"
        if path.endswith(SETTINGS):
            return "settings"
        if "tpsl" in path or "strategy" in path or "plan-order" in path:
            return _leg(told)
        return "close" if _closes(target.kind, path, told) else "entry"

    def wrap(self, payload: Any, target: Target) -> Any:
        return {"code": "00000", "msg": "success", "requestTime": self.now, "data": payload}

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        return {"code": str(error.code), "msg": error.message, "requestTime": self.now, "data": None}

    def missing(self, name: str) -> VenueError:
        return errors.missing(name)

    def malformed(self, name: str) -> VenueError:
        return errors.malformed(name)

    def banned(self, peer: str, seconds: int) -> Answer:
        """The web firewall before Bitget turns an address away, in HTML."""
        return Answer(b"<html>Access denied</html>", 403, {"Retry-After": str(seconds)}, code=403)


def _leg(told: Mapping[str, Any]) -> str:
    """Which leg a plan order is; spot's name none and are stops."""
    stop = told.get("planType") in ("loss_plan", "pos_loss") or any(told.get(name) for name in STOPS)
    target = told.get("planType") in ("profit_plan", "pos_profit") or any(told.get(name) for name in TARGETS)
    if stop and target:
        return "oco"
    return "target" if target else "stop"


def _closes(kind: str, path: str, told: Mapping[str, Any]) -> bool:
    """Whether an order makes smaller what is held; on spot, whether it sells."""
    side, held = str(told.get("side") or "").lower(), str(told.get("posSide") or "").lower()
    if kind == Kind.SPOT:
        return side == "sell"
    if str(told.get("reduceOnly") or "").lower() == "yes":
        return True
    if path.startswith("/api/v3/"):
        return (held, side) in (("long", "sell"), ("short", "buy"))
    return str(told.get("tradeSide") or "").lower() == "close"
