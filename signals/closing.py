"""Leaving a position: a reduce-only market order for what we hold, then its stop and target are cancelled (D1, D8).

Futures: exit first, so that the stop stands until the position is gone. Spot: the resting orders hold the coins, so they are
cancelled first and the sale follows in the same serial slot (D27).
"""

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused, seconds_to_wait
from exchanges.types import Leg, MarginMode, Market, MarketType, OrderAnswer, OrderState
from signals.booking import CLOCKS_APART, EXIT_REASONS, book, last_exit_price
from signals.cancelling import cancel_protection
from signals.desk import Job
from signals.facts import Held
from signals.ledger.fill_booking import ENOUGH
from signals.ledger.ledger import Write
from signals.protection import add_answer, add_order
from signals.sizing import round_down
from signals.spot_coins import follow_hand_sale, free_coins, with_fee

EXIT_ATTEMPTS = "SELECT coalesce(max(attempt), 0) AS last FROM signals_order WHERE execution_id = %s AND leg = 'exit'"
# What exits of a worker before us have sold of a position.
EXITS_FILLED = """
    SELECT coalesce(sum(filled_quantity), 0) AS quantity, coalesce(sum(filled_quantity * average_price), 0) AS proceeds
    FROM signals_order WHERE execution_id = %s AND position_id = %s AND leg = 'exit' AND filled_quantity > 0
"""
FILLING = """
    SELECT o.client_order_id, o.filled_quantity FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
    WHERE o.account_id = %s AND %s IN (o.position_id, e.position_id) AND o.leg = 'entry' AND o.status = 'partial'
"""
LEGS_OF = """
    SELECT DISTINCT o.leg, o.client_order_id FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
    WHERE %s IN (o.position_id, e.position_id) AND o.leg IN ('stop', 'target')
      AND o.status NOT IN ('refused', 'not_placed')
"""
LEGS_BOOKED = """
    SELECT coalesce(sum(f.quantity), 0) AS quantity FROM signals_fill f JOIN signals_order o ON o.id = f.order_id
    WHERE f.position_id = %s AND o.leg IN ('stop', 'target')
"""
KNOWN_ORDERS = """
    SELECT DISTINCT told.id AS exchange_order_id FROM signals_order o
    CROSS JOIN LATERAL unnest(ARRAY[o.exchange_order_id, o.triggered_order_id]) AS told (id)
    WHERE o.account_id = %s AND told.id = ANY(%s)
"""
DEAD = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUSED)


@dataclass(frozen=True, slots=True)
class Exit:
    """A position that was left: the average price of what we sold, or None when the exchange says that nothing was left."""

    price: Decimal | None
    quantity: Decimal
    order_id: str


class ExitPending(Exception):
    """The exit could not be confirmed; the execution stays in flight and recovery goes on with it."""


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
    result = await _exit_at_market(job, market, held, first_write)
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


async def _exit_at_market(job: Job, market: Market, held: Held, first_write: Write | None) -> Exit:
    left, proceeds, sold, order_id = round_down(held.quantity, market.quantity_step), Decimal(0), Decimal(0), ""
    if job.exit_attempts is None or job.exits_were_sent:  # a worker before us may have sent some
        job.exits_were_sent = True
        if job.exit_attempts is None:
            job.exit_attempts = (await job.desk.ledger.query(EXIT_ATTEMPTS, [job.facts.id]))[0]["last"]
        before = (await job.desk.ledger.query(EXITS_FILLED, [job.facts.id, held.id]))[0]
        sold, proceeds = before["quantity"], before["proceeds"]
        left = round_down(max(held.quantity - sold, Decimal(0)), market.quantity_step)
    write = first_write
    while left >= market.min_quantity and left > 0:
        job.exit_attempts += 1
        write = write or job.step("renew")
        part = _at_most(market, left)
        key = add_order(job, write, market, Leg.EXIT, attempt=job.exit_attempts, side=held.side.exit_side.value, quantity=part,
                        position_id=held.id)  # fmt: skip
        asked_at = job.desk.now()
        await job.desk.ledger.intend(write)
        job.renewed(asked_at)
        write = None
        answer = await _send_exit(job, market, held, part, key)
        if isinstance(answer, Market):  # by the rules of now
            market, left = answer, round_down(left, answer.quantity_step)
            continue
        if answer is None:
            left = await _sellable(job, market, held, left)
            continue
        if has_not_ended(answer):
            answer = await _when_ended(job, market, key)
        order_id = answer.exchange_order_id
        filled = answer.filled_quantity
        if not filled:
            raise ExitPending(key)
        proceeds, sold, left = proceeds + filled * (answer.average_price or Decimal(0)), sold + filled, left - filled
    return Exit(proceeds / sold if sold else None, sold, order_id)


async def _sellable(job: Job, market: Market, held: Held, refused: Decimal) -> Decimal:
    """What can be left of a position after the exchange refused to sell `refused` of it: nothing where orders only reduce; on
    spot the coins that are there. Raises ExitPending while orders of ours hold them."""
    if market.market_type is MarketType.FUTURES:
        return Decimal(0)
    legs = {row["client_order_id"] for row in await job.desk.ledger.query(LEGS_OF, [held.id])}
    if any(order.client_order_id in legs for order in await job.client.standing_protection(market)):
        raise ExitPending(market.key)
    free = round_down(await free_coins(job.desk, job.client, market, refused), market.quantity_step)
    if free >= refused:
        raise ExitPending(market.key)
    if free < refused * ENOUGH:  # else it is a matter of fees
        await follow_hand_sale(job.desk, job.client, job.facts, market, held.id, held.opened_at, free)
    return free


def _at_most(market: Market, quantity: Decimal) -> Decimal:
    """As much of it as one market order may have."""
    if market.max_market_quantity is None:
        return quantity
    return min(quantity, round_down(market.max_market_quantity, market.quantity_step))


def has_not_ended(answer: OrderAnswer) -> bool:
    """Whether an order may still fill: its rest must not be sold a second time."""
    return answer.state in (OrderState.OPEN, OrderState.PARTIAL)


async def _when_ended(job: Job, market: Market, key: str) -> OrderAnswer:
    """The exit order once it has ended. Raises ExitPending while it goes on filling: recovery looks again."""
    found: OrderAnswer | None = None
    for pause in ASK_ACKNOWLEDGED_AFTER_S:
        await job.desk.sleep(pause)
        with suppress(ExchangeError):
            found = await job.client.find_order(market, key) or found
        if found is not None and not has_not_ended(found):
            break
    if found is not None:
        write = job.write()
        add_answer(job, write, found, key)
        await job.desk.ledger.record(write)
    if found is None or has_not_ended(found):
        raise ExitPending(key)
    return found


async def _send_exit(job: Job, market: Market, held: Held, quantity: Decimal, key: str) -> OrderAnswer | Market | None:
    """Send the exit and settle its outcome; None = the exchange says that there is nothing to reduce.

    A market: it has other steps by now, and the exit has to be said again by them (F38).
    """
    outcome: OrderAnswer | ExchangeError
    mode = MarginMode(held.margin_mode)

    def send() -> Awaitable[OrderAnswer]:
        return job.client.reduce(market, held.side, quantity, key, margin_mode=mode)

    try:
        outcome = await send()
        if outcome.average_price is None or not outcome.filled_quantity:
            outcome = await settle_order(job, market, key, job.desk.now(), resend=None, acknowledged=True)
    except NotSent as error:
        outcome = await _once_more(job, market, key, send, error)
    except OutcomeUnknown:
        outcome = await settle_order(job, market, key, job.desk.now(), resend=send)
    except Refused as error:
        outcome = error
    write = Write(None)
    add_answer(job, write, outcome, key)
    await job.desk.ledger.record(write)
    if isinstance(outcome, OrderAnswer):
        return outcome
    if isinstance(outcome, Refused) and outcome.kind in (RefusalKind.REDUCE_ONLY, RefusalKind.INSUFFICIENT_MARGIN):
        return None
    if isinstance(outcome, Refused) and outcome.kind is RefusalKind.MARKET_RULES:
        fresh = await job.client.fresh_market(market)
        if fresh != market:
            return fresh
    raise ExitPending(key) from outcome


async def _once_more(
    job: Job, market: Market, key: str, send: Callable[[], Awaitable[OrderAnswer]], error: ExchangeError
) -> OrderAnswer | ExchangeError:
    for pause in (0.2, 0.8, 2.0):
        await job.desk.sleep(max(pause, min(seconds_to_wait(error), 2.0)))
        try:
            sent = await send()
            if sent.average_price is not None and sent.filled_quantity:
                return sent
            return await settle_order(job, market, key, job.desk.now(), resend=None, acknowledged=True)
        except NotSent as again:
            error = again
        except OutcomeUnknown:
            return await settle_order(job, market, key, job.desk.now(), resend=None)
        except Refused as refused:
            if refused.kind is not RefusalKind.DUPLICATE:
                return refused
            return await settle_order(job, market, key, job.desk.now(), resend=None)
    return error


Resend = Callable[[], Awaitable[OrderAnswer]]


# After that the exchange has said "not found" often enough, and what was traded was somebody else's.
WITNESS_COUNTS_FOR = timedelta(seconds=60)
EXCHANGE_CLOCK_MAY_LAG = timedelta(seconds=2)
ASK_UNKNOWN_AFTER_S = (0.3, 0.7, 1.0, 2.2, 2.0)
ASK_AGAIN_S = 2.5
ASK_ACKNOWLEDGED_AFTER_S = (0.0, 0.1, 0.3, 0.7, 1.0, 2.2)


async def settle_order(
    job: Job,
    market: Market,
    key: str,
    unknown_since: datetime,
    *,
    resend: Resend | None,
    may_be_gone: bool = False,
    acknowledged: bool = False,
) -> OrderAnswer | ExchangeError:
    """Ask for an order whose outcome nobody knows (D4). Adopts what is found; `resend` is called once the exchange has
    positively said "not found" twice and the first request's recvWindow has passed. With `may_be_gone` that is the answer
    then: NotSent. `acknowledged`: the exchange has answered with the order's id and nothing more, so it is asked at once."""
    # The first request's recvWindow must have passed for certain: it may still arrive until then (D4).
    unknown_since = job.last_signed(unknown_since)
    patience = timedelta(seconds=job.client.venue.features.resend_after_s)
    not_found = 0
    last: ExchangeError = OutcomeUnknown("the exchange did not answer")
    pauses = deque(ASK_ACKNOWLEDGED_AFTER_S if acknowledged else ASK_UNKNOWN_AFTER_S)
    while pauses:
        await job.desk.sleep(pauses.popleft())
        try:
            answer = await job.client.find_order(market, key)
        except ExchangeError as error:  # of the question: not sent, or refused, it says nothing of the order
            last = OutcomeUnknown(error.message, code=error.code)
            continue
        if answer is not None:
            if answer.filled_quantity and answer.average_price is not None:
                return answer
            if answer.state in DEAD:
                return Refused(f"the exchange ended the order unfilled: {answer.state.value}", code=answer.state.value)
            last = OutcomeUnknown("the order stands and is not filled yet")
            continue
        not_found += 1
        if not_found < 2 or job.desk.now() - unknown_since <= patience:
            await _ask_on(job, pauses, wanted=not_found >= 2 and (may_be_gone or resend is not None))
            continue
        if may_be_gone:
            return NotSent("the exchange does not know the order", code="not_found")
        if resend is not None:
            if await _something_was_filled(job, market, unknown_since):
                last = OutcomeUnknown("not told, but something was traded on the symbol meanwhile", code="traded")
                continue
            return await _resent(job, market, key, resend)
    return last


async def _ask_on(job: Job, pauses: "deque[float]", *, wanted: bool) -> None:
    """The exchange knows no such order, and its window has not passed: ask until it has, under a renewed lease. Another worker
    would have to wait as long again, counted from its own takeover. Raises LeaseLost."""
    if pauses or not wanted:
        return
    asked_at = job.desk.now()
    await job.desk.ledger.record(job.step("renew"))
    job.renewed(asked_at)
    pauses.append(ASK_AGAIN_S)


async def _something_was_filled(job: Job, market: Market, unknown_since: datetime) -> bool:
    """A second witness before an order leaves us again, where the exchange would take its id a second time: did the account
    trade on the symbol since it was sent? (A look-up that says "not found" for so long may be wrong.) No answer counts as yes."""
    if not job.client.venue.features.client_id_reusable or job.desk.now() - unknown_since > WITNESS_COUNTS_FOR:
        return False
    sent_at = min(job.facts.sent_at or unknown_since, unknown_since) - EXCHANGE_CLOCK_MAY_LAG
    try:
        fills = await job.client.fills(market, since=sent_at)
    except ExchangeError:
        return True
    strange = [fill.exchange_order_id for fill in fills if fill.filled_at >= sent_at]
    known = await job.desk.ledger.query(KNOWN_ORDERS, [job.facts.account_id, strange]) if strange else []
    return len({row["exchange_order_id"] for row in known}) < len(set(strange))


async def _resent(job: Job, market: Market, key: str, resend: Resend) -> OrderAnswer | ExchangeError:
    """The order as it was filled: an exchange that answers with an id only is asked for the rest."""
    try:
        sent = await resend()
    except Refused as error:
        if error.kind is not RefusalKind.DUPLICATE:
            return error
        # the first one stood after all: whoever said "not found" was late
        return await settle_order(job, market, key, job.desk.now(), resend=None)
    except ExchangeError as error:
        return error
    if sent.average_price is not None and sent.filled_quantity:
        return sent
    return await settle_order(job, market, key, job.desk.now(), resend=None, acknowledged=True)
