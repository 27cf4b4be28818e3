"""One request with its parameters read the way Binance reads them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, Market, MarketStatus
from simulator.core.orders import Pieces
from simulator.core.refusals import Reason, Refused
from simulator.dialects.binance.errors import BinanceError, malformed, missing
from simulator.dialects.binance.weights import Limits
from simulator.faults import Effect, Rule
from simulator.tape import Tape

CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
Choice = TypeVar("Choice", bound=StrEnum)


def parse_parameters(query: str, body: str) -> dict[str, str]:
    """Query and body together; a name in both counts as the query says."""
    parameters: dict[str, str] = {}
    for text in (body, query):
        for pair in text.split("&") if text else ():
            name, _, value = pair.partition("=")
            parameters[name] = unquote_plus(value) if "%" in value or "+" in value else value
    return parameters


@dataclass(frozen=True, slots=True)
class Mood:
    """How the exchange treats a request: `arrived` (epoch ms) counts for its timestamp instead of now, `rule` spoils it."""

    arrived: int | None = None
    rule: Rule | None = None

    @property
    def pieces(self) -> Pieces | None:
        """How thin the book is for this order."""
        rule = self.rule
        if rule is None or rule.effect is not Effect.PARTIAL:
            return None
        return Pieces(rule.fraction, rule.rest, rule.rest_ms, rule.pieces)

    @property
    def hides(self) -> bool:
        return self.rule is not None and self.rule.effect is Effect.HIDE


CALM = Mood()


@dataclass(slots=True)
class Call:
    """What a handler gets. `who` is None for public paths; read it through `account`."""

    exchange: Exchange
    tape: Tape
    kind: Kind
    parameters: Mapping[str, str]
    who: Account | None = None
    mood: Mood = CALM
    limits: Limits = field(default_factory=Limits)

    @property
    def account(self) -> Account:
        if self.who is None:
            raise TypeError("a public path has no account")
        return self.who

    def text(self, name: str) -> str:
        """A mandatory parameter; -1102 without it."""
        value = self.parameters.get(name, "")
        if not value:
            raise missing(name)
        return value

    def optional(self, name: str) -> str:
        return self.parameters.get(name, "")

    def flag(self, name: str) -> bool:
        value = self.parameters.get(name, "false").lower()
        if value not in ("true", "false"):
            raise malformed(name)
        return value == "true"

    def decimal(self, name: str) -> Decimal:
        """A mandatory positive or zero number."""
        text = self.text(name)
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise malformed(name) from None
        if not value.is_finite() or value < 0 or len(text) > 40:
            raise malformed(name)
        return value

    def optional_decimal(self, name: str) -> Decimal:
        return self.decimal(name) if self.parameters.get(name) else Decimal(0)

    def integer(self, name: str, default: int | None = None) -> int:
        text = self.parameters.get(name, "")
        if not text and default is not None:
            return default
        if not text:
            raise missing(name)
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise malformed(name)
        return int(text)

    def choice(self, name: str, kind: type[Choice], error: tuple[int, str], default: Choice | None = None) -> Choice:
        """A value of an enumeration; `error` is Binance's code and text for anything else."""
        text = self.parameters.get(name, "")
        if not text and default is not None:
            return default
        if not text:
            raise missing(name)
        try:
            return kind(text)
        except ValueError:
            raise BinanceError(*error) from None

    def client_id(self, name: str) -> str:
        """A client's own id, empty when not sent; -1100 when it has other characters or is too long."""
        value = self.parameters.get(name, "")
        if value and not CLIENT_ID.fullmatch(value):
            pattern = "^[\\.A-Z\\:/a-z0-9_-]{1,36}$"
            text = f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'."
            raise BinanceError(-1100, text)
        return value

    def market(self) -> Market:
        """The market of the mandatory parameter `symbol`."""
        return self.exchange.market(self.kind, self.text("symbol"))

    def markets(self) -> list[Market]:
        """The market of `symbol`, or all of them without it."""
        if self.parameters.get("symbol"):
            return [self.market()]
        listed = (market for market in self.exchange.markets.values() if market.status is not MarketStatus.GONE)
        return [market for market in listed if market.kind is self.kind]

    def market_of(self, symbol: str) -> Market:
        return self.exchange.markets[self.kind, symbol]


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """How a path is answered: by whom, at what weight, signed or not, and whether it trades."""

    kind: Kind
    handler: Handler
    weight: int = 1
    signed: bool = False
    trades: bool = False
    counts_order: bool = False


def plain(value: Decimal) -> str:
    """Exactly as it is, without an exponent."""
    return f"{value:f}"


def fixed(value: Decimal, places: int = 8) -> str:
    """A computed figure with this many places."""
    return f"{value:.{places}f}"


def not_found() -> Refused:
    return Refused(Reason.UNKNOWN_ORDER)
