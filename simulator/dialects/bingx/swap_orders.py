"""`/openApi/swap/v2/trade/order` and its neighbours: market and limit orders, stops and targets, in one space of ids."""

from decimal import Decimal
from typing import Any

from simulator.core import conditionals, futures
from simulator.core.markets import Kind
from simulator.core.orders import (
    CONTRACT_PRICE,
    MARK_PRICE,
    ConditionalOrder,
    Order,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bingx import errors
from simulator.dialects.bingx.ids import find, id_of, read_id
from simulator.dialects.bingx.swap_views import describe, describe_fill, describe_placed
from simulator.dialects.call import Call
from simulator.dialects.errors import VenueError

SIDES = {side.value: side for side in Side}
POSITION_SIDES = {side.value: side for side in PositionSide}
TYPES = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "STOP_MARKET": OrderType.STOP_MARKET,
    "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
}
TRIGGERED = (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET)
TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "PostOnly": TimeInForce.GTX}
WORKING_TYPES = {name: name for name in (MARK_PRICE, CONTRACT_PRICE)}
WEEK_MS = 7 * 86_400_000
EVER = 2**62


def client_id(call: Call) -> str:
    """In lower case, as the exchange turns it; 1 to 40 characters."""
    given = call.optional("clientOrderId") or call.optional("clientOrderID")
    if len(given) > 40:
        raise errors.malformed("clientOrderId")
    return given.lower()


def place(call: Call) -> Any:
    """POST order."""
    return {"order": describe_placed(call.exchange, call.account, _place(call))}


def test_order(call: Call) -> Any:
    """POST order/test: the parameters are read, nothing is placed."""
    call.market(), call.choice("side", SIDES), call.choice("type", TYPES)
    return {
        "order": {"symbol": call.text("symbol"), "orderId": 0, "side": call.text("side"), "type": call.text("type")}
    }


def _place(call: Call) -> Order | ConditionalOrder:
    kind, position_side = call.choice("type", TYPES), _position_side(call)
    if kind in TRIGGERED:
        return _place_conditional(call, kind, position_side)
    new = futures.NewOrder(
        symbol=call.market().symbol,
        side=call.choice("side", SIDES),
        type=kind,
        quantity=call.decimal("quantity"),
        price=call.decimal("price") if kind is OrderType.LIMIT else Decimal(0),
        client_id=client_id(call),
        time_in_force=call.choice("timeInForce", TIMES, TimeInForce.GTC),
        reduce_only=call.flag("reduceOnly"),
        position_side=position_side,
        pieces=call.mood.pieces,
    )
    return futures.place_order(call.exchange, call.account, new)


def _position_side(call: Call) -> PositionSide:
    """BOTH on one-way accounts, LONG or SHORT on hedge accounts, which take no reduceOnly."""
    side = call.choice("positionSide", POSITION_SIDES, PositionSide.LONG)
    is_hedged = call.account.is_hedged
    if (side is PositionSide.BOTH) == is_hedged:
        raise errors.wrong_mode("PositionSide", is_hedged=is_hedged)
    if is_hedged and call.optional("reduceOnly"):
        raise VenueError(109400, errors.NO_REDUCE_ONLY)
    return side


def _place_conditional(call: Call, kind: OrderType, position_side: PositionSide) -> ConditionalOrder:
    """It needs a position, and all stops of one (or targets) together may not close more than it holds."""
    symbol, side, closes_all = call.market().symbol, call.choice("side", SIDES), call.flag("closePosition")
    new = conditionals.NewConditional(
        symbol=symbol,
        side=side,
        type=kind,
        trigger_price=call.decimal("stopPrice"),
        quantity=Decimal(0) if closes_all else call.decimal("quantity"),
        client_id=client_id(call),
        reduce_only=call.flag("reduceOnly"),
        close_position=closes_all,
        position_side=position_side,
        working_type=call.choice("workingType", WORKING_TYPES, MARK_PRICE),
        pieces=call.mood.pieces,
    )
    held = futures.closable_quantity(call.account, symbol, side, position_side)
    if not held:
        raise Refused(Reason.CLOSE_WITHOUT_POSITION)
    place = (symbol, side, position_side, kind)
    waiting = call.account.open_conditionals.values()
    others = sum((o.quantity for o in waiting if (o.symbol, o.side, o.position_side, o.type) == place), Decimal(0))
    if others + new.quantity > held:
        raise VenueError(110203, "The available amount for closing is insufficient.")
    try:
        return conditionals.place_conditional(call.exchange, call.account, new)
    except Refused as refusal:
        if refusal.reason is Reason.WOULD_TRIGGER:
            raise errors.would_trigger(kind, side) from refusal
        raise


def _find(call: Call) -> Order | ConditionalOrder | None:
    given, ours = read_id(call), client_id(call)
    if not given and not ours:
        raise errors.missing("orderId")
    return find(call.account, Kind.FUTURES, call.market().symbol, given, ours)


def query(call: Call) -> Any:
    """GET order, of any status."""
    order = _find(call)
    if order is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    return {"order": describe(call.exchange, call.account, order)}


def cancel(call: Call) -> Any:
    """DELETE order."""
    return {"order": describe(call.exchange, call.account, _cancel(call, _find(call)))}


def _cancel(call: Call, order: Order | ConditionalOrder | None) -> Order | ConditionalOrder:
    if isinstance(order, ConditionalOrder):
        return conditionals.cancel_conditional(call.exchange, call.account, order)
    return futures.cancel_order(call.exchange, call.account, order)


def cancel_all(call: Call) -> Any:
    """DELETE allOpenOrders: of the symbol, or all; stops and targets too."""
    rows = [describe(call.exchange, call.account, _cancel(call, order)) for order in _open(call)]
    return {"success": rows, "failed": None}


def _open(call: Call) -> list[Order | ConditionalOrder]:
    symbols, wanted = {market.symbol for market in call.markets()}, call.optional("type")
    orders: list[Order | ConditionalOrder] = [o for o in call.account.open_orders.values() if o.kind is Kind.FUTURES]
    orders += call.account.open_conditionals.values()
    return [order for order in orders if order.symbol in symbols and wanted in ("", order.type)]


def open_orders(call: Call) -> Any:
    """GET openOrders: the book's and the waiting stops and targets."""
    return {"orders": [describe(call.exchange, call.account, order) for order in _open(call)]}


def all_orders(call: Call) -> Any:
    """GET allOrders: of any status, oldest first; an order that a stop became is told as the stop."""
    symbols, (start, end) = {market.symbol for market in call.markets()}, _times(call, "startTime", "endTime")
    orders = [o for o in call.account.orders.values() if o.kind is Kind.FUTURES and not o.algo_id]
    both: list[Order | ConditionalOrder] = [*orders, *call.account.conditionals.values()]
    chosen = sorted((o for o in both if o.symbol in symbols and start <= o.time <= end), key=id_of)
    return {"orders": [describe(call.exchange, call.account, o) for o in chosen[-call.integer("limit", 500) :]]}


def _times(call: Call, first: str, last: str) -> tuple[int, int]:
    start, end = call.integer(first, 0), call.integer(last, EVER)
    if start and end != EVER and end - start > WEEK_MS:
        raise VenueError(109400, "the query range is more than seven days")
    return start, end


def fill_history(call: Call) -> Any:
    """GET fillHistory: startTs < time <= endTs, both to be said, of the last seven days, oldest first."""
    if not (call.text("startTs") and call.text("endTs")):
        raise errors.missing("startTs")
    (start, end), account = _times(call, "startTs", "endTs"), call.account
    start = max(start, call.exchange.clock() - WEEK_MS)
    own = [f for f in account.fills if f.kind is Kind.FUTURES and start < f.time <= end]
    if call.optional("symbol"):
        own = [f for f in own if f.symbol == call.market().symbol]
    size = call.integer("pageSize", 50)
    page = own[(call.integer("pageIndex", 1) - 1) * size :][:size]
    rows = [describe_fill(account, call.market_of(fill.symbol), fill) for fill in page]
    return {"fill_history_orders": rows, "total": len(own)}


def all_fills(call: Call) -> Any:
    """GET allFillOrders: the older list, of up to thirty days."""
    call.text("tradingUnit")
    start, end, account = call.integer("startTs"), call.integer("endTs"), call.account
    symbols = {market.symbol for market in call.markets()}
    own = [f for f in account.fills if f.kind is Kind.FUTURES and f.symbol in symbols and start <= f.time <= end]
    return {"fill_orders": [describe_fill(account, call.market_of(f.symbol), f) for f in own]}
