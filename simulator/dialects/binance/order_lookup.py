"""Finding and listing orders and fills: the same on futures and spot but for how each is described."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from simulator.core.orders import Fill, Order
from simulator.dialects.binance.call import Call, not_found
from simulator.dialects.binance.errors import malformed, missing

SIDE_ERROR = (-1117, "Invalid side.")
TYPE_ERROR = (-1116, "Invalid orderType.")
TIME_IN_FORCE_ERROR = (-1115, "Invalid timeInForce.")

Describe = Callable[[Order], dict[str, Any]]


class Dated(Protocol):
    """Whatever has an id and a time."""

    id: int
    time: int


Item = TypeVar("Item", bound=Dated)


def time_range(call: Call, default: int = 500, most: int = 1000) -> tuple[int, int, int]:
    """startTime, endTime, limit; -1130 for an impossible limit."""
    limit = call.integer("limit", default)
    if not 0 < limit <= most:
        raise malformed("limit")
    return call.integer("startTime", 0), call.integer("endTime", 2**62), limit


def choose(call: Call, items: Iterable[Item], first_name: str) -> list[Item]:
    """The page of them that Binance would give: from an id or a time on, else the newest."""
    first, (start, end, limit) = call.integer(first_name, 0), time_range(call)
    chosen = [item for item in items if item.id >= first and start <= item.time <= end]
    return chosen[:limit] if first or start else chosen[-limit:]


def find_order(call: Call) -> Order | None:
    """By `orderId` or `origClientOrderId`; -1102 without either."""
    market, order_id = call.market(), call.integer("orderId", 0)
    client_id = call.optional("origClientOrderId")
    if not order_id and not client_id:
        raise missing("orderId")
    return call.account.find_order(call.kind, market.symbol, order_id, client_id)


def require_order(call: Call) -> Order:
    """As find_order; -2013 when there is none."""
    order = find_order(call)
    if order is None:
        raise not_found()
    return order


def symbol_or_all(call: Call) -> str:
    """The symbol asked for; empty for every one."""
    return call.market().symbol if call.optional("symbol") else ""


def list_open(call: Call, describe: Describe) -> list[dict[str, Any]]:
    symbol, orders = symbol_or_all(call), call.account.open_orders.values()
    return [describe(order) for order in orders if order.kind is call.kind and symbol in ("", order.symbol)]


def list_all(call: Call, describe: Describe) -> list[dict[str, Any]]:
    symbol, orders = call.market().symbol, call.account.orders.values()
    own = (order for order in orders if order.kind is call.kind and order.symbol == symbol)
    return [describe(order) for order in choose(call, own, "orderId")]


def list_fills(call: Call, symbol: str, describe: Callable[[Fill], dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the symbol (empty: of every one), or of one order."""
    order_id = call.integer("orderId", 0)
    own = (fill for fill in call.account.fills if fill.kind is call.kind and symbol in ("", fill.symbol))
    return [describe(fill) for fill in choose(call, (f for f in own if order_id in (0, f.order_id)), "fromId")]
