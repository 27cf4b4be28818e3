"""Bring what the exchange says of our orders into the books, without writing over a newer word of somebody else (ORD-04…08).

Optimistic locking: an order is asked for at the exchange as it was read – with its `version` –, and written only while it still
has that version. Whoever lost looks again, at the row and at the exchange: at most three times more, after 50, 100 and 200 ms.
What a worker trades itself it writes under its lease instead (`ledger.statements`); every one of those writes raises the
version too, so the two cannot pass each other unseen.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from exchanges.types import OrderAnswer
from signals.desk import Desk
from signals.states import LIVE_ORDERS

log = logging.getLogger(__name__)

TRIES_AGAIN = 3
FIRST_PAUSE_S = 0.05
REREAD = "SELECT client_order_id, status, version FROM signals_order WHERE client_order_id = ANY(%s)"
Row = dict[str, Any]
Look = Callable[[Row], Awaitable[OrderAnswer | None]]


async def sync_orders(desk: Desk, orders: Sequence[Row], look: Look) -> list[tuple[Row, OrderAnswer | None]]:
    """Ask for each order by `look`, and write what was answered; the rows' `status` is brought up to date with it.

    Answers the orders that were written with their answer. Left out: orders that somebody else ended meanwhile, and those
    that could not be written in four tries, which the next reconciliation takes up. Raises what `look` raises.
    """
    written: list[tuple[Row, OrderAnswer | None]] = []
    pause = FIRST_PAUSE_S
    for tries_left in range(TRIES_AGAIN, -1, -1):
        answers = await asyncio.gather(*(look(order) for order in orders))
        records = [_record(order, answer, desk) for order, answer in zip(orders, answers, strict=True)]
        missed = await desk.ledger.sync_orders(records) if records else set()
        for order, answer, record in zip(orders, answers, records, strict=True):
            if order["client_order_id"] not in missed:
                order["status"], order["version"] = record["status"], order["version"] + 1
                written.append((order, answer))
        if not missed:
            break
        if not tries_left:
            log.warning("%d orders were written by others each time, the next reconciliation looks again", len(missed))
            break
        await desk.sleep(pause)
        pause *= 2
        orders = await _reread(desk, [order for order in orders if order["client_order_id"] in missed])
    return written


async def _reread(desk: Desk, orders: Sequence[Row]) -> list[Row]:
    """The rows as they are now; those that are still to be followed."""
    rows = await desk.ledger.query(REREAD, [[order["client_order_id"] for order in orders]])
    now = {row["client_order_id"]: row for row in rows}
    for order in orders:
        order.update(now.get(order["client_order_id"], {}))
    return [order for order in orders if order["client_order_id"] in now and order["status"] in LIVE_ORDERS]


def _record(order: Row, answer: OrderAnswer | None, desk: Desk) -> Row:
    record = {"client_order_id": order["client_order_id"], "version": order["version"], "at": desk.now()}
    if answer is None:
        never = order["status"] in ("planned", "unknown")
        return {**record, "status": "not_placed" if never else "cancelled"}
    return {
        **record, "status": answer.state.value, "exchange_order_id": answer.exchange_order_id,
        "triggered_order_id": answer.triggered_order_id, "filled_quantity": answer.filled_quantity,
        "average_price": answer.average_price,
    }  # fmt: skip
