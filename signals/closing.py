"""Leaving a position: a reduce-only market order for what we hold, then its stop and target are cancelled (D1, D8).

Futures: exit first, so that the stop stands until the position is gone. Spot: the resting orders hold the coins, so they are
cancelled first and the sale follows in the same serial slot (D27).
"""

from dataclasses import replace
from decimal import Decimal

from exchanges.errors import ExchangeError
from exchanges.types import Market, MarketType, OrderAnswer, OrderState
from signals.booking import CLOCKS_APART, EXIT_REASONS, book, last_exit_price
from signals.cancelling import cancel_protection
from signals.desk import Job
from signals.exit_order import LEGS_OF, Exit, ExitPending, exit_at_market
from signals.facts import Held
from signals.ledger.ledger import Write
from signals.order_rows import add_answer
from signals.settling import has_not_ended
from signals.spot_coins import with_fee

FILLING = """
    SELECT o.client_order_id, o.filled_quantity FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
    WHERE o.account_id = %s AND %s IN (o.position_id, e.position_id) AND o.leg = 'entry' AND o.status = 'partial'
"""
LEGS_BOOKED = """
    SELECT coalesce(sum(f.quantity), 0) AS quantity FROM signals_fill f JOIN signals_order o ON o.id = f.order_id
    WHERE f.position_id = %s AND o.leg IN ('stop', 'target')
"""


async def leave_position(
    job: Job, market: Market, held: Held, *, reason: str, first_write: Write | None = None
) -> Exit:
    """Exit `held` at market and book it. `first_write`: a move to be committed with the exit order's row before it is sent."""
    held = await _with_what_filled_further(job, market, held)
    if market.market_type is MarketType.SPOT:
        await cancel_protection(job.desk, job.client, market, held.id)
    sold = await _sold_by_legs(job, market, held)
    if sold >= held.quantity - market.quantity_step and sold > 0:
        # what is left there is not ours: reduce-only knows the account's position, and one coin is like another (D25)
        if first_write is not None:
            await job.desk.ledger.record(first_write)
        await _book_what_ended_it(job, market, held, may_stand=True)
        await cancel_protection(job.desk, job.client, market, held.id)
        return Exit(None, Decimal(0), "")
    held = replace(held, quantity=held.quantity - sold)
    result = await exit_at_market(job, market, held, first_write)
    if result.price is None:
        await _book_what_ended_it(job, market, held)
    else:
        write = Write(None)
        write.add("positions_closed", id=held.id, exit_price=result.price, code=reason, at=job.desk.now())
        write.add("openers_closed", position_id=held.id, code=reason, at=job.desk.now())
        await job.desk.ledger.record(write)
    if market.market_type is MarketType.FUTURES:
        await cancel_protection(job.desk, job.client, market, held.id)
    return result


async def _with_what_filled_further(job: Job, market: Market, held: Held) -> Held:
    """The position as its entry order stands now: one that is still filling is asked for first (F20)."""
    write = Write(None)
    for row in await job.desk.ledger.query(FILLING, [held.account_id, held.id]):
        try:
            found = await job.client.find_order(market, row["client_order_id"])
            if found is not None and market.market_type is MarketType.SPOT:
                found = await with_fee(job.desk, job.client, market, found, held.opened_at)
        except ExchangeError:
            continue  # what comes later is sold later (`signals.late_fills`)
        if found is not None and found.filled_quantity > row["filled_quantity"]:
            more = _received(market, found, since=row["filled_quantity"])
            held = replace(held, quantity=held.quantity + more, opened_quantity=held.opened_quantity + more)
            add_answer(job, write, found, row["client_order_id"])
    if write.records:
        for record in write.records["order_answers"]:
            record["epoch"] = None  # the order of another execution
        await job.desk.ledger.record(write)
    return held


def _received(market: Market, order: OrderAnswer, *, since: Decimal) -> Decimal:
    """What an entry brought beyond its first `since`, less its share of a fee that is taken from the coin (spot)."""
    more = order.filled_quantity - since
    return more - order.fee * more / order.filled_quantity if order.fee_currency == market.base else more


async def _sold_by_legs(job: Job, market: Market, held: Held) -> Decimal:
    """How much of `held.quantity` its stop or target has sold already. One question where both still stand.

    Raises ExitPending while a triggered leg goes on selling, and what asking raises.
    """
    legs = await job.desk.ledger.query(LEGS_OF, [held.id])
    standing = {one.client_order_id for one in await job.client.standing_protection(market)} if legs else set()
    sold = Decimal(0)
    for row in legs:
        if row["client_order_id"] in standing:
            continue
        leg = await job.client.find_protection(market, row["client_order_id"])
        if leg is None:
            continue
        if leg.triggered_order_id and has_not_ended(leg):
            raise ExitPending(row["client_order_id"])
        sold += leg.filled_quantity
    if not sold:
        return sold
    # a part that is booked is not in the quantity any more
    booked: Decimal = (await job.desk.ledger.query(LEGS_BOOKED, [held.id]))[0]["quantity"]
    return sold - min(booked, max(held.opened_quantity - held.quantity, Decimal(0)))


async def _book_what_ended_it(job: Job, market: Market, held: Held, *, may_stand: bool = False) -> None:
    """Nothing was left to leave: its stop or target sold it, or someone at the exchange. Booked now, for what comes next.

    Raises ExitPending while the exchange shows the position after all: one refusal decides nothing (F37). `may_stand`: what
    it shows is known to be somebody else's.
    """
    if market.market_type is MarketType.FUTURES and not may_stand:
        there = await job.client.positions(market.market_type)
        if any(position.market_key == market.key and position.side is held.side for position in there):
            raise ExitPending(market.key)
    reason, price = "external", None
    for row in await job.desk.ledger.query(LEGS_OF, [held.id]):
        leg = await job.client.find_protection(market, row["client_order_id"])
        if leg is not None and (leg.triggered_order_id or leg.state is OrderState.FILLED):
            reason, price = EXIT_REASONS[row["leg"]], leg.average_price
    fills = await job.client.fills(market, since=held.opened_at - CLOCKS_APART)
    price = price or last_exit_price(fills, held.side, held.opened_at) or await job.client.price(market)
    await book(job.desk, job.client, job.facts, market, fills, exits={held.id: reason}, prices={held.id: price})
