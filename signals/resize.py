"""Stop and target follow the size of their position: an entry that filled further, a part that was sold elsewhere (F20, I4)."""

import logging
from decimal import Decimal
from typing import Any

from exchanges.client_ids import client_order_id
from exchanges.types import Leg, MarginMode, Market, OrderAnswer, PositionSide, ProtectionLeg
from signals.cancelling import record_cancelled
from signals.desk import Desk, TradingClient
from signals.ledger.ledger import Write
from signals.order_rows import add_answer, add_order, add_replaced
from signals.repair import LAST_ATTEMPT, job_of_position, repair_position

log = logging.getLogger(__name__)


async def replace_bound_orders(
    desk: Desk, client: TradingClient, market: Market, row: dict[str, Any], standing: dict[Leg, OrderAnswer]
) -> None:
    """Where standing orders hold the coins (spot), or all stops together may not exceed the position, they go first, and the
    ones for the new quantity follow at once.

    When those cannot stand in time, the position is left (D7).
    """
    outcomes = await client.cancel_protection(market, [answer.client_order_id for answer in standing.values()])
    await record_cancelled(desk, outcomes)
    if not any(outcomes.values()):  # else one of them was triggered just now: the next look tells
        prices = {leg: answer.trigger_price for leg, answer in standing.items() if answer.trigger_price}
        await repair_position(desk, client, market, row, prices, event="protection_resized")


async def resize_protection(
    desk: Desk,
    client: TradingClient,
    market: Market,
    row: dict[str, Any],
    standing: dict[Leg, OrderAnswer],
    quantity: Decimal,
) -> None:
    """Replace `standing` legs by ones for `quantity` (base units): the new one stands before the old one is cancelled.

    A leg that cannot be placed leaves the old one standing; the next look tries again.
    """
    job = await job_of_position(desk, client, row["id"])
    prices = {leg: answer.trigger_price for leg, answer in standing.items()}
    if job is None or any(price is None for price in prices.values()):
        return
    log.warning("position %s changed its size: stop and target follow", row["id"])
    side = PositionSide(row["side"])
    attempt = (await desk.ledger.query(LAST_ATTEMPT, [job.facts.id]))[0]["last"] + 1
    legs = [
        ProtectionLeg(leg, client_order_id(job.facts.id, leg, attempt), price) for leg, price in prices.items() if price
    ]
    write = Write(None)
    for leg in legs:
        add_order(job, write, market, leg.leg, attempt=attempt, side=side.exit_side.value, quantity=quantity,
                  trigger=leg.trigger_price, position_id=row["id"])  # fmt: skip
    await desk.ledger.record(write)
    answers = await client.place_protection(market, side, quantity, legs, margin_mode=MarginMode(row["margin_mode"]))
    there = {answer.client_order_id: answer for answer in await client.standing_protection(market)}
    write, replaced = Write(None), []
    for leg in legs:
        add_answer(job, write, answers[leg.leg], leg.client_order_id, position_id=row["id"])
        if leg.client_order_id in there:
            replaced.append(standing[leg.leg].client_order_id)
    add_replaced(job, write, {leg.leg: there[leg.client_order_id] for leg in legs if leg.client_order_id in there})
    job.event(write, "protection_resized", quantity=f"{quantity.normalize():f}")
    await desk.ledger.record(write)
    if replaced:
        await record_cancelled(desk, await client.cancel_protection(market, replaced))
