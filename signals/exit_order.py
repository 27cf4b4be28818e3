"""The exit order: a reduce-only market order for what we hold, said until the exchange has told what it sold (D4, D8)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused, seconds_to_wait
from exchanges.types import Leg, MarginMode, Market, MarketType, OrderAnswer
from signals.desk import Job
from signals.facts import Held
from signals.ledger.fill_booking import ENOUGH
from signals.ledger.ledger import Write
from signals.order_rows import add_answer, add_order
from signals.settling import ASK_ACKNOWLEDGED_AFTER_S, has_not_ended, settle_order
from signals.sizing import round_down
from signals.spot_coins import follow_hand_sale, free_coins

EXIT_ATTEMPTS = "SELECT coalesce(max(attempt), 0) AS last FROM signals_order WHERE execution_id = %s AND leg = 'exit'"
# What exits have sold of a position so far, whoever sent them.
EXITS_FILLED = """
    SELECT coalesce(sum(filled_quantity), 0) AS quantity, coalesce(sum(filled_quantity * average_price), 0) AS proceeds
    FROM signals_order WHERE position_id = %s AND leg = 'exit' AND filled_quantity > 0
"""
LEGS_OF = """
    SELECT DISTINCT o.leg, o.client_order_id FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
    WHERE %s IN (o.position_id, e.position_id) AND o.leg IN ('stop', 'target')
      AND o.status NOT IN ('refused', 'not_placed')
"""


@dataclass(frozen=True, slots=True)
class Exit:
    """A position that was left: the average price of what we sold, or None when the exchange says that nothing was left."""

    price: Decimal | None
    quantity: Decimal
    order_id: str


class ExitPending(Exception):
    """The exit could not be confirmed; the execution stays in flight and recovery goes on with it."""


async def exit_at_market(job: Job, market: Market, held: Held, first_write: Write | None) -> Exit:
    left, proceeds, sold, order_id = round_down(held.quantity, market.quantity_step), Decimal(0), Decimal(0), ""
    if job.exit_attempts is None or job.exits_were_sent:  # a worker before us may have sent some
        job.exits_were_sent = True
        if job.exit_attempts is None:
            job.exit_attempts = (await job.desk.ledger.query(EXIT_ATTEMPTS, [job.facts.id]))[0]["last"]
        sold, proceeds = await _sold_before(job, held)
        left = round_down(max(held.quantity - sold, Decimal(0)), market.quantity_step)
    write = first_write
    while left >= market.min_quantity and left > 0:
        job.exit_attempts += 1
        write = write or job.step("renew")
        part = _at_most(market, left)
        key = add_order(job, write, market, Leg.EXIT, attempt=job.exit_attempts, side=held.side.exit_side.value, quantity=part,
                        position_id=held.id, sold=sold)  # fmt: skip
        asked_at = job.desk.now()
        await job.desk.ledger.intend(write)
        job.renewed(asked_at)
        if key in write.refused:
            known, (sold, proceeds) = sold, await _sold_before(job, held)
            if sold == known:  # another one is on its way, or has left the position: what came of it is seen later
                raise ExitPending(key)
            write, left = None, round_down(max(held.quantity - sold, Decimal(0)), market.quantity_step)
            continue
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


async def _sold_before(job: Job, held: Held) -> tuple[Decimal, Decimal]:
    """What its exits have sold of a position, and for how much."""
    row = (await job.desk.ledger.query(EXITS_FILLED, [held.id]))[0]
    return row["quantity"], row["proceeds"]


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
