"""`/api/v3/orderList/oco` and its neighbours: two orders of which one cancels the other."""

from typing import Any

from simulator.core import spot
from simulator.core.orders import (
    LIMIT_PRICED,
    SPOT_CONDITIONAL,
    Order,
    OrderList,
    OrderType,
    Side,
    TimeInForce,
)
from simulator.core.refusals import Reason, Refused
from simulator.dialects.binance.call import Call, not_found
from simulator.dialects.binance.errors import BinanceError, missing
from simulator.dialects.binance.order_lookup import SIDE_ERROR, TIME_IN_FORCE_ERROR, TYPE_ERROR
from simulator.dialects.binance.spot_orders import describe_report, read_type

LEG_TYPES = SPOT_CONDITIONAL | {OrderType.LIMIT_MAKER}


def new_oco(call: Call) -> Any:
    """POST orderList/oco: a leg above and a leg below the price, for one quantity."""
    client_id = call.client_id("listClientOrderId")
    if client_id and any(o.client_id == client_id and _is_open(call, o) for o in call.account.lists.values()):
        raise Refused(Reason.DUPLICATE_ID, client_id=client_id)
    above, below = _read_leg(call, "above"), _read_leg(call, "below")
    placed = spot.place_oco(call.exchange, call.account, above, below, client_id)
    return _describe_with_reports(call, placed, "EXEC_STARTED")


def _read_leg(call: Call, place: str) -> spot.NewSpotOrder:
    kind = read_type(call, f"{place}Type")
    if kind not in LEG_TYPES:
        raise BinanceError(*TYPE_ERROR)
    time_in_force = f"{place}TimeInForce"
    if kind in LIMIT_PRICED & SPOT_CONDITIONAL and not call.optional(time_in_force):
        raise missing(time_in_force)
    price, stop_price = f"{place}Price", f"{place}StopPrice"
    return spot.NewSpotOrder(
        symbol=call.market().symbol,
        side=call.choice("side", Side, SIDE_ERROR),
        type=kind,
        quantity=call.decimal("quantity"),
        price=call.decimal(price) if kind in LIMIT_PRICED else call.optional_decimal(price),
        stop_price=call.decimal(stop_price) if kind in SPOT_CONDITIONAL else call.optional_decimal(stop_price),
        client_id=call.client_id(f"{place}ClientOrderId"),
        time_in_force=call.choice(time_in_force, TimeInForce, TIME_IN_FORCE_ERROR, TimeInForce.GTC),
    )


def query_list(call: Call) -> Any:
    return _describe(call, _find(call, "origClientOrderId"))


def cancel_list(call: Call) -> Any:
    """DELETE orderList: both legs."""
    call.market()
    try:
        found = _find(call, "listClientOrderId")
    except Refused:
        raise Refused(Reason.UNKNOWN_CANCEL) from None
    legs = [order for order in _legs(call, found) if order.status.is_open]
    spot.cancel_order(call.exchange, call.account, legs[0] if legs else None)
    return _describe_with_reports(call, found, "ALL_DONE")


def open_lists(call: Call) -> Any:
    return [_describe(call, order_list) for order_list in call.account.lists.values() if _is_open(call, order_list)]


def all_lists(call: Call) -> Any:
    return [_describe(call, order_list) for order_list in call.account.lists.values()]


def _find(call: Call, client_id_name: str) -> OrderList:
    list_id, client_id = call.integer("orderListId", 0), call.optional(client_id_name)
    if not list_id and not client_id:
        raise missing("orderListId")
    for order_list in reversed(call.account.lists.values()):
        if list_id == order_list.id or (not list_id and client_id == order_list.client_id):
            return order_list
    raise not_found()


def _legs(call: Call, order_list: OrderList) -> list[Order]:
    """The legs that are still remembered."""
    orders = call.account.orders
    return [orders[order_id] for order_id in order_list.order_ids if order_id in orders]


def _is_open(call: Call, order_list: OrderList) -> bool:
    return any(order.status.is_open for order in _legs(call, order_list))


def _describe(call: Call, order_list: OrderList) -> dict[str, Any]:
    is_open = _is_open(call, order_list)
    return {
        "orderListId": order_list.id,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED" if is_open else "ALL_DONE",
        "listOrderStatus": "EXECUTING" if is_open else "ALL_DONE",
        "listClientOrderId": order_list.client_id,
        "transactionTime": order_list.time,
        "symbol": order_list.symbol,
        "orders": [
            {"symbol": order.symbol, "orderId": order.id, "clientOrderId": order.client_id}
            for order in _legs(call, order_list)
        ],
    }


def _describe_with_reports(call: Call, order_list: OrderList, status: str) -> dict[str, Any]:
    reports = [describe_report(order) for order in _legs(call, order_list)]
    return _describe(call, order_list) | {"listStatusType": status, "orderReports": reports}
