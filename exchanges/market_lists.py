"""What is traded where, for pages and the API: the workers' lists of markets, read from Redis. Never asks an exchange itself (EXC-17)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import redis
from django.conf import settings

from accounts.ringing import ring_worker
from exchanges.registry import all_venues
from exchanges.shared_books import book_name, key_of, open_book
from exchanges.symbols import forms_of
from exchanges.types import Market, MarketType
from exchanges.venue import Venue

LOAD_TASK = "exchanges.load_markets"


@dataclass(slots=True)
class Listed:
    """A symbol of one kind of market, and the exchanges that trade it. `forms` are ways to write it in an alert (D15)."""

    key: str
    base: str
    quote: str
    market_type: MarketType
    forms: list[str] = field(default_factory=list)
    exchanges: list[str] = field(default_factory=list)


def traded_at(venue: Venue) -> list[Market] | None:
    """Every market of an exchange, by key; None while no list is known. A worker is rung where one is missing, and not waited
    for: a thread that waits answers nobody else."""
    found = _read(venue)
    if found is None:
        ring_worker(LOAD_TASK, venue.id)
    return found


def listed(market_type: MarketType | None = None) -> list[Listed]:
    """The index over all exchanges whose lists are known: by kind of market and base+quote, in alphabetical order."""
    index: dict[tuple[str, MarketType], Listed] = {}
    for venue in all_venues():
        for market in _known(venue):
            if market_type in (None, market.market_type):
                place = index.setdefault((market.key, market.market_type), _listed(market))
                place.exchanges.append(venue.id)
    return sorted(index.values(), key=lambda one: (one.key, one.market_type))


def _listed(market: Market) -> Listed:
    forms = forms_of(market.base, market.quote, market.market_type)
    return Listed(market.key, market.base, market.quote, market.market_type, forms)


def _read(venue: Venue) -> list[Market] | None:
    """All lists of a venue, None when one of them is missing."""
    books = [_book(venue, market_type) for market_type in venue.market_types]
    if any(book is None for book in books):
        return None
    return [market for book in books for market in book or ()]


def _known(venue: Venue) -> Iterable[Market]:
    for market_type in venue.market_types:
        yield from _book(venue, market_type) or ()


def _book(venue: Venue, market_type: MarketType) -> list[Market] | None:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
            packed = server.get(key_of(book_name(venue.id, market_type)))
    except redis.RedisError:
        return None
    book = open_book(packed) if isinstance(packed, bytes) else None
    if book is None:
        return None
    known = (market for market in book.markets if market.key not in book.ambiguous)
    return sorted(known, key=lambda market: market.key)
