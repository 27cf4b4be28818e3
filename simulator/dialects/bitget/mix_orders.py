"""`/api/v2/mix/order/place-order` and its neighbours: futures orders of a classic account."""

from collections.abc import Iterable
from typing import Any

from simulator.core import futures
from simulator.core.amounts import ZERO
from simulator.core.markets import Kind, Market
from simulator.core.orders import (
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
from simulator.dialects.bitget.errors import malformed, refused
from simulator.dialects.bitget.market_data import is_ours
from simulator.dialects.bitget.positions import (
    MARGIN_MODES,
    SIDE_NAMES,
    allowed_quantity,
    classic_direction,
    lower_choice,
    opposite,
    take_margin_mode,
)
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

STATES = {Status.NEW: "live", Status.PARTIALLY_FILLED: "partially_filled", Status.FILLED: "filled"}
FORCES = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "post_only": TimeInForce.GTX,
}
TYPES = {"market": OrderType.MARKET, "limit": OrderType.LIMIT}
MOST = 100


def usdt_market(call: Call) -> Market:
    """The contract that `symbol` names; another product's symbols are unknown here."""
    if not is_ours(call):
        raise Refused(Reason.UNKNOWN_SYMBOL)
    return call.market()


def client_id(call: Call) -> str:
    """At most 64 characters."""
    own = call.optional("clientOid")
    if len(own) > 64:
        raise malformed("clientOid")
    return own


def place(call: Call) -> Any:
    """POST place-order."""
    market = usdt_market(call)
    if call.text("marginCoin").upper() != market.quote:
        raise malformed("marginCoin")
    kind, direction = call.choice("orderType", TYPES), classic_direction(call)
    isolated = call.choice("marginMode", MARGIN_MODES)
    if not direction.closes:
        take_margin_mode(call, market, isolated)
    new = futures.NewOrder(
        symbol=market.symbol,
        side=direction.side,
        type=kind,
        quantity=allowed_quantity(call, market, direction, call.decimal("size")),
        price=call.decimal("price") if kind is OrderType.LIMIT else ZERO,
        client_id=client_id(call),
        time_in_force=lower_choice(call, "force").choice("force", FORCES, TimeInForce.GTC),
        reduce_only=direction.closes and not call.account.is_hedged,
        position_side=direction.position_side,
        pieces=call.mood.pieces,
        protection=_preset(call),
    )
    order = futures.place_order(call.exchange, call.account, new)
    return ids_of(order)


def _preset(call: Call) -> Protection | None:
    stop, target = call.optional_decimal("presetStopLossPrice"), call.optional_decimal("presetStopSurplusPrice")
    if not stop and not target:
        return None
    return Protection(Trigger(stop) if stop else None, Trigger(target) if target else None, Scope.POSITION)


def ids_of(order: Order) -> dict[str, str]:
    return {"clientOid": order.client_id, "orderId": str(order.id)}


def find(call: Call) -> Order:
    """By `orderId`, else by `clientOid`."""
    market = usdt_market(call)
    order_id, own_id = call.integer("orderId", 0), call.optional("clientOid")
    if not order_id and not own_id:
        raise refused("40019", "Parameter orderId cannot be empty")
    order = call.account.find_order(Kind.FUTURES, market.symbol, order_id, own_id)
    if order is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    return order


def show(call: Call) -> Any:
    """GET detail; 40109 where there is none."""
    try:
        return describe(call, find(call))
    except Refused as refusal:
        if refusal.reason is not Reason.UNKNOWN_ORDER:
            raise
        text = "The data of the order cannot be found, please confirm the order number"
        raise refused("40109", text) from None


def cancel(call: Call) -> Any:
    return ids_of(futures.cancel_order(call.exchange, call.account, find(call)))


def list_open(call: Call) -> Any:
    return _listed(call, reversed(call.account.open_orders.values()))


def list_closed(call: Call) -> Any:
    return _listed(call, (one for one in reversed(call.account.orders.values()) if not one.status.is_open))


def _listed(call: Call, orders: Iterable[Order]) -> Any:
    if not is_ours(call):
        return {"entrustedList": None, "endId": None}
    named, own_id = call.market().symbol if call.optional("symbol") else "", call.optional("clientOid")
    rows = [
        describe(call, one)
        for one in orders
        if one.kind is Kind.FUTURES and named in ("", one.symbol) and own_id in ("", one.client_id)
    ]
    rows = rows[: min(call.integer("limit", MOST), MOST)]
    return {"entrustedList": rows or None, "endId": rows[-1]["orderId"] if rows else None}


def trade_words(side: Side, position_side: PositionSide) -> dict[str, str]:
    """How a classic account names what an order does: on a hedge account the side is the position's."""
    if position_side is PositionSide.BOTH:
        return {"side": side.lower(), "tradeSide": f"{side.lower()}_single", "posMode": "one_way_mode"}
    opens = (position_side is PositionSide.LONG) is (side is Side.BUY)
    named = side if opens else opposite(side)
    return {"side": named.lower(), "tradeSide": "open" if opens else "close", "posMode": "hedge_mode"}


def describe(call: Call, order: Order) -> dict[str, Any]:
    """Every field that Bitget gives for a futures order."""
    account, market = call.account, call.market_of(order.symbol)
    fills = [fill for fill in account.fills if fill.order_id == order.id and fill.kind is order.kind]
    state = STATES.get(order.status, "canceled")
    return {
        "symbol": market.name,
        "size": plain(order.quantity),
        "orderId": str(order.id),
        "clientOid": order.client_id,
        "baseVolume": plain(order.executed_quantity),
        "quoteVolume": plain(order.executed_quote),
        "priceAvg": plain(order.average_price) if fills else "",
        "fee": plain(-sum((fill.fee for fill in fills), ZERO)),
        "price": plain(order.price) if order.price else "",
        "state": state,
        "status": state,
        "force": "gtc",
        "totalProfits": plain(sum((fill.realized_pnl for fill in fills), ZERO)),
        "posSide": SIDE_NAMES[order.position_side],
        **trade_words(order.side, order.position_side),
        "marginCoin": market.quote,
        "orderType": "limit" if order.type is OrderType.LIMIT else "market",
        "leverage": str(account.leverage(order.symbol)),
        "marginMode": "isolated" if account.is_isolated(order.symbol) else "crossed",
        "reduceOnly": "YES" if order.reduce_only else "NO",
        "enterPointSource": "API",
        "orderSource": "market",
        "cancelReason": "",
        "presetStopSurplusPrice": "",
        "presetStopLossPrice": "",
        "cTime": str(order.time),
        "uTime": str(order.update_time),
    }


def fills_asked_for(call: Call, *, named: str) -> list[Fill]:
    """Newest first: of the call's kind, within its times, of its order."""
    begin, end, most = call.integer("startTime", 0), call.integer("endTime", 2**62), call.integer("limit", MOST)
    order_id, before = call.integer("orderId", 0), call.integer("idLessThan", 2**62)
    wanted = [
        fill
        for fill in reversed(call.account.fills)
        if fill.kind is call.kind
        and begin <= fill.time <= end
        and order_id in (0, fill.order_id)
        and fill.id < before
        and named in ("", fill.symbol)
    ]
    return wanted[: min(most, MOST)]


def list_fills(call: Call) -> Any:
    """GET fills."""
    named = usdt_market(call).symbol if call.optional("symbol") else ""
    rows = [_describe_fill(call, fill) for fill in fills_asked_for(call, named=named)]
    return {"fillList": rows or None, "endId": rows[-1]["tradeId"] if rows else None}


def _describe_fill(call: Call, fill: Fill) -> dict[str, Any]:
    market = call.market_of(fill.symbol)
    fee = {"deduction": "no", "feeCoin": fill.fee_asset, "totalDeductionFee": "0", "totalFee": plain(-fill.fee)}
    return {
        "tradeId": str(fill.id),
        "symbol": market.name,
        "orderId": str(fill.order_id),
        "price": plain(fill.price),
        "baseVolume": plain(fill.quantity),
        "quoteVolume": plain(fill.quote_quantity),
        "feeDetail": [fee],
        "profit": plain(fill.realized_pnl),
        "enterPointSource": "api",
        **trade_words(fill.side, fill.position_side),
        "tradeScope": "maker" if fill.is_maker else "taker",
        "cTime": str(fill.time),
    }
