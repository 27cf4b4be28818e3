"""One request of an exchange that speaks JSON, as its handlers get it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from simulator.core.accounts import Account
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, Market, MarketStatus
from simulator.dialects.mood import CALM, Mood
from simulator.dialects.reading import Reading, parse_json
from simulator.tape import Tape

Value = TypeVar("Value")


class Words(Protocol):
    """How an exchange says that a parameter is wrong."""

    def missing(self, name: str) -> Exception: ...

    def malformed(self, name: str) -> Exception: ...


@dataclass(slots=True)
class Call(Reading):
    """`who` is None for public paths; read it through `account`. Parameters: query, body and placeholders of the path."""

    exchange: Exchange
    tape: Tape
    kind: Kind
    parameters: Mapping[str, Any]
    words: Words
    who: Account | None = None
    mood: Mood = CALM

    @property
    def account(self) -> Account:
        if self.who is None:
            raise TypeError("a public path has no account")
        return self.who

    def missing(self, name: str) -> Exception:
        return self.words.missing(name)

    def malformed(self, name: str) -> Exception:
        return self.words.malformed(name)

    def choice(self, name: str, options: Mapping[str, Value], default: Value | None = None) -> Value:
        """What the exchange's word stands for; without a default the parameter is mandatory."""
        text = self.optional(name)
        if not text and default is not None:
            return default
        if not text:
            raise self.missing(name)
        if text not in options:
            raise self.malformed(name)
        return options[text]

    def market(self, name: str = "symbol") -> Market:
        """The market that the mandatory parameter names in the exchange's words."""
        return self.exchange.market_named(self.kind, self.text(name))

    def markets(self, name: str = "symbol") -> list[Market]:
        """The market that the parameter names, or all of the kind without it."""
        if self.optional(name):
            return [self.market(name)]
        listed = (market for market in self.exchange.markets.values() if market.status is not MarketStatus.GONE)
        return [market for market in listed if market.kind is self.kind]

    def market_of(self, symbol: str) -> Market:
        """By our own symbol, as orders and positions have it."""
        return self.exchange.markets[self.kind, symbol]

    def part(self, parameters: Mapping[str, Any]) -> "Call":
        """The same call, reading these parameters."""
        return replace(self, parameters=parameters)

    def parts(self, name: str) -> list["Call"]:
        """The objects of a list (or the one object) under this name, sent as JSON or as its text; empty without it.

        Under `reading.LIST`: of a body that is a list.
        """
        value = self.parameters.get(name) or []
        try:
            items = parse_json(b'{"items":%b}' % value.encode())["items"] if isinstance(value, str) else value
        except json.JSONDecodeError:
            raise self.malformed(name) from None
        items = [items] if isinstance(items, dict) else items
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self.malformed(name)
        return [self.part(item) for item in items]
