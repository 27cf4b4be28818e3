"""The base of dialects with a routes table, keys in headers, and an envelope around answers and errors."""

import json
import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from simulator.core.accounts import Account, Environment, hide_history
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.core.refusals import Refused
from simulator.dialects.call import Call
from simulator.dialects.dialect import Dialect
from simulator.dialects.encoding import plain
from simulator.dialects.errors import Code, RefusalTable, VenueError, translate
from simulator.dialects.mood import CALM, Mood
from simulator.dialects.rates import Limits, Rates
from simulator.dialects.reading import parse_json, parse_pairs
from simulator.dialects.routes import Route, Routes
from simulator.faults import Target
from simulator.tape import Tape
from simulator.web import Answer, Request

log = logging.getLogger("simulator.dialects")
encode = json.JSONEncoder(separators=(",", ":"), default=plain).encode
UNREADABLE = "\0"


class Problem(StrEnum):
    """What goes wrong before a handler is asked, or in it."""

    NO_ROUTE = "no_route"
    BAD_BODY = "bad_body"
    FORBIDDEN = "forbidden"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_ORDERS = "too_many_orders"
    BANNED = "banned"
    MAINTENANCE = "maintenance"
    INTERNAL = "internal"


class JsonDialect(Dialect):
    """Routes, identifies, carries out, wraps. A subclass gives the tables and the abstract methods; never raises."""

    routes: ClassVar[Routes]
    refusals: ClassVar[Mapping[Kind, RefusalTable]]
    problems: ClassVar[Mapping[Problem, tuple[Code, str, int]]]
    key_header: ClassVar[bytes]
    symbol_names: ClassVar[tuple[str, ...]] = ("symbol",)
    client_id_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, exchange: Exchange, tape: Tape) -> None:
        super().__init__(exchange, tape)
        self.rates = Rates()

    @abstractmethod
    def authenticate(self, request: Request, target: Target, now: int) -> Account:
        """Who signed it: key, passphrase, signature, and the timestamp against `now`; VenueError as the exchange says."""

    @abstractmethod
    def wrap(self, payload: Any, target: Target) -> Any:
        """The body of an answer with this payload of the handler."""

    @abstractmethod
    def describe_error(self, error: VenueError, target: Target | None) -> Any:
        """The body of an error; no target for faults and bans."""

    @abstractmethod
    def leg_of(self, target: Target) -> str:
        """One of `faults.LEGS`, by method, path, kind and parameters of the target."""

    @abstractmethod
    def missing(self, name: str) -> Exception:
        """VenueError for a mandatory parameter that was not sent."""

    @abstractmethod
    def malformed(self, name: str) -> Exception:
        """VenueError for a value that cannot be read."""

    def kind_of(self, route: Route, _parameters: Mapping[str, Any]) -> Kind:
        """Futures or spot, where one path serves both: by category or symbol."""
        return route.kind

    def api_key_of(self, request: Request, _parameters: Mapping[str, Any]) -> str:
        """The key that the request names; empty for none."""
        return request.header(self.key_header)

    def headers(self, _request: Request, _target: Target) -> dict[str, str]:
        """Further headers of every answer to a known path."""
        return {}

    @property
    def limits(self) -> Limits:
        return self.rates.limits

    def on_ban(self, ban: Callable[[str, int], None]) -> None:
        self.rates.ban = ban

    def target(self, request: Request) -> Target:
        route, placeholders = self.routes.find(request.method, request.path)
        parameters = _read(request) | placeholders
        try:
            kind: Kind | str = self.kind_of(route, parameters) if route else ""
            return self._describe(request, route, kind, parameters)
        except Exception:  # values of an unexpected shape: nothing is known of the request but its path
            log.exception("%s %s is not understood", request.method, request.path)
            kind = route.kind if route else ""
            return Target(
                "",
                request.method,
                request.path,
                "read",
                kind,
                peer=request.peer,
                parameters={UNREADABLE: UNREADABLE},
            )

    def _describe(
        self, request: Request, route: Route | None, kind: Kind | str, parameters: Mapping[str, Any]
    ) -> Target:
        target = Target(
            api_key=self.api_key_of(request, parameters),
            method=request.method,
            path=request.path,
            leg="",
            kind=kind,
            symbol=self._symbol_of(kind, parameters),
            client_ids=tuple(str(parameters[name]) for name in self.client_id_names if parameters.get(name)),
            peer=request.peer,
            weight=route.weight if route else 0,
            parameters=parameters,
        )
        target.leg = self.leg_of(target)
        return target

    def _symbol_of(self, kind: Kind | str, parameters: Mapping[str, Any]) -> str:
        """Our own symbol where the market is known, so that fault rules and tests need one only."""
        name = next((str(parameters[name]) for name in self.symbol_names if parameters.get(name)), "")
        try:
            return self._exchange.market_named(Kind(kind), name).symbol if kind and name else name
        except Refused:
            return name

    def answer(self, request: Request, target: Target, mood: Mood = CALM) -> Answer:
        route, _ = self.routes.find(request.method, request.path)
        headers = self.headers(request, target) if route else {}
        try:
            if route is None:
                raise self.problem(Problem.NO_ROUTE, method=request.method, path=request.path)
            call = self._admit(request, route, target, mood)
            body = encode(self.wrap(self._carry_out(route, call), target))
        except VenueError as error:
            return self._answer_error(error, target, headers)
        except Exception:  # the outer edge: a fault of ours answers as the exchange's own would
            log.exception("%s %s failed", request.method, request.path)
            return self._answer_error(self.problem(Problem.INTERNAL), target, headers)
        return Answer(body.encode(), 200, headers)

    def _admit(self, request: Request, route: Route, target: Target, mood: Mood) -> Call:
        kind, now, account = Kind(target.kind), self.now, None
        if not self.rates.count_weight(request.peer, kind, route.weight, now):
            raise self.problem(Problem.TOO_MANY_REQUESTS, limit=self.limits.weight_limit)
        if UNREADABLE in target.parameters:
            raise self.problem(Problem.BAD_BODY)
        if route.signed:
            account = self.authenticate(request, target, now if mood.arrived is None else mood.arrived)
            if not may(account, kind, trades=route.trades):
                raise self.problem(Problem.FORBIDDEN)
            if route.counts_order:
                self._count_order(account, kind, now)
            if mood.hides and request.method == "GET":
                account = hide_history(account)
        return Call(self._exchange, self._tape, kind, target.parameters, self, account, mood)

    def _count_order(self, account: Account, kind: Kind, now: int) -> None:
        if not self.rates.may_order(account.id, kind, now):
            raise self.problem(Problem.TOO_MANY_ORDERS, limit=self.limits.order_limit)
        self.rates.count_order(account.id, kind, now)

    def _carry_out(self, route: Route, call: Call) -> Any:
        try:
            return route.handler(call)
        except Refused as refusal:
            raise self.translate(refusal, call.kind) from refusal

    def translate(self, refusal: Refused, kind: Kind) -> VenueError:
        """The refusal in the exchange's words; KeyError without a row in `refusals`."""
        return translate(refusal, self.refusals[kind])

    def find_key(self, api_key: str, *, is_demo: bool | None) -> Account | None:
        """The account of the key, if it works in demo (or live) trading; None: the request does not say which."""
        account = self._exchange.state.by_key.get(api_key)
        if account is None or is_demo is None or account.environment is Environment.ANY:
            return account
        return account if (account.environment is Environment.DEMO) == is_demo else None

    def problem(self, problem: Problem, **details: object) -> VenueError:
        """The exchange's words for it; `{…}` in a text is filled from the details."""
        code, text, status = self.problems[problem]
        return VenueError(code, text.format(**details), status)

    def banned(self, peer: str, seconds: int) -> Answer:
        error = self.problem(Problem.BANNED, peer=peer, seconds=seconds, until=self.now + seconds * 1000)
        return self._answer_error(error, None, {})

    def fault_answer(self, code: Code, message: str) -> Answer:
        """With the status of the refusals (200 unless the tables say otherwise for this code)."""
        rows = [row for table in self.refusals.values() for row in table.values()] + list(self.problems.values())
        status = next((int(row[2]) for row in rows if len(row) == 3 and str(row[0]) == str(code)), 200)
        return self._answer_error(VenueError(code, message, status), None, {})

    def maintenance(self) -> Answer:
        return self._answer_error(self.problem(Problem.MAINTENANCE), None, {})

    def _answer_error(self, error: VenueError, target: Target | None, headers: dict[str, str]) -> Answer:
        body = encode(self.describe_error(error, target)).encode()
        code = int(error.code) if str(error.code).lstrip("-").isdigit() else error.code
        return Answer(body, error.status, headers, code=code)


def may(account: Account, kind: Kind, *, trades: bool) -> bool:
    """Whether the key may read, or trade this kind."""
    permissions = account.permissions
    if not trades:
        return permissions.reading
    return permissions.futures if kind is Kind.FUTURES else permissions.spot


def _read(request: Request) -> dict[str, Any]:
    """Query and body together; what cannot be read leaves a mark."""
    parameters: dict[str, Any] = dict(parse_pairs(request.query))
    body = request.body.strip()
    try:
        if body[:1] in (b"{", b"["):
            return parameters | parse_json(body)
        return parameters | parse_pairs(body.decode())
    except ValueError:
        return parameters | {UNREADABLE: UNREADABLE}
