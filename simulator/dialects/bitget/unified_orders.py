"""`/api/v3/trade/place-order` and its neighbours: orders of a unified account, futures and spot."""

from typing import Any

from simulator.core import futures, spot
from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import (
    SPOT_CONDITIONAL,
    Fill,
    Order,
    OrderType,
    PositionSide,
    Protection,
    Scope,
    Side,
    Status,
    TimeInForce,
    Trigger,
)
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bitget.errors import refused
from simulator.dialects.bitget.market_data import PRODUCT
from simulator.dialects.bitget.mix_account import mode_name
from simulator.dialects.bitget.mix_orders import FORCES, TYPES, client_id, fills_asked_for, ids_of
from simulator.dialects.bitget.positions import (
    MARGIN_MODES,
    SIDE_NAMES,
    SIDES,
    allowed_quantity,
    lower_choice,
    take_margin_mode,
    unified_direction,
)
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

STATES = {Status.NEW: "new", Status.PARTIALLY_FILLED: "partially_filled", Status.FILLED: "filled"}


def category(kind: Kind) -> str:
    return PRODUCT if kind is Kind.FUTURES else "SPOT"


def place(call: Call) -> Any:
    """POST place-order."""
    call.text("category")
    return ids_of(_place_spot(call) if call.kind is Kind.SPOT else _place_futures(call))


def _place_futures(call: Call) -> Order:
    market, kind, direction = call.market(), call.choice("orderType", TYPES), unified_direction(call)
    if call.optional("marginMode") and not direction.closes:
        take_margin_mode(call, market, call.choice("marginMode", MARGIN_MODES))
    new = futures.NewOrder(
        symbol=market.symbol,
        side=direction.side,
        type=kind,
        quantity=allowed_quantity(call, market, direction, call.decimal("qty")),
        price=call.decimal("price") if kind is OrderType.LIMIT else ZERO,
        client_id=client_id(call),
        time_in_force=lower_choice(call, "timeInForce").choice("timeInForce", FORCES, TimeInForce.GTC),
        reduce_only=direction.closes and not call.account.is_hedged,
        position_side=direction.position_side,
        pieces=call.mood.pieces,
        protection=_attached(call),
    )
    return futures.place_order(call.exchange, call.account, new)


def _attached(call: Call) -> Protection | None:
    stop, target = call.optional_decimal("stopLoss"), call.optional_decimal("takeProfit")
    if not stop and not target:
        return None
    return Protection(Trigger(stop) if stop else None, Trigger(target) if target else None, Scope.POSITION)


def _place_spot(call: Call) -> Order:
    """A market purchase says its quantity in the quote coin."""
    kind, side, quantity = call.choice("orderType", TYPES), call.choice("side", SIDES), call.decimal("qty")
    by_cost = kind is OrderType.MARKET and side is Side.BUY
    new = spot.NewSpotOrder(
        symbol=call.market().symbol,
        side=side,
        type=kind,
        quantity=ZERO if by_cost else quantity,
        quote_quantity=quantity if by_cost else ZERO,
        price=call.decimal("price") if kind is OrderType.LIMIT else ZERO,
        client_id=client_id(call),
        time_in_force=lower_choice(call, "timeInForce").choice("timeInForce", FORCES, TimeInForce.GTC),
        pieces=call.mood.pieces,
    )
    return spot.place_order(call.exchange, call.account, new)


def find(call: Call) -> Order:
    """By `orderId`, else by `clientOid`, of any category; 25204 where there is none."""
    order_id, wanted = call.optional("orderId"), call.optional("clientOid")
    if not order_id and not wanted:
        raise refused("25200", "orderId validation error")
    for order in reversed(call.account.orders.values()):
        is_told = order.type not in SPOT_CONDITIONAL
        if is_told and (str(order.id) == order_id if order_id else order.client_id == wanted):
            return order
    raise Refused(Reason.UNKNOWN_ORDER)


def show(call: Call) -> Any:
    """GET order-info."""
    return describe(call, find(call))


def cancel(call: Call) -> Any:
    order = find(call)
    (futures if order.kind is Kind.FUTURES else spot).cancel_order(call.exchange, call.account, order)
    return ids_of(order)


def list_open(call: Call) -> Any:
    """GET unfilled-orders."""
    named = call.optional("symbol")
    rows = [
        describe(call, one)
        for one in reversed(call.account.open_orders.values())
        if one.kind is call.kind and one.type not in SPOT_CONDITIONAL and named in ("", one.symbol)
    ]
    return {"list": rows, "cursor": rows[-1]["orderId"] if rows else ""}


def describe(call: Call, order: Order) -> dict[str, Any]:
    """Every field that Bitget gives for an order of a unified account."""
    account, market = call.account, call.exchange.markets[order.kind, order.symbol]
    fills = [fill for fill in account.fills if fill.order_id == order.id and fill.kind is order.kind]
    side = order.position_side
    fee = {"feeCoin": fills[-1].fee_asset if fills else "", "fee": plain(sum((fill.fee for fill in fills), ZERO))}
    return {
        "orderId": str(order.id),
        "clientOid": order.client_id,
        "category": category(order.kind),
        "symbol": market.name,
        "orderType": "limit" if order.type is OrderType.LIMIT else "market",
        "side": order.side.lower(),
        "price": plain(order.price),
        "qty": plain(order.quote_quantity or order.quantity),
        "amount": "0",
        "cumExecQty": plain(order.executed_quantity),
        "cumExecValue": plain(order.executed_quote),
        "avgPrice": plain(order.average_price),
        "timeInForce": "gtc",
        "orderStatus": STATES.get(order.status, "cancelled"),
        "posSide": "" if side is PositionSide.BOTH else SIDE_NAMES[side],
        "holdMode": mode_name(account),
        "tradeSide": "close" if _closes(order.side, side) or order.reduce_only else "open",
        "reduceOnly": "YES" if order.reduce_only else "NO",
        "marginMode": "isolated" if account.is_isolated(order.symbol) else "crossed",
        "feeDetail": [fee] if fills else [],
        "cancelReason": "",
        "execType": "normal",
        "createdTime": str(order.time),
        "updatedTime": str(order.update_time),
    }


def _closes(side: Side, position_side: PositionSide) -> bool:
    return position_side is not PositionSide.BOTH and (position_side is PositionSide.LONG) is (side is Side.SELL)


def list_fills(call: Call) -> Any:
    """GET fills: of all symbols of the category."""
    rows = [_describe_fill(call, fill) for fill in fills_asked_for(call, named="")]
    return {"list": rows, "cursor": rows[-1]["execId"] if rows else None}


def _describe_fill(call: Call, fill: Fill) -> dict[str, Any]:
    order = call.account.orders.get(fill.order_id)
    return {
        "execId": str(fill.id),
        "execLinkId": str(fill.id),
        "orderId": str(fill.order_id),
        "clientOid": order.client_id if order else "",
        "category": category(fill.kind),
        "symbol": call.market_of(fill.symbol).name,
        "orderType": "market",
        "side": fill.side.lower(),
        "execPrice": plain(fill.price),
        "execQty": plain(fill.quantity),
        "execValue": plain(fill.quote_quantity),
        "tradeScope": "maker" if fill.is_maker else "taker",
        "tradeSide": "close" if fill.realized_pnl or _closes(fill.side, fill.position_side) else "open",
        "feeDetail": [{"feeCoin": fill.fee_asset, "fee": plain(fill.fee)}],
        "createdTime": str(fill.time),
        "updatedTime": str(fill.time),
        "execPnl": plain(fill.realized_pnl),
        "isRPI": "no",
    }
