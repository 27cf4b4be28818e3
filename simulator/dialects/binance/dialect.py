"""From an HTTP request to Binance's answer: route, who asks, rules, and the error if there is one."""

import json
import logging
from typing import Any

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.core.refusals import Refused
from simulator.dialects.binance import auth, errors
from simulator.dialects.binance.call import Call, Route, parse_parameters
from simulator.dialects.binance.futures import ROUTES as FUTURES_ROUTES
from simulator.dialects.binance.legs import leg_of
from simulator.dialects.binance.spot import ROUTES as SPOT_ROUTES
from simulator.dialects.binance.weights import Weights
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Answer, Request

log = logging.getLogger("simulator.binance")
ROUTES = {**FUTURES_ROUTES, **SPOT_ROUTES}
encode = json.JSONEncoder(separators=(",", ":")).encode


class BinanceDialect:
    """Speaks `/fapi`, `/api` and `/sapi`. The header `X-Exchange-Host` tells which host the client meant."""

    def __init__(self, exchange: Exchange, tape: Tape) -> None:
        self._exchange, self._tape = exchange, tape
        self.weights = Weights()

    def target(self, request: Request) -> Target:
        """What the request is about, for fault rules."""
        parameters = parse_parameters(request.query, request.body.decode("latin-1"))
        leg = leg_of(request.method, request.path, parameters)
        return Target(request.header(b"x-mbx-apikey"), request.method, request.path, leg)

    def answer(self, request: Request) -> Answer:
        """Carry the request out. Never raises."""
        route = ROUTES.get((request.method, request.path))
        account, counted = None, None
        now = self._exchange.clock()
        try:
            if route is None:
                raise errors.no_route(request.method, request.path)
            self.weights.spend(request.peer, route.kind, route.weight, now)
            call = self._read(request, route, now)
            account = call.who
            counted = account.id if account and route.counts_order else None
            payload, status = self._carry_out(route, call), 200
        except errors.BinanceError as error:
            payload, status = {"code": error.code, "msg": error.message}, error.status
        except Exception:  # the outer edge: a fault of ours answers as Binance's own would
            log.exception("%s %s failed", request.method, request.path)
            payload, status = {"code": -1000, "msg": "An unknown error occurred while processing the request."}, 500
        headers = self.weights.headers(request.peer, route.kind, counted, now) if route else {}
        if status == 429:
            headers["Retry-After"] = str(60 - now // 1000 % 60)
        return Answer(encode(payload).encode(), status, headers)

    def _read(self, request: Request, route: Route, now: int) -> Call:
        body = request.body.decode("latin-1")
        parameters = parse_parameters(request.query, body)
        account: Account | None = None
        if route.signed:
            host = request.header(b"x-exchange-host")
            account = auth.identify(self._exchange, request.header(b"x-mbx-apikey"), host)
            auth.check_timestamp(parameters, now)
            auth.check_signature(account, request.query, body)
            auth.check_permission(account, route.kind, trades=route.trades)
        return Call(self._exchange, self._tape, route.kind, parameters, account)

    def _carry_out(self, route: Route, call: Call) -> Any:
        try:
            return route.handler(call)
        except Refused as refusal:
            table = errors.FUTURES if route.kind is Kind.FUTURES else errors.SPOT
            raise errors.translate(refusal, table) from refusal
