"""`/fapi/v1/algoOrder` and its neighbours: stops and targets live in an id space of their own since 2025-12-09."""

from typing import Any

from simulator.core import conditionals
from simulator.core.markets import Kind
from simulator.core.orders import CONTRACT_PRICE, MARK_PRICE, ConditionalOrder, OrderType, Side, TimeInForce
from simulator.dialects.binance.call import Call, fixed, not_found, plain
from simulator.dialects.binance.errors import BinanceError, missing, not_required
from simulator.dialects.binance.futures_orders import position_side, reduce_only
from simulator.dialects.binance.order_lookup import SIDE_ERROR, TIME_IN_FORCE_ERROR, TYPE_ERROR, choose, symbol_or_all

WORKING_TYPES = (CONTRACT_PRICE, MARK_PRICE)


def new_algo(call: Call) -> Any:
    """POST algoOrder: STOP_MARKET or TAKE_PROFIT_MARKET, with a quantity or as closePosition."""
    if call.text("algoType") != "CONDITIONAL":
        raise BinanceError(-4500, "Invalid algo type.")
    market = call.market()
    kind = call.choice("type", OrderType, TYPE_ERROR)
    if kind not in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET):
        raise BinanceError(*TYPE_ERROR)
    working_type = call.optional("workingType") or WORKING_TYPES[0]
    if working_type not in WORKING_TYPES:
        raise BinanceError(-4072, "Invalid working type.")
    side, closes_all = position_side(call), call.flag("closePosition")
    if closes_all and call.optional("reduceOnly"):
        raise not_required("reduceonly")
    new = conditionals.NewConditional(
        symbol=market.symbol,
        side=call.choice("side", Side, SIDE_ERROR),
        type=kind,
        trigger_price=call.decimal("triggerPrice"),
        quantity=call.optional_decimal("quantity") if closes_all else call.decimal("quantity"),
        client_id=call.client_id("clientAlgoId"),
        reduce_only=reduce_only(call, side),
        close_position=closes_all,
        position_side=side,
        time_in_force=call.choice("timeInForce", TimeInForce, TIME_IN_FORCE_ERROR, TimeInForce.GTC),
        working_type=working_type,
        pieces=call.mood.pieces,
        price_protect=call.optional("priceProtect").upper() == "TRUE",
    )
    return describe(call, conditionals.place_conditional(call.exchange, call.account, new))


def _find(call: Call) -> ConditionalOrder | None:
    algo_id, client_id = call.integer("algoId", 0), call.optional("clientAlgoId")
    if not algo_id and not client_id:
        raise missing("algoId")
    return call.account.find_conditional(algo_id, client_id)


def query_algo(call: Call) -> Any:
    order = _find(call)
    if order is None:
        raise not_found()
    return describe(call, order)


def cancel_algo(call: Call) -> Any:
    order = conditionals.cancel_conditional(call.exchange, call.account, _find(call))
    return {"algoId": order.id, "clientAlgoId": order.client_id, "code": "200", "msg": "success"}


def cancel_all_algos(call: Call) -> Any:
    conditionals.cancel_all(call.exchange, call.account, call.market().symbol)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def open_algos(call: Call) -> Any:
    symbol, algo_id = symbol_or_all(call), call.integer("algoId", 0)
    orders = call.account.open_conditionals.values()
    return [describe(call, o) for o in orders if symbol in ("", o.symbol) and algo_id in (0, o.id)]


def all_algos(call: Call) -> Any:
    symbol = call.market().symbol
    own = (order for order in call.account.conditionals.values() if order.symbol == symbol)
    return [describe(call, order) for order in choose(call, own, "algoId")]


def describe(call: Call, order: ConditionalOrder) -> dict[str, Any]:
    """Every field that Binance gives for an algo order in any of its answers."""
    child = call.account.find_order(Kind.FUTURES, order.symbol, order.order_id) if order.order_id else None
    return {
        "algoId": order.id,
        "clientAlgoId": order.client_id,
        "algoType": "CONDITIONAL",
        "orderType": order.type,
        "symbol": order.symbol,
        "side": order.side,
        "positionSide": order.position_side,
        "timeInForce": order.time_in_force,
        "quantity": plain(order.quantity),
        "algoStatus": order.status,
        "actualOrderId": str(order.order_id) if order.order_id else "",
        "actualPrice": fixed(child.average_price) if child else "0.00000",
        "actualQty": plain(child.executed_quantity) if child else "0",
        "actualType": child.type if child else "",
        "triggerPrice": plain(order.trigger_price),
        "price": "0.00",
        "icebergQuantity": None,
        "tpTriggerPrice": "0.000",
        "tpPrice": "0.000",
        "slTriggerPrice": "0.000",
        "slPrice": "0.000",
        "tpOrderType": "",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": order.working_type,
        "priceMatch": "NONE",
        "closePosition": order.close_position,
        "priceProtect": order.price_protect,
        "reduceOnly": order.reduce_only,
        "createTime": order.time,
        "updateTime": order.update_time,
        "triggerTime": order.trigger_time,
        "goodTillDate": 0,
    }
