"""Talking to an exchange: one surface for all of them, for one account (`connect`) or none (`public`).

Values are those of `exchanges.types`, errors those of `exchanges.errors` and nothing else: whatever goes wrong after bytes have
left is OutcomeUnknown. What an exchange needs said is in its dialect; ccxt signs it and knows where it goes.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchanges.addresses import configure
from exchanges.ccxt_clones import clone
from exchanges.dialect import Call, Dialect, ProtectionCall
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.key_reports import merge_reports, worth_another_call
from exchanges.leg_cancelling import cancel_legs
from exchanges.paged_fills import read_all_fills
from exchanges.pools import close_pool
from exchanges.public_client import PublicClient, read_answer
from exchanges.registry import get_venue
from exchanges.types import (
    Balance,
    Credentials,
    ExchangeFill,
    ExchangePosition,
    KeyReport,
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venue import Venue

__all__ = ["ExchangeClient", "PublicClient", "close_all", "configure", "connect", "public", "warm_up"]


def connect(
    venue_id: str, credentials: Credentials, *, testnet: bool, position_mode: PositionMode | None
) -> "ExchangeClient":
    """A client for one account: microseconds, no I/O. Without a `position_mode` it is asked before the first futures order.

    Raises UnknownVenue, Refused(CREDENTIALS) for keys that cannot be sent.
    """
    return ExchangeClient(get_venue(venue_id), credentials, testnet=testnet, position_mode=position_mode)


def public(venue_id: str, *, testnet: bool = False) -> "PublicClient":
    """A client without keys, for markets and prices. Raises UnknownVenue."""
    return PublicClient(get_venue(venue_id), testnet=testnet)


async def close_all() -> None:
    """Closes the connections of this process's running loop."""
    await close_pool()


async def warm_up(venue_ids: Sequence[str]) -> None:
    """Loads the markets of these venues and opens a connection to each. Failures wait for whoever asks first."""
    clients = [public(venue_id) for venue_id in venue_ids]
    await asyncio.gather(
        *(client.prices(market_type) for client in clients for market_type in client.venue.market_types),
        return_exceptions=True,
    )


class ExchangeClient(PublicClient):
    """One account at an exchange. Quantities are base units, prices quote currency per base unit.

    Orders raise Refused (nothing was placed), NotSent (no byte left us), OutcomeUnknown (ask by client order id), Unsupported.
    """

    def __init__(
        self, venue: Venue, credentials: Credentials, *, testnet: bool, position_mode: PositionMode | None
    ) -> None:
        super().__init__(venue, testnet=testnet)
        self.position_mode = position_mode
        self._credentials = credentials
        first = venue.market_types[0]
        self._clones[first] = self._make_clone(first)

    def _make_clone(self, market_type: MarketType) -> Any:
        return clone(self.venue, market_type, self._credentials, testnet=self.testnet)

    # terms
    async def set_terms(self, market: Market, *, leverage: int, margin_mode: MarginMode) -> None:
        """Sets both on the symbol, futures only. "Nothing to change" is success; raises the first other error, after both ended."""
        calls = self._dialect(market.market_type).terms(market, leverage, margin_mode)
        ended = await asyncio.gather(*(self._ask(market.market_type, call) for call in calls), return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, Refused) and outcome.kind is RefusalKind.NOTHING_TO_CHANGE:
                continue
            if isinstance(outcome, BaseException):
                raise outcome

    async def read_position_mode(self) -> PositionMode:
        """One-way or hedge, as the account is set now; remembered for this client's orders."""
        dialect = self._dialect(MarketType.FUTURES)
        self.position_mode = await self._read(MarketType.FUTURES, dialect.position_mode(), dialect.read_position_mode)
        return self.position_mode

    async def _hedge(self, market: Market) -> bool:
        if market.market_type is MarketType.SPOT:
            return False
        return (self.position_mode or await self.read_position_mode()) is PositionMode.HEDGE

    # orders
    async def enter(
        self, market: Market, side: Side, quantity: Decimal, client_order_id: str, *, timeout: float = 5.0
    ) -> OrderAnswer:
        """A futures market order."""
        dialect = self._dialect(market.market_type)
        call = dialect.entry(market, side, quantity, client_order_id, hedge=await self._hedge(market))
        return await self._read(market.market_type, call, dialect.read_order, timeout)

    async def enter_with_cost(
        self, market: Market, cost: Decimal, client_order_id: str, *, timeout: float = 5.0
    ) -> OrderAnswer:
        """A spot market purchase for `cost` in quote currency. The filled quantity is gross; the answer carries the fee."""
        dialect = self._dialect(market.market_type)
        call = dialect.entry_with_cost(market, cost, client_order_id)
        return await self._read(market.market_type, call, dialect.read_order, timeout)

    async def reduce(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, *, timeout: float = 5.0
    ) -> OrderAnswer:
        """A market order that can only make the position on `side` smaller; on spot, a market sale of `quantity`."""
        dialect = self._dialect(market.market_type)
        call = dialect.reduction(market, side, quantity, client_order_id, hedge=await self._hedge(market))
        return await self._read(market.market_type, call, dialect.read_order, timeout)

    async def find_order(self, market: Market, client_order_id: str) -> OrderAnswer | None:
        """The order of that id, None when the exchange positively says that there is none."""
        dialect = self._dialect(market.market_type)
        return await self._found(market, dialect.order_by_client_id(market, client_order_id), dialect.read_order)

    async def _found(self, market: Market, call: Call, read: Callable[[Any], OrderAnswer]) -> OrderAnswer | None:
        try:
            return await self._read(market.market_type, call, read)
        except Refused as e:
            if e.kind is RefusalKind.NOT_FOUND:
                return None
            raise

    # protection
    async def place_protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        *,
        timeout: float = 1.5,
    ) -> dict[Leg, OrderAnswer | ExchangeError]:
        """Places stop and target at once, reduce-only, for this quantity. Never raises for a leg: its error is its value."""
        dialect = self._dialect(market.market_type)
        try:
            hedge = await self._hedge(market)
            calls = dialect.protection(market, side, quantity, legs, hedge=hedge)
        except ExchangeError as e:
            return {leg.leg: e for leg in legs}
        placed = await asyncio.gather(*(self._place(market, dialect, call, timeout) for call in calls))
        return {leg: outcome for one in placed for leg, outcome in one.items()}

    async def _place(
        self, market: Market, dialect: Dialect, asked: ProtectionCall, timeout: float
    ) -> dict[Leg, OrderAnswer | ExchangeError]:
        try:
            answers = await self._read(market.market_type, asked.call, dialect.read_protection, timeout)
        except ExchangeError as e:
            return {leg.leg: e for leg in asked.legs}
        by_id = {answer.client_order_id: answer for answer in answers}
        missing = OutcomeUnknown("The exchange's answer does not name this leg", code="leg_missing")
        return {leg.leg: by_id.get(leg.client_order_id, missing) for leg in asked.legs}

    async def standing_protection(self, market: Market) -> list[OrderAnswer]:
        """Every conditional order and OCO leg open on the symbol, ours or not."""
        dialect = self._dialect(market.market_type)
        return await self._read(market.market_type, dialect.standing(market), dialect.read_standing)

    async def find_protection(self, market: Market, client_order_id: str) -> OrderAnswer | None:
        """A leg, also a triggered or cancelled one; None when the exchange positively says that there is none.

        A triggered leg tells state, quantity and price of the order that it became.
        """
        dialect = self._dialect(market.market_type)
        call = dialect.protection_by_client_id(market, client_order_id)
        found = await self._found(market, call, dialect.read_protection_order)
        follow = dialect.triggered_order(market, found) if found else None
        if found is None or follow is None:
            return found
        became = await self._read(market.market_type, follow, dialect.read_order)
        return replace(
            found, state=became.state, filled_quantity=became.filled_quantity, average_price=became.average_price
        )

    async def cancel_protection(
        self, market: Market, client_order_ids: Sequence[str]
    ) -> dict[str, ExchangeError | None]:
        """Cancels these legs: None is done, NOT_FOUND and every other error is returned as the value. Never raises for a leg."""
        dialect = self._dialect(market.market_type)

        async def cancel(client_order_id: str) -> Any:
            return await self._ask(market.market_type, dialect.cancellation(market, client_order_id))

        async def find(client_order_id: str) -> OrderAnswer | None:
            return await self.find_protection(market, client_order_id)

        return await cancel_legs(dialect, cancel, find, client_order_ids)

    # what the account holds
    async def positions(self, market_type: MarketType) -> list[ExchangePosition]:
        """Every open position; a hedge account may show both sides of a symbol."""
        dialect = self._dialect(market_type)
        book, raw = await asyncio.gather(self._book(market_type), self._ask(market_type, dialect.positions()))
        return read_answer(raw, lambda answer: dialect.read_positions(answer, book.key_of))

    async def balances(self, market_type: MarketType) -> list[Balance]:
        """Coins with a balance."""
        dialect = self._dialect(market_type)
        return await self._read(market_type, dialect.balances(), dialect.read_balances)

    async def fills(self, market: Market, *, since: datetime | None = None) -> list[ExchangeFill]:
        """The account's trades on that symbol since then (by default the last seven days), oldest first, to the last page."""
        dialect = self._dialect(market.market_type)

        async def page(**asked: Any) -> list[ExchangeFill]:
            call = dialect.fills(market, **asked)
            return await self._read(market.market_type, call, lambda raw: dialect.read_fills(raw, market))

        return await read_all_fills(page, window=dialect.fills_window, page_size=dialect.fills_page, since=since)

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
                error = e
                if not worth_another_call(e):
                    break
        return error
