"""Plan orders on spot: an order at the market once the last price has touched a trigger.

They name no leg: a sale whose trigger is below the price is what the core calls a stop, above it a target; a purchase the other way
round. The core holds their coins back, Bitget does not.
"""

from collections.abc import Iterable
from typing import Any

from simulator.core import spot
from simulator.core.orders import SPOT_CONDITIONAL, Order, OrderType, Side, Status
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bitget.errors import malformed, refused
from simulator.dialects.bitget.mix_orders import MOST, client_id
from simulator.dialects.bitget.mix_plans import FIRST_ID
from simulator.dialects.bitget.positions import SIDES
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain


def _plan_id(order: Order) -> str:
    return str(order.id + FIRST_ID)


def place(call: Call) -> Any:
    """POST place-plan-order: at the market, of a quantity of the base coin, at the last price."""
    market, side, trigger = call.market(), call.choice("side", SIDES), call.decimal("triggerPrice")
    for name, served in (("orderType", "market"), ("triggerType", "fill_price"), ("planType", "amount")):
        if (call.optional(name) or "amount") != served:
            raise malformed(name)
    below = trigger < call.exchange.price(market.symbol)
    new = spot.NewSpotOrder(
        symbol=market.symbol,
        side=side,
        type=OrderType.STOP_LOSS if below is (side is Side.SELL) else OrderType.TAKE_PROFIT,
        quantity=call.decimal("size"),
        stop_price=trigger,
        client_id=client_id(call),
        pieces=call.mood.pieces,
    )
    order = spot.place_order(call.exchange, call.account, new)
    return {"orderId": _plan_id(order), "clientOid": order.client_id}


def _plans(orders: Iterable[Order]) -> Iterable[Order]:
    return (one for one in orders if one.type in SPOT_CONDITIONAL)


def list_pending(call: Call) -> Any:
    return _listed(call, (one for one in _plans(reversed(call.account.open_orders.values())) if not one.is_working))


def list_history(call: Call) -> Any:
    ended = (one for one in _plans(reversed(call.account.orders.values())) if one.is_working or not one.status.is_open)
    return _listed(call, ended)


def _listed(call: Call, plans: Iterable[Order]) -> Any:
    named = call.market().symbol if call.optional("symbol") else ""
    rows = [_describe(call, one) for one in plans if named in ("", one.symbol)][
        : min(call.integer("limit", MOST), MOST)
    ]
    return {"nextFlag": False, "idLessThan": rows[-1]["orderId"] if rows else "", "orderList": rows}


def _describe(call: Call, plan: Order) -> dict[str, Any]:
    states = {Status.NEW: "live", Status.CANCELED: "cancelled"}
    return {
        "orderId": _plan_id(plan),
        "clientOid": plan.client_id,
        "symbol": call.market_of(plan.symbol).name,
        "size": plain(plan.quantity),
        "executePrice": "0",
        "triggerPrice": plain(plan.stop_price),
        "status": "executed" if plan.is_working else states.get(plan.status, "fail_execute"),
        "orderType": "market",
        "side": plan.side.lower(),
        "planType": "amount",
        "triggerType": "fill_price",
        "enterPointSource": "API",
        "uTime": str(plan.update_time),
        "cTime": str(plan.time),
    }


def sub_orders(call: Call) -> Any:
    """GET plan-sub-order: what the plan sent."""
    wanted = call.text("planOrderId")
    sent = [one for one in _plans(call.account.orders.values()) if _plan_id(one) == wanted and one.is_working]
    return [
        {
            "orderId": str(one.id),
            "price": "0",
            "type": "market",
            "status": "success" if one.executed_quantity else "fail",
        }
        for one in sent
    ]


def cancel(call: Call) -> Any:
    """POST cancel-plan-order, by `orderId` or `clientOid`."""
    order_id, wanted = call.optional("orderId"), call.optional("clientOid")
    if not order_id and not wanted:
        raise refused("40019", "Parameter orderId cannot be empty")
    plans = (one for one in _plans(reversed(call.account.orders.values())) if not one.is_working)
    plan = next((one for one in plans if (_plan_id(one) == order_id if order_id else one.client_id == wanted)), None)
    try:
        spot.cancel_order(call.exchange, call.account, plan)
    except Refused as refusal:
        if refusal.reason is Reason.UNKNOWN_CANCEL:
            raise refused("43025", "Plan order does not exist") from None
        raise
    return {"result": "success"}
