"""Orders and trades as OKX describes and lists them."""

from typing import Any

from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import SPOT_CONDITIONAL, Fill, Order, OrderType, PositionSide, Status
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

SIDE_NAMES = {PositionSide.BOTH: "net", PositionSide.LONG: "long", PositionSide.SHORT: "short"}
STATES = {Status.NEW: "live", Status.PARTIALLY_FILLED: "partially_filled", Status.FILLED: "filled"}
MOST = 100


def list_open(call: Call) -> Any:
    """GET orders-pending, newest first; of swaps and spot alike where neither is named."""
    return [describe(call, order) for order in reversed(call.account.open_orders.values()) if _is_asked(call, order)]


def list_closed(call: Call) -> Any:
    """GET orders-history."""
    closed = (order for order in reversed(call.account.orders.values()) if not order.status.is_open)
    return [describe(call, order) for order in closed if _is_asked(call, order)]


def _is_asked(call: Call, order: Order) -> bool:
    named = call.optional("instId")
    market = call.exchange.markets[order.kind, order.symbol]
    if named:
        return market.name == named and order.is_working
    return order.is_working and (order.kind is call.kind or not call.optional("instType"))


def describe(call: Call, order: Order) -> dict[str, Any]:
    """Every field that OKX gives for an order."""
    market, account = call.exchange.markets[order.kind, order.symbol], call.account
    fills = [fill for fill in account.fills if fill.order_id == order.id and fill.kind is order.kind]
    last, is_swap = (fills[-1] if fills else None), order.kind is Kind.FUTURES
    by_algo = bool(order.algo_id) or order.type in SPOT_CONDITIONAL
    mode = "cash" if not is_swap else "isolated" if account.is_isolated(order.symbol) else "cross"
    return {
        "instType": "SWAP" if is_swap else "SPOT",
        "instId": market.name,
        "ordId": str(order.id),
        "clOrdId": "" if by_algo or order.client_id.startswith("sim") else order.client_id,
        "algoClOrdId": "",
        "algoId": "",
        "tag": "",
        "ccy": "",
        "px": plain(order.price) if order.price else "",
        "sz": plain(order.quote_quantity or market.to_contracts(order.quantity)),
        "tgtCcy": "" if is_swap else "quote_ccy" if order.quote_quantity else "base_ccy",
        "ordType": "market" if order.type is not OrderType.LIMIT else "limit",
        "side": order.side.lower(),
        "posSide": SIDE_NAMES[order.position_side],
        "tdMode": mode,
        "reduceOnly": "true" if order.reduce_only else "false",
        "state": STATES.get(order.status, "canceled"),
        "accFillSz": plain(market.to_contracts(order.executed_quantity)),
        "avgPx": plain(order.average_price) if fills else "",
        "fillPx": plain(last.price) if last else "",
        "fillSz": plain(market.to_contracts(last.quantity)) if last else "0",
        "fillTime": str(last.time) if last else "",
        "tradeId": str(last.id) if last else "",
        "fee": plain(-sum((fill.fee for fill in fills), ZERO)),
        "feeCcy": last.fee_asset if last else "",
        "pnl": plain(sum((fill.realized_pnl for fill in fills), ZERO)),
        "rebate": "0",
        "rebateCcy": "",
        "lever": str(account.leverage(order.symbol)) if is_swap else "",
        "category": "normal",
        "source": "",
        "attachAlgoOrds": [],
        "cTime": str(order.time),
        "uTime": str(order.update_time),
    }


def list_fills(call: Call) -> Any:
    """GET fills and fills-history: newest first, at most 100."""
    begin, end, most = call.integer("begin", 0), call.integer("end", 2**62), call.integer("limit", MOST)
    order_id, after = call.integer("ordId", 0), call.integer("after", 2**62)
    market = call.market("instId") if call.optional("instId") else None
    wanted = (
        fill
        for fill in reversed(call.account.fills)
        if begin <= fill.time <= end
        and fill.id < after
        and order_id in (0, fill.order_id)
        and (fill.kind is call.kind or not (market or call.optional("instType")))
        and (market is None or market.symbol == fill.symbol)
    )
    return [_describe_fill(call, fill) for fill, _ in zip(wanted, range(min(most, MOST)), strict=False)]


def _describe_fill(call: Call, fill: Fill) -> dict[str, Any]:
    market, order = call.exchange.markets[fill.kind, fill.symbol], call.account.orders.get(fill.order_id)
    is_own = order is not None and not order.algo_id and order.type not in SPOT_CONDITIONAL
    return {
        "instType": "SWAP" if fill.kind is Kind.FUTURES else "SPOT",
        "instId": market.name,
        "tradeId": str(fill.id),
        "ordId": str(fill.order_id),
        "clOrdId": order.client_id if order and is_own and not order.client_id.startswith("sim") else "",
        "billId": str(fill.id),
        "tag": "",
        "fillPx": plain(fill.price),
        "fillSz": plain(market.to_contracts(fill.quantity)),
        "fillPnl": plain(fill.realized_pnl),
        "side": fill.side.lower(),
        "posSide": SIDE_NAMES[fill.position_side],
        "execType": "M" if fill.is_maker else "T",
        "feeCcy": fill.fee_asset,
        "fee": plain(-fill.fee),
        "ts": str(fill.time),
        "fillTime": str(fill.time),
    }
