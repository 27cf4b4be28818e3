"""Leaving what a test trade entered, also one whose process died: everything is found again by its client order ids."""

import asyncio
from decimal import Decimal
from itertools import count
from uuid import UUID

from exchanges.client import ExchangeClient
from exchanges.client_ids import client_order_id
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, Market, MarketType, OrderAnswer, PositionSide

TRIES = 4
PAUSE_S = 0.5
LEGS = (Leg.STOP, Leg.TARGET)


async def leave(client: ExchangeClient, market: Market, run_id: UUID) -> bool:
    """Cancel the legs of that run and sell what is left of what it entered, never more than is held. False: it had entered nothing.

    Raises ExchangeError when the exchange does not let it, or nobody knows.
    """
    entry = await client.find_order(market, client_order_id(run_id, Leg.ENTRY, 1))
    if entry is None or not entry.filled_quantity:
        return False
    await cancel_legs(client, market, run_id)
    sold, attempt = await _sold(client, market, run_id)
    rest = min(sellable(market, entry) - sold, await _held(client, market))
    rest -= rest % market.quantity_step
    if rest >= await _least(client, market):
        await sell(client, market, rest, client_order_id(run_id, Leg.EXIT, attempt))
    return True


async def leave_leftover(
    client: ExchangeClient, market_type: MarketType, key: str, run_id: UUID
) -> ExchangeError | None:
    """`leave` for a run of the past, tried again where no answer came; the error when it stays."""
    problem: ExchangeError | None = None
    for attempt in range(TRIES):
        await asyncio.sleep(PAUSE_S if attempt else 0)
        try:
            await leave(client, await client.market(market_type, key), run_id)
        except ExchangeError as error:
            problem = error
        else:
            return None
    return problem


async def cancel_legs(client: ExchangeClient, market: Market, run_id: UUID) -> None:
    """What does not stand is none the less tried: whether it does is what nobody knows. Never raises for a leg."""
    await client.cancel_protection(market, [client_order_id(run_id, leg, 1) for leg in LEGS])


async def sell(client: ExchangeClient, market: Market, quantity: Decimal, exit_id: str) -> None:
    """Reduce the position, or sell the coins; "there is none" is success: an exit before this one did it."""
    try:
        answer = await client.reduce(market, PositionSide.LONG, quantity, exit_id)
    except Refused as error:
        if error.kind is not RefusalKind.REDUCE_ONLY:
            raise
    else:
        await filled(client, market, answer, exit_id)


async def filled(client: ExchangeClient, market: Market, answer: OrderAnswer, client_id: str) -> OrderAnswer:
    """The order with its fill: asked for where the first answer did not carry it."""
    for _ in range(TRIES):
        if answer.filled_quantity and answer.average_price is not None:
            return answer
        await asyncio.sleep(PAUSE_S)
        answer = await client.find_order(market, client_id) or answer
    raise OutcomeUnknown("A market order was not filled", code="not_filled")


def sellable(market: Market, entry: OrderAnswer) -> Decimal:
    """What was bought, net of a fee taken from the coin, on the step."""
    net = entry.filled_quantity - (entry.fee if entry.fee_currency == market.base else Decimal(0))
    return net - net % market.quantity_step


async def _sold(client: ExchangeClient, market: Market, run_id: UUID) -> tuple[Decimal, int]:
    """What legs and exits of that run have sold already, and the number of the first exit that was not placed."""
    legs = [await client.find_protection(market, client_order_id(run_id, leg, 1)) for leg in LEGS]
    sold = sum((leg.filled_quantity for leg in legs if leg is not None), Decimal(0))
    for attempt in count(1):
        placed = await client.find_order(market, client_order_id(run_id, Leg.EXIT, attempt))
        if placed is None:
            break
        sold += placed.filled_quantity
    return sold, attempt


async def _least(client: ExchangeClient, market: Market) -> Decimal:
    """What is less cannot be sold: a fee taken from the coin leaves that much, which an order told afterwards does not tell."""
    least = max(market.min_quantity, market.quantity_step)
    if market.market_type is MarketType.SPOT:
        least = max(least, market.min_notional / await client.price(market))
    return least


async def _held(client: ExchangeClient, market: Market) -> Decimal:
    if market.market_type is MarketType.SPOT:
        coins = await client.balances(market.market_type)
        return sum((coin.total for coin in coins if coin.currency == market.base), Decimal(0))
    positions = await client.positions(market.market_type)
    wanted = (market.key, PositionSide.LONG)
    return sum((one.quantity for one in positions if (one.market_key, one.side) == wanted), Decimal(0))
