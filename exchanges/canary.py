"""The canary: one small trade on a demo account, end to end, every day, to learn before our clients do that an exchange changed (B14).

Enter, protect, read back, close. What follows from a run is decided by `canary_verdicts.judge` and done by `pausing`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar
from uuid import UUID

from exchanges.canary_leaving import PAUSE_S, TRIES, cancel_legs, filled, leave, sell, sellable
from exchanges.canary_verdicts import Run, Step
from exchanges.client import ExchangeClient
from exchanges.client_ids import client_order_id
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, Refused, Unsupported
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
LONG = PositionSide.LONG


async def run_canary(run: Run, client: ExchangeClient, key: str, run_id: UUID) -> None:
    """One trade of that symbol on this account, told in `run`. Never raises for what the exchange says.

    Leaves nothing behind if it can, also when it is cancelled.
    """
    market = None
    try:
        market = await _step(run, "market", lambda: client.market(run.market_type, key))
        await _trade(run, client, market, run_id)
    except ExchangeError as error:
        run.gave_up = error
    finally:
        if market is not None and run.sent:
            await _leave(run, client, market, run_id)


async def _trade(run: Run, client: ExchangeClient, market: Market, run_id: UUID) -> None:
    price = await _step(run, "price", lambda: client.price(market))
    entry = await _step(run, "entry", lambda: _enter(run, client, market, price, run_id))
    run.entered, run.quantity = True, sellable(market, entry)
    both = client.venue.features.holds_both_legs(market.market_type)
    await _protect(run, client, market, _legs(market, entry.average_price or price, run_id, both))


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


async def _enter(run: Run, client: ExchangeClient, market: Market, price: Decimal, run_id: UUID) -> OrderAnswer:
    entry_id = client_order_id(run_id, Leg.ENTRY, 1)
    least = max(market.min_quantity, market.min_notional / price, market.quantity_step) * SIZE
    if market.market_type is MarketType.FUTURES:
        await client.set_terms(market, leverage=LEVERAGE, margin_mode=MarginMode.ISOLATED)
    run.sent = True
    try:
        if market.market_type is MarketType.SPOT:
            answer = await client.enter_with_cost(market, _rounded_up(least * price, Decimal("0.01")), entry_id)
        else:
            quantity = _rounded_up(least, market.quantity_step)
            answer = await client.enter(market, Side.BUY, quantity, entry_id, terms=OrderTerms(leverage=LEVERAGE))
    except (Refused, NotSent, Unsupported):  # nothing was placed
        run.sent = False
        raise
    return await filled(client, market, answer, entry_id)


def _legs(market: Market, price: Decimal, run_id: UUID, both: bool) -> list[ProtectionLeg]:
    prices = {Leg.STOP: price * (1 - DISTANCE)} | ({Leg.TARGET: price * (1 + DISTANCE)} if both else {})
    return [
        ProtectionLeg(leg, client_order_id(run_id, leg, 1), wanted - wanted % market.price_step)
        for leg, wanted in prices.items()
    ]


async def _protect(run: Run, client: ExchangeClient, market: Market, legs: list[ProtectionLeg]) -> None:
    """Place stop and target, and look whether they stand: for the right quantity, at the right price."""
    quantity = run.quantity
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


async def _leave(run: Run, client: ExchangeClient, market: Market, run_id: UUID) -> None:
    """Cancel what stands and sell what was bought; an entry whose outcome is unknown is looked for first.

    One that is not found may still come: the next run looks for it again.
    """
    for attempt in range(TRIES):
        await asyncio.sleep(PAUSE_S if attempt else 0)
        with suppress(ExchangeError):
            if run.quantity and not attempt:
                await cancel_legs(client, market, run_id)
                exit_id = client_order_id(run_id, Leg.EXIT, 1)
                await _step(run, "exit", lambda: sell(client, market, run.quantity, exit_id))  # noqa: B023 -- awaited here
                run.is_left = True
            else:
                run.entered = run.is_left = await _step(run, "leave", lambda: leave(client, market, run_id))
            return


def _rounded_up(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step
