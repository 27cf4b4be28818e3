"""`/api/v3/order` and its neighbours, and the account's trades."""

from typing import Any

from simulator.core import spot
from simulator.core.accounts import Account
from simulator.core.markets import Kind
from simulator.core.orders import (
    LIMIT_PRICED,
    SPOT_CONDITIONAL,
    Fill,
    Order,
    OrderType,
    Side,
    TimeInForce,
)
from simulator.dialects.binance.call import Call, fixed, plain
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
)

SPOT_TYPES = LIMIT_PRICED | SPOT_CONDITIONAL | {OrderType.MARKET}
ANSWER_TYPES = ("ACK", "RESULT", "FULL")


def new_order(call: Call) -> Any:
    """POST order: market by quantity or by quoteOrderQty, limits, stops and targets."""
    market = call.market()
    kind = read_type(call, "type")
    if kind is OrderType.MARKET:
        _check_market_parameters(call)
    elif kind in LIMIT_PRICED - {OrderType.LIMIT_MAKER} and not call.optional("timeInForce"):
        raise missing("timeInForce")
    new = spot.NewSpotOrder(
        symbol=market.symbol,
        side=call.choice("side", Side, SIDE_ERROR),
        type=kind,
        quantity=call.optional_decimal("quantity") if kind is OrderType.MARKET else call.decimal("quantity"),
        quote_quantity=call.optional_decimal("quoteOrderQty"),
        price=call.decimal("price") if kind in LIMIT_PRICED else call.optional_decimal("price"),
        stop_price=call.decimal("stopPrice") if kind in SPOT_CONDITIONAL else call.optional_decimal("stopPrice"),
        client_id=call.client_id("newClientOrderId"),
        time_in_force=call.choice("timeInForce", TimeInForce, TIME_IN_FORCE_ERROR, TimeInForce.GTC),
        pieces=call.mood.pieces,
    )
    order = spot.place_order(call.exchange, call.account, new)
    default = "FULL" if kind in (OrderType.MARKET, OrderType.LIMIT) else "ACK"
    return _answer_new(call.account, order, call.optional("newOrderRespType") or default)


def read_type(call: Call, name: str) -> OrderType:
    kind = call.choice(name, OrderType, TYPE_ERROR)
    if kind not in SPOT_TYPES:
        raise BinanceError(*TYPE_ERROR)
    return kind


def _check_market_parameters(call: Call) -> None:
    has_quantity, has_quote = bool(call.optional("quantity")), bool(call.optional("quoteOrderQty"))
    if not has_quantity and not has_quote:
        text = "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"
        raise BinanceError(-1102, text)
    if has_quantity and has_quote:
        raise BinanceError(-1128, "Combination of optional parameters invalid.")
    for name in ("price", "timeInForce", "stopPrice"):
        if call.optional(name):
            raise not_required(name)


def _answer_new(account: Account, order: Order, kind: str) -> dict[str, Any]:
    if kind not in ANSWER_TYPES:
        raise BinanceError(-1115, "Invalid newOrderRespType.")
    identity = {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "transactTime": order.update_time,
    }
    if kind == "ACK":
        return identity
    result = identity | _figures(order) | {"workingTime": order.time}
    if order.stop_price:
        result["stopPrice"] = plain(order.stop_price)
    if kind == "FULL":
        result["fills"] = [_fill_of_order(fill) for fill in account.fills if fill.order_id == order.id]
    return result


def _fill_of_order(fill: Fill) -> dict[str, Any]:
    return {
        "price": plain(fill.price),
        "qty": plain(fill.quantity),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "tradeId": fill.id,
    }


def _figures(order: Order) -> dict[str, Any]:
    return {
        "price": fixed(order.price),
        "origQty": fixed(order.quantity),
        "executedQty": fixed(order.executed_quantity),
        "origQuoteOrderQty": fixed(order.quote_quantity),
        "cummulativeQuoteQty": fixed(order.executed_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }


def describe(order: Order) -> dict[str, Any]:
    """An order as a query answers it."""
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        **_figures(order),
        "stopPrice": fixed(order.stop_price),
        "icebergQty": "0.00000000",
        "time": order.time,
        "updateTime": order.update_time,
        "isWorking": order.is_working,
        "workingTime": order.time if order.is_working else -1,
    }


def describe_report(order: Order) -> dict[str, Any]:
    """An order inside the answer to a list or a cancellation."""
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "transactTime": order.update_time,
        **_figures(order),
        "workingTime": order.time if order.is_working else -1,
        **({"stopPrice": plain(order.stop_price)} if order.stop_price else {}),
    }


def query_order(call: Call) -> Any:
    return describe(require_order(call))


def cancel_order(call: Call) -> Any:
    order = spot.cancel_order(call.exchange, call.account, find_order(call))
    return _cancelled(call, order)


def _cancelled(call: Call, order: Order) -> dict[str, Any]:
    cancel_id = call.client_id("newClientOrderId") or f"cancel{order.id}"
    return describe_report(order) | {"origClientOrderId": order.client_id, "clientOrderId": cancel_id}


def cancel_all(call: Call) -> Any:
    """DELETE openOrders; -2011 when there is none, as at Binance."""
    market = call.market()
    orders = [o for o in call.account.open_orders.values() if o.kind is Kind.SPOT and o.symbol == market.symbol]
    if not orders:
        spot.cancel_order(call.exchange, call.account, None)
    for order in orders:
        if order.status.is_open:
            spot.cancel_order(call.exchange, call.account, order)
    return [_cancelled(call, order) for order in orders]


def open_orders(call: Call) -> Any:
    return list_open(call, describe)


def all_orders(call: Call) -> Any:
    return list_all(call, describe)


def my_trades(call: Call) -> Any:
    return list_fills(call, call.market().symbol, _describe_fill)


def _describe_fill(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": fill.symbol,
        "id": fill.id,
        "orderId": fill.order_id,
        "orderListId": fill.list_id,
        "price": fixed(fill.price),
        "qty": fixed(fill.quantity),
        "quoteQty": fixed(fill.quote_quantity),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": fill.side is Side.BUY,
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }
