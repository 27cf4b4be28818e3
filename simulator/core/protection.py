"""Stops and targets that come with a futures order or belong to a position: how they come to stand, grow and end."""

from decimal import Decimal

from simulator.core.accounts import Account, Position
from simulator.core.amounts import ZERO
from simulator.core.events import ConditionalEnded, ConditionalPlaced, ConditionalResized
from simulator.core.exchange import Exchange
from simulator.core.filters import check_conditional_id, check_price
from simulator.core.markets import Kind, Market
from simulator.core.orders import (
    MARK_PRICE,
    ConditionalOrder,
    Order,
    OrderType,
    PositionSide,
    Protection,
    Scope,
    Side,
    Status,
    Trigger,
)
from simulator.core.refusals import Reason, Refused


def triggers_of(protection: Protection) -> list[tuple[OrderType, Trigger]]:
    """Its stop and its target, as far as it has them."""
    pairs = ((OrderType.STOP_MARKET, protection.stop), (OrderType.TAKE_PROFIT_MARKET, protection.target))
    return [(kind, trigger) for kind, trigger in pairs if trigger]


def check_protection(
    exchange: Exchange, account: Account, market: Market, protection: Protection, side: Side, limit: Decimal
) -> None:
    """Of an order of this side that is not placed yet, against its limit or (zero: none) the watched price.

    Refused PRICE_…, WOULD_TRIGGER, DUPLICATE_ID, or NO_CONDITIONALS.
    """
    if not exchange.settings.conditionals:
        raise Refused(Reason.NO_CONDITIONALS)
    for kind, trigger in triggers_of(protection):
        check_price(market, trigger.price)
        price = limit or watched_price(exchange, market.symbol, trigger.working_type)
        check_beyond(kind, closing_side(side), trigger.price, price)
        check_conditional_id(exchange, account, market.symbol, trigger.client_id)


def check_beyond(kind: OrderType, side: Side, trigger: Decimal, price: Decimal) -> None:
    """Refused WOULD_TRIGGER when the price has reached the trigger already."""
    above = (kind is OrderType.TAKE_PROFIT_MARKET) == (side is Side.SELL)
    if price >= trigger if above else price <= trigger:
        raise Refused(Reason.WOULD_TRIGGER, price=price, trigger=trigger)


def watched_price(exchange: Exchange, symbol: str, working_type: str) -> Decimal:
    """The price that a trigger waits for: mark or last."""
    return exchange.mark(symbol) if working_type == MARK_PRICE else exchange.price(symbol)


def closing_side(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def after_fill(exchange: Exchange, account: Account, order: Order, before: Position, after: Position) -> None:
    """A fill has made `after` of `before`: end what belonged to a position that is gone, protect what has been opened."""
    if before.quantity * after.quantity <= 0 and before.quantity:
        _end_with_position(exchange, account, before)
    grown = abs(after.quantity) - (abs(before.quantity) if before.quantity * after.quantity > 0 else ZERO)
    if order.protection and grown > 0:
        _protect(exchange, account, order, order.protection, grown)


def _end_with_position(exchange: Exchange, account: Account, position: Position) -> None:
    for waiting in list(account.open_conditionals.values()):
        if waiting.ends_flat and (waiting.symbol, waiting.position_side) == (position.symbol, position.side):
            exchange.record(account, ConditionalEnded(waiting.id, Status.CANCELED))


def _protect(exchange: Exchange, account: Account, order: Order, protection: Protection, opened: Decimal) -> None:
    own = {c.type: c for c in account.open_conditionals.values() if c.parent_id == order.id}
    group = 0
    for kind, trigger in triggers_of(protection):
        if kind not in own and protection.scope is Scope.POSITION:
            group = 0
            replace_trigger(exchange, account, _place_of(order, kind), trigger, parent_id=order.id)
        elif kind not in own:
            placed = _record(exchange, account, order, kind, trigger, opened, group)
            group = placed.group
        elif protection.scope is Scope.ORDER:
            exchange.record(account, ConditionalResized(own[kind].id, own[kind].quantity + opened))


Place = tuple[str, PositionSide, Side, OrderType]


def _place_of(order: Order, kind: OrderType) -> Place:
    return order.symbol, order.position_side, closing_side(order.side), kind


def _record(
    exchange: Exchange, account: Account, order: Order, kind: OrderType, trigger: Trigger, quantity: Decimal, group: int
) -> ConditionalOrder:
    conditional_id, now = exchange.state.last_conditional + 1, exchange.clock()
    protection = order.protection or Protection()
    placed = ConditionalOrder(
        id=conditional_id,
        symbol=order.symbol,
        client_id=trigger.client_id or f"sim{conditional_id}",
        side=closing_side(order.side),
        type=kind,
        quantity=quantity,
        trigger_price=trigger.price,
        reduce_only=True,
        position_side=order.position_side,
        working_type=trigger.working_type,
        group=(group or conditional_id) if protection.linked else 0,
        ends_flat=protection.ends_flat,
        parent_id=order.id,
        time=now,
        update_time=now,
    )
    exchange.record(account, ConditionalPlaced(placed))
    return placed


def find_trigger(
    account: Account, symbol: str, position_side: PositionSide, kind: OrderType
) -> ConditionalOrder | None:
    """The position's own stop or target, if it has one."""
    for waiting in account.open_conditionals.values():
        is_own = waiting.close_position and waiting.ends_flat
        if is_own and (waiting.symbol, waiting.position_side, waiting.type) == (symbol, position_side, kind):
            return waiting
    return None


def replace_trigger(
    exchange: Exchange, account: Account, place: Place, trigger: Trigger | None, *, parent_id: int = 0
) -> ConditionalOrder | None:
    """The position's stop or target is this one from now on, or gone (None). Nothing is checked here."""
    symbol, position_side, side, kind = place
    old = find_trigger(account, symbol, position_side, kind)
    if old:
        exchange.record(account, ConditionalEnded(old.id, Status.CANCELED))
    if trigger is None:
        return None
    conditional_id, now = exchange.state.last_conditional + 1, exchange.clock()
    placed = ConditionalOrder(
        id=conditional_id,
        symbol=symbol,
        client_id=trigger.client_id or f"sim{conditional_id}",
        side=side,
        type=kind,
        quantity=ZERO,
        trigger_price=trigger.price,
        reduce_only=True,
        close_position=True,
        position_side=position_side,
        working_type=trigger.working_type,
        ends_flat=True,
        parent_id=parent_id,
        time=now,
        update_time=now,
    )
    exchange.record(account, ConditionalPlaced(placed))
    return placed


def set_trigger(
    exchange: Exchange,
    account: Account,
    position: Position,
    kind: OrderType,
    trigger: Trigger | None,
) -> ConditionalOrder | None:
    """Set, replace or (None) remove the stop (STOP_MARKET) or target (TAKE_PROFIT_MARKET) of a position that is held.

    It closes whatever the position holds when it fires, and ends with the position. Refused CLOSE_WITHOUT_POSITION,
    NO_CONDITIONALS, PRICE_…, WOULD_TRIGGER, DUPLICATE_ID; the old one stands then.
    """
    if not position.quantity:
        raise Refused(Reason.CLOSE_WITHOUT_POSITION)
    side = Side.SELL if position.quantity > 0 else Side.BUY
    if trigger:
        market = exchange.open_market(Kind.FUTURES, position.symbol, opens=False)
        if not exchange.settings.conditionals:
            raise Refused(Reason.NO_CONDITIONALS)
        check_price(market, trigger.price)
        check_beyond(kind, side, trigger.price, watched_price(exchange, position.symbol, trigger.working_type))
        check_conditional_id(exchange, account, position.symbol, trigger.client_id)
    return replace_trigger(exchange, account, (position.symbol, position.side, side, kind), trigger)
