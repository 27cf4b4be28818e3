"""From an HTTP request to OKX's answer: `{"code", "msg", "data"}` with rows; an order's refusal stands in its row (`sCode`)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.dialects.errors import VenueError
from simulator.dialects.json_dialect import JsonDialect
from simulator.dialects.okx import account, algos, auth, errors, market_data, order_views, orders
from simulator.dialects.okx.markets import MARKETS
from simulator.dialects.reading import LIST
from simulator.dialects.routes import Route, Routes, Table
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Answer, Request

__all__ = ["MARKETS", "OkxDialect", "make"]

TRADE = "/api/v5/trade/"
ORDER, ORDERS, ALGO = f"{TRADE}order", f"{TRADE}batch-orders", f"{TRADE}order-algo"
ITEMS = (ORDER, ORDERS, ALGO, f"{TRADE}cancel-order", f"{TRADE}cancel-algos")  # their refusals stand with the item
SWAP = "SWAP"


def _public(path: str, handler: Any) -> Table:
    return {("GET", f"/api/v5/{path}"): Route(Kind.FUTURES, handler)}


def _reads(path: str, handler: Any) -> Table:
    return {("GET", f"/api/v5/{path}"): Route(Kind.FUTURES, handler, signed=True)}


def _trades(path: str, handler: Any, *, counts: bool = False) -> Table:
    return {("POST", f"/api/v5/{path}"): Route(Kind.FUTURES, handler, signed=True, trades=True, counts_order=counts)}


ROUTES: Table = {
    **_public("public/time", market_data.server_time),
    **_public("public/instruments", market_data.instruments),
    **_public("public/mark-price", market_data.mark_price),
    **_public("public/funding-rate", market_data.funding_rate),
    **_public("market/tickers", market_data.tickers),
    **_public("market/ticker", market_data.ticker),
    **_public("market/books", market_data.books),
    **_public("market/candles", market_data.candles),
    **_reads("account/config", account.config),
    **_reads("account/balance", account.balance),
    **_reads("account/positions", account.positions),
    **_reads("account/leverage-info", account.leverage_info),
    **_reads("account/bills", account.bills),
    **_reads("account/bills-archive", account.bills),
    **_trades("account/set-leverage", account.set_leverage),
    **_trades("account/set-position-mode", account.set_position_mode),
    **_trades("trade/order", orders.place, counts=True),
    **_trades("trade/batch-orders", orders.place_several, counts=True),
    **_reads("trade/order", orders.show),
    **_trades("trade/cancel-order", orders.cancel),
    **_reads("trade/orders-pending", order_views.list_open),
    **_reads("trade/orders-history", order_views.list_closed),
    **_reads("trade/fills", order_views.list_fills),
    **_reads("trade/fills-history", order_views.list_fills),
    **_trades("trade/order-algo", algos.place, counts=True),
    **_reads("trade/order-algo", algos.show),
    **_trades("trade/cancel-algos", algos.cancel),
    **_reads("trade/orders-algo-pending", algos.list_pending),
    **_reads("trade/orders-algo-history", algos.list_history),
}


def make(exchange: Exchange, tape: Tape) -> "OkxDialect":
    """OKX: a client id may be used again once its order is closed."""
    return OkxDialect(exchange, tape)


class OkxDialect(JsonDialect):
    """One host for demo and live; the header `x-simulated-trading` tells which is meant."""

    routes, key_header = Routes(ROUTES), b"ok-access-key"
    symbol_names, client_id_names = ("instId",), ("algoClOrdId", "clOrdId")
    refusals: ClassVar[Any] = {Kind.FUTURES: errors.REFUSALS, Kind.SPOT: errors.REFUSALS}
    problems: ClassVar[Any] = errors.PROBLEMS

    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        known = self.find_key(target.api_key, is_demo=auth.is_demo(request))
        known = auth.check(self._exchange, request, known, now)
        if target.path in (ORDER, ORDERS):
            auth.check_deadline(request, now)
        return known

    def kind_of(self, route: Route, parameters: Mapping[str, Any]) -> Kind:
        """By instrument, else by its type; without both an account's futures side answers."""
        named, kind = str(parameters.get("instId") or ""), str(parameters.get("instType") or "")
        if named:
            return Kind.FUTURES if named.endswith(f"-{SWAP}") else Kind.SPOT
        return route.kind if kind in ("", SWAP) else Kind.SPOT

    def leg_of(self, target: Target) -> str:
        path, told = target.path, target.parameters
        if target.method == "GET":
            return "query" if path in (ORDER, ALGO) else "read"
        if "cancel" in path:
            return "cancel"
        if path.startswith("/api/v5/account/"):
            return "leverage" if path.endswith("leverage") else "settings"
        if path == ALGO:
            legs = [leg for leg, name in (("stop", "slTriggerPx"), ("target", "tpTriggerPx")) if told.get(name)]
            return "oco" if len(legs) == 2 else (legs or ["stop"])[0]
        return "close" if _closes(target.kind, told) else "entry"

    def wrap(self, payload: Any, target: Target) -> Any:
        """With the code for rows of which some or all failed."""
        failed = [row for row in payload if isinstance(row, dict) and row.get("sCode", "0") != "0"]
        code = "0" if not failed else "1" if len(failed) == len(payload) else "2"
        return {"code": code, "data": payload, "msg": "" if code == "0" else "All operations failed"}

    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        code = str(error.code)
        if target is None or target.path not in ITEMS or error.status != 200 or target.method == "GET":
            return {"code": code, "data": [], "msg": error.message}
        told = target.parameters
        ids = {"clOrdId": told.get("clOrdId", ""), "ordId": ""}
        if target.path == ALGO:
            ids = {"algoClOrdId": told.get("algoClOrdId", ""), "algoId": ""}
        return {
            "code": "1",
            "data": [ids | {"sCode": code, "sMsg": error.message, "tag": ""}],
            "msg": "All operations failed",
        }

    def missing(self, name: str) -> VenueError:
        return errors.missing(name)

    def malformed(self, name: str) -> VenueError:
        return errors.malformed(name)

    def banned(self, peer: str, seconds: int) -> Answer:
        """The web firewall before OKX turns an address away, in HTML."""
        return Answer(b"<html>error code: 1015</html>", 429, {"Retry-After": str(seconds)}, code=1015)


def _closes(kind: str, told: Mapping[str, Any]) -> bool:
    """Whether an order makes smaller what is held; on spot, whether it sells. Of several orders the first counts."""
    told = told.get(LIST, [told])[0] if LIST in told else told
    if kind == Kind.SPOT:
        return bool(told.get("side") == "sell")
    return told.get("reduceOnly") == "true" or (told.get("posSide"), told.get("side")) in (
        ("long", "sell"),
        ("short", "buy"),
    )
