"""`/api/v2/spot/trade/place-order` and its neighbours: spot orders of a classic account."""

import json
from collections.abc import Iterable
from typing import Any

from simulator.core import spot
from simulator.core.amounts import ZERO, decimals
from simulator.core.markets import Kind
from simulator.core.orders import SPOT_CONDITIONAL, Fill, Order, OrderType, Side, TimeInForce
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bitget.errors import refused
from simulator.dialects.bitget.mix_orders import FORCES, MOST, STATES, TYPES, client_id, fills_asked_for, ids_of
from simulator.dialects.bitget.positions import SIDES, lower_choice
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

QUOTE_PLACES = 4  # quotePrecision


def place(call: Call) -> Any:
    """POST place-order. A market purchase says its size in the quote coin."""
    market, kind, side = call.market(), call.choice("orderType", TYPES), call.choice("side", SIDES)
    if not call.optional("force") and kind is OrderType.LIMIT:
        raise call.missing("force")
    size, by_cost = call.decimal("size"), kind is OrderType.MARKET and side is Side.BUY
    if by_cost and decimals(size) > QUOTE_PLACES:
        raise refused("40808", f"Parameter verification exception size checkBDScale error value={plain(size)}")
    new = spot.NewSpotOrder(
        symbol=market.symbol,
        side=side,
        type=kind,
        quantity=ZERO if by_cost else size,
        quote_quantity=size if by_cost else ZERO,
        price=call.decimal("price") if kind is OrderType.LIMIT else ZERO,
        client_id=client_id(call),
        time_in_force=lower_choice(call, "force").choice("force", FORCES, TimeInForce.GTC),
        pieces=call.mood.pieces,
    )
    return ids_of(spot.place_order(call.exchange, call.account, new))


def is_told(order: Order) -> bool:
    """A plan order is no order before it is triggered."""
    return order.kind is Kind.SPOT and (order.type not in SPOT_CONDITIONAL or order.is_working)


def own_id(order: Order) -> str:
    """What a plan order sends has an id of the exchange's making."""
    return f"plan{order.id}" if order.type in SPOT_CONDITIONAL else order.client_id


def find(call: Call) -> Order | None:
    order_id, wanted = call.optional("orderId"), call.optional("clientOid")
    if not order_id and not wanted:
        raise refused("40019", "Parameter orderId cannot be empty")
    orders = (one for one in reversed(call.account.orders.values()) if is_told(one))
    return next((one for one in orders if (str(one.id) == order_id if order_id else own_id(one) == wanted)), None)


def show(call: Call) -> Any:
    """GET orderInfo: a list of one, or of none."""
    order = find(call)
    return [describe(call, order)] if order else []


def cancel(call: Call) -> Any:
    order = find(call)
    if order is None or order.type in SPOT_CONDITIONAL:
        raise Refused(Reason.UNKNOWN_CANCEL)
    return ids_of(spot.cancel_order(call.exchange, call.account, order))


def list_open(call: Call) -> Any:
    return _listed(call, reversed(call.account.open_orders.values()))


def list_closed(call: Call) -> Any:
    return _listed(call, (one for one in reversed(call.account.orders.values()) if not one.status.is_open))


def _listed(call: Call, orders: Iterable[Order]) -> Any:
    named = call.market().symbol if call.optional("symbol") else ""
    rows = [describe(call, one) for one in orders if is_told(one) and named in ("", one.symbol)]
    return rows[: min(call.integer("limit", MOST), MOST)]


def describe(call: Call, order: Order) -> dict[str, Any]:
    """Every field that Bitget gives for a spot order."""
    market = call.market_of(order.symbol)
    fills = [fill for fill in call.account.fills if fill.order_id == order.id and fill.kind is order.kind]
    is_limit = order.type is OrderType.LIMIT
    return {
        "userId": str(call.account.id),
        "symbol": market.name,
        "orderId": str(order.id),
        "clientOid": own_id(order),
        "price": plain(order.price) if is_limit else "0",
        "size": plain(order.quote_quantity or order.quantity),
        "orderType": "limit" if is_limit else "market",
        "side": order.side.lower(),
        "status": STATES.get(order.status, "cancelled"),
        "priceAvg": plain(order.average_price),
        "baseVolume": plain(order.executed_quantity),
        "quoteVolume": plain(order.executed_quote),
        "enterPointSource": "API",
        "feeDetail": _fee_detail(fills),
        "orderSource": "limit" if is_limit else "market",
        "cancelReason": "",
        "cTime": str(order.time),
        "uTime": str(order.update_time),
    }


def _fee_detail(fills: list[Fill]) -> str:
    """JSON within the JSON; fees are negative numbers there."""
    if not fills:
        return ""
    coin, paid = fills[-1].fee_asset, f"-{plain(sum((fill.fee for fill in fills), ZERO))}"
    told = {
        "newFees": {"c": 0, "d": 0, "deduction": False, "r": "PAID", "t": "PAID", "totalDeductionFee": 0},
        coin: {"deduction": False, "feeCoinCode": coin, "totalDeductionFee": 0, "totalFee": "PAID"},
    }
    return json.dumps(told).replace('"PAID"', paid)


def list_fills(call: Call) -> Any:
    """GET fills."""
    named = call.market().symbol if call.optional("symbol") else ""
    return [
        {
            "userId": str(call.account.id),
            "symbol": call.market_of(fill.symbol).name,
            "orderId": str(fill.order_id),
            "tradeId": str(fill.id),
            "orderType": "market",
            "side": fill.side.lower(),
            "priceAvg": plain(fill.price),
            "size": plain(fill.quantity),
            "amount": plain(fill.quote_quantity),
            "feeDetail": {
                "deduction": "no",
                "feeCoin": fill.fee_asset,
                "totalDeductionFee": "",
                "totalFee": plain(-fill.fee),
            },
            "tradeScope": "maker" if fill.is_maker else "taker",
            "cTime": str(fill.time),
            "uTime": str(fill.time),
        }
        for fill in fills_asked_for(call, named=named)
    ]
