"""Orders as Bybit tells them. A conditional order stays the same order after its trigger: one id, one row."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import MARK_PRICE, STOPS, ConditionalOrder, Order, OrderType, PositionSide, Side, Status
from simulator.dialects.bybit.ids import CONDITIONAL, ORDER, SPOT_ORDERS, write_uuid
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
SIDE_WORDS = {side: word for word, side in SIDES.items()}
INDEXES = {"0": PositionSide.BOTH, "1": PositionSide.LONG, "2": PositionSide.SHORT}
INDEX_OF = {side: int(index) for index, side in INDEXES.items()}
STATUS_WORDS = {
    Status.NEW: "New",
    Status.PARTIALLY_FILLED: "PartiallyFilled",
    Status.FILLED: "Filled",
    Status.CANCELED: "Cancelled",
    Status.EXPIRED: "Cancelled",
    Status.REJECTED: "Cancelled",
    Status.TRIGGERED: "Triggered",
    Status.FINISHED: "Filled",
}
MADE_HERE = "sim"  # client ids that the exchange made up: Bybit shows none


@dataclass(frozen=True, slots=True)
class View:
    """One row: an order, or a conditional order with the order that it sent."""

    order: Order | None
    conditional: ConditionalOrder | None = None

    @property
    def first(self) -> Order | ConditionalOrder:
        found = self.conditional or self.order
        assert found is not None  # noqa: S101 -- a view shows one of both
        return found

    @property
    def is_open(self) -> bool:
        return self.order.status.is_open if self.order else self.first.status.is_open

    @property
    def waits(self) -> bool:
        """For its trigger."""
        if self.conditional:
            return self.conditional.status.is_open
        return self.order is not None and not self.order.is_working and self.order.status.is_open

    @property
    def is_conditional(self) -> bool:
        return self.conditional is not None or (self.order is not None and self.order.stop_price > 0)

    @property
    def client_id(self) -> str:
        return "" if self.first.client_id.startswith(MADE_HERE) else self.first.client_id

    @property
    def exchange_id(self) -> str:
        if self.conditional:
            return write_uuid(CONDITIONAL, self.conditional.id)
        order = self.order
        assert order is not None  # noqa: S101
        return str(SPOT_ORDERS + order.id) if order.kind is Kind.SPOT else write_uuid(ORDER, order.id)


def all_views(call: Call) -> list[View]:
    """Every order of the category that is remembered, newest first."""
    account = call.account
    views = [View(o) for o in account.orders.values() if o.kind is call.kind and not o.algo_id]
    if call.kind is Kind.FUTURES:
        views += [View(account.orders.get(c.order_id), c) for c in account.conditionals.values()]
    return sorted(views, key=lambda view: (view.first.time, view.first.id), reverse=True)


def view_of_order(call: Call, order: Order) -> View:
    """The row in which an order is told."""
    return View(order, call.account.conditionals.get(order.algo_id) if order.algo_id else None)


def describe(call: Call, view: View) -> dict[str, Any]:
    """Every field of /v5/order/realtime that clients read."""
    order, conditional = view.order, view.conditional
    done, spent = (order.executed_quantity, order.executed_quote) if order else (ZERO, ZERO)
    quantity, market_unit = _quantity(call, view)
    base_quantity = order.quantity if order else quantity
    fees = _fees(call, order)
    first = view.first
    return {
        "orderId": view.exchange_id,
        "orderLinkId": view.client_id,
        "blockTradeId": "",
        "symbol": call.market_of(first.symbol).name,
        "price": plain(order.price) if order and order.price else "0",
        "qty": plain(quantity),
        "side": SIDE_WORDS[first.side],
        "isLeverage": "0" if call.kind is Kind.SPOT else "",
        "positionIdx": INDEX_OF[first.position_side],
        "orderStatus": _status(view),
        "cancelType": "CancelByUser" if _status(view) == "Cancelled" else "UNKNOWN",
        "rejectReason": "EC_NoError",
        "avgPrice": plain(order.average_price) if order and done else "",
        "leavesQty": plain(max(ZERO, base_quantity - done)) if view.is_open else "0",
        "cumExecQty": plain(done),
        "cumExecValue": plain(spent),
        "cumExecFee": plain(sum(fees.values(), ZERO)),
        "cumFeeDetail": {coin: plain(fee) for coin, fee in fees.items()},
        "timeInForce": "GTC" if order and order.type is OrderType.LIMIT else "IOC",
        "orderType": "Limit" if order and order.price else "Market",
        "marketUnit": market_unit,
        "reduceOnly": conditional.reduce_only if conditional else bool(order and order.reduce_only),
        "closeOnTrigger": bool(conditional and conditional.close_position),
        "takeProfit": "",
        "stopLoss": "",
        "lastPriceOnCreated": "",
        "createdTime": str(first.time),
        "updatedTime": str(order.update_time if order else first.update_time),
    } | _trigger(view)


def _status(view: View) -> str:
    if view.waits:
        return "Untriggered"
    return STATUS_WORDS[view.order.status if view.order else view.first.status]


def _quantity(call: Call, view: View) -> tuple[Decimal, str]:
    """In base units, or in quote units for a purchase by cost; the position's own stop tells what the position holds."""
    order, conditional = view.order, view.conditional
    if order:
        if call.kind is Kind.FUTURES:
            return order.quantity, ""
        return (order.quote_quantity, "quoteCoin") if order.quote_quantity else (order.quantity, "baseCoin")
    assert conditional is not None  # noqa: S101
    held = call.account.position(conditional.symbol, conditional.position_side).quantity
    return (abs(held) if conditional.close_position else conditional.quantity), ""


def _fees(call: Call, order: Order | None) -> dict[str, Decimal]:
    fees: dict[str, Decimal] = {}
    for fill in call.account.fills if order and order.executed_quantity else ():
        if order and fill.order_id == order.id:
            fees[fill.fee_asset] = fees.get(fill.fee_asset, ZERO) + fill.fee
    return fees


def _trigger(view: View) -> dict[str, Any]:
    conditional, order = view.conditional, view.order
    if conditional:
        return {
            "stopOrderType": _stop_order_type(conditional),
            "triggerPrice": plain(conditional.trigger_price),
            "triggerDirection": 1 if conditional.fires_above else 2,
            "triggerBy": "MarkPrice" if conditional.working_type == MARK_PRICE else "LastPrice",
            "tpslMode": "Full" if conditional.close_position else "Partial" if conditional.parent_id else "",
        }
    if order and order.stop_price:
        rises = (order.type in STOPS) == (order.side is Side.BUY)
        return {
            "stopOrderType": "tpslOrder",
            "triggerPrice": plain(order.stop_price),
            "triggerDirection": 1 if rises else 2,
            "triggerBy": "",
            "tpslMode": "",
        }
    return {"stopOrderType": "", "triggerPrice": "", "triggerDirection": 0, "triggerBy": "", "tpslMode": ""}


def _stop_order_type(order: ConditionalOrder) -> str:
    """`Stop` was placed as an order of its own; the others belong to the position or came with an order."""
    if not order.close_position and not order.parent_id:
        return "Stop"
    word = "StopLoss" if order.type is OrderType.STOP_MARKET else "TakeProfit"
    return word if order.close_position else f"Partial{word}"
