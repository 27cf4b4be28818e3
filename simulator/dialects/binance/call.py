"""One request with its parameters read the way Binance reads them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, Market, MarketStatus
from simulator.core.refusals import Reason, Refused
from simulator.dialects.binance.errors import BinanceError, malformed, missing
from simulator.dialects.encoding import fixed, plain
from simulator.dialects.mood import CALM, Mood
from simulator.dialects.rates import Limits
from simulator.dialects.reading import Reading, parse_pairs
from simulator.dialects.routes import Route
from simulator.tape import Tape

__all__ = ["Call", "Handler", "Route", "fixed", "not_found", "parse_parameters", "plain"]

CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
Choice = TypeVar("Choice", bound=StrEnum)
Handler = Callable[["Call"], Any]


def parse_parameters(query: str, body: str) -> dict[str, str]:
    """Query and body together; a name in both counts as the query says."""
    return parse_pairs(body, query)


@dataclass(slots=True)
class Call(Reading):
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

    def missing(self, name: str) -> BinanceError:
        """-1102."""
        return missing(name)

    def malformed(self, name: str) -> BinanceError:
        """-1130."""
        return malformed(name)

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


def not_found() -> Refused:
    return Refused(Reason.UNKNOWN_ORDER)
