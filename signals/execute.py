"""Carry out one execution, top to bottom: claim, gate, size, enter, protect, record. Once, whatever is run twice.

The task hands the desk in (ledger, client, clock); nothing here imports the exchange client. Recovery (`signals.recovery`)
enters at the step after the last one that was committed.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, TypeGuard
from uuid import UUID

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused, seconds_to_wait
from exchanges.registry import UnknownVenue
from exchanges.types import OrderAnswer, PositionSide
from signals.closing import Exit, ExitPending, leave_position, settle_order
from signals.desk import LEASE, Desk, Job, tell
from signals.entered import book_entry, settle_protection
from signals.entry import EntryPlan, Refusal, plan_entry, sending_write, size_entry
from signals.facts import Facts, Held
from signals.gates import Go, Skip, Wait, Work, refuse_opening
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import Claim, LeaseLost
from signals.protection import add_answer
from signals.spot_coins import with_fee
from signals.states import Action, State

log = logging.getLogger(__name__)

# While another execution holds the symbol we ask again this soon; after the last the sweeper rings.
TURN_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
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


async def execute(execution_id: UUID, desk: Desk) -> None:
    """Run one execution if it is pending and its turn. Never raises: the row says how it ended, or recovery takes it up."""
    try:
        claim, asked_at = await _claim_in_turn(execution_id, desk)
        if claim is None:
            return
        if isinstance(claim.decision, Skip):
            tell(desk, claim.facts, State.SKIPPED, claim.decision.code)
            return
        await carry_out(claim, desk, asked_at)
    except LedgerUnavailable as error:
        log.warning("execution %s left to recovery: %s", execution_id, error)


async def _claim_in_turn(execution_id: UUID, desk: Desk) -> tuple[Claim | None, datetime]:
    """The claim, None when there is nothing to do (now), and when it was asked for."""
    for pause in (*TURN_PAUSES, None):
        asked_at = desk.now()
        claim = await desk.ledger.claim(execution_id)
        if claim is None or not isinstance(claim.decision, Wait):
            return claim, asked_at
        if pause is not None:
            await desk.sleep(pause)
    return None, desk.now()


async def carry_out(claim: Claim, desk: Desk, asked_at: datetime) -> None:
    """Trade a claimed execution. Whatever goes wrong in between is left under its lease, for recovery to settle."""
    if not isinstance(claim.decision, Go):
        raise TypeError(f"a claim to carry out must be a Go, was {claim.decision}")
    job = await job_for(claim.facts, claim.epoch, desk, asked_at)
    if job is None:
        return
    job.exit_attempts = None if claim.facts.attempts else 0
    try:
        await _work(job, claim.decision)
    except LeaseLost:
        log.warning("lease lost", extra={"context": claim.facts.log_fields()})
    except ExitPending:
        log.warning("exit not confirmed yet", extra={"context": claim.facts.log_fields()})
    except (
        NotSent,
        OutcomeUnknown,
        Refused,
    ) as error:  # of a question: whatever leaves us as an order settles its own outcome
        await job.give_back(error)
    except LedgerUnavailable:
        await job.let_go()
        raise
    except Exception:
        # The outer edge: nobody knows how far it came; the row keeps its state and its lease, recovery asks the exchange.
        log.exception("execution failed", extra={"context": claim.facts.log_fields()})


async def job_for(facts: Facts, epoch: int, desk: Desk, asked_at: datetime) -> Job | None:
    """The execution with its account's client. None where there is no such exchange here (any more): what was not sent yet ends
    with that reason, what was sent waits for a release that knows the exchange."""
    try:
        client = desk.connect(facts)
    except UnknownVenue as error:
        log.error("%s", error, extra={"context": facts.log_fields()})
        if facts.state in (State.PENDING, State.CLAIMED):
            nobody: Any = SimpleNamespace()  # whoever asks it for anything has a bug
            job = Job(facts, epoch, desk, nobody, lease_ends=asked_at + LEASE)
            await job.skip(Skip("exchange_unavailable"), NotSent(str(error), code="unknown_exchange"))
        return None
    return Job(facts, epoch, desk, client, lease_ends=asked_at + LEASE)


async def _work(job: Job, decision: Go) -> None:
    if decision.work is Work.CLOSE:
        await close(job)
        return
    if decision.work is Work.REVERSE:
        await reverse(job, decision.refusal)
        return
    await enter(job)


async def enter(job: Job) -> None:
    """Size, send once, adopt or refuse, then protect."""
    try:
        plan = await plan_entry(job)
    except Refusal as refusal:
        await job.skip(refusal.skip, refusal.error)
        return
    except Refused as error:
        await (_postpone if error.kind in NOT_PLACED else refuse)(job, error)
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
        job, plan.market, plan.entry_key, job.desk.now(), resend=plan.resend(job) if plan.is_fresh(job) else None
    )


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
        # The stop does not wait for our own books: the position stands already.
        await settle_protection(job, plan, entered, booking)
    elif isinstance(outcome, Refused):
        write = job.write()
        add_answer(job, write, outcome, plan.entry_key)
        await job.desk.ledger.record(write)
        await refuse(job, outcome)
    elif isinstance(outcome, NotSent):
        await job.skip(Skip("exchange_unavailable"), outcome)
    # else: nobody knows; the row stays UNCONFIRMED under its lease and recovery asks again (D30)


async def refuse(job: Job, error: Refused) -> None:
    """The exchange decided: REJECTED with its code; keys that it refuses set the account to needs_attention."""
    code = REFUSAL_CODES.get(error.kind, "exchange_refused")
    write = job.write()
    if error.kind is RefusalKind.CREDENTIALS:
        write.add("account_attention", id=job.facts.account_id, code=code, detail=error.message[:500])
    if error.kind is RefusalKind.UNKNOWN_SYMBOL:
        await job.skip(Skip("unknown_symbol", {"ticker": job.facts.ticker}), error)
        return
    await job.reject(code, error, write)


async def close(job: Job) -> None:
    """Leave the position, or with close_all every position of this bot (EXE-08, EXE-09)."""
    facts = job.facts
    positions = facts.positions if facts.action == Action.CLOSE_ALL else tuple(filter(None, [facts.position]))
    reason = close_reason(facts)
    last = None
    for held in positions:
        market = await job.client.market(held.market_type, held.symbol_key)
        last = await leave_position(
            job, market, held, reason=reason, first_write=job.step("sending", at=job.desk.now(), protection="none")
        )
    write = job.step(
        "closed", code=reason, params={}, at=job.desk.now(), closed_at=job.desk.now(), acknowledged_at=job.desk.now(),
        exchange_order_id=last.order_id if last else "", price=last.price if last else None,
        quantity=last.quantity if last else None,
    )  # fmt: skip
    await job.desk.ledger.record(write)
    job.tell(State.CLOSED, reason)


def close_reason(facts: Facts) -> str:
    """Who closed: the signal, the client or the manager."""
    return {"client": "closed_by_client", "manager": "closed_by_manager"}.get(facts.source, "closed_by_signal")


async def reverse(job: Job, refusal: Skip | None) -> None:
    """Close, then open the other side; when a gate refuses the opening half, the close still happens (D10)."""
    held = job.facts.position
    if held is None:
        raise ValueError("a reversal needs a position")
    market = await job.client.market(held.market_type, held.symbol_key)
    sending = job.step(
        "sending", at=job.desk.now(), protection="none",
        refused_code=refusal.code if refusal else None,  # what was refused stays refused for whoever goes on from here
        refused_params=refusal.params if refusal else None,
    )  # fmt: skip
    reason = "closed_by_signal" if refusal else "reversed"
    left = await leave_position(job, market, held, reason=reason, first_write=sending)
    refusal = refusal or refuse_opening(job.facts, now=job.desk.now(), lost_usd=_lost(held, left))
    if refusal:
        await job.skip(refusal)
        return
    await enter(job)


def _lost(held: Held, left: Exit) -> Decimal:
    """What an exit lost (negative: won), before fees, in dollars: only futures are reversed, and they are paid in dollars (D13)."""
    if left.price is None:
        return Decimal(0)  # its stop or target ended it: what that brought stands in the books
    change = (left.price - held.entry_price) * left.quantity
    return -change if held.side is PositionSide.LONG else change
