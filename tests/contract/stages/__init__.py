"""What the contract suite must know of each venue beyond what the registry tells.

Every venue of the registry runs the suite: the simulator speaks the dialect of the venue's own name, accounts are made with
what the venue's form asks for. A venue that differs has a module of its name here with `STAGE = Stage(...)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

from exchanges.registry import all_venues
from exchanges.types import MarketType
from exchanges.venue import Venue


@dataclass(frozen=True)
class Stage:
    """One venue, as the suite plays it. Keys are ours (base+quote), `symbols` names the simulator's own where they differ.

    `absent` names scenarios (test functions) that this exchange has no way to play, each with the reason.
    `untraded` names kinds of market that a variant does not trade, each with the reason.
    `recorded` is why a venue has no dialect in the simulator: it is proven by requests and recorded answers only.
    """

    exchange: str = ""  # the simulator's dialect; the venue's id where empty
    variants: tuple[str, ...] = ("",)
    key: str = "BTCUSDT"
    quote: str = "USDT"
    price: Decimal = Decimal("95234.5")
    # of the futures market: a size of several steps, a part of it, and prices around `price`
    quantity: Decimal = Decimal("0.031")
    part: Decimal = Decimal("0.011")
    stop: Decimal = Decimal("93805.9")
    target: Decimal = Decimal("102853.2")
    # a contract of many coins, and a quantity of it in base units of its market
    many_coins: tuple[str, Decimal] = ("1000PEPEUSDT", Decimal(5000))
    symbols: Mapping[tuple[MarketType, str], str] = field(default_factory=dict)
    demo: bool = True
    absent: Mapping[str, str] = field(default_factory=dict)
    untraded: Mapping[tuple[str, MarketType], str] = field(default_factory=dict)
    recorded: str = ""

    def symbol(self, market_type: MarketType, key: str) -> str:
        return self.symbols.get((market_type, key), key)


def stage_of(venue: Venue) -> Stage:
    """The venue's stage."""
    name = f"{__name__}.{venue.id}"
    return import_module(name).STAGE if find_spec(name) else Stage()


def playing(market_type: MarketType) -> list[tuple[Venue, str]]:
    """Every venue (and variant) of the registry that trades this kind of market and that a simulator speaks."""
    return [
        (venue, variant)
        for venue in all_venues()
        if market_type in venue.market_types and not (stage := stage_of(venue)).recorded
        for variant in stage.variants
        if (variant, market_type) not in stage.untraded
    ]
