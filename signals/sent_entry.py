"""An entry as it was when its order left, told again from the rows: for whoever goes on with what another worker began."""

from dataclasses import replace

from exchanges.types import OrderAnswer, OrderState
from signals.desk import Job
from signals.entered import guard_for
from signals.entry import Entered, EntryPlan, plan_as_sent
from signals.protection import RECOVERY_DEADLINE, Protection
from signals.states import State
from signals.unsettled_exits import ORDERS
from subscriptions.terms import Terms

SENT = """
    SELECT executed_price, executed_quantity, exchange_order_id, price_at_send, leverage, margin_usd, stop_loss_pct,
           take_profit_pct, margin_mode, usd_rate, requested_quantity
    FROM signals_execution WHERE id = %s
"""


async def refreshed(job: Job) -> Job:
    """The same job with the facts as they are now (positions may have been booked meanwhile)."""
    job.facts = await job.desk.ledger.facts_of(job.facts.id) or job.facts
    return job


async def plan_again(job: Job) -> EntryPlan:
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


async def what_was_entered(job: Job) -> tuple[EntryPlan, Entered, Protection] | None:
    """The plan, what it entered and the protection to be settled; None when the position is not open any more."""
    plan = await plan_again(job)
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


async def _last_attempt(job: Job) -> int:
    orders = await job.desk.ledger.query(ORDERS, [job.facts.id])
    return max((order["attempt"] for order in orders if order["leg"] in ("stop", "target")), default=1)
