"""`/fapi/v1/order` and its neighbours, and the account's trades."""

from typing import Any

from simulator.core import futures
from simulator.core.liquidation import CLIENT_ID
from simulator.core.orders import Fill, Order, OrderType, PositionSide, Side, TimeInForce
from simulator.dialects.binance.call import Call, fixed, not_found, plain
from simulator.dialects.binance.errors import BinanceError, missing, not_required
from simulator.dialects.binance.order_lookup import (
    SIDE_ERROR,
    TIME_IN_FORCE_ERROR,
    TYPE_ERROR,
    find_order,
    list_all,
    list_fills,
    list_open,
    require_order,
    symbol_or_all,
    time_range,
)

POSITION_SIDE_ERROR = (-4060, "Invalid position side.")
CONDITIONAL_TYPES = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")


def new_order(call: Call) -> Any:
    """POST order: MARKET or LIMIT. Conditional types moved to algoOrder on 2025-12-09 and are refused with -4120."""
    market = call.market()
    if call.optional("type") in CONDITIONAL_TYPES:
        text = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
        raise BinanceError(-4120, text)
    kind = call.choice("type", OrderType, TYPE_ERROR)
    if kind not in (OrderType.MARKET, OrderType.LIMIT):
        raise BinanceError(*TYPE_ERROR)
    at_market = kind is OrderType.MARKET
    for name in ("price", "timeInForce") if at_market else ():
        if call.optional(name):
            raise not_required(name)
    if not at_market and not call.optional("timeInForce"):
        raise missing("timeInForce")
    side = position_side(call)
    new = futures.NewOrder(
        symbol=market.symbol,
        side=call.choice("side", Side, SIDE_ERROR),
        type=kind,
        quantity=call.decimal("quantity"),
        price=call.optional_decimal("price") if at_market else call.decimal("price"),
        client_id=call.client_id("newClientOrderId"),
        time_in_force=call.choice("timeInForce", TimeInForce, TIME_IN_FORCE_ERROR, TimeInForce.GTC),
        reduce_only=reduce_only(call, side),
        position_side=side,
        pieces=call.mood.pieces,
    )
    order = futures.place_order(call.exchange, call.account, new)
    return describe(order) | ({} if call.optional("newOrderRespType") == "RESULT" else ACKNOWLEDGED)


ACKNOWLEDGED = {"status": "NEW", "executedQty": "0", "cumQty": "0", "cumQuote": "0", "avgPrice": "0.00"}


def position_side(call: Call) -> PositionSide:
    return call.choice("positionSide", PositionSide, POSITION_SIDE_ERROR, PositionSide.BOTH)


def reduce_only(call: Call, side: PositionSide) -> bool:
    """In hedge mode the position side says it all, and `reduceOnly` may not be sent."""
    if side is not PositionSide.BOTH and call.optional("reduceOnly"):
        raise not_required("reduceOnly")
    return call.flag("reduceOnly")


def cancel_order(call: Call) -> Any:
    return describe(futures.cancel_order(call.exchange, call.account, find_order(call)))


def cancel_all(call: Call) -> Any:
    futures.cancel_all(call.exchange, call.account, call.market().symbol)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def query_order(call: Call) -> Any:
    return describe(require_order(call))


def query_open_order(call: Call) -> Any:
    order = require_order(call)
    if not order.status.is_open:
        raise not_found()
    return describe(order)


def open_orders(call: Call) -> Any:
    return list_open(call, describe)


def all_orders(call: Call) -> Any:
    return list_all(call, describe)


def user_trades(call: Call) -> Any:
    return list_fills(call, symbol_or_all(call), describe_fill)


def force_orders(call: Call) -> Any:
    """The orders by which the account was liquidated."""
    symbol = symbol_or_all(call)
    if call.optional("autoCloseType") == "ADL":
        return []
    start, end, limit = time_range(call, default=50, most=100)
    chosen = [
        order
        for order in call.account.orders.values()
        if order.client_id.startswith(CLIENT_ID) and symbol in ("", order.symbol) and start <= order.time <= end
    ]
    return [describe(order) for order in chosen[-limit:]]


def describe(order: Order) -> dict[str, Any]:
    """Every field that Binance gives for an order in any of its answers."""
    return {
        "orderId": order.id,
        "symbol": order.symbol,
        "status": order.status,
        "clientOrderId": order.client_id,
        "price": plain(order.price),
        "avgPrice": fixed(order.average_price) if order.executed_quantity else "0.00",
        "origQty": plain(order.quantity),
        "executedQty": plain(order.executed_quantity),
        "cumQty": plain(order.executed_quantity),
        "cumQuote": plain(order.executed_quote),
        "timeInForce": order.time_in_force,
        "type": order.type,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side,
        "positionSide": order.position_side,
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.type,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "time": order.time,
        "updateTime": order.update_time,
    }


def describe_fill(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": fill.symbol,
        "id": fill.id,
        "orderId": fill.order_id,
        "side": fill.side,
        "price": plain(fill.price),
        "qty": plain(fill.quantity),
        "realizedPnl": fixed(fill.realized_pnl),
        "marginAsset": fill.fee_asset,
        "quoteQty": plain(fill.quote_quantity),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "positionSide": fill.position_side,
        "buyer": fill.side is Side.BUY,
        "maker": fill.is_maker,
    }
