"""Exits that a worker before us sent: what became of them, before anything is sold again (D1, D4)."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from exchanges.errors import OutcomeUnknown
from exchanges.types import OrderAnswer
from signals.desk import Job
from signals.execute import close_reason
from signals.exit_order import EXITS_FILLED, ExitPending
from signals.facts import Facts, Held
from signals.gates import Skip, is_reduction, refuse_opening
from signals.ledger.fill_booking import ENOUGH
from signals.order_rows import add_answer
from signals.protection import Guarded
from signals.settling import has_not_ended, settle_order

ORDERS = """
    SELECT leg, attempt, client_order_id, status, quantity, average_price, filled_quantity, created_at, position_id
    FROM signals_order WHERE execution_id = %s ORDER BY created_at, attempt
"""
# An order of which nobody knows how it ended.
OPEN_ENDED = ("planned", "unknown", "open", "partial")


async def settle_exits(job: Job) -> None:
    """What became of exits that a worker before us sent. Raises ExitPending while the exchange does not say."""
    sent = await exits_sent(job)
    for held in job.facts.positions:
        if held.id in sent:
            await settle_exits_of(job, held, sent[held.id])


async def exits_sent(job: Job) -> dict[UUID, list[dict[str, Any]]]:
    """The exit orders of this execution, by position."""
    sent: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for order in await job.desk.ledger.query(ORDERS, [job.facts.id]):
        if order["leg"] == "exit":
            sent[order["position_id"]].append(order)
    return sent


async def settle_exits_of(job: Job, held: Held, orders: list[dict[str, Any]]) -> None:
    for order in orders:
        if order["status"] in OPEN_ENDED:
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
    sold = (await job.desk.ledger.query(EXITS_FILLED, [held.id]))[0]
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
    return "closed_by_signal" if refused_opening(facts, now) else "reversed"


def refused_opening(facts: Facts, now: datetime) -> Skip | None:
    """Why the opening half of a reversal may not be sent: as it was decided when it began, or by what has changed since."""
    if facts.reason_code:
        return Skip(facts.reason_code, facts.reason_params)
    return refuse_opening(facts, now=now)
