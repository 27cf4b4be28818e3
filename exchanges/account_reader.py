"""Reading an account at an exchange: what it holds, what it traded, how it is set."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from exchanges.ccxt_clones import clone
from exchanges.dialect import Call
from exchanges.errors import ExchangeError, Unsupported
from exchanges.key_reports import merge_reports, worth_another_call
from exchanges.limits import Priority
from exchanges.paged_fills import read_all_fills
from exchanges.public_client import PublicClient
from exchanges.types import (
    Balance,
    Credentials,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    KeyReport,
    Market,
    MarketType,
    PositionMode,
)
from exchanges.venue import Venue


class AccountReader(PublicClient):
    """One account, read only. Raises NotSent, OutcomeUnknown (no trustworthy answer) or Refused."""

    def __init__(
        self, venue: Venue, credentials: Credentials, *, testnet: bool, position_mode: PositionMode | None
    ) -> None:
        super().__init__(venue, testnet=testnet, variant=credentials.variant)
        self.position_mode = position_mode
        # Asked right before anything that changes the account is signed; when it says no, NotSent is raised instead.
        self.may_write: Callable[[], bool] = lambda: True
        self._credentials = credentials
        first = venue.market_types[0]
        self._clones[first] = self._make_clone(first)

    def _make_clone(self, market_type: MarketType) -> Any:
        made = clone(self.venue, market_type, self._credentials, testnet=self.testnet)
        made.may_write = self._may_write_now
        return made

    def _may_write_now(self) -> bool:
        return self.may_write()

    async def read_position_mode(self, market: Market | None = None) -> PositionMode:
        """One-way or hedge, as the account is set now (for that market); remembered for this client's orders."""
        dialect = self._dialect(MarketType.FUTURES)
        self.position_mode = await self._read(
            MarketType.FUTURES, dialect.position_mode(market), dialect.read_position_mode, priority=Priority.CLOSE
        )
        return self.position_mode

    async def positions(self, market_type: MarketType) -> list[ExchangePosition]:
        """Every open position; a hedge account may show both sides of a symbol."""
        dialect = self._dialect(market_type)
        book = await self._book(market_type)
        return await self._read(
            market_type,
            dialect.positions(),
            lambda raw: dialect.read_positions(raw, book.by_id.get),
            priority=Priority.ENTRY,
        )

    def wallets(self) -> list[MarketType]:
        """One kind of market for each wallet of the account: where futures and spot share one, only the first."""
        first: dict[str, MarketType] = {}
        for market_type in self.venue.market_types:
            first.setdefault(self._dialect(market_type).wallet or market_type, market_type)
        return list(first.values())

    async def balances(self, market_type: MarketType) -> list[Balance]:
        """Coins with a balance, to the last page."""
        dialect = self._dialect(market_type)
        told: list[Balance] = []
        call: Call | None = dialect.balances()
        asked: list[Call] = []
        while call is not None and call not in asked:
            asked.append(call)
            page, call = await self._read(
                market_type, call, lambda raw: (dialect.read_balances(raw), dialect.more_balances(raw))
            )
            told += page
        return told

    async def fills(self, market: Market, *, since: datetime | None = None) -> list[ExchangeFill]:
        """The account's trades on that symbol since then (by default the last seven days), oldest first, to the last page."""
        dialect = self._dialect(market.market_type)

        async def page(**asked: Any) -> list[ExchangeFill]:
            call = dialect.fills(market, **asked)
            return await self._read(market.market_type, call, lambda raw: dialect.read_fills(raw, market))

        fills = await read_all_fills(
            page, window=dialect.fills_window, page_size=dialect.fills_page, since=since, order=dialect.fills_order
        )
        return [fill for fill in fills if fill.market_key == market.key]  # where an exchange tells all symbols at once

    async def funding(self, since: datetime, keys: Collection[str] = ()) -> list[FundingPayment]:
        """What the account's futures positions paid or received as funding since then, at most 1,000 payments.

        `keys` are the symbols of interest: an exchange that answers for one at a time is asked for these, others tell all.
        """
        dialect = self._dialect(MarketType.FUTURES)
        book = await self._book(MarketType.FUTURES)
        since_ms = int(since.timestamp() * 1000)
        by_market = [dialect.funding_of(book.market(key), since_ms) for key in sorted(keys) if key in book.by_key]
        calls = [call for call in by_market if call is not None] or [dialect.funding(since_ms)]

        async def ask(call: Call) -> list[FundingPayment]:
            return await self._read(MarketType.FUTURES, call, lambda raw: dialect.read_funding(raw, book.key_of))

        return [payment for told in await asyncio.gather(*(ask(call) for call in calls)) for payment in told]

    async def key_report(self) -> KeyReport:
        """What the exchange says of the key. Raises Refused(CREDENTIALS) when it knows no such key or the secret is wrong."""
        types = self.venue.market_types
        told = await asyncio.gather(*(self._key_on(market_type) for market_type in types))
        return merge_reports(dict(zip(types, told, strict=True)))

    async def _key_on(self, market_type: MarketType) -> KeyReport | ExchangeError:
        dialect = self._dialect(market_type)
        error: ExchangeError = Unsupported("The exchange tells nothing of its keys")
        for call in dialect.key_calls(testnet=self.testnet):
            try:
                return await self._read(market_type, call, dialect.read_key)
            except ExchangeError as e:
                error = dialect.key_error(e)
                if not worth_another_call(error):
                    break
        return error
