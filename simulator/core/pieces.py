"""An order that the book cannot fill at once: a first part now, the rest later in pieces, or never."""

from collections.abc import Callable
from decimal import Decimal

from simulator.core.accounts import Account
from simulator.core.amounts import round_down
from simulator.core.events import OrderEnded, RestScheduled
from simulator.core.exchange import Exchange
from simulator.core.orders import Order, Pieces, Rest, Status

WHOLE = Pieces(Decimal(1))


def begin(exchange: Exchange, account: Account, order: Order, pieces: Pieces, fill: Callable[[Decimal], None]) -> None:
    """Fill the first part, and settle what becomes of the rest. `fill` takes a quantity."""
    first = order.quantity
    if pieces is not WHOLE:
        first = round_down(first * pieces.fraction, exchange.market(order.kind, order.symbol).step)
    if first:
        fill(first)
    if not order.status.is_open:
        return
    if pieces.rest is Rest.EXPIRE:
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))
    elif pieces.rest is Rest.FILL:
        due = exchange.clock() + pieces.every_ms
        exchange.record(account, RestScheduled(order.id, due, pieces.every_ms, pieces.count))


def next_piece(exchange: Exchange, order: Order) -> Decimal:
    """How much of a scheduled rest is filled now; all that is left with the last piece."""
    step = exchange.market(order.kind, order.symbol).step
    return max(round_down(order.remaining / order.rest_count, step), step) if order.rest_count > 1 else order.remaining


def schedule_next(exchange: Exchange, account: Account, order: Order) -> None:
    """After a piece: the next one is due `every_ms` later."""
    if order.status.is_open:
        due = order.rest_due + order.rest_every_ms
        change = RestScheduled(order.id, due, order.rest_every_ms, max(order.rest_count - 1, 1))
        exchange.record(account, change)
