"""Carry out one execution, top to bottom: claim, gate, size, enter, protect, record. Once, whatever is run twice.

The task hands the desk in (ledger, client, clock); nothing here imports the exchange client. Recovery (`signals.recovery`)
enters at the step after the last one that was committed.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, Refused
from exchanges.registry import UnknownVenue
from exchanges.types import PositionSide
from signals.closing import leave_position
from signals.desk import LEASE, Desk, Job, tell
from signals.entering import enter
from signals.exit_order import Exit, ExitPending
from signals.facts import Facts, Held
from signals.gates import Go, Skip, Wait, Work, is_reduction, refuse_opening, wanted_side
from signals.lease_keeping import kept
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import Claim, LeaseLost
from signals.states import Action, State

log = logging.getLogger(__name__)

# While another execution holds the symbol we ask again this soon; after the last the sweeper rings.
TURN_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)

Settle = Callable[[Held], Awaitable[Held | None]]


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
        async with kept(job):
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
    """The execution with its account's client. None where there is none, as for an exchange that is not here (any more) or keys
    that do not open: what was not sent yet ends with that reason; what was sent, or leaves a position, waits under its lease."""
    try:
        client = desk.connect(facts)
    except (UnknownVenue, Refused) as error:
        log.error("%s", error.__cause__ or error, extra={"context": facts.log_fields()})
        nobody: Any = SimpleNamespace()  # whoever asks it for anything has a bug
        await _end_without_client(Job(facts, epoch, desk, nobody, lease_ends=asked_at + LEASE), error)
        return None
    return Job(facts, epoch, desk, client, lease_ends=asked_at + LEASE)


async def _end_without_client(job: Job, error: UnknownVenue | Refused) -> None:
    unsent = job.facts.state in (State.PENDING, State.CLAIMED)
    if isinstance(error, UnknownVenue):
        if unsent:
            await job.skip(Skip("exchange_unavailable"), NotSent(str(error), code="unknown_exchange"))
        return
    write = job.note_refused_keys(job.write(), error)
    if unsent and not _leaves_a_position(job.facts):
        await job.skip(Skip("account_needs_attention", {"status": "needs_attention"}), error, write)
    else:
        await job.desk.ledger.record(write)


def _leaves_a_position(facts: Facts) -> bool:
    """A close or a reversal: it is not given up (D1, D10)."""
    held = facts.position
    return is_reduction(facts) or (held is not None and held.side is not wanted_side(facts.action))


async def _work(job: Job, decision: Go) -> None:
    if decision.work is Work.CLOSE:
        await close(job)
        return
    if decision.work is Work.REVERSE:
        await reverse(job, decision.refusal)
        return
    await enter(job)


async def close(job: Job, *, settle: Settle | None = None) -> None:
    """Leave the position, or with close_all every position of this bot (EXE-08, EXE-09), each for itself: what cannot be left now
    holds none of the others (D1, WHK-13), and is raised when all have been tried.

    `settle`: asked before a position is left, what an exit before has left of it; None = nothing.
    """
    facts = job.facts
    positions = facts.positions if facts.action == Action.CLOSE_ALL else tuple(filter(None, [facts.position]))
    reason = close_reason(facts)
    last, failed = None, []
    for position in positions:
        try:
            held = await settle(position) if settle else position
            last = await _leave(job, held, reason) if held else last
        except (LeaseLost, LedgerUnavailable):
            raise  # nothing more may be sent
        except Exception as error:  # noqa: BLE001 -- the outer edge of one symbol's work; raised below
            log.warning("%s not left: %r", position.symbol_key, error, extra={"context": facts.log_fields()})
            failed.append(error)
    if failed:
        # An exit that may be on its way has the last word: a close that only could not ask is given back, as if nothing were.
        raise next((error for error in failed if not isinstance(error, ExchangeError)), failed[0])
    now = job.desk.now()
    write = job.step(
        "closed", code=reason, params={}, at=now, closed_at=now, acknowledged_at=now,
        exchange_order_id=last.order_id if last else "", price=last.price if last else None,
        quantity=last.quantity if last else None,
    )  # fmt: skip
    await job.desk.ledger.record(write)
    job.tell(State.CLOSED, reason)


async def _leave(job: Job, held: Held, reason: str) -> Exit:
    market = await job.client.market(held.market_type, held.symbol_key)
    sending = job.step("sending", at=job.desk.now(), protection="none")
    return await leave_position(job, market, held, reason=reason, first_write=sending)


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
