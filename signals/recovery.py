"""Finish what a dead or frozen worker left: take its lease over, ask the exchange what happened, go on from there.

Enters at the step after the last one that was committed: CLAIMED goes back to PENDING, SENDING and UNCONFIRMED ask by client
order id, FILLED gets its stop. Broker redelivery plays no part in it (promise 7).
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, MarketType, OrderAnswer, OrderState
from signals.cancelling import cancel_protection
from signals.desk import Desk, Job
from signals.entered import clear_the_way, conclude, conclude_closed, guard_for
from signals.entering import enter, finish_entry, resending
from signals.entry import Entered, EntryPlan, plan_as_sent
from signals.execute import close, execute, job_for, reverse
from signals.exit_order import ExitPending
from signals.facts import Facts, Held
from signals.gates import Skip, is_reduction, switched_off
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import LeaseLost
from signals.protection import (
    RECOVERY_DEADLINE,
    Guarded,
    Protection,
    plan_next_attempt,
    protect,
    read_back,
    record_late,
)
from signals.settling import DEAD, settle_order
from signals.states import State
from signals.unsettled_exits import OPEN_ENDED, ORDERS, exits_sent, refused_opening, settle_exits, settle_exits_of
from subscriptions.terms import Terms

log = logging.getLogger(__name__)

EXIT_REASON = "SELECT exit_reason FROM signals_position WHERE id = %s"
SENT = """
    SELECT executed_price, executed_quantity, exchange_order_id, price_at_send, leverage, margin_usd, stop_loss_pct,
           take_profit_pct, margin_mode, usd_rate, requested_quantity
    FROM signals_execution WHERE id = %s
"""
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
        await _resume_protection(job)
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


async def _refreshed(job: Job) -> Job:
    """The same job with the facts as they are now (positions may have been booked meanwhile)."""
    facts = await job.desk.ledger.facts_of(job.facts.id)
    return Job(
        facts or job.facts, job.epoch, job.desk, job.client, lease_ends=job.lease_ends, alone_from=job.alone_from
    )


async def _resume_entry(job: Job) -> None:
    orders = await job.desk.ledger.query(ORDERS, [job.facts.id])
    entry = next((order for order in orders if order["leg"] == "entry"), None)
    if entry is None:  # a reversal whose closing half was under way
        await settle_exits(job)
        refreshed = await _refreshed(job)
        refusal = refused_opening(refreshed.facts, job.desk.now())
        if refreshed.facts.position is not None:
            await reverse(refreshed, refusal)
        elif refusal:
            await job.skip(refusal)
        else:
            await enter(refreshed)
        return
    plan = await _plan_again(job)
    outcome = await _ask_for_entry(job, plan, entry["client_order_id"], job.desk.now())
    await _finish(job, plan, outcome)


async def _ask_for_entry(job: Job, plan: EntryPlan, key: str, sent_at: datetime) -> OrderAnswer | ExchangeError | None:
    """The entry as the exchange knows it; None when it positively does not exist and it is too late to send it (D30)."""
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
    answer = await settle_order(job, plan.market, key, sent_at, resend=resending(job, plan))
    if isinstance(answer, NotSent) and (answer.code == "stale_signal" or switched_off(job.facts)):
        return None
    return answer


async def _finish(job: Job, plan: EntryPlan, outcome: OrderAnswer | ExchangeError | None) -> None:
    if outcome is None:
        await job.skip(switched_off(job.facts) or _stale(job.facts, job.desk.now()))
        return
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


async def _resume_protection(job: Job) -> None:
    """FILLED without a settled protection: see what stands, place what is missing, or close."""
    meanwhile = await _protect_meanwhile(job)
    await settle_exits(job)
    job = await _refreshed(job)
    if meanwhile is not None:
        await record_late(job, meanwhile)
    again = await _what_was_entered(job)
    if again is None:  # closed meanwhile, by the client or by its own stop
        await _conclude_gone(job)
        return
    plan, entered, guard = again
    await read_back(job, guard)
    if meanwhile is not None and Leg.STOP in guard.standing:
        guard.stop_stood_at = meanwhile.stop_stood_at or guard.stop_stood_at
    verdict = Guarded.STANDING
    if guard.missing:
        await clear_the_way(job, plan)
        await plan_next_attempt(job, guard)
        verdict = await protect(job, guard)
    await conclude(job, plan, entered, guard, verdict)


async def _protect_meanwhile(job: Job) -> Protection | None:
    """Futures: the exit for want of a stop, of which nobody knows whether it arrived, is waited for under a stop – placed once,
    and if it is refused the exit decides. Answers what it placed.

    Only where the exchange shows the whole position and nothing beside it: else the stop would sell what is another's (D25).
    Spot: it would hold the coins of the exit.
    """
    sent = await exits_sent(job)
    unknown = [order for orders in sent.values() for order in orders if order["status"] in OPEN_ENDED]
    if job.facts.market_type is not MarketType.FUTURES or not unknown:
        return None
    again = await _what_was_entered(job)
    if again is None or not await _stands_alone(job, again[2]):
        return None
    plan, _, guard = again
    await read_back(job, guard)
    if Leg.STOP in guard.missing:
        await clear_the_way(job, plan)
        await plan_next_attempt(job, guard)
        guard.deadline = job.desk.now()
        await protect(job, guard)
    return guard


async def _stands_alone(job: Job, guard: Protection) -> bool:
    """Whether the account holds exactly this position on the symbol. False where the exchange does not say."""
    if job.facts.others_quantity or job.facts.foreign_quantity:
        return False
    try:
        there = await job.client.positions(MarketType.FUTURES)
    except ExchangeError:
        return False
    held = [(item.side, item.quantity) for item in there if item.market_key == guard.market.key and item.quantity]
    return held == [(guard.side, guard.quantity)]


async def _what_was_entered(job: Job) -> tuple[EntryPlan, Entered, Protection] | None:
    """The plan, what it entered and the protection to be settled; None when the position is not open any more."""
    plan = await _plan_again(job)
    row = (await job.desk.ledger.query(SENT, [job.facts.id]))[0]
    filled_at = job.facts.filled_at or job.desk.now()
    answer = OrderAnswer(
        plan.entry_key, row["exchange_order_id"], OrderState.FILLED, row["executed_quantity"], row["executed_price"]
    )
    held = next((item for item in job.facts.positions if item.id == job.facts.own_position_id), None)
    if held is None:
        return None
    # What the books hold is the whole position, also where this execution only added to it.
    entered = replace(plan.entered(answer, filled_at), quantity=held.quantity, price=held.entry_price)
    guard = guard_for(plan, entered, deadline=max(filled_at + RECOVERY_DEADLINE, job.desk.now()), filled_at=filled_at)
    guard.attempt = await _last_attempt(job)
    return plan, entered, guard


async def _conclude_gone(job: Job) -> None:
    market = await job.client.market(job.facts.market_type, job.facts.symbol_key)
    if job.facts.own_position_id is not None:
        await cancel_protection(job.desk, job.client, market, job.facts.own_position_id)
    ended = await job.desk.ledger.query(EXIT_REASON, [job.facts.own_position_id])
    await conclude_closed(job, ended[0]["exit_reason"] if ended and ended[0]["exit_reason"] else "external")


async def _last_attempt(job: Job) -> int:
    orders = await job.desk.ledger.query(ORDERS, [job.facts.id])
    return max((order["attempt"] for order in orders if order["leg"] in ("stop", "target")), default=1)


async def _plan_again(job: Job) -> EntryPlan:
    """The plan as it was when the order left: on the price and the terms of then, not of now."""
    market = await job.client.market(job.facts.market_type, job.facts.symbol_key)
    row = (await job.desk.ledger.query(SENT, [job.facts.id]))[0]
    terms = Terms(
        leverage=row["leverage"], margin_usd=row["margin_usd"], stop_loss_pct=row["stop_loss_pct"],
        take_profit_pct=row["take_profit_pct"], margin_mode=row["margin_mode"],
    )  # fmt: skip
    facts = job.facts
    if facts.state == State.FILLED:  # its position stands in the books already: it joins nothing any more
        facts = replace(facts, positions=())
    return plan_as_sent(
        facts, market, row["price_at_send"], terms, quantity=row["requested_quantity"], usd_rate=row["usd_rate"]
    )


def _stale(facts: Facts, now: datetime) -> Skip:
    return Skip(
        "stale_signal", {"value": round((now - facts.signalled_at).total_seconds(), 1), "limit": facts.max_signal_age_s}
    )
