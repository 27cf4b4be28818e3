"""FILLED, and its worker is gone: see what stands, place what is missing, or close (promise 7, D7, D8)."""

from exchanges.errors import ExchangeError
from exchanges.types import Leg, MarketType
from signals.cancelling import cancel_protection
from signals.desk import Job
from signals.entered import clear_the_way, conclude, conclude_closed
from signals.protection import Guarded, Protection, plan_next_attempt, protect, read_back, record_late
from signals.sent_entry import refreshed, what_was_entered
from signals.unsettled_exits import OPEN_ENDED, exits_sent, settle_exits

EXIT_REASON = "SELECT exit_reason FROM signals_position WHERE id = %s"


async def resume_protection(job: Job) -> None:
    """Settle a FILLED execution: its stop and target stand in the end, or its position is closed. Raises what its orders raise,
    LeaseLost and ExitPending among it: then recovery goes on later."""
    meanwhile = await _protect_meanwhile(job)
    await settle_exits(job)
    job = await refreshed(job)
    if meanwhile is not None:
        await record_late(job, meanwhile)
    again = await what_was_entered(job)
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
    again = await what_was_entered(job)
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


async def _conclude_gone(job: Job) -> None:
    market = await job.client.market(job.facts.market_type, job.facts.symbol_key)
    if job.facts.own_position_id is not None:
        await cancel_protection(job.desk, job.client, market, job.facts.own_position_id)
    ended = await job.desk.ledger.query(EXIT_REASON, [job.facts.own_position_id])
    await conclude_closed(job, ended[0]["exit_reason"] if ended and ended[0]["exit_reason"] else "external")
