"""Reading BingX's answers: states of orders for futures and spot, and the rows of futures (docs-v3, the pages of each call)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from exchanges.raw_values import decimal, decimal_or_none, require_id
from exchanges.types import (
    ExchangeFill,
    ExchangePosition,
    MarginMode,
    Market,
    OrderAnswer,
    OrderState,
    PositionSide,
    Side,
)

STATES = {
    "NEW": OrderState.OPEN,
    "PENDING": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.PARTIAL,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELLED,
    "CANCELLED": OrderState.CANCELLED,
    "FAILED": OrderState.REFUSED,
    "EXPIRED": OrderState.EXPIRED,
}
# The money of demo accounts: contracts there are quoted in USDT as everywhere and settled in this.
_COINS = {"VST": "USDT"}


def coin_of(asset: str) -> str:
    """The coin that an amount is in; demo money counts as what it stands for."""
    return _COINS.get(asset, asset)


def client_id_of(order: Mapping[str, Any]) -> str:
    """Our id in an order of an answer, "" where it has none. The field is written both ways, the id in lower case always."""
    return str(order.get("clientOrderId") or order.get("clientOrderID") or "")


def read_order(order: Mapping[str, Any]) -> OrderAnswer:
    """A futures order. One that is told as filled with nothing filled (an old sample has such a stop) proves nothing."""
    exchange_order_id = require_id(order, "orderId")
    state, filled = STATES[order["status"].upper()], decimal(order["executedQty"] or 0)
    trigger = decimal_or_none(order.get("stopPrice"))
    if state is OrderState.FILLED and not filled:
        raise ValueError("filled, without a quantity")
    return OrderAnswer(
        client_order_id=client_id_of(order),
        exchange_order_id=exchange_order_id,
        state=state,
        filled_quantity=filled,
        average_price=decimal_or_none(order.get("avgPrice")) if filled else None,
        quantity=decimal_or_none(order.get("origQty")),
        trigger_price=trigger,
        triggered_order_id=exchange_order_id if filled and trigger else "",
        raw=dict(order),
    )


def read_position(row: Mapping[str, Any], market: Market | None) -> ExchangePosition:
    """The side is told on one-way accounts too; where it is BOTH, the sign says it."""
    amount, side = decimal(row["positionAmt"]), row["positionSide"]
    is_long = side == "LONG" or (side != "SHORT" and amount > 0)
    return ExchangePosition(
        market_key=market.key if market else row["symbol"],
        side=PositionSide.LONG if is_long else PositionSide.SHORT,
        quantity=abs(amount),
        entry_price=decimal(row["avgPrice"]),
        mark_price=decimal_or_none(row.get("markPrice")),
        unrealized_pnl=decimal(row["unrealizedProfit"]),
        leverage=int(row["leverage"]),
        margin_mode=MarginMode.ISOLATED if row["isolated"] in (True, "true") else MarginMode.CROSS,
        liquidation_price=decimal_or_none(row.get("liquidationPrice")),
    )


def read_fill(row: Mapping[str, Any], market: Market) -> ExchangeFill:
    """`volume` is the quantity in coins. The time is `filledTime`, which names its zone; `filledTm` says Z of a local time."""
    return ExchangeFill(
        trade_id=str(row["tradeId"]),
        exchange_order_id=str(row["orderId"]),
        market_key=market.key,
        side=Side(row["side"].lower()),
        price=decimal(row["price"]),
        quantity=decimal(row["volume"]),
        fee=-decimal(row["commission"]),
        fee_currency=coin_of(row["commissionAsset"]),
        realized_pnl=None,
        filled_at=_moment(row["filledTime"]),
        client_order_id=client_id_of(row),
    )


def _moment(text: str) -> datetime:
    """A time with its zone, as 2023-12-16T20:58:36.000+0800."""
    told = datetime.fromisoformat(text)
    if told.tzinfo is None:
        raise ValueError("a time without its zone")
    return told.astimezone(UTC)
