"""Talking to an exchange without an account: markets and prices. What `exchanges.client` hands out as `public`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, TypeVar

from exchanges.ccxt_clones import template
from exchanges.clock_setting import set_clock
from exchanges.dialect import Call, Dialect, read_answer
from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.limits import Priority, of_read
from exchanges.market_loading import MarketBook, find_market, fresh_market, market_book, renew_book, share_book
from exchanges.pools import pool
from exchanges.reading_again import read_again
from exchanges.shared_prices import shared_quote
from exchanges.types import Market, MarketType
from exchanges.venue import Venue

READ_TIMEOUT_S = 5.0
T = TypeVar("T")


class PublicClient:
    """What an exchange tells everyone. Raises NotSent, OutcomeUnknown or Refused."""

    def __init__(self, venue: Venue, *, testnet: bool, variant: str = "") -> None:
        self.venue = venue
        self.testnet = testnet
        self.variant = variant
        self._clones: dict[MarketType, Any] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.venue.id}{' testnet' if self.testnet else ''}>"

    async def market(self, market_type: MarketType, key: str) -> Market:
        """The active market of that key ("BTCUSDT"). Raises Refused(UNKNOWN_SYMBOL) when there is none, or more than one."""
        self._dialect(market_type)
        return await find_market(self.venue, market_type, key, testnet=self.testnet, variant=self.variant)

    async def fresh_market(self, market: Market) -> Market:
        """That market by the exchange's rules of now: what to ask for after a refusal for steps or ticks (F38)."""
        return await fresh_market(self.venue, market, testnet=self.testnet, variant=self.variant)

    async def markets(self, market_type: MarketType) -> list[Market]:
        """Every active market of that kind."""
        return list((await self._book(market_type)).by_key.values())

    async def share_markets(self, market_type: MarketType) -> None:
        """Have the list of these markets known to all processes, pages included."""
        self._dialect(market_type)
        await share_book(self.venue, market_type, testnet=self.testnet, variant=self.variant)

    async def price(self, market: Market, *, max_age_s: float = 1.0) -> Decimal:
        """Last price, at most that old; one request however many clients of the process ask at once."""

        async def ask() -> Decimal:
            dialect = self._dialect(market.market_type)
            return await self._read(
                market.market_type, dialect.price(market), dialect.read_price, priority=Priority.ENTRY
            )

        return await shared_quote(("price", *self._name_of(market)), max_age_s, ask)

    async def prices(self, market_type: MarketType) -> dict[str, Decimal]:
        """Last price of every active market by key, in one request."""
        dialect = self._dialect(market_type)
        book, by_id = await asyncio.gather(
            self._book(market_type),
            self._read(market_type, dialect.prices(), dialect.read_prices, priority=Priority.ENTRY),
        )
        return {key: by_id[market.id] for key, market in book.by_key.items() if market.id in by_id}

    async def best_bid_ask(self, market: Market, *, max_age_s: float = 1.0) -> tuple[Decimal, Decimal] | None:
        """Best bid and best ask, at most that old and shared like `price`; None while one side of the book is empty."""

        async def ask() -> tuple[Decimal, Decimal] | None:
            dialect = self._dialect(market.market_type)
            return await self._read(market.market_type, dialect.best_bid_ask(market), dialect.read_best_bid_ask)

        return await shared_quote(("book", *self._name_of(market)), max_age_s, ask)

    def _name_of(self, market: Market) -> tuple[str, bool, str, MarketType, str]:
        return self.venue.id, self.testnet, self.variant, market.market_type, market.id

    def _dialect(self, market_type: MarketType) -> Dialect:
        return self.venue.dialect(market_type, self.variant)

    async def _book(self, market_type: MarketType) -> MarketBook:
        self._dialect(market_type)
        return await market_book(self.venue, market_type, testnet=self.testnet, variant=self.variant)

    def _make_clone(self, market_type: MarketType) -> Any:
        return template(self.venue, market_type, testnet=self.testnet, variant=self.variant)

    def _lean(self, market_type: MarketType) -> Any:
        lean = self._clones.get(market_type)
        if lean is None:
            self._dialect(market_type)
            lean = self._clones[market_type] = self._make_clone(market_type)
        return lean

    async def _ask(self, market_type: MarketType, call: Call, seconds: float, priority: Priority) -> Any:
        """The raw answer. A refused timestamp is sent once more by the exchange's clock: refused means that nothing was done."""
        lean = self._lean(market_type)
        try:
            return await lean.call(call, seconds, priority)
        except Refused as e:
            if e.kind is RefusalKind.UNKNOWN_SYMBOL:  # our list, which named it, is out of date
                renew_book(self.venue, market_type, testnet=self.testnet, variant=self.variant)
            if e.kind is not RefusalKind.CLOCK or not await self._clock_is_set(market_type):
                raise
        return await lean.call(call, seconds, priority)

    def clock_skew_ms(self, market_type: MarketType) -> int:
        """How far the exchange's clock is ahead of ours, as last measured; requests are signed by the exchange's (F33)."""
        skew: int = self._lean(market_type).clock.ahead_ms
        return skew

    async def measure_clock(self, market_type: MarketType) -> int:
        """Ask the exchange for its time; the difference counts for all accounts of this process. Milliseconds."""
        await set_clock(self._lean(market_type), self._dialect(market_type))
        return self.clock_skew_ms(market_type)

    async def _clock_is_set(self, market_type: MarketType) -> bool:
        try:
            await set_clock(self._lean(market_type), self._dialect(market_type))
        except ExchangeError:
            return False  # the refusal that brought us here is what the caller must hear
        return True

    async def _read(
        self, market_type: MarketType, call: Call, read: Callable[[Any], T], *, priority: Priority = Priority.QUERY
    ) -> T:
        """A question: nothing changes when it is asked again, so it is, where no answer came (EXC-18)."""
        urgency = of_read(priority)

        async def ask(seconds: float) -> T:
            return read_answer(await self._ask(market_type, call, seconds, urgency), read)

        return await read_again(ask, READ_TIMEOUT_S)

    async def warm(self, connections: int) -> None:
        """Loads markets and prices and opens connections to every host, so that the first order pays for none of it."""
        for market_type in self.venue.market_types:
            with suppress(ExchangeError):  # a stand-in may have no clock to ask
                await self.measure_clock(market_type)
            await self.prices(market_type)
            address = self._lean(market_type).address(self._dialect(market_type).prices())
            await pool().warm(address, connections)
