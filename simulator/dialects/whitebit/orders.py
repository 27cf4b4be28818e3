"""Placing and cancelling: market by cost or quantity, limit, stop-limit, stop-market."""

from typing import Any

from simulator.core import spot
from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import OrderType, Side
from simulator.core.spot import NewSpotOrder
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.whitebit.errors import invalid, not_found
from simulator.dialects.whitebit.order_views import as_active

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
ID_LETTERS = frozenset("-._")


def place_market(call: Call) -> Any:
    """POST /order/market: `amount` is money for a purchase, stock for a sale."""
    new = _new(call, OrderType.MARKET)
    if new.side is Side.BUY:
        new.quote_quantity, new.quantity = new.quantity, ZERO
        if new.quote_quantity % call.market("market").tick:
            raise invalid(32, "amount", f"Min total step = {plain(call.market('market').tick)}")
    return _place(call, new)


def place_stock_market(call: Call) -> Any:
    """POST /order/stock_market: `amount` is stock."""
    return _place(call, _new(call, OrderType.MARKET))


def place_limit(call: Call) -> Any:
    new = _new(call, OrderType.LIMIT_MAKER if call.flag("postOnly") else OrderType.LIMIT)
    new.price = call.decimal("price")
    return _place(call, new)


def place_stop_market(call: Call) -> Any:
    """POST /order/stop_market: a purchase is by cost, at the trigger here. One whose price has passed goes off at once."""
    new = _new(call, OrderType.STOP_LOSS)
    has_passed = _take_trigger(call, new)
    if new.side is Side.BUY:
        step = call.market("market").step
        new.quantity = new.quantity / new.stop_price // step * step
    if has_passed:
        new.type, new.stop_price = OrderType.MARKET, ZERO
    return _place(call, new)


def place_stop_limit(call: Call) -> Any:
    new = _new(call, OrderType.STOP_LOSS_LIMIT)
    new.price = call.decimal("price")
    if _take_trigger(call, new):
        new.type, new.stop_price = OrderType.LIMIT, ZERO
    return _place(call, new)


def _new(call: Call, kind: OrderType) -> NewSpotOrder:
    market, client_id = call.market("market"), call.optional("clientOrderId")
    if client_id and not all(letter.isascii() and (letter.isalnum() or letter in ID_LETTERS) for letter in client_id):
        text = "ClientOrderId field field should contain only latin letters, numbers and dashes."
        raise invalid(36, "clientOrderId", text)
    side = SIDES.get(call.text("side"))
    if side is None:
        raise invalid(30, "side", "Side field should contain only 'buy' or 'sell' values.")
    amount = call.decimal("amount")
    if not amount:
        raise invalid(32, "amount", "Amount should be greater than 0.")
    return NewSpotOrder(
        symbol=market.symbol, side=side, type=kind, quantity=amount, client_id=client_id, pieces=call.mood.pieces
    )


def _take_trigger(call: Call, new: NewSpotOrder) -> bool:
    """Whether the price has passed it: a sale waits for a lower price, a purchase for a higher one, wherever the price is."""
    new.stop_price, last = call.decimal("activation_price"), call.exchange.price(new.symbol)
    if new.stop_price == last:
        raise invalid(30, "activationPrice", "Activation price should not be equal to the last price")
    return (new.stop_price > last) == (new.side is Side.SELL)


def _place(call: Call, new: NewSpotOrder) -> Any:
    return as_active(call, spot.place_order(call.exchange, call.account, new))


def cancel(call: Call) -> Any:
    """POST /order/cancel: by one of both names, not by both."""
    market, told, client_id = call.market("market"), call.optional("orderId"), call.optional("clientOrderId")
    if not told and not client_id:
        raise invalid(30, "orderId", "OrderId field is required.")
    if told and not told.isdigit():
        raise invalid(30, "orderId", "OrderId field should be an integer.")
    order = call.account.find_order(Kind.SPOT, market.symbol, 0 if client_id else int(told or 0), client_id)
    if order is None or not order.status.is_open:
        raise not_found()
    return as_active(call, spot.cancel_order(call.exchange, call.account, order))
