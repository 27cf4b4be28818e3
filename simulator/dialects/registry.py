"""Which dialects there are: every package of `simulator.dialects` with a module `dialect` that has `make`."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import simulator.dialects
from simulator.core.exchange import Exchange
from simulator.core.markets import MARKETS, Market
from simulator.dialects.dialect import Dialect
from simulator.tape import Tape


class UnknownDialect(Exception):
    """There is no dialect of this name."""


@dataclass(frozen=True, slots=True)
class Venue:
    """One exchange that can be spoken: `make(exchange, tape)`, its markets, and start prices beyond the core's own."""

    name: str
    make: Callable[[Exchange, Tape], Dialect]
    markets: tuple[Market, ...]
    start_prices: Mapping[str, Decimal]


def known() -> list[str]:
    """Names of all dialects, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(simulator.dialects.__path__) if module.ispkg)


def find(name: str) -> Venue:
    """The dialect of this name; UnknownDialect says which there are.

    Its module `simulator.dialects.<name>.dialect` has `make`, and may have `MARKETS` and `START_PRICES`.
    """
    if name not in known():
        raise UnknownDialect(f"unknown exchange {name!r}; known are: {', '.join(known())}")
    module = importlib.import_module(f"simulator.dialects.{name}.dialect")
    markets = tuple(getattr(module, "MARKETS", MARKETS))
    return Venue(name, module.make, markets, getattr(module, "START_PRICES", {}))
