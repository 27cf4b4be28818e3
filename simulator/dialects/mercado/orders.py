"""Placing and cancelling: market by quantity or by cost, limit, post-only, stop-limit."""

from typing import Any

from simulator.core import spot
from simulator.core.amounts import ZERO
from simulator.core.orders import OrderType, Side
from simulator.core.refusals import Reason, Refused
from simulator.dialects.call import Call
from simulator.dialects.mercado.errors import refused
from simulator.dialects.mercado.order_views import find, order_name

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
TYPES = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "post-only": OrderType.LIMIT_MAKER,
    "stoplimit": OrderType.STOP_LOSS_LIMIT,
}


def place(call: Call) -> Any:
    """POST orders; answered with the order's id and nothing more."""
    market, side, kind = call.market(), SIDES.get(call.optional("side")), TYPES.get(call.optional("type"))
    if side is None:
        raise refused("INVALID_SIDE", "The params {side} needs to be buy or sell")
    if kind is None:
        raise refused("INVALID_ORDER_TYPE", "Invalid order type")
    new = spot.NewSpotOrder(
        symbol=market.symbol,
        side=side,
        type=kind,
        quantity=call.optional_decimal("qty"),
        client_id=call.optional("externalId"),
        pieces=call.mood.pieces,
    )
    if kind is OrderType.MARKET:
        new.quote_quantity = call.optional_decimal("cost") if side is Side.BUY and not new.quantity else ZERO
    else:
        new.price = call.optional_decimal("limitPrice")
    if kind is OrderType.STOP_LOSS_LIMIT:
        _take_stop(call, new)
    try:
        return {"orderId": order_name(spot.place_order(call.exchange, call.account, new))}
    except Refused as refusal:
        if refusal.reason is Reason.NOTIONAL_TOO_SMALL and kind is OrderType.MARKET:
            # what the exchange was seen to answer to a market order of less than one real
            raise refused("API_GENERIC_ERROR", "An unexpected error has occurred") from refusal
        raise


def _take_stop(call: Call, new: spot.NewSpotOrder) -> None:
    if new.side is not Side.SELL:
        raise refused("INVALID_SIDE", "Side must be sell on stoplimit orders")
    if not call.optional("stopPrice"):
        raise refused("MISSING_FIELD", "Param stopPrice cannot be empty in stoplimit orders")
    new.stop_price = call.decimal("stopPrice")
    if new.price > new.stop_price:
        raise refused("INVALID_STOP_PRICE", "The param limitPrice cannot be higher than stopPrice")


def cancel(call: Call) -> Any:
    """DELETE orders/{order}: at once here; with `async` (the default) the answer does not say so."""
    order, _ = find(call)
    spot.cancel_order(call.exchange, call.account, order)
    return {} if call.optional("async").lower() == "false" else {"status": "queued_to_cancel"}
