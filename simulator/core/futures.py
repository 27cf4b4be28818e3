"""Orders on perpetual futures: checks, fills against the current price, netting into positions."""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from simulator.core.accounts import Account
from simulator.core.amounts import ZERO, money
from simulator.core.booking import position_after
from simulator.core.crossing import crosses, take_price
from simulator.core.events import OrderEnded, OrderFilled, OrderPlaced
from simulator.core.exchange import Exchange
from simulator.core.filters import check_notional, check_order_id, check_price, check_quantity
from simulator.core.margin import summarize
from simulator.core.markets import Kind, Market
from simulator.core.orders import Fill, Order, OrderType, Pieces, PositionSide, Protection, Side, Status, TimeInForce
from simulator.core.pieces import WHOLE, begin, next_piece, schedule_next
from simulator.core.protection import after_fill, check_protection
from simulator.core.refusals import Reason, Refused


@dataclass(slots=True)
class NewOrder:
    """What a client asks for. `client_id` empty = the exchange makes one; `pieces`: the book is thin, for once."""

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal = ZERO
    client_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    position_side: PositionSide = PositionSide.BOTH
    algo_id: int = 0
    pieces: Pieces | None = None
    protection: Protection | None = None


def place_order(exchange: Exchange, account: Account, new: NewOrder) -> Order:
    """Check, record, and fill at once what can be filled (market, or a limit that crosses); else it rests.

    Raises Refused with UNKNOWN_SYMBOL, MARKET_CLOSED, NOT_OPENING, POSITION_SIDE, QUANTITY_…, PRICE_…, DUPLICATE_ID, REDUCE_ONLY,
    NOTIONAL_TOO_SMALL, WOULD_MATCH, LEVERAGE_POSITION or INSUFFICIENT_MARGIN, or for its protection as
    `protection.check_protection` says; nothing is recorded then.
    """
    market = exchange.open_market(Kind.FUTURES, new.symbol, opens=False)
    check_position_side(account, new.position_side)
    at_market = new.type is OrderType.MARKET
    check_quantity(market, new.quantity, at_market=at_market)
    if not at_market:
        check_price(market, new.price)
    if not new.algo_id:  # what a conditional order sends bears its id, if any
        check_order_id(exchange, account, Kind.FUTURES, new.symbol, new.client_id)
    closable = closable_quantity(account, new.symbol, new.side, new.position_side)
    quantity = _allowed_quantity(new, closable)
    price = exchange.taker_price(market, new.side) if at_market else new.price
    is_closing = new.reduce_only or quantity <= closable
    if not is_closing:
        exchange.open_market(Kind.FUTURES, new.symbol)
        check_notional(market, quantity, price)
    is_taker = at_market or crosses(new.side, new.price, exchange.price(new.symbol))
    if is_taker and new.time_in_force is TimeInForce.GTX:
        raise Refused(Reason.WOULD_MATCH)
    if new.protection:
        limit = ZERO if at_market else new.price
        check_protection(exchange, account, market, new.protection, new.side, limit)
    if quantity > closable:
        _check_margin(exchange, account, market, new, quantity, price, closable)
    order = _record_order(exchange, account, new, quantity)
    if is_taker:
        price = take_price(exchange, market, new.side, order.price)
        begin(exchange, account, order, new.pieces or WHOLE, partial(fill_order, exchange, account, order, price))
    elif new.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))
    return order


def check_position_side(account: Account, side: PositionSide) -> None:
    """Refused POSITION_SIDE when the side does not fit the account's position mode."""
    if (side is PositionSide.BOTH) == account.is_hedged:
        raise Refused(Reason.POSITION_SIDE)


def closable_quantity(account: Account, symbol: str, side: Side, position_side: PositionSide) -> Decimal:
    """How much of the position an order of this side would close."""
    held = account.position(symbol, position_side).quantity
    return abs(held) if held * side.sign < 0 else ZERO


def _allowed_quantity(new: NewOrder, closable: Decimal) -> Decimal:
    closes_a_side = new.position_side is not PositionSide.BOTH and (
        (new.position_side is PositionSide.LONG) == (new.side is Side.SELL)
    )
    if closes_a_side and new.quantity > closable:
        raise Refused(Reason.REDUCE_ONLY)
    if not new.reduce_only:
        return new.quantity
    if not closable:
        raise Refused(Reason.REDUCE_ONLY)
    return min(new.quantity, closable)


def _check_margin(
    exchange: Exchange,
    account: Account,
    market: Market,
    new: NewOrder,
    quantity: Decimal,
    price: Decimal,
    closed: Decimal,
) -> None:
    """What the order opens beyond what it closes must fit the leverage's cap and the free margin, fee included."""
    opened, leverage = quantity - closed, account.leverage(new.symbol)
    held = abs(account.position(new.symbol, new.position_side).quantity) - closed
    if (held + opened) * price > market.notional_cap(leverage):
        raise Refused(Reason.LEVERAGE_POSITION, leverage=leverage)
    summary = summarize(exchange, account, market.quote)
    released = ZERO
    for measured in summary.positions if closed else ():
        if measured.position.symbol == new.symbol and measured.position.side is new.position_side:
            released = measured.initial + (measured.unrealized_pnl if measured.isolated else ZERO)
    needed = opened * price / leverage + quantity * price * market.taker_fraction
    if needed > summary.available + released:
        raise Refused(Reason.INSUFFICIENT_MARGIN, needed=needed, available=summary.available)


def _record_order(exchange: Exchange, account: Account, new: NewOrder, quantity: Decimal) -> Order:
    order_id, now = exchange.state.last_order + 1, exchange.clock()
    order = Order(
        id=order_id,
        kind=Kind.FUTURES,
        symbol=new.symbol,
        client_id=new.client_id or f"sim{order_id}",
        side=new.side,
        type=new.type,
        quantity=quantity,
        price=new.price if new.type is not OrderType.MARKET else ZERO,
        time_in_force=new.time_in_force,
        reduce_only=new.reduce_only,
        position_side=new.position_side,
        algo_id=new.algo_id,
        protection=new.protection,
        time=now,
        update_time=now,
    )
    exchange.record(account, OrderPlaced(order))
    return order


def fill_order(
    exchange: Exchange,
    account: Account,
    order: Order,
    price: Decimal,
    quantity: Decimal,
    *,
    is_maker: bool = False,
    fee: Decimal | None = None,
) -> None:
    """Record one fill: fee in the margin asset (by the market's rate where not given), realized PnL for what closes."""
    market = _market_of(exchange, order)
    position = account.position(order.symbol, order.position_side)
    closed = min(quantity, closable_quantity(account, order.symbol, order.side, order.position_side))
    profit = -order.side.sign * closed * (price - position.entry_price)
    if fee is None:
        fee = quantity * price * (market.maker_fraction if is_maker else market.taker_fraction)
    fill = Fill(
        id=exchange.state.last_fill + 1,
        order_id=order.id,
        kind=Kind.FUTURES,
        symbol=order.symbol,
        side=order.side,
        price=price,
        quantity=quantity,
        fee=money(fee),
        fee_asset=market.quote,
        realized_pnl=money(profit),
        is_maker=is_maker,
        position_side=order.position_side,
        list_id=-1,
        time=exchange.clock(),
    )
    after = position_after(account, fill)
    exchange.record(account, OrderFilled(fill, order.client_id, after.quantity, after.entry_price))
    if order.protection or (closed and account.open_conditionals):
        after_fill(exchange, account, order, position, after)


def fill_resting(exchange: Exchange, account: Account, order: Order) -> None:
    """The price has reached a resting limit: fill at the limit, or expire when reduce-only has nothing left to reduce."""
    quantity = order.remaining
    if order.reduce_only:
        quantity = min(quantity, closable_quantity(account, order.symbol, order.side, order.position_side))
    if quantity:
        fill_order(exchange, account, order, order.price, quantity, is_maker=True)
    if order.status.is_open:
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))


def fill_piece(exchange: Exchange, account: Account, order: Order) -> None:
    """The next piece of a market order that was filled in part, at today's price; it expires with nothing to reduce."""
    quantity, price = next_piece(exchange, order), exchange.taker_price(_market_of(exchange, order), order.side)
    if order.reduce_only:
        quantity = min(quantity, closable_quantity(account, order.symbol, order.side, order.position_side))
    if not quantity:
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))
        return
    fill_order(exchange, account, order, price, quantity)
    schedule_next(exchange, account, order)


def _market_of(exchange: Exchange, order: Order) -> Market:
    return exchange.market(Kind.FUTURES, order.symbol)


def cancel_order(exchange: Exchange, account: Account, order: Order | None) -> Order:
    """Refused UNKNOWN_CANCEL when there is no such open order."""
    if order is None or not order.status.is_open:
        raise Refused(Reason.UNKNOWN_CANCEL)
    exchange.record(account, OrderEnded(order.id, Status.CANCELED))
    return order


def cancel_all(exchange: Exchange, account: Account, symbol: str) -> list[Order]:
    """Cancel every open futures order of the symbol."""
    exchange.market(Kind.FUTURES, symbol)
    wanted = [o for o in account.open_orders.values() if o.kind is Kind.FUTURES and o.symbol == symbol]
    return [cancel_order(exchange, account, order) for order in wanted]
