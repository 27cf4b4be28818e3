"""Send an entry: planned and written down first, sent once, adopted or refused, then protected.

Called for a claimed execution by `signals.execute`, and by `signals.recovery` for one whose worker died.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TypeGuard

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused, seconds_to_wait
from exchanges.types import OrderAnswer
from signals.desk import Job
from signals.entered import book_entry, settle_protection
from signals.entry import EntryPlan, Refusal, plan_entry, sending_write, size_entry
from signals.gates import Skip, refuse_resending
from signals.ledger.ledger import Write
from signals.order_rows import add_answer
from signals.settling import Resend, settle_order
from signals.spot_coins import with_fee

REFUSAL_CODES = {
    RefusalKind.CREDENTIALS: "invalid_credentials",
    RefusalKind.INSUFFICIENT_MARGIN: "insufficient_margin",
    RefusalKind.BELOW_MINIMUM: "below_minimum",
    RefusalKind.LEVERAGE: "leverage_too_high",
    RefusalKind.UNKNOWN_SYMBOL: "unknown_symbol",
    RefusalKind.POSITION_MODE: "position_mode",
}
NOT_PLACED = (RefusalKind.RATE_LIMIT, RefusalKind.CLOCK)
# An entry that cannot be sent is tried again by the sweeper, if the signal is still fresh by then.
NEXT_TRY = timedelta(seconds=4)
LATE_AFTER_S = (1.2, 1.0, 1.0)


async def enter(job: Job) -> None:
    """Size, send once, adopt or refuse, then protect."""
    try:
        plan = await plan_entry(job)
    except Refusal as refusal:
        await job.skip(refusal.skip, refusal.error)
        return
    except Refused as error:
        if error.kind in NOT_PLACED:
            await _postpone(job, error)
        else:
            await _refuse(job, error, job.note_refused_keys(job.write(), error))
        return
    except (NotSent, OutcomeUnknown) as error:  # only reads and settings were sent so far: nothing was placed
        await _postpone(job, error)
        return
    asked_at = job.desk.now()
    await job.desk.ledger.intend(sending_write(job, plan))
    job.renewed(asked_at)
    outcome = await send_entry(job, plan)
    if isinstance(outcome, Refused) and outcome.kind is RefusalKind.MARKET_RULES:
        plan, outcome = await _send_by_new_rules(job, plan, outcome)
    if _was_not_sent(outcome) and not job.unconfirmed:
        await _postpone(job, outcome)
    else:
        await finish_entry(job, plan, outcome)


async def _send_by_new_rules(
    job: Job, plan: EntryPlan, refused: Refused
) -> tuple[EntryPlan, OrderAnswer | ExchangeError]:
    """Steps or ticks changed under us: read the market again and send once more, by its rules of now (F38)."""
    try:
        market = await job.client.fresh_market(plan.market)
        if market == plan.market:
            return plan, refused
        plan = size_entry(job.facts, market, plan.price, usd_rate=plan.usd_rate)
    except (ExchangeError, Refusal):
        return plan, refused
    asked_at = job.desk.now()
    await job.desk.ledger.intend(sending_write(job, plan))
    job.renewed(asked_at)
    return plan, await send_entry(job, plan)


def _was_not_sent(outcome: OrderAnswer | ExchangeError) -> TypeGuard[ExchangeError]:
    return isinstance(outcome, NotSent) or (isinstance(outcome, Refused) and outcome.kind in NOT_PLACED)


async def _postpone(job: Job, error: ExchangeError) -> None:
    """Try again a little later while the signal is fresh (F17); then SKIPPED, and the reason says why."""
    next_try = max(NEXT_TRY, timedelta(seconds=seconds_to_wait(error)))
    if job.desk.now() + next_try - job.facts.signalled_at <= timedelta(seconds=job.facts.max_signal_age_s):
        await job.give_back(error)
    else:
        await job.skip(Skip("exchange_unavailable"), error)


async def send_entry(job: Job, plan: EntryPlan) -> OrderAnswer | ExchangeError:
    """Send the entry order once; again only when it provably did not arrive (EXC-18: three tries)."""
    outcome: OrderAnswer | ExchangeError = NotSent("not tried")
    for pause in (0.2, 0.6, None):
        try:
            outcome = await _send_and_ask(job, plan)
        except NotSent as error:
            outcome = error
        except Refused as error:
            outcome = error
            if error.kind is RefusalKind.DUPLICATE:
                return await settle_order(job, plan.market, plan.entry_key, job.desk.now(), resend=None)
            if error.kind not in NOT_PLACED:
                return error
        except OutcomeUnknown as error:
            return await _settle_unknown(job, plan, error)
        else:
            if outcome.average_price is not None and outcome.filled_quantity:
                return outcome
            return await settle_order(job, plan.market, plan.entry_key, job.desk.now(), resend=None, acknowledged=True)
        if pause is not None:
            await job.desk.sleep(pause)
    return outcome


async def _send_and_ask(job: Job, plan: EntryPlan) -> OrderAnswer:
    """Send, and when the answer is late, ask for the order meanwhile: what stands already is not left without its stop.

    A question sends nothing twice. Raises what sending raises.
    """
    sending = asyncio.ensure_future(plan.send(job.client))
    for pause in LATE_AFTER_S:
        await asyncio.wait({sending}, timeout=pause)
        if sending.done():
            break
        with suppress(ExchangeError):
            found = await job.client.find_order(plan.market, plan.entry_key)
            if found is not None and found.filled_quantity and found.average_price is not None and not sending.done():
                sending.cancel()
                return found
    return await sending


async def _settle_unknown(job: Job, plan: EntryPlan, error: ExchangeError) -> OrderAnswer | ExchangeError:
    """Unknown is not failed: written down first, then asked by client order id (D4)."""
    write = job.step("unconfirmed", error_code=error.code[:50] or "unknown", error_message=error.message[:500])
    add_answer(job, write, error, plan.entry_key)
    job.event(write, "outcome_unknown", message=error.message[:200])
    await job.desk.ledger.record(write)
    job.unconfirmed = True
    return await settle_order(
        job, plan.market, plan.entry_key, job.desk.now(), resend=resending(job, plan) if plan.is_fresh(job) else None
    )


class NoLonger(NotSent):
    """The exchange positively does not know the entry, and it is not to be sent any more: `skip` says why."""

    def __init__(self, skip: Skip) -> None:
        super().__init__("what was to be entered is not to be sent any more", code=skip.code)
        self.skip = skip


def resending(job: Job, plan: EntryPlan) -> Resend:
    """Send again – the same id –, unless the signal is too old when the moment comes, a newer one has come, or somebody has switched
    the bot, the subscription or the account off meanwhile (D1, D4, D5, D9): then NoLonger."""

    async def again() -> OrderAnswer:
        facts = await job.desk.ledger.facts_of(job.facts.id) or job.facts
        if refusal := refuse_resending(facts, job.desk.now()):
            raise NoLonger(refusal)
        return await _send_and_ask(job, plan)

    return again


async def finish_entry(job: Job, plan: EntryPlan, outcome: OrderAnswer | ExchangeError) -> None:
    """What the exchange said of the entry → REJECTED, SKIPPED, still UNCONFIRMED, or FILLED and then protected."""
    if isinstance(outcome, OrderAnswer) and plan.cost is not None:
        try:
            outcome = await with_fee(job.desk, job.client, plan.market, outcome, job.facts.signalled_at)
        except OutcomeUnknown as error:
            await job.desk.ledger.record(
                job.step("unconfirmed", error_code=error.code[:50], error_message=error.message)
            )
            return
    if isinstance(outcome, OrderAnswer):
        entered = plan.entered(outcome, job.desk.now())
        booking = asyncio.create_task(book_entry(job, plan, entered))
        if not job.is_ours():  # the lease ended while the order was asked for: the books tell whose it is, and renew it
            await booking
        # Else the stop does not wait for our own books: the position stands already.
        await settle_protection(job, plan, entered, booking)
    elif isinstance(outcome, Refused):
        write = job.write()
        add_answer(job, write, outcome, plan.entry_key)
        await _refuse(job, outcome, write)
    elif isinstance(outcome, NoLonger):
        await job.skip(outcome.skip)
    elif isinstance(outcome, NotSent):
        await job.skip(Skip("exchange_unavailable"), outcome)
    # else: nobody knows; the row stays UNCONFIRMED under its lease and recovery asks again (D30)


async def _refuse(job: Job, error: Refused, write: Write) -> None:
    """The exchange decided: REJECTED with its code, written together with what `write` holds."""
    if error.kind is RefusalKind.UNKNOWN_SYMBOL:
        await job.skip(Skip("unknown_symbol", {"ticker": job.facts.ticker}), error, write)
    else:
        await job.reject(REFUSAL_CODES.get(error.kind, "exchange_refused"), error, write)
