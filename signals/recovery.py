"""Finish what a dead or frozen worker left: take its lease over, ask the exchange what happened, go on from there.

Enters at the step after the last one that was committed: CLAIMED goes back to PENDING, SENDING and UNCONFIRMED ask by client
order id, FILLED gets its stop. Broker redelivery plays no part in it (promise 7).
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import OrderAnswer
from signals.desk import Desk, Job
from signals.entering import enter, finish_entry, resending
from signals.entry import EntryPlan
from signals.execute import close, execute, job_for, reverse
from signals.exit_order import ExitPending
from signals.facts import Facts, Held
from signals.gates import Skip, is_reduction
from signals.lease_keeping import kept
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import LeaseLost
from signals.resumed_protection import resume_protection
from signals.sent_entry import plan_again, refreshed
from signals.settling import DEAD, settle_order
from signals.states import State
from signals.unsettled_exits import ORDERS, exits_sent, refused_opening, settle_exits, settle_exits_of

log = logging.getLogger(__name__)

OPEN_DEATHS, CLOSE_DEATHS = 3, 10


async def recover(execution_id: UUID, desk: Desk) -> None:
    """Take an execution over whose lease ran out, and settle it. Does nothing when the lease is alive."""
    asked_at = desk.now()
    taken = await desk.ledger.take_over(execution_id)
    if taken is None:
        return
    facts = taken.facts
    log.warning("recovering", extra={"context": {**facts.log_fields(), "state": facts.state}})
    job = await job_for(facts, taken.epoch, desk, asked_at)
    if job is None:
        return
    job.alone_from = desk.now() + timedelta(seconds=taken.others_for_s)
    try:
        async with kept(job):
            await _resume(job)
    except LedgerUnavailable as error:
        log.warning("recovery goes on when the database is back: %r", error, extra={"context": facts.log_fields()})
        await job.let_go()
    except (LeaseLost, ExitPending) as error:
        log.warning("recovery goes on later: %r", error, extra={"context": facts.log_fields()})
    except Exception:
        log.exception("recovery failed, tried again when the lease ends", extra={"context": facts.log_fields()})


async def _resume(job: Job) -> None:
    state = job.facts.state
    if state == State.CLAIMED and job.facts.attempts >= _deaths_allowed(job.facts):
        log.error("given up: its workers died of it", extra={"context": job.facts.log_fields()})
        await job.skip(Skip("internal_error", {"attempts": job.facts.attempts}))
    elif state == State.CLAIMED:
        await job.desk.ledger.record(job.step("release"))
        await execute(job.facts.id, job.desk)
    elif state == State.FILLED:
        await resume_protection(job)
    elif is_reduction(job.facts):
        await _resume_close(job)
    else:
        await _resume_entry(job)


def _deaths_allowed(facts: Facts) -> int:
    """A row that its workers died of must not take the whole queue down; nothing of it has left us yet (F4)."""
    return CLOSE_DEATHS if is_reduction(facts) else OPEN_DEATHS


async def _resume_close(job: Job) -> None:
    """Close what is still held, each position when the exits that were on their way for it are settled: on spot nothing but that
    keeps it from being sold twice. What nobody has tried to leave yet goes first, for it waits for no answer."""
    sent = await exits_sent(job)
    first_untried = sorted(job.facts.positions, key=lambda held: held.id in sent)
    job.facts = replace(job.facts, positions=tuple(first_untried))

    async def settle(held: Held) -> Held | None:
        if held.id not in sent:
            return held
        await settle_exits_of(job, held, sent[held.id])
        facts = await job.desk.ledger.facts_of(job.facts.id) or job.facts
        return next((item for item in facts.positions if item.id == held.id), None)

    await close(job, settle=settle)


async def _resume_entry(job: Job) -> None:
    orders = await job.desk.ledger.query(ORDERS, [job.facts.id])
    entry = next((order for order in orders if order["leg"] == "entry"), None)
    if entry is None:  # a reversal whose closing half was under way
        await settle_exits(job)
        current = await refreshed(job)
        refusal = refused_opening(current.facts, job.desk.now())
        if current.facts.position is not None:
            await reverse(current, refusal)
        elif refusal:
            await job.skip(refusal)
        else:
            await enter(current)
        return
    plan = await plan_again(job)
    outcome = await _ask_for_entry(job, plan, entry["client_order_id"], job.desk.now())
    await _finish(job, plan, outcome)


async def _ask_for_entry(job: Job, plan: EntryPlan, key: str, sent_at: datetime) -> OrderAnswer | ExchangeError:
    """The entry as the exchange knows it; NoLonger when it positively does not exist and may not be sent any more (D30)."""
    try:
        found = await job.client.find_order(plan.market, key)
    except Refused as error:
        return OutcomeUnknown(error.message, code=error.code) if error.kind is not RefusalKind.CREDENTIALS else error
    except ExchangeError as error:
        return error
    if found is not None and found.state in DEAD and not found.filled_quantity:
        return Refused(f"the exchange ended the order: {found.state.value}", code=found.state.value)
    if found is not None:
        return found
    return await settle_order(job, plan.market, key, sent_at, resend=resending(job, plan))


async def _finish(job: Job, plan: EntryPlan, outcome: OrderAnswer | ExchangeError) -> None:
    if isinstance(outcome, Refused) and outcome.kind is RefusalKind.CREDENTIALS:
        # Nobody can answer: it stays pending, and the account asks for attention (D30).
        write = job.step("unconfirmed", error_code=outcome.code[:50], error_message=outcome.message[:500])
        await job.desk.ledger.record(job.note_refused_keys(write, outcome))
        return
    if isinstance(outcome, OutcomeUnknown):
        await job.desk.ledger.record(
            job.step("unconfirmed", error_code=outcome.code[:50] or "unknown", error_message=outcome.message[:500])
        )
        return
    await finish_entry(job, plan, outcome)
