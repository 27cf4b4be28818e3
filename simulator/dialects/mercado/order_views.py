"""Orders as they are told, one by one and in lists.

An order has two names: its id, and the platform's, told as `triggerOrderId` (of a stop only once it was triggered). Asked for
by the second, a triggered stop is the limit order that it became.
"""

import json
from decimal import Decimal
from typing import Any

from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import STOPS, Fill, Order, OrderType, Side, Status
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain
from simulator.dialects.mercado import errors

PREFIX, DIGITS = "01SIM", 21
PAGE = 100
TYPES = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.LIMIT_MAKER: "post-only",
    OrderType.STOP_LOSS_LIMIT: "stoplimit",
}
STATES = {Status.NEW: "working", Status.PARTIALLY_FILLED: "working", Status.FILLED: "filled"}


def order_name(order: Order) -> str:
    """26 characters, as those of the exchange."""
    return f"{PREFIX}{order.id:0{DIGITS}d}"


def find(call: Call) -> tuple[Order, bool]:
    """The order that the path names, and whether by the platform's name. ORDER_NOT_FOUND."""
    name, market = call.text("order"), call.market()
    digits = name.removeprefix(PREFIX)
    order = call.account.orders.get(int(digits)) if digits.isascii() and digits.isdigit() else None
    if order is None or order.kind is not Kind.SPOT or order.symbol != market.symbol:
        raise errors.not_found()
    return order, not name.startswith(PREFIX)


def show(call: Call) -> Any:
    order, is_platform = find(call)
    return describe(call, order, is_platform=is_platform)


def list_of_symbol(call: Call) -> Any:
    """GET {symbol}/orders: newest first."""
    market = call.market()
    orders = [order for order in _newest(call) if order.symbol == market.symbol and _passes(call, order)]
    return [describe(call, order) for order in orders[:PAGE]]


def list_all(call: Call) -> Any:
    """GET orders: fewer fields, `external_id`, several states at once."""
    symbol = call.market().symbol if call.optional("symbol") else ""
    states = [state for state in call.optional("status").split(",") if state]
    orders = [one for one in _newest(call) if symbol in ("", one.symbol) and (not states or state_of(one) in states)]
    return {"items": [_summary(call, order) for order in orders[: call.integer("size", PAGE)]]}


def _newest(call: Call) -> list[Order]:
    return sorted((one for one in call.account.orders.values() if one.kind is Kind.SPOT), key=lambda one: -one.id)


def _passes(call: Call, order: Order) -> bool:
    wanted, fills = call.optional("has_executions"), _fills(call, order)
    if wanted and (wanted == "true") != bool(fills):
        return False
    if call.optional("status") not in ("", state_of(order)) or call.optional("side") not in ("", order.side.lower()):
        return False
    if not _within(call, "created_at", [order.time // 1000]):
        return False
    return _within(call, "executed_at", [fill.time // 1000 for fill in fills])


def _within(call: Call, name: str, seconds: list[int]) -> bool:
    """Whether one of the times lies between `…_from` and `…_to`; without either, all is."""
    if not call.optional(f"{name}_from") and not call.optional(f"{name}_to"):
        return True
    first, last = call.integer(f"{name}_from", 0), call.integer(f"{name}_to", 2**53)
    return any(first <= second <= last for second in seconds)


def state_of(order: Order) -> str:
    return STATES.get(order.status, "cancelled")


def describe(call: Call, order: Order, *, is_platform: bool = False) -> dict[str, Any]:
    """With its executions. The fee is of what was received."""
    fills = _fills(call, order)
    told = {
        "id": str(order.id) if is_platform else order_name(order),
        "instrument": call.market_of(order.symbol).name,
        "side": order.side.lower(),
        "type": "limit" if is_platform and order.type in STOPS else TYPES[order.type],
        "status": state_of(order),
        "qty": fixed(order.quantity),
        "filledQty": fixed(order.executed_quantity),
        "avgPrice": number(order.average_price),
        "fee": fixed(sum((fill.fee for fill in fills), ZERO)),
        "executions": [_execution(call, fill) for fill in fills],
        "created_at": order.time // 1000,
        "updated_at": order.update_time // 1000,
    }
    return told | _optional(order, is_platform=is_platform)


def _optional(order: Order, *, is_platform: bool) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if order.price:
        told["limitPrice"] = number(order.price)
    if order.stop_price and not is_platform:
        told["stopPrice"] = number(order.stop_price)
    if order.quote_quantity:
        told["cost"] = number(order.quote_quantity)
    if not order.client_id.startswith("sim") and not (is_platform and order.type in STOPS):
        told["externalId"] = order.client_id
    if not is_platform and (order.type not in STOPS or order.is_working):
        told["triggerOrderId"] = str(order.id)
    return told


def _summary(call: Call, order: Order) -> dict[str, Any]:
    left_out = ("executions", "avgPrice", "fee", "cost", "externalId")
    told = describe(call, order)
    row = {name: value for name, value in told.items() if name not in left_out}
    return row | ({"external_id": told["externalId"]} if "externalId" in told else {})


def _fills(call: Call, order: Order) -> list[Fill]:
    return [fill for fill in call.account.fills if fill.order_id == order.id and fill.kind is Kind.SPOT]


def _execution(call: Call, fill: Fill) -> dict[str, Any]:
    received = fill.quantity if fill.side is Side.BUY else fill.quote_quantity
    return {
        "id": str(fill.id),
        "instrument": call.market_of(fill.symbol).name,
        "side": fill.side.lower(),
        "price": number(fill.price),
        "qty": fixed(fill.quantity),
        "fee_rate": fixed(100 * fill.fee / received),
        "executed_at": fill.time // 1000,
        "liquidity": "maker" if fill.is_maker else "taker",
    }


def number(value: Decimal) -> Any:
    """As a number of JSON."""
    return json.loads(plain(value.normalize()))
