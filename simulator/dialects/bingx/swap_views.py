"""How futures orders, fills and positions are written: most figures as text, ids and prices of the books as numbers."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from simulator.core import margin
from simulator.core.accounts import Account, Environment
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, Market
from simulator.core.orders import ConditionalOrder, Fill, Order, PositionSide, Status
from simulator.dialects.bingx.ids import id_of, id_of_fill
from simulator.dialects.encoding import fixed, plain

EIGHT_HOURS = timezone(timedelta(hours=8))
STATUS = {
    Status.NEW: "PENDING",
    Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELLED",
    Status.EXPIRED: "CANCELLED",
    Status.REJECTED: "FAILED",
    Status.TRIGGERED: "PENDING",
}
NO_TRIGGER = {"type": "", "quantity": 0, "stopPrice": 0, "price": 0, "workingType": "", "stopGuaranteed": ""}


def number(value: Decimal) -> Any:
    """As a JSON number."""
    return json.loads(plain(value))


def coin(account: Account, asset: str) -> str:
    """Demo accounts hold virtual money."""
    return "VST" if account.environment is Environment.DEMO and asset == "USDT" else asset


def describe(exchange: Exchange, account: Account, order: Order | ConditionalOrder) -> dict[str, Any]:
    """An order as a query answers it; a triggered one with the fill of the order that it became."""
    market = exchange.markets[Kind.FUTURES, order.symbol]
    book = _in_the_book(account, order)
    executed = book.executed_quantity if book else Decimal(0)
    own = [fill for fill in account.fills if book and fill.order_id == book.id]
    return {
        "symbol": market.name,
        "orderId": id_of(order),
        "side": order.side,
        "positionSide": order.position_side,
        "type": order.type,
        "origQty": plain(order.quantity),
        "price": plain(book.price or book.average_price) if book else "0.0",
        "executedQty": plain(executed),
        "avgPrice": plain(book.average_price) if book and executed else "0.0",
        "cumQuote": plain(book.executed_quote) if book else "0",
        "stopPrice": plain(order.trigger_price) if isinstance(order, ConditionalOrder) else "",
        "profit": fixed(sum((fill.realized_pnl for fill in own), Decimal(0)), 4),
        "commission": fixed(-sum((fill.fee for fill in own), Decimal(0)), 6),
        "status": _status(order, book),
        "time": order.time,
        "updateTime": max(order.update_time, book.update_time if book else 0),
        "clientOrderId": order.client_id if not order.client_id.startswith("sim") else "",
        "leverage": f"{account.leverage(order.symbol)}X",
        "takeProfit": NO_TRIGGER,
        "stopLoss": NO_TRIGGER,
        "advanceAttr": 0,
        "positionID": 0,
        "takeProfitEntrustPrice": 0,
        "stopLossEntrustPrice": 0,
        "orderType": "",
        "workingType": order.working_type if isinstance(order, ConditionalOrder) else "MARK_PRICE",
        "onlyOnePosition": order.position_side is PositionSide.BOTH,
        "reduceOnly": order.reduce_only,
        "closePosition": "true" if isinstance(order, ConditionalOrder) and order.close_position else "false",
        "stopGuaranteed": False,
        "triggerOrderId": 0,
        "postOnly": False,
    }


def _in_the_book(account: Account, order: Order | ConditionalOrder) -> Order | None:
    """What is or was in the book: of a stop, the order that it became."""
    if isinstance(order, Order):
        return order
    return account.find_order(Kind.FUTURES, order.symbol, order.order_id) if order.order_id else None


def _status(order: Order | ConditionalOrder, book: Order | None) -> str:
    if isinstance(order, ConditionalOrder) and order.status is Status.NEW:
        return "NEW"
    return STATUS[book.status if book else order.status]


def describe_placed(exchange: Exchange, account: Account, order: Order | ConditionalOrder) -> dict[str, Any]:
    """An order in the answer to its placing."""
    told, is_filled = describe(exchange, account, order), isinstance(order, Order) and order.executed_quantity
    return {
        "orderId": told["orderId"],
        "orderID": str(told["orderId"]),
        "symbol": told["symbol"],
        "positionSide": told["positionSide"],
        "side": told["side"],
        "type": told["type"],
        "price": number(order.price) if isinstance(order, Order) else 0,
        "quantity": number(order.quantity),
        "stopPrice": number(order.trigger_price) if isinstance(order, ConditionalOrder) else 0,
        "workingType": told["workingType"],
        "clientOrderId": told["clientOrderId"],
        "clientOrderID": told["clientOrderId"],
        "timeInForce": "GTC",
        "priceRate": 0,
        "stopLoss": "",
        "takeProfit": "",
        "reduceOnly": order.reduce_only,
        "status": told["status"],
        "avgPrice": told["avgPrice"] if is_filled else "",
        "executedQty": told["executedQty"],
    }


def describe_fill(account: Account, market: Market, fill: Fill) -> dict[str, Any]:
    return {
        "filledTm": f"{_local(fill.time):%Y-%m-%dT%H:%M:%S}Z",  # as the exchange writes it: the time of another zone
        "filledTime": f"{_local(fill.time):%Y-%m-%dT%H:%M:%S}.{fill.time % 1000:03}+0800",
        "volume": plain(fill.quantity),
        "price": plain(fill.price),
        "qty": plain(fill.quantity),
        "quoteQty": plain(fill.quote_quantity),
        "amount": plain(fill.quote_quantity),
        "commission": plain(-fill.fee),
        "commissionAsset": coin(account, fill.fee_asset),
        "currency": coin(account, fill.fee_asset),
        "orderId": str(id_of_fill(account, fill)),
        "tradeId": str(fill.id),
        "symbol": market.name,
        "role": "maker" if fill.is_maker else "taker",
        "side": fill.side,
        "positionSide": fill.position_side,
    }


def _local(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone(EIGHT_HOURS)


def describe_position(market: Market, account: Account, measured: margin.PositionMargin) -> dict[str, Any]:
    position = measured.position
    return {
        "positionId": str(1_900_000_000_000_000_000 + position.update_time),
        "symbol": market.name,
        "currency": coin(account, market.quote),
        "positionAmt": plain(abs(position.quantity)),
        "availableAmt": plain(abs(position.quantity)),
        "positionSide": "LONG" if position.quantity > 0 else "SHORT",
        "isolated": measured.isolated,
        "avgPrice": plain(position.entry_price),
        "initialMargin": fixed(measured.initial, 4),
        "margin": fixed(position.margin + measured.unrealized_pnl, 4),
        "leverage": measured.leverage,
        "unrealizedProfit": fixed(measured.unrealized_pnl, 4),
        "realisedProfit": "0.0000",
        "liquidationPrice": number(measured.liquidation_price),
        "pnlRatio": "0.0000",
        "maxMarginReduction": "0.0000",
        "riskRate": "0.0000",
        "markPrice": plain(measured.price),
        "positionValue": fixed(abs(measured.notional), 4),
        "onlyOnePosition": position.side is PositionSide.BOTH,
        "updateTime": position.update_time,
    }
