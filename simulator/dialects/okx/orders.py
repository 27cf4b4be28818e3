"""`/api/v5/trade/order` and its neighbours. Swaps in contracts."""

from typing import Any

from simulator.core import futures, spot
from simulator.core.events import MarginModeSet
from simulator.core.markets import Kind, Market
from simulator.core.orders import SPOT_CONDITIONAL, Order, OrderType, PositionSide, Side, TimeInForce
from simulator.core.refusals import Reason, Refused
from simulator.dialects.call import Call
from simulator.dialects.errors import VenueError
from simulator.dialects.okx.errors import malformed
from simulator.dialects.okx.order_views import describe
from simulator.dialects.reading import LIST

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
POSITION_SIDES = {"net": PositionSide.BOTH, "long": PositionSide.LONG, "short": PositionSide.SHORT}
MARGIN_MODES = {"isolated": True, "cross": False}
TYPES = {
    "market": (OrderType.MARKET, TimeInForce.GTC),
    "limit": (OrderType.LIMIT, TimeInForce.GTC),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
}


def client_id(call: Call, name: str) -> str:
    """Letters and digits, 32 at most; 51000 otherwise."""
    value = call.optional(name)
    if value and not (value.isascii() and value.isalnum() and len(value) <= 32):
        raise malformed(name)
    return value


def is_true(call: Call, name: str) -> bool:
    return call.optional(name).lower() == "true"


def take_margin_mode(call: Call, market: Market) -> None:
    """The mode goes with every order. One symbol holds one mode here: with a position in the other, an order that would
    open a second one is refused as unavailable, one that reduces finds no position of its mode."""
    isolated, account = call.choice("tdMode", MARGIN_MODES), call.account
    if account.is_isolated(market.symbol) is isolated:
        return
    if not any(position.symbol == market.symbol for position in account.positions.values()):
        call.exchange.record(account, MarginModeSet(market.symbol, isolated))
    elif is_true(call, "reduceOnly"):
        raise Refused(Reason.REDUCE_ONLY)
    else:
        raise VenueError("50062", "This feature is currently unavailable.")


def place(call: Call) -> Any:
    """POST order: market, limit, ioc, fok."""
    market = call.market("instId")
    kind, time_in_force = call.choice("ordType", TYPES)
    at_market = kind is OrderType.MARKET
    price = call.optional_decimal("px") if at_market else call.decimal("px")
    if call.kind is Kind.SPOT:
        order = _place_spot(call, market, kind, time_in_force)
    else:
        take_margin_mode(call, market)
        new = futures.NewOrder(
            symbol=market.symbol,
            side=call.choice("side", SIDES),
            type=kind,
            quantity=market.to_base(call.decimal("sz")),
            price=price,
            client_id=client_id(call, "clOrdId"),
            time_in_force=time_in_force,
            reduce_only=is_true(call, "reduceOnly") and not call.account.is_hedged,
            position_side=call.choice("posSide", POSITION_SIDES, PositionSide.BOTH),
            pieces=call.mood.pieces,
        )
        order = futures.place_order(call.exchange, call.account, new)
    return [
        {
            "clOrdId": call.optional("clOrdId"),
            "ordId": str(order.id),
            "sCode": "0",
            "sMsg": "Order placed",
            "tag": "",
            "ts": str(order.time),
        }
    ]


def _place_spot(call: Call, market: Market, kind: OrderType, time_in_force: TimeInForce) -> Order:
    if call.text("tdMode") != "cash":
        raise malformed("tdMode")
    side, size = call.choice("side", SIDES), call.decimal("sz")
    default = "quote_ccy" if side is Side.BUY else "base_ccy"
    by_cost = kind is OrderType.MARKET and (call.optional("tgtCcy") or default) == "quote_ccy"
    new = spot.NewSpotOrder(
        symbol=market.symbol,
        side=side,
        type=kind,
        price=call.optional_decimal("px"),
        client_id=client_id(call, "clOrdId"),
        time_in_force=time_in_force,
        pieces=call.mood.pieces,
    )
    if by_cost:
        new.quote_quantity = size
    else:
        new.quantity = size
    return spot.place_order(call.exchange, call.account, new)


def place_several(call: Call) -> Any:
    """POST batch-orders. An item that is refused says so for itself."""
    placed = []
    for part in call.parts(LIST):
        try:
            placed += place(part)
        except Refused as refusal:
            placed.append(failed_item(part, part.words.translate(refusal, part.kind)))  # type: ignore[attr-defined]
        except VenueError as error:
            placed.append(failed_item(part, error))
    return placed


def failed_item(call: Call, error: VenueError) -> dict[str, Any]:
    return {
        "clOrdId": call.optional("clOrdId"),
        "ordId": "",
        "sCode": str(error.code),
        "sMsg": error.message,
        "tag": "",
    }


def find(call: Call) -> Order:
    """By `ordId`, else by `clOrdId`; 51603 without one. A spot algo's client id is not an order's."""
    market, order_id = call.market("instId"), call.integer("ordId", 0)
    if not order_id and not call.optional("clOrdId"):
        raise VenueError("51003", "Either client order ID or order ID is required.")
    order = call.account.find_order(call.kind, market.symbol, order_id, call.optional("clOrdId"))
    if order is None or not (order.is_working and (order_id or order.type not in SPOT_CONDITIONAL)):
        raise Refused(Reason.UNKNOWN_ORDER)
    return order


def show(call: Call) -> Any:
    return [describe(call, find(call))]


def cancel(call: Call) -> Any:
    try:
        order = find(call)
    except Refused:
        raise Refused(Reason.UNKNOWN_CANCEL) from None
    (futures if call.kind is Kind.FUTURES else spot).cancel_order(call.exchange, call.account, order)
    return [
        {"clOrdId": order.client_id, "ordId": str(order.id), "sCode": "0", "sMsg": "", "ts": str(order.update_time)}
    ]
