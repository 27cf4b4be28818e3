"""Spot orders: balances instead of margin, the fee taken from what is received, one-cancels-the-other lists."""

from decimal import Decimal
from functools import partial

from simulator.core.accounts import Account
from simulator.core.amounts import ZERO, money, round_down
from simulator.core.crossing import crosses, take_price
from simulator.core.events import OrderActivated, OrderEnded, OrderFilled
from simulator.core.exchange import Exchange
from simulator.core.filters import check_notional, check_order_id, check_price, check_quantity
from simulator.core.markets import Kind, Market, split_pair
from simulator.core.orders import (
    LIMIT_PRICED,
    SPOT_CONDITIONAL,
    Fill,
    Order,
    OrderList,
    OrderType,
    PositionSide,
    Side,
    Status,
    TimeInForce,
)
from simulator.core.pieces import WHOLE, begin, next_piece, schedule_next
from simulator.core.refusals import Reason, Refused
from simulator.core.spot_protection import check_protection, protect
from simulator.core.spot_records import NewSpotOrder, fires_above, record_list, record_order

__all__ = ["NewSpotOrder", "cancel_order", "locked_balances", "place_oco", "place_order", "record_order"]


def place_order(exchange: Exchange, account: Account, new: NewSpotOrder) -> Order:
    """Check, record, and fill at once what can be filled; else it rests.

    Raises Refused with UNKNOWN_SYMBOL, MARKET_CLOSED, QUANTITY_…, PRICE_…, NOTIONAL_TOO_SMALL, DUPLICATE_ID, WOULD_MATCH,
    WOULD_TRIGGER or INSUFFICIENT_BALANCE; nothing is recorded then. A `protection` comes to stand once the order is filled:
    a stop, a target, or both as a list of which one cancels the other.
    """
    market = exchange.open_market(Kind.SPOT, new.symbol)
    if new.quote_quantity:
        new.quantity = round_down(new.quote_quantity / exchange.taker_price(market, new.side), market.step)
    check_order(exchange, account, market, new)
    _check_balance(account, market, new.side, _needed(exchange, market, new))
    if new.protection:
        check_protection(exchange, account, market, new)
    order = record_order(exchange, account, new)
    if not order.is_working:
        return order
    is_taker = new.type is OrderType.MARKET or crosses(new.side, new.price, exchange.price(new.symbol))
    if is_taker:
        price = take_price(exchange, market, order.side, order.price)
        begin(exchange, account, order, new.pieces or WHOLE, partial(_fill, exchange, account, order, price))
    elif new.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))
    return order


def check_order(exchange: Exchange, account: Account, market: Market, new: NewSpotOrder) -> None:
    """Grid, size, notional, client id, and that a resting order would really rest."""
    check_quantity(market, new.quantity, at_market=new.type is OrderType.MARKET)
    price = exchange.price(new.symbol)
    if new.type in LIMIT_PRICED:
        check_price(market, new.price)
    if new.type in SPOT_CONDITIONAL:
        check_price(market, new.stop_price)
        above = fires_above(new.type, new.side)
        if price >= new.stop_price if above else price <= new.stop_price:
            raise Refused(Reason.WOULD_TRIGGER, price=price, trigger=new.stop_price)
    if new.type is OrderType.LIMIT_MAKER and crosses(new.side, new.price, price):
        raise Refused(Reason.WOULD_MATCH)
    check_notional(market, new.quantity, new.price or new.stop_price or price)
    check_order_id(exchange, account, Kind.SPOT, new.symbol, new.client_id)


def _needed(exchange: Exchange, market: Market, new: NewSpotOrder) -> Decimal:
    """What the order takes from the balance: base for a sale, quote for a purchase."""
    if new.side is Side.SELL:
        return new.quantity
    return new.quantity * (new.price or new.stop_price or exchange.taker_price(market, new.side))


def _check_balance(account: Account, market: Market, side: Side, needed: Decimal) -> None:
    asset = market.base if side is Side.SELL else market.quote
    available = account.coins.get(asset, ZERO) - locked_balances(account).get(asset, ZERO)
    if needed > available:
        raise Refused(Reason.INSUFFICIENT_BALANCE, asset=asset, needed=needed, available=available)


def locked_balances(account: Account) -> dict[str, Decimal]:
    """What open spot orders hold back, per asset; the two legs of a list hold back the larger of both once."""
    locked: dict[str, Decimal] = {}
    lists: dict[tuple[int, str], Decimal] = {}
    for order in account.open_orders.values():
        if order.kind is not Kind.SPOT:
            continue
        (base, quote), amount = split_pair(order.symbol), order.remaining
        asset = base if order.side is Side.SELL else quote
        if order.side is Side.BUY:
            amount *= order.price or order.stop_price
        if order.list_id < 0:
            locked[asset] = locked.get(asset, ZERO) + amount
        else:
            key = (order.list_id, asset)
            lists[key] = max(lists.get(key, ZERO), amount)
    for (_, asset), amount in lists.items():
        locked[asset] = locked.get(asset, ZERO) + amount
    return locked


def place_oco(
    exchange: Exchange, account: Account, above: NewSpotOrder, below: NewSpotOrder, client_id: str
) -> OrderList:
    """Two orders of which the first to work ends the other; the balance is held back once.

    Raises Refused as place_order does, NO_OCO, and OCO_PRICES when the legs are not on either side of the price.
    """
    market = exchange.open_market(Kind.SPOT, above.symbol)
    if not exchange.settings.oco:
        raise Refused(Reason.NO_OCO)
    price = exchange.price(market.symbol)
    if not (below.stop_price or below.price) < price < (above.stop_price or above.price):
        raise Refused(Reason.OCO_PRICES)
    for leg in (above, below):
        check_order(exchange, account, market, leg)
    _check_balance(account, market, above.side, max(_needed(exchange, market, leg) for leg in (above, below)))
    return record_list(exchange, account, above, below, client_id)


def _fill(
    exchange: Exchange, account: Account, order: Order, price: Decimal, quantity: Decimal, *, is_maker: bool = False
) -> None:
    market = exchange.market(Kind.SPOT, order.symbol)
    received = quantity if order.side is Side.BUY else quantity * price
    fee = received * (market.maker_fraction if is_maker else market.taker_fraction)
    fill = Fill(
        id=exchange.state.last_fill + 1,
        order_id=order.id,
        kind=Kind.SPOT,
        symbol=order.symbol,
        side=order.side,
        price=price,
        quantity=quantity,
        fee=money(fee),
        fee_asset=market.base if order.side is Side.BUY else market.quote,
        realized_pnl=ZERO,
        is_maker=is_maker,
        position_side=PositionSide.BOTH,
        list_id=order.list_id,
        time=exchange.clock(),
    )
    exchange.record(account, OrderFilled(fill, order.client_id))
    if order.protection and not order.status.is_open:
        protect(exchange, account, market, order, order.protection)


def fill_resting(exchange: Exchange, account: Account, order: Order) -> None:
    """The price has reached a resting limit: fill it at its own price and end the other leg of its list."""
    _end_siblings(exchange, account, order, Status.EXPIRED)
    _fill(exchange, account, order, order.price, order.remaining, is_maker=True)


def fill_piece(exchange: Exchange, account: Account, order: Order) -> None:
    """The next piece of a market order that was filled in part, at today's price; it expires without the means."""
    market, quantity = exchange.market(Kind.SPOT, order.symbol), next_piece(exchange, order)
    price = take_price(exchange, market, order.side, order.price)
    if order.side is Side.BUY and quantity * price > _own_funds(account, order, market):
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))
        return
    _fill(exchange, account, order, price, quantity)
    schedule_next(exchange, account, order)


def activate(exchange: Exchange, account: Account, order: Order) -> None:
    """The price has touched a stop or target: the other leg ends; a limit priced one rests or fills, else it fills now."""
    _end_siblings(exchange, account, order, Status.EXPIRED)
    exchange.record(account, OrderActivated(order.id))
    market, price = exchange.market(Kind.SPOT, order.symbol), exchange.price(order.symbol)
    if order.type in LIMIT_PRICED and not crosses(order.side, order.price, price):
        return
    price = take_price(exchange, market, order.side, order.price)
    if order.side is Side.BUY and order.remaining * price > _own_funds(account, order, market):
        exchange.record(account, OrderEnded(order.id, Status.EXPIRED))
    else:
        _fill(exchange, account, order, price, order.remaining)


def _own_funds(account: Account, order: Order, market: Market) -> Decimal:
    """Free quote balance plus what this order itself holds back."""
    held = order.remaining * (order.price or order.stop_price)
    return account.coins.get(market.quote, ZERO) - locked_balances(account).get(market.quote, ZERO) + held


def cancel_order(exchange: Exchange, account: Account, order: Order | None) -> Order:
    """Cancel it and the other leg of its list; Refused UNKNOWN_CANCEL when there is no such open order."""
    if order is None or not order.status.is_open:
        raise Refused(Reason.UNKNOWN_CANCEL)
    _end_siblings(exchange, account, order, Status.CANCELED)
    exchange.record(account, OrderEnded(order.id, Status.CANCELED))
    return order


def _end_siblings(exchange: Exchange, account: Account, order: Order, status: Status) -> None:
    if order.list_id < 0:
        return
    for sibling in [o for o in account.open_orders.values() if o.list_id == order.list_id and o.id != order.id]:
        exchange.record(account, OrderEnded(sibling.id, status))
