"""Talking to an exchange: one surface for all of them, for one account (`connect`) or none (`public`).

Values are those of `exchanges.types`, errors those of `exchanges.errors` and nothing else: whatever goes wrong after bytes have
left is OutcomeUnknown. What an exchange needs said is in its dialect; ccxt signs it and knows where it goes.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchanges.account_reader import AccountReader
from exchanges.addresses import configure
from exchanges.dialect import Call, ProtectionCall, in_turn, not_found, read_answer
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.leg_cancelling import cancel_legs
from exchanges.limits import Priority
from exchanges.pools import close_pool
from exchanges.public_client import READ_TIMEOUT_S, PublicClient
from exchanges.registry import get_venue
from exchanges.types import (
    Credentials,
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)

ONE_WAY = OrderTerms()

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


async def warm_up(venue_ids: Sequence[str], *, connections: int = 16) -> None:
    """Loads markets and prices of these venues and opens connections. What fails waits for whoever asks first."""
    outcomes = await asyncio.gather(
        *(public(venue_id).warm(connections) for venue_id in venue_ids), return_exceptions=True
    )
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, ExchangeError):
            raise outcome


class ExchangeClient(AccountReader):
    """One account at an exchange. Quantities are base units, prices quote currency per base unit.

    Orders raise Refused (nothing was placed), NotSent (no byte left us), OutcomeUnknown (ask by client order id), Unsupported.
    """

    # terms
    async def set_terms(self, market: Market, *, leverage: int, margin_mode: MarginMode) -> None:
        """Sets both on the symbol, futures only. "Nothing to change" is success; raises the first other error, after both ended.

        Refused for the position mode, which some exchanges want said here too, they are set again in the right one.
        """
        hedge = await self._hedge(market)
        error = await self._set_terms(market, leverage, margin_mode, hedge)
        if _is_wrong_mode(error) and await self._mode_was_wrong(market, hedge):
            error = await self._set_terms(market, leverage, margin_mode, not hedge)
        if error is not None:
            raise error

    async def _set_terms(
        self, market: Market, leverage: int, margin_mode: MarginMode, hedge: bool
    ) -> ExchangeError | None:
        dialect = self._dialect(market.market_type)

        async def send(call: Call) -> ExchangeError | None:
            try:
                await self._ask(market.market_type, call, READ_TIMEOUT_S, Priority.ENTRY)
            except ExchangeError as e:
                return None if isinstance(e, Refused) and e.kind is RefusalKind.NOTHING_TO_CHANGE else e
            return None

        calls = dialect.terms(market, leverage, margin_mode, hedge=hedge)
        if dialect.terms_in_turn:
            ended = [await send(call) for call in calls]
        else:
            ended = await asyncio.gather(*(send(call) for call in calls))
        return next(filter(None, ended), None)

    async def _hedge(self, market: Market) -> bool:
        if market.market_type is MarketType.SPOT or not self.venue.features.hedge_mode:
            return False
        try:
            return (self.position_mode or await self.read_position_mode(market)) is PositionMode.HEDGE
        except OutcomeUnknown as e:  # of the question; the order itself has not left
            raise NotSent("The account's position mode could not be read", code=e.code) from e

    async def _mode_was_wrong(self, market: Market, hedge: bool) -> bool:
        """After a refusal for the position mode: asks for it again, once. True when the account has another one by now."""
        try:
            return (await self.read_position_mode(market) is PositionMode.HEDGE) is not hedge
        except ExchangeError:
            return False  # the refusal that brought us here is what the caller must hear

    async def _order(
        self, market: Market, client_order_id: str, say: Callable[[bool], Call], seconds: float, priority: Priority
    ) -> OrderAnswer:
        """Sends the order that `say` makes of "hedge account". Refused for the wrong mode, it is sent in the right one, same id."""
        hedge = await self._hedge(market)
        try:
            return await self._send(market, client_order_id, say(hedge), seconds, priority)
        except Refused as e:
            if e.kind is not RefusalKind.POSITION_MODE or not await self._mode_was_wrong(market, hedge):
                raise
        return await self._send(market, client_order_id, say(not hedge), seconds, priority)

    async def _send(
        self, market: Market, client_order_id: str, call: Call, seconds: float, priority: Priority
    ) -> OrderAnswer:
        """Sends an order, once: what comes of it is for the caller to find out."""
        dialect = self._dialect(market.market_type)
        raw = await self._ask(market.market_type, call, seconds, priority)
        answer = read_answer(raw, lambda told: dialect.read_placed(told, market, client_order_id))
        if answer.client_order_id != client_order_id:  # whosever answer this is, it says nothing of our order
            raise OutcomeUnknown("The exchange answered for another order", code="other_order")
        return answer

    # orders
    async def enter(
        self,
        market: Market,
        side: Side,
        quantity: Decimal,
        client_order_id: str,
        *,
        terms: OrderTerms = ONE_WAY,
        timeout: float = 5.0,
    ) -> OrderAnswer:
        """A futures market order. What `terms` says of hedge does not count: the account's own mode does."""
        dialect = self._dialect(market.market_type)
        return await self._order(
            market,
            client_order_id,
            lambda hedge: dialect.entry(market, side, quantity, client_order_id, replace(terms, hedge=hedge)),
            timeout,
            Priority.ENTRY,
        )

    async def enter_with_cost(
        self, market: Market, cost: Decimal, client_order_id: str, *, timeout: float = 5.0
    ) -> OrderAnswer:
        """A spot market purchase for `cost` in quote currency. The filled quantity is gross; the answer carries the fee."""
        dialect = self._dialect(market.market_type)
        call = dialect.entry_with_cost(market, cost, client_order_id)
        return await self._send(market, client_order_id, call, timeout, Priority.ENTRY)

    async def reduce(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        client_order_id: str,
        *,
        margin_mode: MarginMode = MarginMode.ISOLATED,
        timeout: float = 5.0,
    ) -> OrderAnswer:
        """A market order that can only make the position on `side` smaller; on spot, a market sale of `quantity`."""
        dialect = self._dialect(market.market_type)
        return await self._order(
            market,
            client_order_id,
            lambda hedge: dialect.reduction(market, side, quantity, client_order_id, OrderTerms(hedge, margin_mode)),
            timeout,
            Priority.CLOSE,
        )

    async def find_order(self, market: Market, client_order_id: str) -> OrderAnswer | None:
        """The order of that id, None when the exchange positively says that there is none."""
        dialect = self._dialect(market.market_type)
        return await self._found(market, dialect.order_by_client_id(market, client_order_id), dialect.read_order)

    async def _found(
        self, market: Market, calls: Call | Sequence[Call], read: Callable[[Any, Market], OrderAnswer]
    ) -> OrderAnswer | None:
        """Asked in turn until one call finds it; None when every one of them says that it is not there."""
        for call in in_turn(calls):

            def read_one(raw: Any, picked: Callable[[Any], Any] = call.picked) -> OrderAnswer:
                return read(picked(raw), market)

            try:
                return await self._read(market.market_type, call, read_one, priority=Priority.CLOSE)
            except Refused as e:
                if e.kind is not RefusalKind.NOT_FOUND:
                    raise
        return None

    # protection
    async def place_protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        *,
        margin_mode: MarginMode = MarginMode.ISOLATED,
        timeout: float = 1.5,
    ) -> dict[Leg, OrderAnswer | ExchangeError]:
        """Places stop and target at once, reduce-only, for this quantity. Never raises for a leg: its error is its value,
        Unsupported for one that cannot stand here beside the other."""
        try:
            terms = OrderTerms(await self._hedge(market), margin_mode)
            outcomes = await self._place(market, side, quantity, legs, terms, timeout)
            wrong = [leg for leg in legs if _is_wrong_mode(outcomes[leg.leg])]
            if wrong and await self._mode_was_wrong(market, terms.hedge):
                terms = replace(terms, hedge=not terms.hedge)
                outcomes |= await self._place(market, side, quantity, wrong, terms, timeout)
        except ExchangeError as e:  # before anything left
            return {leg.leg: e for leg in legs}
        return outcomes

    async def _place(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
        seconds: float,
    ) -> dict[Leg, OrderAnswer | ExchangeError]:
        passed = await self._passed_stops(market, side, legs)
        sent = [leg for leg in legs if leg not in passed]
        calls = self._dialect(market.market_type).protection(market, side, quantity, sent, terms) if sent else []
        placed = await asyncio.gather(*(self._place_one(market, call, seconds) for call in calls))
        left_out = Unsupported("It cannot stand at this exchange beside the other leg", code="one_leg_only")
        late = Refused("The price has passed the stop", code="passed", kind=RefusalKind.WOULD_TRIGGER)
        outcomes: dict[Leg, OrderAnswer | ExchangeError] = {
            leg.leg: late if leg in passed else left_out for leg in legs
        }
        return outcomes | {leg: outcome for one in placed for leg, outcome in one.items()}

    async def _passed_stops(
        self, market: Market, side: PositionSide, legs: Sequence[ProtectionLeg]
    ) -> list[ProtectionLeg]:
        """Stops that the price has passed already, where the exchange would take them for targets. Raises like `price`."""
        stops = [leg for leg in legs if leg.leg is Leg.STOP]
        if not stops or self._dialect(market.market_type).refuses_passed_stops:
            return []
        price = await self.price(market, max_age_s=0.3)
        return [leg for leg in stops if (leg.trigger_price >= price) is (side is PositionSide.LONG)]

    async def _place_one(
        self, market: Market, asked: ProtectionCall, seconds: float
    ) -> dict[Leg, OrderAnswer | ExchangeError]:
        read = self._dialect(market.market_type).read_protection
        try:
            raw = await self._ask(market.market_type, asked.call, seconds, Priority.CLOSE)
            answers = read_answer(raw, lambda told: read(told, market, asked.legs))
        except ExchangeError as e:
            return {leg.leg: e for leg in asked.legs}
        by_id = {answer.client_order_id: answer for answer in answers}
        missing = OutcomeUnknown("The exchange's answer does not name this leg", code="leg_missing")
        return {leg.leg: by_id.get(leg.client_order_id, missing) for leg in asked.legs}

    async def remove_net(self, market: Market, side: PositionSide) -> None:
        """Takes the safety net of an entry away, now that its own stop stands; it would close other positions on the symbol too.

        "There is none" is success. Raises what asking raises.
        """
        terms = OrderTerms(await self._hedge(market))
        call = self._dialect(market.market_type).net_removal(market, side, terms)
        try:
            await self._ask(market.market_type, call, READ_TIMEOUT_S, Priority.CLOSE)
        except Refused as e:
            if e.kind not in (RefusalKind.NOTHING_TO_CHANGE, RefusalKind.REDUCE_ONLY, RefusalKind.NOT_FOUND):
                raise

    async def standing_protection(self, market: Market) -> list[OrderAnswer]:
        """Every conditional order and OCO leg open on the symbol, ours or not."""
        dialect = self._dialect(market.market_type)

        async def read(call: Call) -> list[OrderAnswer]:
            return await self._read(
                market.market_type, call, lambda raw: dialect.read_standing(raw, market), priority=Priority.CLOSE
            )

        told = await asyncio.gather(*(read(call) for call in in_turn(dialect.standing(market))))
        return [answer for one in told for answer in one]

    async def find_protection(self, market: Market, client_order_id: str) -> OrderAnswer | None:
        """A leg, also a triggered or cancelled one; None when the exchange positively says that there is none.

        A triggered leg tells state, quantity and price of the order that it became.
        """
        dialect = self._dialect(market.market_type)
        calls = dialect.protection_by_client_id(market, client_order_id)
        found = await self._found(market, calls, dialect.read_protection_order)
        follow, asked = dialect.triggered_order(market, found) if found else None, list[Call]()
        while found is not None and follow is not None and follow not in asked:
            asked.append(follow)
            became = await self._found(market, follow, dialect.read_order)
            if became is None:
                raise OutcomeUnknown(
                    "The leg was triggered, and the order it became is not told yet", code="triggered_order"
                )
            found = replace(
                found,
                state=became.state,
                filled_quantity=became.filled_quantity,
                average_price=became.average_price,
                triggered_order_id=found.triggered_order_id or became.exchange_order_id,
            )
            follow = dialect.triggered_order(market, became)
        return found

    async def cancel_protection(
        self, market: Market, client_order_ids: Sequence[str]
    ) -> dict[str, ExchangeError | None]:
        """Cancels these legs: None is done, NOT_FOUND and every other error is returned as the value. Never raises for a leg."""
        dialect = self._dialect(market.market_type)
        exchange_ids: dict[str, str] = {}
        if dialect.cancels_by_exchange_id and client_order_ids:
            try:
                standing = await self.standing_protection(market)
            except ExchangeError as e:
                return dict.fromkeys(client_order_ids, e)
            exchange_ids = {answer.client_order_id: answer.exchange_order_id for answer in standing}

        async def cancel(client_order_id: str) -> Any:
            if dialect.cancels_by_exchange_id and client_order_id not in exchange_ids:
                raise not_found()
            call = dialect.cancellation(market, client_order_id, exchange_ids.get(client_order_id, ""))
            return await self._ask(market.market_type, call, READ_TIMEOUT_S, Priority.CLOSE)

        async def find(client_order_id: str) -> OrderAnswer | None:
            return await self.find_protection(market, client_order_id)

        return await cancel_legs(dialect, cancel, find, client_order_ids)


def _is_wrong_mode(outcome: OrderAnswer | ExchangeError | None) -> bool:
    return isinstance(outcome, Refused) and outcome.kind is RefusalKind.POSITION_MODE
