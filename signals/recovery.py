"""Finish what a dead or frozen worker left: take its lease over, ask the exchange what happened, go on from there.

Enters at the step after the last one that was committed: CLAIMED goes back to PENDING, SENDING and UNCONFIRMED ask by client
order id, FILLED gets its stop. Broker redelivery plays no part in it (promise 7).
"""

import logging
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import OrderAnswer, OrderState
from signals.desk import Desk, Job
from signals.entered import clear_the_way, conclude, conclude_closed, guard_for
from signals.entering import enter, finish_entry
from signals.entry import EntryPlan, plan_as_sent
from signals.execute import close, close_reason, execute, job_for, reverse
from signals.exit_order import EXITS_FILLED, ExitPending
from signals.facts import Facts, Held
from signals.gates import Skip, is_reduction, refuse_opening, switched_off
from signals.ledger.fill_booking import ENOUGH
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import LeaseLost
from signals.protection import RECOVERY_DEADLINE, Guarded, add_answer, plan_next_attempt, protect, read_back
from signals.settling import DEAD, has_not_ended, settle_order
from signals.states import State
from subscriptions.terms import Terms

log = logging.getLogger(__name__)

ORDERS = """
    SELECT leg, attempt, client_order_id, status, quantity, average_price, filled_quantity, created_at, position_id
    FROM signals_order WHERE execution_id = %s ORDER BY created_at, attempt
"""
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
    sent = await _exits_sent(job)
    first_untried = sorted(job.facts.positions, key=lambda held: held.id in sent)
    job.facts = replace(job.facts, positions=tuple(first_untried))

    async def settle(held: Held) -> Held | None:
        if held.id not in sent:
            return held
        await _settle_exits_of(job, held, sent[held.id])
        facts = await job.desk.ledger.facts_of(job.facts.id) or job.facts
        return next((item for item in facts.positions if item.id == held.id), None)

    await close(job, settle=settle)


async def _refreshed(job: Job) -> Job:
    """The same job with the facts as they are now (positions may have been booked meanwhile)."""
    facts = await job.desk.ledger.facts_of(job.facts.id)
    return Job(
        facts or job.facts, job.epoch, job.desk, job.client, lease_ends=job.lease_ends, alone_from=job.alone_from
    )


async def _settle_exits(job: Job) -> None:
    """What became of exits that a worker before us sent. Raises ExitPending while the exchange does not say."""
    sent = await _exits_sent(job)
    for held in job.facts.positions:
        if held.id in sent:
            await _settle_exits_of(job, held, sent[held.id])


async def _exits_sent(job: Job) -> dict[UUID, list[dict[str, Any]]]:
    """The exit orders of this execution, by position."""
    sent: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for order in await job.desk.ledger.query(ORDERS, [job.facts.id]):
        if order["leg"] == "exit":
            sent[order["position_id"]].append(order)
    return sent


async def _settle_exits_of(job: Job, held: Held, orders: list[dict[str, Any]]) -> None:
    for order in orders:
        if order["status"] in ("planned", "unknown", "open", "partial"):
            await _settle_exit(job, held, order["client_order_id"])
    await _book_if_sold(job, held)


async def _settle_exit(job: Job, held: Held, key: str) -> None:
    market = await job.client.market(held.market_type, held.symbol_key)
    found = await settle_order(job, market, key, job.desk.now(), resend=None, may_be_gone=True)
    if isinstance(found, OutcomeUnknown):
        raise ExitPending(key) from found
    write = job.write()
    if isinstance(found, OrderAnswer):
        add_answer(job, write, found, key)
    else:
        write.add("order_answers", client_order_id=key, status="not_placed", at=job.desk.now())
    await job.desk.ledger.record(write)
    if isinstance(found, OrderAnswer) and has_not_ended(found):
        raise ExitPending(key)


async def _book_if_sold(job: Job, held: Held) -> None:
    """The exits have sold it all, and the worker died before it closed the books."""
    sold = (await job.desk.ledger.query(EXITS_FILLED, [job.facts.id, held.id]))[0]
    if not sold["quantity"] or sold["quantity"] < held.quantity * ENOUGH:
        return
    now = job.desk.now()
    reason = _exit_reason(job.facts, held, now)
    write = job.write()
    write.add("positions_closed", id=held.id, exit_price=sold["proceeds"] / sold["quantity"], code=reason, at=now)
    write.add("openers_closed", position_id=held.id, code=reason, at=now)
    await job.desk.ledger.record(write)


def _exit_reason(facts: Facts, held: Held, now: datetime) -> str:
    if is_reduction(facts):
        return close_reason(facts)
    if held.id == facts.own_position_id:
        return Guarded.EXIT_FAILED.value
    return "closed_by_signal" if _refused(facts, now) else "reversed"


def _refused(facts: Facts, now: datetime) -> Skip | None:
    """Why the opening half of a reversal may not be sent: as it was decided when it began, or by what has changed since."""
    if facts.reason_code:
        return Skip(facts.reason_code, facts.reason_params)
    return refuse_opening(facts, now=now)


async def _resume_entry(job: Job) -> None:
    orders = await job.desk.ledger.query(ORDERS, [job.facts.id])
    entry = next((order for order in orders if order["leg"] == "entry"), None)
    if entry is None:  # a reversal whose closing half was under way
        await _settle_exits(job)
        refreshed = await _refreshed(job)
        refusal = _refused(refreshed.facts, job.desk.now())
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
    answer = await settle_order(job, plan.market, key, sent_at, resend=plan.resend(job))
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
    await _settle_exits(job)
    job = await _refreshed(job)
    plan = await _plan_again(job)
    row = (await job.desk.ledger.query(SENT, [job.facts.id]))[0]
    filled_at = job.facts.filled_at or job.desk.now()
    answer = OrderAnswer(
        plan.entry_key, row["exchange_order_id"], OrderState.FILLED, row["executed_quantity"], row["executed_price"]
    )
    entered = plan.entered(answer, filled_at)
    held = next((item for item in job.facts.positions if item.id == job.facts.own_position_id), None)
    if held is None:  # closed meanwhile, by the client or by its own stop
        ended = await job.desk.ledger.query(EXIT_REASON, [job.facts.own_position_id])
        await conclude_closed(job, ended[0]["exit_reason"] if ended and ended[0]["exit_reason"] else "external")
        return
    # What the books hold is the whole position, also where this execution only added to it.
    entered = replace(entered, quantity=held.quantity, price=held.entry_price)
    guard = guard_for(plan, entered, deadline=max(filled_at + RECOVERY_DEADLINE, job.desk.now()), filled_at=filled_at)
    guard.attempt = await _last_attempt(job)
    await read_back(job, guard)
    verdict = Guarded.STANDING
    if guard.missing:
        await clear_the_way(job, plan)
        await plan_next_attempt(job, guard)
        verdict = await protect(job, guard)
    await conclude(job, plan, entered, guard, verdict)


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
