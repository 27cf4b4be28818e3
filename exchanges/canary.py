"""The canary: one small trade on a demo account, end to end, every day, to learn before our clients do that an exchange changed (B14).

Enter, protect, read back, close. What follows from a run is decided by `canary_verdicts.judge` and done by `pausing`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar
from uuid import UUID

from exchanges.canary_verdicts import Run, Step
from exchanges.client import ExchangeClient
from exchanges.client_ids import client_order_id
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import (
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)

T = TypeVar("T")
# The smallest order that the exchange takes, times this: the stop must be large enough too when the price falls by DISTANCE.
SIZE = Decimal(2)
DISTANCE = Decimal("0.05")
LEVERAGE = 2
TRIES = 4
PAUSE_S = 0.5
LONG = PositionSide.LONG


async def run_canary(client: ExchangeClient, market_type: MarketType, key: str, run_id: UUID) -> Run:
    """One trade of that symbol on this account. Never raises for what the exchange says; leaves nothing behind if it can."""
    run = Run(market_type)
    market = None
    legs: list[ProtectionLeg] = []
    quantity = Decimal(0)
    try:
        market = await _step(run, "market", lambda: client.market(market_type, key))
        price = await _step(run, "price", lambda: client.price(market))
        entry = await _step(run, "entry", lambda: _enter(client, market, price, run_id))
        run.entered, quantity = True, _sellable(market, entry)
        legs = _legs(market, entry.average_price or price, run_id, client.venue.features.holds_both_legs(market_type))
        await _protect(run, client, market, quantity, legs)
    except ExchangeError as error:
        run.gave_up = error
    if market is not None and (run.entered or isinstance(run.gave_up, OutcomeUnknown)):
        await _leave(run, client, market, quantity, legs, run_id)
    return run


async def _step(run: Run, name: str, act: Callable[[], Awaitable[T]]) -> T:
    began = time.monotonic()
    problem = ""
    try:
        return await act()
    except ExchangeError as error:
        problem = f"{type(error).__name__} {error.code}: {error.message}"[:300]
        raise
    finally:
        run.steps.append(Step(name, problem, int((time.monotonic() - began) * 1000)))


async def _enter(client: ExchangeClient, market: Market, price: Decimal, run_id: UUID) -> OrderAnswer:
    entry_id = client_order_id(run_id, Leg.ENTRY, 1)
    least = max(market.min_quantity, market.min_notional / price, market.quantity_step) * SIZE
    if market.market_type is MarketType.SPOT:
        answer = await client.enter_with_cost(market, _rounded_up(least * price, Decimal("0.01")), entry_id)
    else:
        await client.set_terms(market, leverage=LEVERAGE, margin_mode=MarginMode.ISOLATED)
        quantity = _rounded_up(least, market.quantity_step)
        answer = await client.enter(market, Side.BUY, quantity, entry_id, terms=OrderTerms(leverage=LEVERAGE))
    return await _filled(client, market, answer, entry_id)


async def _filled(client: ExchangeClient, market: Market, answer: OrderAnswer, client_id: str) -> OrderAnswer:
    """The order with its fill: asked for where the first answer did not carry it."""
    for _ in range(TRIES):
        if answer.filled_quantity and answer.average_price is not None:
            return answer
        await asyncio.sleep(PAUSE_S)
        answer = await client.find_order(market, client_id) or answer
    raise OutcomeUnknown("A market order was not filled", code="not_filled")


def _sellable(market: Market, entry: OrderAnswer) -> Decimal:
    """What was bought, net of a fee taken from the coin, on the step."""
    net = entry.filled_quantity - (entry.fee if entry.fee_currency == market.base else Decimal(0))
    return net - net % market.quantity_step


def _legs(market: Market, price: Decimal, run_id: UUID, both: bool) -> list[ProtectionLeg]:
    prices = {Leg.STOP: price * (1 - DISTANCE)} | ({Leg.TARGET: price * (1 + DISTANCE)} if both else {})
    return [
        ProtectionLeg(leg, client_order_id(run_id, leg, 1), wanted - wanted % market.price_step)
        for leg, wanted in prices.items()
    ]


async def _protect(
    run: Run, client: ExchangeClient, market: Market, quantity: Decimal, legs: list[ProtectionLeg]
) -> None:
    """Place stop and target, and look whether they stand: for the right quantity, at the right price."""
    placed = await _step(run, "protection", lambda: client.place_protection(market, LONG, quantity, legs))
    refused = {leg: error for leg, error in placed.items() if isinstance(error, ExchangeError)}
    run.stop_problem = ", ".join(f"{leg.name.lower()}: {error.code} {error.message}" for leg, error in refused.items())
    wanted = {(leg.client_order_id, leg.trigger_price, quantity) for leg in legs}
    for _ in range(TRIES):
        try:
            told = await _step(run, "read_back", lambda: client.standing_protection(market))
        except (NotSent, OutcomeUnknown):
            await asyncio.sleep(PAUSE_S)
            continue
        run.stop_stands = wanted <= {(one.client_order_id, one.trigger_price, one.quantity) for one in told}
        if run.stop_stands or (all(isinstance(error, Refused) for error in refused.values()) and refused):
            return
        await asyncio.sleep(PAUSE_S)


async def _leave(
    run: Run,
    client: ExchangeClient,
    market: Market,
    quantity: Decimal,
    legs: list[ProtectionLeg],
    run_id: UUID,
) -> None:
    """Cancel what stands and sell what was bought; an entry whose outcome is unknown is looked for first."""
    for attempt in range(1, TRIES + 1):
        try:
            if not quantity:
                found = await client.find_order(market, client_order_id(run_id, Leg.ENTRY, 1))
                run.entered = found is not None and bool(found.filled_quantity)
                if found is None or not run.entered:
                    return
                quantity = _sellable(market, found)
            await client.cancel_protection(market, [leg.client_order_id for leg in legs])
            await _exit(run, client, market, quantity, client_order_id(run_id, Leg.EXIT, attempt))
            run.is_left = True
            return
        except Refused as error:
            if error.kind is RefusalKind.REDUCE_ONLY:  # an exit before this one did it
                run.is_left = True
                return
        except ExchangeError:
            pass
        await asyncio.sleep(PAUSE_S)


async def _exit(run: Run, client: ExchangeClient, market: Market, quantity: Decimal, exit_id: str) -> None:
    answer = await _step(run, "exit", lambda: client.reduce(market, LONG, quantity, exit_id))
    await _filled(client, market, answer, exit_id)


def _rounded_up(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step
