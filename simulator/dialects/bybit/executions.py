"""/v5/execution/list: trades and funding together, newest first."""

from typing import Any

from simulator.core.accounts import Income
from simulator.core.liquidation import CLIENT_ID
from simulator.core.markets import Kind
from simulator.core.orders import Fill
from simulator.dialects.bybit.ids import EXECUTION, SPOT_EXECUTIONS, write_uuid
from simulator.dialects.bybit.lookup import page, time_window
from simulator.dialects.bybit.views import SIDE_WORDS, view_of_order
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

FUNDING_IDS = 1 << 40  # beside the trades' numbers


def list_executions(call: Call) -> Any:
    start, end = time_window(call)
    symbol = call.market().symbol if call.optional("symbol") else ""
    rows = [_trade(call, fill) for fill in call.account.fills if fill.kind is call.kind and symbol in ("", fill.symbol)]
    if call.kind is Kind.FUTURES:
        rows += [_funding(call, paid) for paid in call.account.incomes if symbol in ("", paid.symbol)]
    wanted = {"execType": call.optional("execType"), "orderLinkId": call.optional("orderLinkId")}
    wanted["orderId"] = call.optional("orderId")
    told = [
        row
        for row in rows
        if start <= int(row["execTime"]) <= end and all(value in ("", row[name]) for name, value in wanted.items())
    ]
    return page(call, sorted(told, key=lambda row: int(row["execTime"]), reverse=True), default=50, most=100)


def _trade(call: Call, fill: Fill) -> dict[str, Any]:
    order = call.account.orders.get(fill.order_id)
    view = view_of_order(call, order) if order else None
    is_spot = fill.kind is Kind.SPOT
    liquidated = bool(order and order.client_id.startswith(CLIENT_ID))
    return {
        "symbol": call.market_of(fill.symbol).name,
        "orderType": "Limit" if fill.is_maker else "Market",
        "orderLinkId": view.client_id if view else "",
        "orderId": view.exchange_id if view else "",
        "side": SIDE_WORDS[fill.side],
        "stopOrderType": "UNKNOWN",
        "execTime": str(fill.time),
        "feeCurrency": fill.fee_asset if is_spot else "",
        "isMaker": fill.is_maker,
        "execFee": plain(fill.fee),
        "execId": str(SPOT_EXECUTIONS + fill.id) if is_spot else write_uuid(EXECUTION, fill.id),
        "execPrice": plain(fill.price),
        "execQty": plain(fill.quantity),
        "execValue": plain(fill.quote_quantity),
        "orderQty": plain(order.quantity) if order else "",
        "execType": "BustTrade" if liquidated else "Trade",
        "execPnl": "" if is_spot else plain(fill.realized_pnl),
    }


def _funding(call: Call, paid: Income) -> dict[str, Any]:
    """What was paid is a fee above zero."""
    return {
        "symbol": call.market_of(paid.symbol).name,
        "orderType": "UNKNOWN",
        "orderLinkId": "",
        "orderId": f"{paid.time}-{paid.id}",
        "side": "Sell" if paid.amount > 0 else "Buy",
        "stopOrderType": "UNKNOWN",
        "execTime": str(paid.time),
        "feeCurrency": "",
        "isMaker": False,
        "execFee": plain(-paid.amount),
        "execId": write_uuid(EXECUTION, FUNDING_IDS + paid.id),
        "execPrice": plain(call.exchange.mark(paid.symbol)),
        "execQty": plain(abs(call.account.position(paid.symbol).quantity)),
        "execValue": "0",
        "orderQty": "0",
        "execType": "Funding",
        "execPnl": "",
    }
