"""`/openApi/spot/v1/trade`: market, limit and trigger orders, the account's trades and balances.

TAKE_STOP_MARKET and TRIGGER_MARKET wait for their price from whichever side the market stands now.
"""

import re
from decimal import Decimal
from typing import Any

from simulator.core import spot
from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import SPOT_CONDITIONAL, Order, OrderType, Side, Status, TimeInForce
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bingx import errors
from simulator.dialects.bingx.ids import find, id_of, id_of_fill, read_id
from simulator.dialects.bingx.swap_orders import SIDES, TIMES
from simulator.dialects.bingx.swap_views import number
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.errors import VenueError

TYPES = ("MARKET", "LIMIT", "TAKE_STOP_MARKET", "TRIGGER_MARKET")
STATUS = {
    Status.NEW: "PENDING",
    Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELED",
    Status.EXPIRED: "CANCELED",
    Status.REJECTED: "FAILED",
}
CLIENT_ID = re.compile(r"[A-Za-z0-9_]{1,40}")
CLIENT_ID_MS = 2 * 3_600_000  # "only supports a query range of 2 hours"


def place(call: Call) -> Any:
    """POST order."""
    order = spot.place_order(call.exchange, call.account, _read_new(call))
    return _describe_placed(call, order)


def _read_new(call: Call) -> spot.NewSpotOrder:
    market, side = call.market(), call.choice("side", SIDES)
    kind = call.text("type")
    if kind not in TYPES:
        raise errors.malformed("type")
    quantity, cost = call.optional_decimal("quantity"), call.optional_decimal("quoteOrderQty")
    if not quantity and not (cost and kind == "MARKET" and side is Side.BUY):
        raise VenueError(100400, "check param fail:entrust volume and value is 0.0")
    given = call.optional("newClientOrderId")
    if given and not CLIENT_ID.fullmatch(given):
        raise errors.malformed("newClientOrderId")
    return spot.NewSpotOrder(
        symbol=market.symbol,
        side=side,
        type=_core_type(call, kind, market.symbol, side),
        quantity=quantity,
        quote_quantity=ZERO if quantity else cost,  # "quantity will be used first, and quoteOrderQty will be discarded"
        price=call.decimal("price") if kind == "LIMIT" else ZERO,
        stop_price=ZERO if kind in ("MARKET", "LIMIT") else call.decimal("stopPrice"),
        client_id=given.lower(),
        time_in_force=call.choice("timeInForce", TIMES, TimeInForce.GTC),
        pieces=call.mood.pieces,
    )


def _core_type(call: Call, kind: str, symbol: str, side: Side) -> OrderType:
    if kind in ("MARKET", "LIMIT"):
        return OrderType(kind)
    below = call.decimal("stopPrice") < call.exchange.price(symbol)
    return OrderType.STOP_LOSS if below == (side is Side.SELL) else OrderType.TAKE_PROFIT


def _describe_placed(call: Call, order: Order) -> dict[str, Any]:
    return {
        "symbol": call.market_of(order.symbol).name,
        "orderId": id_of(order),
        "transactTime": order.update_time,
        "price": plain(order.average_price or order.price),
        "stopPrice": plain(order.stop_price),
        "origQty": plain(order.quantity),
        "executedQty": plain(order.executed_quantity),
        "cummulativeQuoteQty": plain(order.executed_quote),
        "status": _status(order),
        "type": _type(order),
        "side": order.side,
        "clientOrderID": _client_id(order),
    }


def _client_id(order: Order) -> str:
    return "" if order.client_id.startswith("sim") else order.client_id


def _status(order: Order) -> str:
    return "NEW" if order.status is Status.NEW and not order.is_working else STATUS[order.status]


def _type(order: Order) -> str:
    return "TAKE_STOP_MARKET" if order.type in SPOT_CONDITIONAL else order.type.value


def describe(call: Call, order: Order) -> dict[str, Any]:
    """An order as a query answers it, with its fee (negative: paid)."""
    own = [fill for fill in call.account.fills if fill.order_id == order.id]
    market = call.market_of(order.symbol)
    received = market.base if order.side is Side.BUY else market.quote
    told = {
        name: value
        for name, value in _describe_placed(call, order).items()
        if name not in ("transactTime", "stopPrice")
    }
    return told | {
        "StopPrice": plain(order.stop_price),
        "time": order.time,
        "updateTime": order.update_time,
        "origQuoteOrderQty": plain(order.quote_quantity),
        "fee": plain(-sum((fill.fee for fill in own), Decimal(0))),
        "feeAsset": own[0].fee_asset if own else received,
        "avgPrice": plain(order.average_price),
    }


def _find(call: Call) -> Order | None:
    """By the exchange's id, or for two hours by the client's."""
    given, ours = read_id(call), call.optional("clientOrderID").lower()
    if not given and not ours:
        raise VenueError(100400, "miss arguments")
    order = find(call.account, Kind.SPOT, call.market().symbol, given, ours)
    if not isinstance(order, Order) or (not given and order.time < call.exchange.clock() - CLIENT_ID_MS):
        return None
    return order


def query(call: Call) -> Any:
    order = _find(call)
    if order is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    return describe(call, order)


def cancel(call: Call) -> Any:
    """POST cancel."""
    return _describe_placed(call, spot.cancel_order(call.exchange, call.account, _find(call)))


def open_orders(call: Call) -> Any:
    symbols = {market.symbol for market in call.markets()}
    own = [o for o in call.account.open_orders.values() if o.kind is Kind.SPOT and o.symbol in symbols]
    return {"orders": [describe(call, order) for order in own]}


def history(call: Call) -> Any:
    """GET historyOrders: those that are over."""
    symbols = {market.symbol for market in call.markets()}
    own = [
        o for o in call.account.orders.values() if o.kind is Kind.SPOT and o.symbol in symbols and not o.status.is_open
    ]
    return {"orders": [describe(call, order) for order in own[-call.integer("pageSize", 100) :]]}


def my_trades(call: Call) -> Any:
    """GET myTrades: of the last 24 hours unless both times are said, oldest first."""
    symbol, now = call.market().symbol, call.exchange.clock()
    start, end = call.integer("startTime", 0), call.integer("endTime", 0)
    if not (start and end):
        start, end = now - 86_400_000, now
    own = [f for f in call.account.fills if f.kind is Kind.SPOT and f.symbol == symbol and start <= f.time <= end]
    return {
        "fills": [
            {
                "symbol": call.market_of(fill.symbol).name,
                "id": fill.id,
                "orderId": id_of_fill(call.account, fill),
                "price": plain(fill.price),
                "qty": plain(fill.quantity),
                "quoteQty": plain(fill.quote_quantity),
                "commission": number(-fill.fee),
                "commissionAsset": fill.fee_asset,
                "time": fill.time,
                "isBuyer": fill.side is Side.BUY,
                "isMaker": fill.is_maker,
            }
            for fill in own[: call.integer("limit", 500)]
        ]
    }


def balances(call: Call) -> Any:
    """GET account/balance."""
    locked, coins = spot.locked_balances(call.account), call.account.coins
    return {
        "balances": [
            {"asset": asset, "free": plain(amount - locked.get(asset, ZERO)), "locked": plain(locked.get(asset, ZERO))}
            for asset, amount in coins.items()
        ]
    }
