"""Stops and targets of a classic account: `place-tpsl-order` (a quantity of its own), `place-pos-tpsl` (the whole position)."""

from collections.abc import Iterable
from typing import Any

from simulator.core import conditionals, futures, protection
from simulator.core.accounts import Account
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
from simulator.dialects.bitget.errors import PASSED, malformed, refused
from simulator.dialects.bitget.market_data import is_ours
from simulator.dialects.bitget.mix_orders import MOST, client_id, trade_words, usdt_market
from simulator.dialects.bitget.positions import POSITION_SIDES, SIDE_NAMES, holder
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

FIRST_ID = 10**18  # the core counts plans and orders apart; here both are ids of one space
PRICES = {"fill_price": CONTRACT_PRICE, "mark_price": MARK_PRICE}
OWN_QUANTITY = {"loss_plan": OrderType.STOP_MARKET, "profit_plan": OrderType.TAKE_PROFIT_MARKET}
WHOLE = {"pos_loss": OrderType.STOP_MARKET, "pos_profit": OrderType.TAKE_PROFIT_MARKET}
ONE_WAY_SIDES = {"buy": PositionSide.LONG, "sell": PositionSide.SHORT}
STATES = {
    Status.NEW: "live",
    Status.TRIGGERED: "executing",
    Status.FINISHED: "executed",
    Status.REJECTED: "fail_execute",
    Status.CANCELED: "cancelled",
}


def plan_id(plan: ConditionalOrder) -> str:
    return str(plan.id + FIRST_ID)


def plan_type(plan: ConditionalOrder) -> str:
    names = WHOLE if plan.close_position else OWN_QUANTITY
    return next(name for name, kind in names.items() if kind is plan.type)


def _held(call: Call) -> tuple[PositionSide, Side]:
    """`holdSide`: long or short on a hedge account, buy or sell on a one-way one."""
    hedged = call.account.is_hedged
    if (call.text("holdSide").lower() in POSITION_SIDES) is not hedged:
        raise refused("43011", "The parameter does not meet the specification holdSide error")
    return holder(call, "holdSide", POSITION_SIDES if hedged else ONE_WAY_SIDES)


def _in_words(refusal: Refused, kind: OrderType, *, is_long: bool) -> Exception:
    """A trigger that the price has reached already has a code of its own for each way."""
    if refusal.reason is Reason.WOULD_TRIGGER:
        return refused(*PASSED[kind in TARGETS, is_long])
    return refusal


def place(call: Call) -> Any:
    """POST place-tpsl-order. Bitget closes the position on `holdSide` with it, and nothing else: without one it is refused."""
    market, (position_side, side) = usdt_market(call), _held(call)
    name = call.text("planType")
    if name in WHOLE:
        return _place_whole(call, WHOLE[name], "triggerPrice", "triggerType", client_id(call))
    kind = call.choice("planType", OWN_QUANTITY)
    if call.optional("executePrice") not in ("", "0"):
        raise malformed("executePrice")  # limit orders of plans are not played here
    if not futures.closable_quantity(call.account, market.symbol, side, position_side):
        raise Refused(Reason.CLOSE_WITHOUT_POSITION)
    new = conditionals.NewConditional(
        symbol=market.symbol,
        side=side,
        type=kind,
        trigger_price=call.decimal("triggerPrice"),
        quantity=call.decimal("size"),
        client_id=client_id(call),
        reduce_only=not call.account.is_hedged,
        position_side=position_side,
        working_type=call.choice("triggerType", PRICES, CONTRACT_PRICE),
        pieces=call.mood.pieces,
    )
    try:
        plan = conditionals.place_conditional(call.exchange, call.account, new)
    except Refused as refusal:
        raise _in_words(refusal, kind, is_long=side.sign < 0) from refusal
    return {"orderId": plan_id(plan), "clientOid": plan.client_id}


def _place_whole(call: Call, kind: OrderType, price: str, price_type: str, own_id: str) -> dict[str, str]:
    market, (position_side, side) = usdt_market(call), _held(call)
    position = call.account.position(market.symbol, position_side)
    trigger = Trigger(call.decimal(price), own_id, call.choice(price_type, PRICES, CONTRACT_PRICE))
    try:
        plan = protection.set_trigger(call.exchange, call.account, position, kind, trigger)
    except Refused as refusal:
        raise _in_words(refusal, kind, is_long=side.sign < 0) from refusal
    if plan is None:
        raise Refused(Reason.CLOSE_WITHOUT_POSITION)
    return {"orderId": plan_id(plan), "clientOid": plan.client_id}


def place_for_position(call: Call) -> Any:
    """POST place-pos-tpsl: stop, target or both of the whole position."""
    placed = []
    for kind, name in ((OrderType.TAKE_PROFIT_MARKET, "stopSurplus"), (OrderType.STOP_MARKET, "stopLoss")):
        if call.optional(f"{name}TriggerPrice"):
            own_id = call.optional(f"{name}ClientOid")
            ids = _place_whole(call, kind, f"{name}TriggerPrice", f"{name}TriggerType", own_id)
            placed.append({"orderId": ids["orderId"], f"{name}ClientOid": ids["clientOid"]})
    if not placed:
        raise refused("40019", "Parameter stopLossTriggerPrice cannot be empty")
    return placed


def list_pending(call: Call) -> Any:
    """GET orders-plan-pending, newest first."""
    return _listed(call, reversed(call.account.open_conditionals.values()))


def list_history(call: Call) -> Any:
    """GET orders-plan-history."""
    return _listed(call, (one for one in reversed(call.account.conditionals.values()) if not one.status.is_open))


def _is_of_type(plan: ConditionalOrder, wanted: str) -> bool:
    """profit_loss stands for all of stops and targets."""
    return wanted == "profit_loss" or wanted == plan_type(plan)


def _listed(call: Call, plans: Iterable[ConditionalOrder]) -> Any:
    wanted, own_id, asked = call.text("planType"), call.optional("clientOid"), call.optional("orderId")
    named = call.market().symbol if call.optional("symbol") else ""
    rows = [
        describe(call, plan)
        for plan in plans
        if is_ours(call)
        and named in ("", plan.symbol)
        and _is_of_type(plan, wanted)
        and own_id in ("", plan.client_id)
        and asked in ("", plan_id(plan))
    ]
    rows = rows[: min(call.integer("limit", MOST), MOST)]
    return {"entrustedList": rows or None, "endId": rows[-1]["orderId"] if rows else None}


def describe(call: Call, plan: ConditionalOrder) -> dict[str, Any]:
    """Every field that Bitget gives for a stop or target."""
    market, account = call.market_of(plan.symbol), call.account
    price_type = "mark_price" if plan.working_type == MARK_PRICE else "fill_price"
    order = account.orders.get(plan.order_id)
    kind = "stopSurplus" if plan.type in TARGETS else "stopLoss"
    row = dict.fromkeys((f"{a}{b}" for a in ("stopSurplus", "stopLoss") for b in ("TriggerPrice", "ExecutePrice")), "")
    return row | {
        "planType": plan_type(plan),
        "symbol": market.name,
        "size": plain(plan.quantity),
        "orderId": plan_id(plan),
        "executeOrderId": str(plan.order_id) if plan.order_id else "",
        "clientOid": plan.client_id,
        "price": "0",
        "executePrice": "0",
        "priceAvg": plain(order.average_price) if order else "",
        "baseVolume": plain(order.executed_quantity) if order else "",
        "callbackRatio": "",
        "triggerPrice": plain(plan.trigger_price),
        "triggerType": price_type,
        "planStatus": STATES.get(plan.status, "cancelled"),
        "posSide": SIDE_NAMES[plan.position_side],
        **trade_words(plan.side, plan.position_side),
        "marginCoin": market.quote,
        "marginMode": "isolated" if account.is_isolated(plan.symbol) else "crossed",
        "enterPointSource": "API",
        "orderType": "market",
        f"{kind}TriggerPrice": plain(plan.trigger_price),
        f"{kind}ExecutePrice": "0",
        f"{kind}TriggerType": price_type,
        "cTime": str(plan.time),
        "uTime": str(plan.update_time),
    }


def cancel(call: Call) -> Any:
    """POST cancel-plan-order: those of a list, or all of the symbol; of the plan type that is said (normal_plan without)."""
    wanted = call.optional("planType") or "normal_plan"
    usdt_market(call)
    done: dict[str, list[dict[str, str]]] = {"successList": [], "failureList": []}
    for item in call.parts("orderIdList") or _all_of(call, wanted):
        plan = _find(call.account, item.optional("orderId"), item.optional("clientOid"))
        row = {"orderId": item.optional("orderId"), "clientOid": item.optional("clientOid")}
        if plan is None or not plan.status.is_open or not _is_of_type(plan, wanted):
            done["failureList"].append(row | {"errorMsg": "notExistend"})
            continue
        conditionals.cancel_conditional(call.exchange, call.account, plan)
        done["successList"].append({"orderId": plan_id(plan), "clientOid": plan.client_id})
    return done


def _all_of(call: Call, wanted: str) -> list[Call]:
    symbol, plans = call.market().symbol, list(call.account.open_conditionals.values())
    return [call.part({"orderId": plan_id(one)}) for one in plans if one.symbol == symbol and _is_of_type(one, wanted)]


def _find(account: Account, order_id: str, own_id: str) -> ConditionalOrder | None:
    number = int(order_id) - FIRST_ID if order_id.isdigit() else 0
    if order_id and number <= 0:
        return None
    return account.find_conditional(number, own_id)
