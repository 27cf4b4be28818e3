"""What follows an entry that was filled: the position in our books, its stop and target, and the verdict."""

import asyncio
import logging
from datetime import datetime
from decimal import Decimal

from exchanges.errors import ExchangeError, Unsupported
from exchanges.types import Leg, MarginMode, MarketType
from signals import troubles
from signals.cancelling import cancel_legs, cancel_protection
from signals.closing import leave_position
from signals.desk import Job
from signals.entry import Entered, EntryPlan, net_for
from signals.facts import Held
from signals.ledger.writing import Write
from signals.order_rows import add_answer
from signals.protection import DEADLINE, Guarded, Protection, prices_on_tick, protect, record_late
from signals.sizing import round_down
from signals.states import IN_FLIGHT_SQL, State
from signals.troubles import Trouble, TroubleKind

log = logging.getLogger(__name__)

# The first run before the execution is written down as protected: after a death in between, recovery takes the net away.
NET_PAUSES_S = (0.0, 0.2, 0.6)
LATE_NET_PAUSES_S = (2.0, 4.0, 8.0, 16.0)
ENTERING = f"""
    SELECT 1 FROM signals_execution
    WHERE account_id = %s AND symbol_key = %s AND id <> %s AND state IN ({IN_FLIGHT_SQL}) AND action IN ('buy', 'sell') LIMIT 1
"""  # noqa: S608 -- a constant


async def book_entry(job: Job, plan: EntryPlan, entered: Entered) -> None:
    """FILLED: the position stands in our books as it stands at the exchange."""
    facts, terms, asked_at = job.facts, plan.terms, job.desk.now()
    prices = plan.protection_prices(_average(plan, entered))
    common = {
        "id": plan.position_id, "execution_id": facts.id, "epoch": job.epoch, "quantity": entered.quantity,
        "entry_price": entered.price, "stop_price": prices.get(Leg.STOP), "target_price": prices.get(Leg.TARGET),
        "effective_at": facts.effective_at,
    }  # fmt: skip
    write = job.step(
        "filled", position_id=plan.position_id, exchange_order_id=entered.order_id, price=entered.price,
        quantity=entered.quantity, acknowledged_at=entered.acknowledged_at, filled_at=entered.acknowledged_at,
    )  # fmt: skip
    if plan.joined:
        write.add("positions_added", **common)
    else:
        write.add(
            "positions_opened", subscription_id=facts.subscription_id, bot_id=facts.bot_id, user_id=facts.user_id,
            account_id=facts.account_id, exchange=facts.exchange, market_type=facts.market_type.value,
            symbol_key=facts.symbol_key, side=plan.side.value, leverage=terms.leverage, margin_mode=terms.margin_mode,
            at=entered.acknowledged_at, **common,
        )  # fmt: skip
    add_answer(job, write, entered.answer, plan.entry_key, position_id=plan.position_id)
    await job.desk.ledger.record(write)
    job.renewed(asked_at)


def _average(plan: EntryPlan, entered: Entered) -> Decimal:
    held = plan.joined
    if held is None:
        return entered.price
    total = held.quantity + entered.quantity
    return (held.entry_price * held.quantity + entered.price * entered.quantity) / total


def guard_for(plan: EntryPlan, entered: Entered, *, deadline: datetime, filled_at: datetime) -> Protection:
    """The protection of what was entered; with `add`, of the whole position on its new average."""
    average = _average(plan, entered)
    prices = plan.protection_prices(average)
    held = plan.joined
    total = entered.quantity + (held.quantity if held else Decimal(0))
    return Protection(
        market=plan.market, side=plan.side, quantity=round_down(total, plan.market.quantity_step), prices=prices,
        sent=prices_on_tick(plan.market, average, prices), filled_at=filled_at, deadline=deadline, position_id=plan.position_id,
        entry=average, margin_mode=MarginMode(plan.terms.margin_mode),
    )  # fmt: skip


async def settle_protection(job: Job, plan: EntryPlan, entered: Entered, booking: "asyncio.Task[None]") -> None:
    """Protect what was entered and settle the execution: PROTECTED, or CLOSED because no stop could be placed."""
    filled_at = entered.acknowledged_at
    guard = guard_for(plan, entered, deadline=filled_at + DEADLINE, filled_at=filled_at)
    if plan.joined:
        await clear_the_way(job, plan)
    verdict = await protect(job, guard) if guard.sent else Guarded.STANDING
    await booking
    await conclude(job, plan, entered, guard, verdict)


async def clear_the_way(job: Job, plan: EntryPlan) -> None:
    """Take the pair of the position's earlier entries away, where a new one is refused while it stands: it holds the coins (spot),
    or fits the whole position."""
    if plan.market.market_type is MarketType.SPOT or job.client.venue.features.stops_fit_position:
        await cancel_legs(job.desk, job.client, plan.market, await _old_protection(job, plan))


async def conclude(job: Job, plan: EntryPlan, entered: Entered, guard: Protection, verdict: Guarded) -> None:
    """Write the verdict of the protection."""
    await record_late(job, guard)
    if verdict in (Guarded.STANDING, Guarded.TARGET_WATCHED):
        is_gone = await _take_net_away(job, plan, guard)
        old = [] if plan.joined is None else await _old_protection(job, plan)
        await _record_protected(job, guard, verdict)
        await cancel_legs(job.desk, job.client, plan.market, old)
        job.tell(State.PROTECTED)
        if not is_gone and not await _take_net_away_late(job, plan):
            await job.desk.ledger.record(job.event(Write(job.facts.id), "net_stands"))
            troubles.tell(Trouble(TroubleKind.NET_STANDS, job.facts.account_id, symbol_key=plan.market.key))
        return
    total = entered.quantity + (plan.joined.quantity if plan.joined else Decimal(0))
    held = _as_held(plan, _average(plan, entered), total, guard)
    await leave_position(job, plan.market, held, reason=verdict.value)
    now = job.desk.now()
    write = job.step("closed", code=verdict.value, params={"attempts": guard.attempt}, at=now, closed_at=now,
                     error_code=verdict.value, unprotected_ms=guard.unprotected_ms(now))  # fmt: skip
    job.event(write, "position_closed_unprotected" if verdict is Guarded.EXIT_FAILED else verdict.value)
    await cancel_protection(job.desk, job.client, plan.market, plan.position_id)
    await job.desk.ledger.record(write)
    job.tell(State.CLOSED, verdict.value)


async def _take_net_away(job: Job, plan: EntryPlan, guard: Protection) -> bool:
    """The own stop stands: a net would outlive what it was for, and close whatever else comes to stand on the symbol (D25).
    False where it still stands."""
    venue = job.client.venue
    if Leg.STOP not in guard.standing or net_for(plan, venue.features) is None:  # a stop of the client's own stays
        return True
    for pause in NET_PAUSES_S:
        await job.desk.sleep(pause)
        try:
            await job.client.remove_net(plan.market, plan.side)
        except Unsupported:
            return True
        except ExchangeError as error:
            log.warning("the net was not taken away: %s", error.message, extra={"context": job.facts.log_fields()})
        else:
            return True
    return False


async def _take_net_away_late(job: Job, plan: EntryPlan) -> bool:
    """The same when the execution is settled: its lease has ended, so a client of its own sends it. False: it still stands.

    The net is the symbol's, not the entry's: while another entry is on its way there, it may be that one's, who sees to it.
    """
    client = job.desk.connect(job.facts)
    for pause in LATE_NET_PAUSES_S:
        await job.desk.sleep(pause)
        if await job.desk.ledger.query(ENTERING, [job.facts.account_id, plan.market.key, job.facts.id]):
            return True
        try:
            await client.remove_net(plan.market, plan.side)
        except ExchangeError as error:
            log.warning("the net was not taken away: %s", error.message, extra={"context": job.facts.log_fields()})
        else:
            return True
    return False


async def conclude_closed(job: Job, reason: str) -> None:
    """The position was gone before its protection was settled; `reason` is how it ended."""
    now = job.desk.now()
    await job.desk.ledger.record(job.step("closed", code=reason, params={}, at=now, closed_at=now))
    job.tell(State.CLOSED, reason)


async def _record_protected(job: Job, guard: Protection, verdict: Guarded) -> None:
    now = job.desk.now()
    stop, target = guard.standing.get(Leg.STOP), guard.standing.get(Leg.TARGET)
    unprotected = guard.unprotected_ms(now)
    write = job.step(
        "protected", stop_id=stop.exchange_order_id if stop else "", target_id=target.exchange_order_id if target else "",
        stop_price=guard.prices.get(Leg.STOP), target_price=guard.prices.get(Leg.TARGET), stop_sent=guard.sent.get(Leg.STOP),
        target_sent=guard.target, protected_at=now if guard.sent else None, unprotected_ms=unprotected, at=now,
    )  # fmt: skip
    write.add("positions_protected", id=guard.position_id, protected_at=now if guard.sent else None, unprotected_ms=unprotected,
              stop_price=guard.sent.get(Leg.STOP), target_price=guard.target)  # fmt: skip
    for leg, answer in guard.standing.items():
        add_answer(job, write, answer, answer.client_order_id, position_id=guard.position_id, quantity=guard.quantity,
                   trigger=guard.sent[leg])  # fmt: skip
    if verdict is Guarded.TARGET_WATCHED:
        job.event(write, "target_watched", price=f"{guard.target:f}")
    await job.desk.ledger.record(write)


OLD_PROTECTION = """
    SELECT client_order_id FROM signals_order
    WHERE position_id = %s AND execution_id <> %s AND leg IN ('stop', 'target') AND status IN ('open', 'planned', 'unknown')
"""


async def _old_protection(job: Job, plan: EntryPlan) -> list[str]:
    rows = await job.desk.ledger.query(OLD_PROTECTION, [plan.position_id, job.facts.id])
    return [row["client_order_id"] for row in rows]


def _as_held(plan: EntryPlan, entry_price: Decimal, quantity: Decimal, guard: Protection) -> Held:
    facts = plan.facts
    reduced = plan.joined.opened_quantity - plan.joined.quantity if plan.joined else Decimal(0)
    return Held(
        id=plan.position_id, subscription_id=facts.subscription_id, account_id=facts.account_id, bot_id=facts.bot_id,
        symbol_key=facts.symbol_key, market_type=facts.market_type, side=plan.side, quantity=quantity,
        opened_quantity=quantity + reduced, entry_price=entry_price, stop_price=guard.sent.get(Leg.STOP), target_price=guard.target,
        leverage=plan.terms.leverage, effective_at=facts.effective_at, opened_at=guard.filled_at,
        margin_mode=guard.margin_mode,
    )  # fmt: skip
