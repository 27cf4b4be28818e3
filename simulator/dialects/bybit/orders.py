"""/v5/order/create and its neighbours: market, limit and conditional orders; the stop that comes with an entry."""

import re
from typing import Any

from simulator.core import conditionals, futures, spot
from simulator.core.amounts import ZERO, is_multiple
from simulator.core.markets import Kind, Market
from simulator.core.orders import (
    CONTRACT_PRICE,
    MARK_PRICE,
    ConditionalOrder,
    Order,
    OrderType,
    PositionSide,
    Protection,
    Scope,
    Side,
    TimeInForce,
    Trigger,
)
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bybit.errors import wrong
from simulator.dialects.bybit.lookup import find
from simulator.dialects.bybit.views import INDEXES, SIDES, View, all_views
from simulator.dialects.call import Call
from simulator.dialects.errors import VenueError

TYPES = {"Market": OrderType.MARKET, "Limit": OrderType.LIMIT}
TRIGGERS = {"LastPrice": CONTRACT_PRICE, "IndexPrice": CONTRACT_PRICE, "MarkPrice": MARK_PRICE}
TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "PostOnly": TimeInForce.GTX}
RISES, FALLS = "1", "2"
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")


def create(call: Call) -> Any:
    """Answers with the order's ids and nothing else."""
    if call.kind is Kind.SPOT:
        view = View(_create_spot(call))
    elif call.optional("triggerPrice"):
        view = View(None, _create_conditional(call))
    else:
        view = View(_create_order(call))
    return {"orderId": view.exchange_id, "orderLinkId": view.client_id}


def client_id(call: Call) -> str:
    """orderLinkId: at most 36 letters, digits, dashes and underscores."""
    value = call.optional("orderLinkId")
    if value and not CLIENT_ID.fullmatch(value):
        raise wrong("params error: OrderLinkID invalid")
    return value


def position_side(call: Call) -> PositionSide:
    return call.choice("positionIdx", INDEXES, PositionSide.BOTH)


def _create_order(call: Call) -> Order:
    market, kind = call.market(), call.choice("orderType", TYPES)
    at_market = kind is OrderType.MARKET
    new = futures.NewOrder(
        symbol=market.symbol,
        side=call.choice("side", SIDES),
        type=kind,
        quantity=call.decimal("qty"),
        price=ZERO if at_market else call.decimal("price"),
        client_id=client_id(call),
        time_in_force=TimeInForce.GTC if at_market else call.choice("timeInForce", TIMES, TimeInForce.GTC),
        reduce_only=call.flag("reduceOnly") or call.flag("closeOnTrigger"),
        position_side=position_side(call),
        pieces=call.mood.pieces,
        protection=_attached(call),
    )
    return futures.place_order(call.exchange, call.account, new)


def _attached(call: Call) -> Protection | None:
    """stopLoss and takeProfit: of the whole position (Full), or of what this order fills (Partial)."""
    if not (call.optional("stopLoss") or call.optional("takeProfit")):
        return None
    if call.flag("reduceOnly"):
        raise wrong("params error: stopLoss and takeProfit cannot be set on a reduce-only order")
    mode = call.optional("tpslMode") or "Full"
    if mode not in ("Full", "Partial"):
        raise wrong("params error: tpslMode invalid")
    for name in ("slOrderType", "tpOrderType"):
        if call.optional(name) not in ("", "Market"):
            raise wrong(f"params error: {name} must be Market when tpslMode is Full")
    stop, target = (
        Trigger(call.decimal(price), working_type=call.choice(source, TRIGGERS, CONTRACT_PRICE))
        if call.optional(price)
        else None
        for price, source in (("stopLoss", "slTriggerBy"), ("takeProfit", "tpTriggerBy"))
    )
    return Protection(stop, target, scope=Scope.POSITION if mode == "Full" else Scope.ORDER, linked=mode == "Partial")


def _create_conditional(call: Call) -> ConditionalOrder:
    market, side = call.market(), call.choice("side", SIDES)
    if call.choice("orderType", TYPES) is not OrderType.MARKET:
        raise wrong("params error: only market orders wait for a trigger here")
    direction = call.text("triggerDirection")
    if direction not in (RISES, FALLS):
        raise wrong("params error: triggerDirection invalid")
    new = conditionals.NewConditional(
        symbol=market.symbol,
        side=side,
        type=conditional_type(side, direction),
        trigger_price=call.decimal("triggerPrice"),
        quantity=call.decimal("qty"),
        client_id=client_id(call),
        reduce_only=call.flag("reduceOnly") or call.flag("closeOnTrigger"),
        position_side=position_side(call),
        working_type=call.choice("triggerBy", TRIGGERS, CONTRACT_PRICE),
        pieces=call.mood.pieces,
    )
    try:
        return conditionals.place_conditional(call.exchange, call.account, new)
    except Refused as refusal:
        if refusal.reason is Reason.WOULD_TRIGGER:
            raise _beyond(direction, refusal) from refusal
        raise


def conditional_type(side: Side, direction: str) -> OrderType:
    """A sale that waits for a higher price takes profit, one that waits for a lower price stops; purchases the other way."""
    is_target = (direction == RISES) == (side is Side.SELL)
    return OrderType.TAKE_PROFIT_MARKET if is_target else OrderType.STOP_MARKET


def _beyond(direction: str, refusal: Refused) -> VenueError:
    trigger, price = refusal.details["trigger"], refusal.details["price"]
    if direction == RISES:
        return VenueError(110092, f"expect Rising, but trigger_price[{trigger}] <= current[{price}]??MarkPrice")
    return VenueError(110093, f"expect Falling, but trigger_price[{trigger}] >= current[{price}]??MarkPrice")


def _create_spot(call: Call) -> Order:
    market, side = call.market(), call.choice("side", SIDES)
    kind, trigger = call.choice("orderType", TYPES), call.optional_decimal("triggerPrice")
    wanted = call.optional("orderFilter") or "Order"
    if wanted not in ("Order", "tpslOrder", "StopOrder") or (wanted == "Order") == bool(trigger):
        raise VenueError(170201, "Invalid orderFilter parameter.")
    at_market = kind is OrderType.MARKET
    by_cost = at_market and (call.optional("marketUnit") or ("quoteCoin" if side is Side.BUY else "")) == "quoteCoin"
    amount = call.decimal("qty")
    if by_cost and not is_multiple(amount, quote_step(market)):
        raise VenueError(170148, "Market order amount has too many decimals.")
    new = spot.NewSpotOrder(
        symbol=market.symbol,
        side=side,
        type=_spot_type(call, market, side, kind),
        quantity=ZERO if by_cost else amount,
        quote_quantity=amount if by_cost else ZERO,
        price=ZERO if at_market else call.decimal("price"),
        stop_price=trigger,
        client_id=client_id(call),
        time_in_force=TimeInForce.GTC if at_market else call.choice("timeInForce", TIMES, TimeInForce.GTC),
        pieces=call.mood.pieces,
    )
    return spot.place_order(call.exchange, call.account, new)


def quote_step(market: Market) -> Any:
    """The finest amount of the quote coin (quotePrecision)."""
    return market.tick * market.step


def _spot_type(call: Call, market: Market, side: Side, kind: OrderType) -> OrderType:
    """Nobody says which way the price must go: a trigger above it waits for a rise, one below it for a fall."""
    if not call.optional("triggerPrice"):
        return kind
    if kind is not OrderType.MARKET:
        raise wrong("params error: only market orders wait for a trigger here")
    is_target = (call.decimal("triggerPrice") > call.exchange.price(market.symbol)) == (side is Side.SELL)
    return OrderType.TAKE_PROFIT if is_target else OrderType.STOP_LOSS


def cancel(call: Call) -> Any:
    """By orderId or orderLinkId; on spot an order that waits for its trigger only with its orderFilter."""
    call.market()
    view = find(call)
    wanted = call.optional("orderFilter") or "Order"
    if view is None or (call.kind is Kind.SPOT and view.is_conditional == (wanted == "Order")):
        raise Refused(Reason.UNKNOWN_CANCEL)
    _cancel(call, view)
    return {"orderId": view.exchange_id, "orderLinkId": view.client_id}


def _cancel(call: Call, view: View) -> None:
    if view.conditional and not view.order:
        conditionals.cancel_conditional(call.exchange, call.account, view.conditional)
    else:
        (futures if call.kind is Kind.FUTURES else spot).cancel_order(call.exchange, call.account, view.order)


def cancel_all(call: Call) -> Any:
    """Of a symbol, or of all."""
    symbols = {market.symbol for market in call.markets()}
    views = [view for view in all_views(call) if view.is_open and view.first.symbol in symbols]
    for view in views:
        if view.is_open:
            _cancel(call, view)
    return {"list": [{"orderId": v.exchange_id, "orderLinkId": v.client_id} for v in views], "success": "1"}
