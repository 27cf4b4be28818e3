"""Orders and deals as they are told: open orders in one shape, closed ones in another."""

from decimal import Decimal
from typing import Any

from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import SPOT_CONDITIONAL, Fill, Order, OrderType, Side, Status
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.whitebit.errors import malformed, no_history

TYPES = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.LIMIT_MAKER: "limit",
    OrderType.STOP_LOSS: "stop market",
    OrderType.TAKE_PROFIT: "stop market",
    OrderType.STOP_LOSS_LIMIT: "stop limit",
    OrderType.TAKE_PROFIT_LIMIT: "stop limit",
}
STATES = {Status.NEW: "OPEN", Status.PARTIALLY_FILLED: "PARTIALLY_FILLED", Status.FILLED: "FILLED"}


def list_active(call: Call) -> Any:
    """POST /orders: a list, newest first."""
    orders = [order for order in call.account.open_orders.values() if _is_asked(call, order)]
    return [as_active(call, order) for order in _page(call, orders)]


def list_closed(call: Call) -> Any:
    """POST /trade-account/order/history: by market. Asked for one client order id that it does not have, it says so."""
    orders = [order for order in call.account.orders.values() if not order.status.is_open and _is_asked(call, order)]
    if call.optional("clientOrderId") and not call.optional("orderId") and not orders:
        raise no_history()
    wanted = call.optional("status")
    told: dict[str, list[Any]] = {}
    for order in _page(call, [one for one in orders if wanted in ("", "ALL", state_of(one))]):
        told.setdefault(call.market_of(order.symbol).name, []).append(as_closed(call, order))
    return told


def list_deals(call: Call) -> Any:
    """POST /trade-account/executed-history: newest first; a list where one market was asked for."""
    symbol, first, last = _symbol(call), call.integer("startDate", 0), call.integer("endDate", 2**40)
    client_id = call.optional("clientOrderId")
    fills = [
        fill for fill in call.account.fills
        if fill.kind is Kind.SPOT and symbol in ("", fill.symbol) and first <= fill.time / 1000 <= last
        and client_id in ("", _client_id(call.account.orders.get(fill.order_id)))
    ]  # fmt: skip
    told: dict[str, list[Any]] = {}
    for fill in _page(call, fills):
        told.setdefault(call.market_of(fill.symbol).name, []).append(_deal(call, fill))
    return next(iter(told.values()), []) if symbol else told


def _symbol(call: Call) -> str:
    return call.market("market").symbol if call.optional("market") else ""


def _is_asked(call: Call, order: Order) -> bool:
    order_id, client_id = call.integer("orderId", 0), call.optional("clientOrderId")
    if order.kind is not Kind.SPOT or _symbol(call) not in ("", order.symbol):
        return False
    return order_id in (0, order.id) and client_id in ("", order.client_id)


def _page(call: Call, found: list[Any]) -> list[Any]:
    limit, offset = call.integer("limit", 50), call.integer("offset", 0)
    if limit < 1 or limit > 100:
        raise malformed("limit")
    return sorted(found, key=lambda one: -one.id)[offset : offset + limit]


def state_of(order: Order) -> str:
    return STATES.get(order.status, "CANCELED")


def as_active(call: Call, order: Order) -> dict[str, Any]:
    """In the shape of an open order, which is that of the answer to placing and cancelling too."""
    trigger = {"activation_price": plain(order.stop_price)} if order.type in SPOT_CONDITIONAL else {}
    return (
        _both(call, order)
        | trigger
        | {
            "orderId": order.id,
            "market": call.market_of(order.symbol).name,
            "timestamp": order.time / 1000,
            "left": plain(order.remaining),
        }
    )


def as_closed(call: Call, order: Order) -> dict[str, Any]:
    market = call.market_of(order.symbol)
    trigger = {"activationPrice": plain(order.stop_price)} if order.type in SPOT_CONDITIONAL else {}
    return (
        _both(call, order)
        | trigger
        | {
            "id": order.id,
            "ctime": order.time / 1000,
            "ftime": order.update_time / 1000,
            "takerFee": plain(market.taker_fraction),
            "makerFee": plain(market.maker_fraction),
            "postOnly": order.type is OrderType.LIMIT_MAKER,
            "ioc": False,
        }
    )


def _both(call: Call, order: Order) -> dict[str, Any]:
    fees = sum((fill.fee for fill in call.account.fills if fill.order_id == order.id), ZERO)
    by_cost = order.side is Side.BUY and order.quote_quantity
    market = call.market_of(order.symbol)
    return {
        "clientOrderId": _client_id(order),
        "side": order.side.lower(),
        "type": TYPES[order.type],
        "amount": plain(order.quote_quantity if by_cost else order.quantity),
        "dealMoney": plain(Decimal(order.executed_quote)),
        "dealStock": plain(order.executed_quantity),
        "dealFee": plain(fees),
        "price": plain(order.price),
        "status": state_of(order),
        "stp": "no",
    } | ({"feeAsset": market.base if order.side is Side.BUY else market.quote} if fees else {})


def _client_id(order: Order | None) -> str:
    """Empty where the client gave none, and of an order that is no longer remembered."""
    return "" if order is None or order.client_id == f"sim{order.id}" else order.client_id


def _deal(call: Call, fill: Fill) -> dict[str, Any]:
    order = call.account.orders.get(fill.order_id)
    return {
        "id": fill.id,
        "clientOrderId": _client_id(order),
        "time": fill.time / 1000,
        "side": fill.side.lower(),
        "role": 1 if fill.is_maker else 2,
        "amount": plain(fill.quantity),
        "price": plain(fill.price),
        "deal": plain(fill.quote_quantity),
        "fee": plain(fill.fee),
        "orderId": fill.order_id,
        "feeAsset": fill.fee_asset,
    }
