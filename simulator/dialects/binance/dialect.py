"""From an HTTP request to Binance's answer: route, who asks, rules, and the error if there is one."""

import json
import logging
from collections.abc import Callable
from typing import Any

from simulator.core.accounts import Account, hide_history
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.core.refusals import Refused
from simulator.dialects.binance import auth, errors
from simulator.dialects.binance.call import Call, Route, parse_parameters
from simulator.dialects.binance.futures import ROUTES as FUTURES_ROUTES
from simulator.dialects.binance.legs import client_ids_of, leg_of
from simulator.dialects.binance.spot import ROUTES as SPOT_ROUTES
from simulator.dialects.binance.weights import Weights
from simulator.dialects.dialect import Dialect
from simulator.dialects.encoding import encode
from simulator.dialects.errors import Code
from simulator.dialects.mood import CALM, Mood
from simulator.dialects.rates import Limits
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Answer, Request

log = logging.getLogger("simulator.binance")
ROUTES = {**FUTURES_ROUTES, **SPOT_ROUTES}
MAINTENANCE = (
    '{"code":-1008,"msg":"Server is currently overloaded with other requests. Please try again in a few minutes."}'
)


def make(exchange: Exchange, tape: Tape) -> "BinanceDialect":
    """Binance, with its client ids free again once their order is closed."""
    return BinanceDialect(exchange, tape)


class BinanceDialect(Dialect):
    """Speaks `/fapi`, `/api` and `/sapi`. The header `X-Exchange-Host` tells which host the client meant."""

    def __init__(self, exchange: Exchange, tape: Tape) -> None:
        super().__init__(exchange, tape)
        self.weights = Weights()

    @property
    def limits(self) -> Limits:
        return self.weights.limits

    def on_ban(self, ban: Callable[[str, int], None]) -> None:
        self.weights.ban = ban

    def target(self, request: Request) -> Target:
        """What the request is about, for fault rules and the request log; its parameters read once."""
        parameters = parse_parameters(request.query, request.body.decode("latin-1"))
        route = ROUTES.get((request.method, request.path))
        return Target(
            api_key=request.header(b"x-mbx-apikey"),
            method=request.method,
            path=request.path,
            leg=leg_of(request.method, request.path, parameters),
            kind=route.kind if route else "",
            symbol=parameters.get("symbol", ""),
            client_ids=client_ids_of(parameters),
            peer=request.peer,
            weight=route.weight if route else 0,
            parameters=parameters,
        )

    def banned(self, peer: str, seconds: int) -> Answer:
        """418 with Retry-After: the address must be silent for so long."""
        error = errors.banned(peer, self.now + seconds * 1000)
        return _answer_error(error, {"Retry-After": str(seconds)})

    def fault_answer(self, code: Code, message: str) -> Answer:
        return Answer(json.dumps({"code": code, "msg": message}, separators=(",", ":")).encode(), 400)

    def maintenance(self) -> Answer:
        """503, -1008."""
        return Answer(MAINTENANCE.encode(), 503)

    def answer(self, request: Request, target: Target, mood: Mood = CALM) -> Answer:
        """Carry the request out. Never raises."""
        route = ROUTES.get((request.method, request.path))
        counted, now = None, self._exchange.clock()
        error: errors.BinanceError | None = None
        payload: Any = None
        try:
            if route is None:
                raise errors.no_route(request.method, request.path)
            self.weights.spend(request.peer, route.kind, route.weight, now)
            call = self._read(request, route, target, mood)
            if call.who and route.counts_order:
                self.weights.check_orders(call.who.id, route.kind, now)
                counted = call.who.id
            payload = self._carry_out(route, call)
        except errors.BinanceError as known:
            error = known
        except Exception:  # the outer edge: a fault of ours answers as Binance's own would
            log.exception("%s %s failed", request.method, request.path)
            error = errors.BinanceError(-1000, "An unknown error occurred while processing the request.", 500)
        headers = self.weights.headers(request.peer, route.kind, counted, now) if route else {}
        if error is None:
            return Answer(encode(payload).encode(), 200, headers)
        if error.status == 429:
            headers["Retry-After"] = str(60 - now // 1000 % 60)
        return _answer_error(error, headers)

    def _read(self, request: Request, route: Route, target: Target, mood: Mood) -> Call:
        account: Account | None = None
        if route.signed:
            account = auth.identify(self._exchange, target.api_key, request.header(b"x-exchange-host"))
            auth.check_timestamp(target.parameters, self.now if mood.arrived is None else mood.arrived)
            auth.check_signature(account, request.query, request.body.decode("latin-1"))
            auth.check_permission(account, route.kind, trades=route.trades)
            if mood.hides and request.method == "GET":
                account = hide_history(account)
        return Call(self._exchange, self._tape, route.kind, target.parameters, account, mood, self.weights.limits)

    def _carry_out(self, route: Route, call: Call) -> Any:
        try:
            return route.handler(call)
        except Refused as refusal:
            table = errors.FUTURES if route.kind is Kind.FUTURES else errors.SPOT
            raise errors.translate(refusal, table) from refusal


def _answer_error(error: errors.BinanceError, headers: dict[str, str]) -> Answer:
    body = encode({"code": error.code, "msg": error.message}).encode()
    return Answer(body, error.status, headers, code=error.code)
