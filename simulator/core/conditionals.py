"""Futures stops and targets: they rest outside the book until the price touches them, then become market orders."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.core import futures
from simulator.core.accounts import Account
from simulator.core.amounts import ZERO
from simulator.core.events import ConditionalEnded, ConditionalFinished, ConditionalPlaced, ConditionalTriggered
from simulator.core.exchange import Exchange
from simulator.core.filters import check_conditional_id, check_price, check_quantity
from simulator.core.markets import Kind
from simulator.core.orders import (
    CONTRACT_PRICE,
    ConditionalOrder,
    OrderType,
    Pieces,
    PositionSide,
    Side,
    Status,
    TimeInForce,
)
from simulator.core.protection import check_beyond, watched_price
from simulator.core.refusals import Reason, Refused

MAX_CONDITIONALS = 200


@dataclass(slots=True)
class NewConditional:
    """What a client asks for. `quantity` is zero with `close_position`."""

    symbol: str
    side: Side
    type: OrderType
    trigger_price: Decimal
    quantity: Decimal = ZERO
    client_id: str = ""
    reduce_only: bool = False
    close_position: bool = False
    position_side: PositionSide = PositionSide.BOTH
    time_in_force: TimeInForce = TimeInForce.GTC
    working_type: str = CONTRACT_PRICE
    price_protect: bool = False
    pieces: Pieces | None = None
    ends_flat: bool = False


def place_conditional(exchange: Exchange, account: Account, new: NewConditional) -> ConditionalOrder:
    """Check and record; it needs no margin until it fires.

    Raises Refused with UNKNOWN_SYMBOL, MARKET_CLOSED, NOT_OPENING, NO_CONDITIONALS, POSITION_SIDE, QUANTITY_…, PRICE_…,
    DUPLICATE_ID (among open conditional orders: an id space of their own), REDUCE_ONLY, CLOSE_…, WOULD_TRIGGER or
    TOO_MANY_ORDERS.
    """
    check_conditional(exchange, account, new)
    return _record(exchange, account, new, group=0)


def place_group(exchange: Exchange, account: Account, news: list[NewConditional]) -> list[ConditionalOrder]:
    """Several of which the first to fire or to be cancelled ends the others; all are placed, or (Refused) none.

    They share `group`, the id of the first.
    """
    for new in news:
        check_conditional(exchange, account, new)
    group = exchange.state.last_conditional + 1
    return [_record(exchange, account, new, group=group) for new in news]


def members(account: Account, order: ConditionalOrder) -> list[ConditionalOrder]:
    """The order and the others of its group that are still remembered, oldest first."""
    if not order.group:
        return [order]
    return [other for other in account.conditionals.values() if other.group == order.group]


def check_conditional(exchange: Exchange, account: Account, new: NewConditional) -> None:
    """The checks of place_conditional."""
    market = exchange.open_market(Kind.FUTURES, new.symbol, opens=not _closable(account, new))
    if not exchange.settings.conditionals:
        raise Refused(Reason.NO_CONDITIONALS)
    futures.check_position_side(account, new.position_side)
    check_price(market, new.trigger_price)
    if new.close_position:
        _check_close_position(account, new)
    else:
        check_quantity(market, new.quantity, at_market=True)
        if new.reduce_only and not _closable(account, new):
            raise Refused(Reason.REDUCE_ONLY)
    check_conditional_id(exchange, account, new.symbol, new.client_id)
    if len(account.open_conditionals) >= MAX_CONDITIONALS:
        raise Refused(Reason.TOO_MANY_ORDERS)
    price = watched_price(exchange, new.symbol, new.working_type)
    check_beyond(new.type, new.side, new.trigger_price, price)


def _record(exchange: Exchange, account: Account, new: NewConditional, *, group: int) -> ConditionalOrder:
    order = _build(exchange, new, group)
    exchange.record(account, ConditionalPlaced(order))
    return order


def _closable(account: Account, new: NewConditional) -> Decimal:
    return futures.closable_quantity(account, new.symbol, new.side, new.position_side)


def _check_close_position(account: Account, new: NewConditional) -> None:
    """Close-all orders: without a quantity, only with a position, one of each type per direction."""
    if new.quantity:
        raise Refused(Reason.CLOSE_WITH_QUANTITY)
    if not _closable(account, new):
        raise Refused(Reason.CLOSE_WITHOUT_POSITION)
    asked = (new.symbol, new.side, new.type, new.position_side)
    for other in account.open_conditionals.values():
        if other.close_position and (other.symbol, other.side, other.type, other.position_side) == asked:
            raise Refused(Reason.CLOSE_POSITION_EXISTS)


def _build(exchange: Exchange, new: NewConditional, group: int) -> ConditionalOrder:
    conditional_id, now = exchange.state.last_conditional + 1, exchange.clock()
    return ConditionalOrder(
        id=conditional_id,
        symbol=new.symbol,
        client_id=new.client_id or f"sim{conditional_id}",
        side=new.side,
        type=new.type,
        quantity=new.quantity,
        trigger_price=new.trigger_price,
        reduce_only=new.reduce_only or new.close_position,
        close_position=new.close_position,
        position_side=new.position_side,
        time_in_force=new.time_in_force,
        working_type=new.working_type,
        price_protect=new.price_protect,
        pieces=new.pieces,
        group=group,
        ends_flat=new.ends_flat,
        time=now,
        update_time=now,
    )


def trigger(exchange: Exchange, account: Account, order: ConditionalOrder) -> None:
    """The price has touched it: send the market order, or end it REJECTED when that order is refused (reduce-only!)."""
    exchange.record(account, ConditionalTriggered(order.id, watched_price(exchange, order.symbol, order.working_type)))
    _end_others(exchange, account, order)
    quantity = order.quantity or futures.closable_quantity(account, order.symbol, order.side, order.position_side)
    new = futures.NewOrder(
        symbol=order.symbol,
        side=order.side,
        type=OrderType.MARKET,
        quantity=quantity,
        reduce_only=order.reduce_only,
        position_side=order.position_side,
        algo_id=order.id,
        client_id=order.client_id if exchange.settings.shared_ids else "",
        pieces=order.pieces,
    )
    try:
        placed = futures.place_order(exchange, account, new)
    except Refused as refusal:
        reason = Reason.REDUCE_ONLY if not quantity else refusal.reason
        exchange.record(account, ConditionalEnded(order.id, Status.REJECTED, reason))
    else:
        exchange.record(account, ConditionalFinished(order.id, placed.id))


def cancel_conditional(exchange: Exchange, account: Account, order: ConditionalOrder | None) -> ConditionalOrder:
    """Refused UNKNOWN_CANCEL when there is no such open conditional order."""
    if order is None or not order.status.is_open:
        raise Refused(Reason.UNKNOWN_CANCEL)
    exchange.record(account, ConditionalEnded(order.id, Status.CANCELED))
    _end_others(exchange, account, order)
    return order


def _end_others(exchange: Exchange, account: Account, order: ConditionalOrder) -> None:
    for other in members(account, order) if order.group else ():
        if other.status.is_open:
            exchange.record(account, ConditionalEnded(other.id, Status.CANCELED))


def cancel_all(exchange: Exchange, account: Account, symbol: str) -> list[ConditionalOrder]:
    """Cancel every open conditional order of the symbol."""
    exchange.market(Kind.FUTURES, symbol)
    wanted = [order for order in account.open_conditionals.values() if order.symbol == symbol]
    return [cancel_conditional(exchange, account, order) for order in wanted if order.status.is_open]
