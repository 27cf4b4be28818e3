"""A position that lost its stop or target gets it back, or is closed (B8, D7): the watchdog's hand."""

import logging
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.limits import urgent
from exchanges.types import Leg, MarginMode, Market, MarketType, PositionSide
from signals.closing import leave_position
from signals.desk import LEASE, Desk, Job, TradingClient
from signals.exit_order import EXITS_FILLED
from signals.facts import Held
from signals.ledger.ledger import Write
from signals.order_rows import add_answer, add_order, add_replaced
from signals.protection import RECOVERY_DEADLINE, Guarded, Protection, is_target_watched, protect, record_late
from signals.sizing import round_down

log = logging.getLogger(__name__)

OPENER = """
    SELECT e.id FROM signals_execution e
    WHERE e.position_id = %s AND e.action IN ('buy', 'sell') AND e.state = 'PROTECTED' ORDER BY e.created_at DESC LIMIT 1
"""
LAST_ATTEMPT = (
    "SELECT coalesce(max(attempt), 1) AS last FROM signals_order WHERE execution_id = %s AND leg IN ('stop', 'target')"
)


async def repair_position(
    desk: Desk, client: TradingClient, market: Market, row: dict[str, Any], missing: dict[Leg, Decimal],
    *, event: str = "protection_missing",
) -> None:  # fmt: skip
    """Place the missing legs again under the opening execution's ids; without a stop in time, leave the position.

    `event`: what its timeline says of why they are placed.
    """
    with urgent():
        await _repair(desk, client, market, row, missing, event)


async def _repair(
    desk: Desk, client: TradingClient, market: Market, row: dict[str, Any], missing: dict[Leg, Decimal], event: str
) -> None:
    job = await job_of_position(desk, client, row["id"])
    if job is None:
        return
    if await _target_is_reached(client, market, row, missing):
        await leave_position(_selling(job), market, _held(row), reason=Guarded.EXIT_TARGET.value)
        job.tell("CLOSED", Guarded.EXIT_TARGET.value)
        return
    if set(missing) == {Leg.TARGET} and row["stop_price"] is not None and is_target_watched(client.venue, market):
        return
    log.warning("position %s stands without %s", row["id"], ", ".join(leg.name for leg in missing))
    now = desk.now()
    # A stop is tried for until the deadline; a target alone once per round: its price is watched meanwhile.
    deadline = now + RECOVERY_DEADLINE if Leg.STOP in missing else now
    attempt = (await desk.ledger.query(LAST_ATTEMPT, [job.facts.id]))[0]["last"] + 1
    guard = Protection(
        market=market, side=PositionSide(row["side"]), quantity=round_down(row["quantity"], market.quantity_step),
        prices=missing, sent=missing, filled_at=now, deadline=deadline, position_id=row["id"], attempt=attempt,
        entry=row["entry_price"], margin_mode=MarginMode(row["margin_mode"]),
    )  # fmt: skip
    write = Write(None)
    for leg, price in missing.items():
        add_order(job, write, market, leg, attempt=attempt, side=guard.side.exit_side.value, quantity=guard.quantity,
                  trigger=price, position_id=row["id"])  # fmt: skip
    legs = ", ".join(sorted(leg.name.lower() for leg in missing))
    job.event(write, event, legs=legs, quantity=f"{guard.quantity.normalize():f}")
    await desk.ledger.record(write)
    await _conclude(job, guard, await protect(job, guard), row)


async def leave_if_fallen_through(desk: Desk, client: TradingClient, market: Market, row: dict[str, Any]) -> bool:
    """Sell at market where the price has fallen through a stop's trigger and its limit at once: the order that the stop became
    waits above the price. True when the position was left."""
    reach, stop = client.venue.features.stop_limit_reach, row["stop_price"]
    if reach is None or stop is None or market.market_type is not MarketType.SPOT:
        return False
    if await client.price(market) > stop * (1 - reach):
        return False
    job = await job_of_position(desk, client, row["id"])
    if job is None:
        return False
    log.warning("position %s fell through its stop and the limit of it", row["id"])
    with urgent():
        await leave_position(_selling(job), market, _held(row), reason=Guarded.EXIT_STOP.value)
    job.tell("CLOSED", Guarded.EXIT_STOP.value)
    return True


async def close_if_sold(desk: Desk, client: TradingClient, market: Market, row: dict[str, Any]) -> None:
    """An exit of ours has sold a futures position, and whoever sent it died before it closed the books: said as what it was."""
    sold = (await desk.ledger.query(EXITS_FILLED, [row["id"]]))[0]
    if not sold["quantity"] or sold["quantity"] < round_down(row["quantity"], market.quantity_step):
        return
    job = await job_of_position(desk, client, row["id"])
    if job is None:
        return
    reason = _reason_at(row, sold["proceeds"] / sold["quantity"])
    await leave_position(_selling(job), market, _held(row), reason=reason.value)
    job.tell("CLOSED", reason.value)


def _reason_at(row: dict[str, Any], price: Decimal) -> Guarded:
    """Why a position without its stop was sold at this price."""
    up = 1 if row["side"] == PositionSide.LONG else -1
    stop, target = row["stop_price"], row["target_price"]
    if stop is not None and up * price <= up * stop:
        return Guarded.EXIT_STOP
    return Guarded.EXIT_TARGET if target is not None and up * price >= up * target else Guarded.EXIT_FAILED


async def _target_is_reached(
    client: TradingClient, market: Market, row: dict[str, Any], missing: dict[Leg, Decimal]
) -> bool:
    """The target could not be placed at the exchange: then we sell at it ourselves (D27)."""
    target = missing.get(Leg.TARGET)
    if target is None:
        return False
    price = await client.price(market)
    return price >= target if row["side"] == PositionSide.LONG else price <= target


def _held(row: dict[str, Any]) -> Held:
    fields = {name: row[name] for name in Held.__slots__}
    return Held(**{**fields, "side": PositionSide(row["side"]), "market_type": MarketType(row["market_type"])})


def _selling(job: Job) -> Job:
    """The same job to sell with: its client signs nothing any more once its time is over, so that whoever finds the exit knows until
    when it may still arrive (D4, F5). A client of its own: the account's other symbols are repaired meanwhile."""
    client = job.desk.connect(job.facts)
    return Job(job.facts, job.epoch, job.desk, client, lease_ends=job.desk.now() + LEASE)


async def job_of_position(desk: Desk, client: TradingClient, position_id: UUID) -> Job | None:
    """The settled execution that opened a position, as a job: its ids name the orders of the position."""
    openers = await desk.ledger.query(OPENER, [position_id])
    facts = await desk.ledger.facts_of(openers[0]["id"]) if openers else None
    return Job(facts, facts.lease_epoch, desk, client) if facts else None


async def _conclude(job: Job, guard: Protection, verdict: Guarded, row: dict[str, Any]) -> None:
    await record_late(job, guard)
    now = job.desk.now()
    if verdict in (Guarded.STANDING, Guarded.TARGET_WATCHED):
        write = Write(None)
        unprotected = guard.unprotected_ms(now) if Leg.STOP in guard.sent else 0
        write.add("positions_protected", id=row["id"], protected_at=now, unprotected_ms=unprotected,
                  stop_price=row["stop_price"], target_price=row["target_price"])  # fmt: skip
        for leg, answer in guard.standing.items():
            add_answer(job, write, answer, answer.client_order_id, position_id=row["id"], quantity=guard.quantity,
                       trigger=guard.sent[leg])  # fmt: skip
        add_replaced(job, write, guard.standing)
        job.event(write, "protection_repaired" if verdict is Guarded.STANDING else "target_watched")
        await job.desk.ledger.record(write)
        return
    await leave_position(_selling(job), guard.market, _held(row), reason=verdict.value)
    job.tell("CLOSED", verdict.value)
