"""Finding orders: /v5/order/realtime and /v5/order/history, and the pages in which lists are told."""

from collections.abc import Sequence
from typing import Any

from simulator.core.markets import Kind
from simulator.dialects.bybit.errors import wrong
from simulator.dialects.bybit.ids import read_id
from simulator.dialects.bybit.views import View, all_views, describe
from simulator.dialects.call import Call

CATEGORIES = {Kind.FUTURES: "linear", Kind.SPOT: "spot"}
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


def find(call: Call) -> View | None:
    """By orderId where given, else by orderLinkId, whatever its state; 10001 without either."""
    order_id, link_id = call.optional("orderId"), call.optional("orderLinkId")
    if not order_id and not link_id:
        raise wrong("params error: orderId or orderLinkId is required")
    symbol = call.market().symbol if call.optional("symbol") else ""
    for view in all_views(call):
        if symbol in ("", view.first.symbol) and _is_it(view, order_id, link_id):
            return view
    return None


def _is_it(view: View, order_id: str, link_id: str) -> bool:
    if not order_id:
        return view.client_id == link_id
    named = read_id(order_id)
    if view.conditional:
        return named.conditional == view.conditional.id
    return view.order is not None and named.order == view.order.id


def page(call: Call, rows: Sequence[dict[str, Any]], *, default: int = 20, most: int = 50) -> dict[str, Any]:
    """`limit` of the rows, from the cursor on."""
    limit, start = call.integer("limit", default), call.integer("cursor", 0)
    if not 1 <= limit <= most:
        raise wrong("params error: limit invalid")
    after = start + limit
    return {
        "category": CATEGORIES[call.kind],
        "list": list(rows[start:after]),
        "nextPageCursor": str(after) if after < len(rows) else "",
    }


def time_window(call: Call) -> tuple[int, int]:
    """startTime … endTime: the last seven days by default, seven days from a start or up to an end, never more."""
    now = call.exchange.clock()
    start, end = call.integer("startTime", 0), call.integer("endTime", 0)
    if start and end and end - start > WEEK_MS:
        raise wrong("The time range between startTime and endTime cannot exceed 7 days")
    if start:
        return start, end or start + WEEK_MS
    return (end or now) - WEEK_MS, end or now + DAY_MS


def realtime(call: Call) -> Any:
    """Open orders, newest first (openOnly=1: closed ones); one that is asked for by id whatever its state."""
    return page(call, [describe(call, view) for view in _asked(call, is_open=call.optional("openOnly") != "1")])


def history(call: Call) -> Any:
    """What is over, of the last seven days or the window."""
    start, end = time_window(call)
    views = [view for view in _asked(call, is_open=False) if start <= view.first.time <= end]
    return page(call, [describe(call, view) for view in views if not view.is_open])


def _asked(call: Call, *, is_open: bool) -> list[View]:
    if call.optional("orderId") or call.optional("orderLinkId"):
        found = find(call)
        return [found] if found else []
    if call.kind is Kind.FUTURES and not call.optional("symbol") and not call.optional("settleCoin"):
        raise wrong("params error: symbol, baseCoin or settleCoin is required")
    symbols = {market.symbol for market in call.markets()}
    wanted = call.optional("orderFilter")
    return [
        view
        for view in all_views(call)
        if view.is_open == is_open and view.first.symbol in symbols and _fits(view, wanted)
    ]


def _fits(view: View, wanted: str) -> bool:
    if not wanted:
        return True
    if wanted not in ("Order", "StopOrder", "tpslOrder"):
        raise wrong("params error: orderFilter invalid")
    return (wanted == "Order") != (view.is_conditional and (view.waits or not view.is_open))
