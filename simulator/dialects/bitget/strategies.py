"""`/api/v3/trade/place-strategy-order` and its neighbours: stops and targets ("tpsl") of a unified account.

Played are strategies with one price each, at the market: of a quantity of their own ("partial") or of the whole position ("full").
"""

from typing import Any

from simulator.core import conditionals, futures, protection
from simulator.core.markets import Market
from simulator.core.orders import (
    CONTRACT_PRICE,
    MARK_PRICE,
    TARGETS,
    ConditionalOrder,
    OrderType,
    PositionSide,
    Side,
    Status,
    Trigger,
)
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bitget.errors import UNIFIED_PASSED, refused
from simulator.dialects.bitget.market_data import PRODUCT
from simulator.dialects.bitget.mix_orders import MOST, client_id
from simulator.dialects.bitget.mix_plans import FIRST_ID
from simulator.dialects.bitget.positions import POSITION_SIDES, SIDE_NAMES, holder
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

PRICES = {"market": CONTRACT_PRICE, "mark": MARK_PRICE}
LEGS = {OrderType.STOP_MARKET: ("stopLoss", "sl"), OrderType.TAKE_PROFIT_MARKET: ("takeProfit", "tp")}
STATES = {
    Status.NEW: "pending",
    Status.TRIGGERED: "submitting",
    Status.FINISHED: "success",
    Status.REJECTED: "failed",
}


def wrong(name: str) -> Exception:
    return refused("25200", f"{name} validation error")


def strategy_id(strategy: ConditionalOrder) -> str:
    return str(strategy.id + FIRST_ID)


def place(call: Call) -> Any:
    """POST place-strategy-order. Without a position on `posSide` it is refused."""
    named = [kind for kind, (price, _) in LEGS.items() if call.optional(price)]
    for name, served in (("type", ("", "tpsl")), ("tpslMode", ("", "full", "partial"))):
        if call.optional(name) not in served:
            raise wrong(name)
    if len(named) != 1 or call.optional(f"{LEGS[named[0]][1]}OrderType") not in ("", "market"):
        raise wrong("stopLoss")
    market, kind = call.market(), named[0]
    position_side, side = holder(call, "posSide", POSITION_SIDES)
    if not futures.closable_quantity(call.account, market.symbol, side, position_side):
        raise Refused(Reason.CLOSE_WITHOUT_POSITION)
    try:
        strategy = _place(call, market, kind, position_side, side)
    except Refused as refusal:
        if refusal.reason is Reason.WOULD_TRIGGER:
            raise refused(*UNIFIED_PASSED[kind in TARGETS, side is Side.SELL]) from refusal
        raise
    return {"orderId": strategy_id(strategy), "clientOid": strategy.client_id}


def _place(call: Call, market: Market, kind: OrderType, held: PositionSide, side: Side) -> ConditionalOrder:
    price, prefix = LEGS[kind]
    trigger = Trigger(call.decimal(price), client_id(call), call.choice(f"{prefix}TriggerBy", PRICES, CONTRACT_PRICE))
    if call.optional("tpslMode") != "partial":
        position = call.account.position(market.symbol, held)
        placed = protection.set_trigger(call.exchange, call.account, position, kind, trigger)
        if placed is None:
            raise Refused(Reason.CLOSE_WITHOUT_POSITION)
        return placed
    new = conditionals.NewConditional(
        symbol=market.symbol,
        side=side,
        type=kind,
        trigger_price=trigger.price,
        quantity=call.decimal("qty"),
        client_id=trigger.client_id,
        reduce_only=not call.account.is_hedged,
        position_side=held,
        working_type=trigger.working_type,
        pieces=call.mood.pieces,
    )
    return conditionals.place_conditional(call.exchange, call.account, new)


def list_pending(call: Call) -> Any:
    """GET unfilled-strategy-orders: of all symbols, without a status."""
    call.text("category")
    rows = [describe(call, one) for one in reversed(call.account.open_conditionals.values())]
    return [{name: value for name, value in row.items() if name != "status"} for row in rows]


def list_history(call: Call) -> Any:
    """GET history-strategy-orders."""
    call.text("category")
    ended = (one for one in reversed(call.account.conditionals.values()) if not one.status.is_open)
    rows = [describe(call, one) for one in ended][: min(call.integer("limit", MOST), MOST)]
    return {"list": rows, "cursor": rows[-1]["orderId"] if rows else None}


def describe(call: Call, strategy: ConditionalOrder) -> dict[str, Any]:
    """Every field that Bitget gives for a strategy."""
    price, prefix = LEGS[strategy.type]
    names = ("tpTriggerBy", "slTriggerBy", "takeProfit", "stopLoss", "tpOrderType", "slOrderType", "tpLimitPrice")
    return dict.fromkeys((*names, "slLimitPrice"), "") | {
        "orderId": strategy_id(strategy),
        "clientOid": strategy.client_id,
        "category": PRODUCT,
        "symbol": call.market_of(strategy.symbol).name,
        "qty": "" if strategy.close_position else plain(strategy.quantity),
        "posSide": _held_side(strategy),
        "status": STATES.get(strategy.status, "cancelled"),
        price: plain(strategy.trigger_price),
        f"{prefix}TriggerBy": "mark" if strategy.working_type == MARK_PRICE else "market",
        f"{prefix}OrderType": "market",
        "createdTime": str(strategy.time),
        "updatedTime": str(strategy.update_time),
    }


def _held_side(strategy: ConditionalOrder) -> str:
    if strategy.position_side is not PositionSide.BOTH:
        return SIDE_NAMES[strategy.position_side]
    return "long" if strategy.side is Side.SELL else "short"


def _find(call: Call) -> ConditionalOrder | None:
    order_id, own_id = call.optional("orderId"), call.optional("clientOid")
    if not order_id and not own_id:
        raise wrong("orderId")
    known = reversed(call.account.conditionals.values())
    return next((one for one in known if (strategy_id(one) == order_id if order_id else one.client_id == own_id)), None)


def sub_orders(call: Call) -> Any:
    """GET strategy-sub-orders: what the strategy sent, once it is over; the states that are documented know no open one."""
    strategy = _find(call)
    order = call.account.orders.get(strategy.order_id) if strategy else None
    if strategy is None or order is None or order.status.is_open:
        return {"list": [], "cursor": None}
    row = {
        "subOrderId": str(order.id),
        "subClientOid": order.client_id,
        "category": PRODUCT,
        "symbol": call.market_of(order.symbol).name,
        "price": "0",
        "qty": plain(order.quantity),
        "cumExecQty": plain(order.executed_quantity),
        "avgPrice": plain(order.average_price),
        "side": order.side.lower(),
        "posSide": _held_side(strategy),
        "status": "filled" if order.status is Status.FILLED else "cancelled",
        "createdTime": str(order.time),
        "updatedTime": str(order.update_time),
    }
    return {"list": [row], "cursor": row["subOrderId"]}


def cancel(call: Call) -> Any:
    """POST cancel-strategy-order; 25597 for one that has ended."""
    strategy = _find(call)
    try:
        ended = conditionals.cancel_conditional(call.exchange, call.account, strategy)
    except Refused as refusal:
        if refusal.reason is Reason.UNKNOWN_CANCEL:
            raise refused("25597", "Strategy does not exist or has already been stopped") from None
        raise
    return {"orderId": strategy_id(ended), "clientOid": ended.client_id}
