"""Mercado Bitcoin's API v4: hosts, paths, tokens, the list of markets. ccxt's class still speaks v3, which is switched off.

It stands where a class of ccxt stands (`ccxt_importing`, `ccxt_clones.Lean`). An account's requests bear a token that is
asked for with its keys, kept for all requests of the account in this process, and renewed before it ends; it lasts an hour.
Source: api.mercadobitcoin.net/api/v4/docs ("Authentication", "Authorize", "List Symbols").
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Coroutine, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from exchanges.addresses import address_of
from exchanges.asking_once import ask_once, start_once
from exchanges.dialect import Call, read_answer
from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.limits import Priority
from exchanges.raw_values import decimal, require_id
from exchanges.shared_prices import shared_quote
from exchanges.venue import Venue
from exchanges.venues.mercado_symbols import read_symbols

HOST = "https://api.mercadobitcoin.net"
PUBLIC, PRIVATE, FORM = ["public"], ["private"], ["form"]
V4, ACCOUNT = "/api/v4", "/api/v4/accounts/{accountId}"
ENDPOINTS: Mapping[str, tuple[str, list[str], str]] = {
    "publicGetSymbols": (f"{V4}/symbols", PUBLIC, "GET"),
    "publicGetTickers": (f"{V4}/tickers", PUBLIC, "GET"),
    "publicGetOrderbook": (V4 + "/{symbol}/orderbook", PUBLIC, "GET"),
    "publicPostOauth2Token": ("/oauth2/token", FORM, "POST"),
    "publicPostAuthorize": (f"{V4}/authorize", PUBLIC, "POST"),
    "privateGetAccounts": (f"{V4}/accounts", PRIVATE, "GET"),
    "privateGetBalances": (f"{ACCOUNT}/balances", PRIVATE, "GET"),
    "privateGetOrders": (f"{ACCOUNT}/orders", PRIVATE, "GET"),
    "privateGetSymbolOrders": (ACCOUNT + "/{symbol}/orders", PRIVATE, "GET"),
    "privateGetSymbolOrder": (ACCOUNT + "/{symbol}/orders/{orderId}", PRIVATE, "GET"),
    "privatePostSymbolOrders": (ACCOUNT + "/{symbol}/orders", PRIVATE, "POST"),
    "privateDeleteSymbolOrder": (ACCOUNT + "/{symbol}/orders/{orderId}", PRIVATE, "DELETE"),
}
# "Place order": these are JSON numbers, the quantity is a text; the wrong one of the two is refused (422).
NUMBERS = frozenset({"cost", "limitPrice", "stopPrice"})
# An answer to a token that is not valid or no longer: nothing was done.
TOKEN_REFUSED = frozenset({"401", "FORBIDDEN"})
NO_SUCH_ROUTE = frozenset({"404", "http_404", "ROUTE_NOT_FOUND"})
# Before its end a token is renewed behind the requests' back; close to it they wait for the new one.
RENEW_S, LAST_S = 300.0, 30.0
LOG_IN_S = 5.0
MOST_SESSIONS = 10_000
SYMBOLS_FOR_S = 3600.0
# The watch looks at all prices more than once a second; an address has 100 requests a minute (EXC-13), for everything.
ALL_PRICES_FOR_S = 5.0
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Session:
    """A token of one account, good until `ends_at` on the monotonic clock."""

    token: str = field(repr=False)
    ends_at: float
    account_id: str = field(default="", repr=False)


_sessions: dict[tuple[str, str | None], Session] = {}
_symbols: dict[str | None, tuple[float, list[str]]] = {}


class MercadoV4:
    """What the lean client needs of an exchange's class: paths, signing, markets; and a token before the first request."""

    ENDPOINTS = ENDPOINTS
    venue: Venue
    account: str
    may_write: Callable[[], bool]
    call_now: Callable[[Call, float, Priority], Coroutine[Any, Any, Any]]  # these two are Lean's
    fetch: Callable[..., Coroutine[Any, Any, Any]]

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.options: dict[str, Any] = dict(config["options"])
        self.has: dict[str, Any] = {}
        self.headers: dict[str, str] = {"Accept": "application/json"}
        self.apiKey = self.secret = self.password = ""
        self.session: Session | None = None

    def sign(self, path: str, api: list[str], method: str, params: dict[str, Any]) -> dict[str, Any]:
        """URL, headers and body. What the path names is taken out of the parameters; the token is the account's."""
        values, headers, body = dict(params), {}, None
        if api is PRIVATE:
            if self.session is None:
                raise ValueError("an account's request without a token")
            headers["Authorization"] = f"Bearer {self.session.token}"
            values["accountId"] = self.session.account_id
        url = HOST + _PLACEHOLDER.sub(lambda name: quote(str(values.pop(name[1])), safe=""), path)
        values.pop("accountId", None)
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded" if api is FORM else "application/json"
            body = urlencode(values) if api is FORM else _as_json(values)
        elif values:
            url += "?" + urlencode(values, safe=",")
        return {"url": url, "method": method, "headers": headers, "body": body}

    def handle_errors(self, *_answer: Any) -> None:
        """No hints: the venue's table says all that is known."""

    # requests
    async def prepared(self, call: Call, seconds: float, priority: Priority) -> Any:
        """The request with all it needs. Refused for its token, which means that nothing was done, it is sent once more."""
        if call.endpoint == "publicGetTickers" and "symbols" not in call.params:
            return await self._all_prices(seconds, priority)
        if ENDPOINTS[call.endpoint][1] is not PRIVATE:
            return await self.call_now(call, seconds, priority)
        until = time.monotonic() + seconds
        self.session = used = await self._logged_in(seconds)
        try:
            return await self.call_now(call, _left(until), priority)
        except Refused as refusal:
            if refusal.kind is not RefusalKind.CREDENTIALS or refusal.code not in TOKEN_REFUSED:
                raise
        if _sessions.get(self._place) is used:
            del _sessions[self._place]
        self.session = await self._logged_in(_left(until))
        return await self.call_now(call, _left(until), priority)

    @property
    def _place(self) -> tuple[str, str | None]:
        return self.account, address_of(self.venue.id)

    async def _logged_in(self, seconds: float) -> Session:
        """The account's session. One request for a token, however many wait for it."""
        place, now = self._place, time.monotonic()
        held = _sessions.get(place)
        if held is not None and now < held.ends_at - RENEW_S:
            return held
        asked = start_once(("token", place), lambda: self._log_in(place, held))
        if held is not None and now < held.ends_at - LAST_S:
            return held
        try:
            return await asyncio.wait_for(asyncio.shield(asked), seconds)
        except TimeoutError:
            raise NotSent("The exchange gave no access token in time", code="no_token") from None

    async def _log_in(self, place: tuple[str, str | None], before: Session | None) -> Session:
        """Raises Refused(CREDENTIALS) for keys that get no token, NotSent where none could be had."""
        asker = copy(self)  # whoever is in charge of an order, a token is for all
        asker.may_write = lambda: True
        try:
            session = await asker._token()
            if before is not None and before.account_id:
                session = replace(session, account_id=before.account_id)
            else:
                asker.session = session
                accounts = await asker.call_now(Call("privateGetAccounts"), LOG_IN_S, Priority.CLOSE)
                session = replace(session, account_id=read_answer(accounts, lambda told: require_id(told[0], "id")))
        except OutcomeUnknown as e:
            raise NotSent(f"The exchange gave no access token: {e.message}", code=e.code or "no_token") from None
        if len(_sessions) >= MOST_SESSIONS:
            now = time.monotonic()
            for old in [key for key, held in _sessions.items() if held.ends_at < now]:
                del _sessions[old]
        _sessions[place] = session
        return session

    async def _token(self) -> Session:
        """By the way that is documented now, or by the one before, where the exchange knows only that."""
        keys = {"grant_type": "client_credentials", "scope": "global", "client_id": self.apiKey}
        ways = (
            Call("publicPostOauth2Token", keys | {"client_secret": self.secret}),
            Call("publicPostAuthorize", {"login": self.apiKey, "password": self.secret}),
        )
        for way in ways:
            try:
                raw = await self.call_now(way, LOG_IN_S, Priority.CLOSE)
            except (Refused, OutcomeUnknown) as e:
                if e.code in NO_SUCH_ROUTE and way is not ways[-1]:
                    continue
                if isinstance(e, OutcomeUnknown) or e.kind is RefusalKind.RATE_LIMIT:
                    raise
                raise Refused(e.message, code=e.code, kind=RefusalKind.CREDENTIALS) from None
            return read_answer(raw, _read_session)
        raise AssertionError("the last way either answers or raises")

    # markets
    async def fetch_markets(self) -> list[dict[str, Any]]:
        """Every symbol, in ccxt's unified shape with Decimal numbers."""
        told = await self.fetch(f"{HOST}{V4}/symbols")
        markets = read_symbols(told)
        _symbols[address_of(self.venue.id)] = time.monotonic(), [one["id"] for one in markets if one["active"]]
        return markets

    async def _all_prices(self, seconds: float, priority: Priority) -> Any:
        """Prices are told for symbols that are named, only: for all of them, all are. One answer serves for a while."""
        place = address_of(self.venue.id)

        async def ask() -> Any:
            known = _symbols.get(place)
            if known is None or time.monotonic() - known[0] > SYMBOLS_FOR_S:
                await ask_once(("symbols", self.venue.id, place), self.fetch_markets)
                known = _symbols[place]
            return await self.call_now(Call("publicGetTickers", {"symbols": ",".join(known[1])}), seconds, priority)

        return await shared_quote(("all prices", self.venue.id, place), ALL_PRICES_FOR_S, ask)


def _read_session(raw: Any) -> Session:
    """`expires_in` seconds from now, or (the way before) `expiration`, seconds since 1970."""
    lasts = decimal(raw["expires_in"]) if "expires_in" in raw else decimal(raw["expiration"]) - int(time.time())
    if not isinstance(raw["access_token"], str) or not raw["access_token"]:
        raise ValueError("no token")
    return Session(raw["access_token"], time.monotonic() + int(lasts))


def _as_json(values: Mapping[str, Any]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{_value(name, value)}" for name, value in values.items()) + "}"


def _value(name: str, value: Any) -> str:
    """Figures go out digit by digit: a number of JSON need not be one of floating point."""
    if name not in NUMBERS:
        return json.dumps(value)
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{name} is no number")
    return str(value)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise NotSent("The access token took all the time there was", code="no_token")
    return left
