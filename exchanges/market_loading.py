"""The markets of a venue: loaded without keys, once for all processes (`shared_books`), renewed every hour.

Loading runs in a thread with a loop of its own: Binance spot's list costs about 0.4 s of CPU, and no order may wait for that.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchanges.asking_once import start_once
from exchanges.ccxt_clones import template
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.pools import close_pool
from exchanges.shared_books import SharedBook, book_name, shelf
from exchanges.types import Market, MarketType
from exchanges.venue import Venue

REFRESH_S = 3600.0
# after an exchange's "unknown symbol" the list is asked again, but not more often than this
SUSPICIOUS_REFRESH_S = 60.0
JUST_LOADED_S = 1.0


@dataclass(frozen=True, slots=True)
class MarketBook:
    """The tradable symbols of one venue and market type. Keys that name two of them are left out (D15)."""

    by_key: dict[str, Market]
    by_id: dict[str, Market]
    loaded_at: float

    def market(self, key: str) -> Market:
        """Raises Refused(UNKNOWN_SYMBOL)."""
        found = self.by_key.get(key)
        if found is None:
            raise Refused(f"No active market for {key}", code="unknown_symbol", kind=RefusalKind.UNKNOWN_SYMBOL)
        return found

    def key_of(self, market_id: str) -> str:
        """The key of an exchange's symbol id; the id itself where we trade no such symbol (delisted, other kinds)."""
        found = self.by_id.get(market_id)
        return found.key if found else market_id


Where = tuple[str, MarketType, bool, str]  # venue, kind, demo, variant

_books: dict[Where, MarketBook] = {}
_doubted: dict[Where, float] = {}  # when a list was last read again for a refusal


async def market_book(venue: Venue, market_type: MarketType, *, testnet: bool, variant: str = "") -> MarketBook:
    """The venue's markets. One load however many ask; an old list serves while the new one is on its way.

    Raises NotSent, OutcomeUnknown or Refused when there is no list at all and it cannot be loaded.
    """
    book = _books.get((venue.id, market_type, testnet, variant))
    if book is None:
        return await asyncio.shield(_load_once(venue, (market_type, testnet, variant), REFRESH_S))
    if time.monotonic() - book.loaded_at > REFRESH_S:
        _load_once(venue, (market_type, testnet, variant), REFRESH_S)
    return book


async def find_market(venue: Venue, market_type: MarketType, key: str, *, testnet: bool, variant: str = "") -> Market:
    """The active market of that key. One that is not on the list may be new: the list is loaded again, at most once a minute.

    Raises like `market_book`, and Refused(UNKNOWN_SYMBOL) when there is none, or more than one.
    """
    book = await market_book(venue, market_type, testnet=testnet, variant=variant)
    if key not in book.by_key and time.monotonic() - book.loaded_at > SUSPICIOUS_REFRESH_S:
        kind = (market_type, testnet, variant)
        with suppress(ExchangeError):  # what we know says that there is none
            book = await asyncio.shield(_load_once(venue, kind, SUSPICIOUS_REFRESH_S))
    return book.market(key)


async def share_book(venue: Venue, market_type: MarketType, *, testnet: bool, variant: str = "") -> None:
    """Have the list known to all processes, also where only this one still has it. Raises like `market_book`."""
    book = await market_book(venue, market_type, testnet=testnet, variant=variant)
    async with shelf(book_name(venue.id, market_type, testnet=testnet, variant=variant)) as place:
        loaded_at = time.time() - (time.monotonic() - book.loaded_at)
        if await place.read(not_before=loaded_at - 1) is None:
            await place.write(_shared(book, loaded_at))


def renew_book(venue: Venue, market_type: MarketType, *, testnet: bool, variant: str = "") -> None:
    """The exchange has just refused a symbol of the list: it is loaded anew, behind the caller's back, at most once a minute."""
    book = _books.get((venue.id, market_type, testnet, variant))
    if book is None or time.monotonic() - book.loaded_at > SUSPICIOUS_REFRESH_S:
        _load_once(venue, (market_type, testnet, variant), SUSPICIOUS_REFRESH_S)


async def fresh_market(venue: Venue, market: Market, *, testnet: bool, variant: str = "") -> Market:
    """A market whose rules an order has just met with a refusal, by the rules of now: the list is read again, unless it
    says something else already or was read for the same reason within a second. Raises like `market_book` and its `market`.
    """
    where = (venue.id, market.market_type, testnet, variant)
    book = _books.get(where)
    unchanged = book is None or book.by_key.get(market.key) == market
    if unchanged and time.monotonic() - _doubted.get(where, -JUST_LOADED_S) >= JUST_LOADED_S:
        book = await asyncio.shield(_load_once(venue, (market.market_type, testnet, variant), 0.0))
        _doubted[where] = time.monotonic()
    return (book or await market_book(venue, market.market_type, testnet=testnet, variant=variant)).market(market.key)


def _load_once(venue: Venue, kind: tuple[MarketType, bool, str], max_age_s: float) -> asyncio.Task[MarketBook]:
    """The list as any process has loaded it within `max_age_s`, else as the exchange tells it now."""
    return start_once(("markets", venue.id, *kind), lambda: _load(venue, kind, time.time() - max_age_s))


async def _load(venue: Venue, kind: tuple[MarketType, bool, str], not_before: float) -> MarketBook:
    market_type, testnet, variant = kind
    original = template(venue, market_type, testnet=testnet, variant=variant)
    name = book_name(venue.id, market_type, testnet=testnet, variant=variant)
    book = await asyncio.to_thread(asyncio.run, _read_or_fetch(original, market_type, name, not_before))
    _books[venue.id, market_type, testnet, variant] = book
    return book


async def _read_or_fetch(original: Any, market_type: MarketType, name: str, not_before: float) -> MarketBook:
    async with shelf(name) as place:
        found = await place.read(not_before=not_before) or await place.wait_for_turn(not_before=not_before)
        if found is not None:
            return _book_of(found)
        try:
            book = await _fetch(original, market_type)
            await place.write(_shared(book, time.time()))
        finally:
            await place.end_turn()
        return book


def _shared(book: MarketBook, loaded_at: float) -> SharedBook:
    ambiguous = [key for key in {market.key for market in book.by_id.values()} if key not in book.by_key]
    return SharedBook(list(book.by_id.values()), ambiguous, loaded_at)


def _book_of(shared: SharedBook) -> MarketBook:
    by_key = {market.key: market for market in shared.markets if market.key not in shared.ambiguous}
    age = max(0.0, time.time() - shared.loaded_at)
    return MarketBook(by_key, {market.id: market for market in shared.markets}, time.monotonic() - age)


async def _fetch(original: Any, market_type: MarketType) -> MarketBook:
    try:
        largest = original.venue.dialect(market_type).largest_market_order
        return make_book(await original.fetch_markets(), market_type, loaded_at=time.monotonic(), largest=largest)
    except ExchangeError:
        raise
    except Exception as e:
        raise OutcomeUnknown("The exchange's list of markets could not be read", code="unreadable") from e
    finally:
        await close_pool()


def make_book(
    unified: list[dict[str, Any]],
    market_type: MarketType,
    *,
    loaded_at: float,
    largest: Callable[[Any], Decimal | None] | None = None,
) -> MarketBook:
    """The index over ccxt's unified markets: active linear swaps settled in their quote currency, or active spot pairs."""
    by_key: dict[str, Market] = {}
    ambiguous: set[str] = set()
    for raw in unified:
        if not _ours(raw, market_type):
            continue
        market = read_market(raw, market_type, largest(raw.get("info")) if largest else None)
        if market.key in by_key:
            ambiguous.add(market.key)
        by_key[market.key] = market
    by_id = {market.id: market for market in by_key.values()}
    return MarketBook({key: market for key, market in by_key.items() if key not in ambiguous}, by_id, loaded_at)


def _ours(raw: dict[str, Any], market_type: MarketType) -> bool:
    if not raw.get("active") or not raw["precision"]["price"] or not raw["precision"]["amount"]:
        return False
    if market_type is MarketType.SPOT:
        return bool(raw.get("spot"))
    return bool(raw.get("swap") and raw.get("linear") and raw.get("settle") == raw.get("quote"))


def read_market(raw: dict[str, Any], market_type: MarketType, largest: Decimal | None = None) -> Market:
    """Our market from ccxt's, contracts turned into base units. Steps and limits are exact: ccxt builds Decimal from the
    exchange's own strings.
    Steps carry no zeros at the end, so that quantizing by them leaves none either.

    The limits are those of market orders where the exchange has separate ones (MARKET_LOT_SIZE).
    """
    limits, for_market = raw["limits"], raw["limits"].get("market") or {}
    contract_size = raw.get("contractSize") or Decimal(1)
    maximum = largest or for_market.get("max") or limits["amount"].get("max")
    return Market(
        symbol=raw["symbol"],
        id=raw["id"],
        key=raw["base"] + raw["quote"],
        market_type=market_type,
        base=raw["base"],
        quote=raw["quote"],
        price_step=raw["precision"]["price"].normalize(),
        quantity_step=(raw["precision"]["amount"] * contract_size).normalize(),
        # (an exchange that names only a least cost: nothing below a step can be ordered)
        min_quantity=max(limits["amount"].get("min") or 0, for_market.get("min") or 0, raw["precision"]["amount"])
        * contract_size,
        max_market_quantity=maximum * contract_size if maximum else None,
        min_notional=limits["cost"].get("min") or Decimal(0),
        contract_size=contract_size,
        max_leverage=int(limits.get("leverage", {}).get("max") or 0) or None,  # ccxt makes a Decimal of a text
    )
