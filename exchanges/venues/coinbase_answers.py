"""Coinbase's orders and trades turned into ours. Source: docs.cdp.coinbase.com, Advanced Trade REST API, "List Orders", "List Fills"."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, require_id
from exchanges.types import ExchangeFill, Market, OrderAnswer, OrderState, Side

STATES = {
    "PENDING": OrderState.OPEN,
    "OPEN": OrderState.OPEN,
    "QUEUED": OrderState.OPEN,
    "CANCEL_QUEUED": OrderState.OPEN,
    "EDIT_QUEUED": OrderState.OPEN,
    "FILLED": OrderState.FILLED,
    "CANCELLED": OrderState.CANCELLED,
    "EXPIRED": OrderState.EXPIRED,
    "FAILED": OrderState.REFUSED,
}
# Kinds of orders that wait for a price, and the price that they wait for.
TRIGGERS = {
    "stop_limit_stop_limit_gtc": "stop_price",
    "stop_limit_stop_limit_gtd": "stop_price",
    "trigger_bracket_gtc": "stop_trigger_price",
    "trigger_bracket_gtd": "stop_trigger_price",
}


def configuration(raw: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """An order's kind and what it says; of several that are there, the one that says anything."""
    told = {kind: said for kind, said in (raw.get("order_configuration") or {}).items() if said}
    return next(iter(told.items()), ("", {}))


def picker(client_order_id: str) -> Callable[[Raw], Raw]:
    """Takes the order of that id out of a list."""

    def pick(raw: Raw) -> Raw:
        for row in raw["orders"]:
            if row.get("client_order_id") == client_order_id:
                return row
        raise not_found()

    return pick


def read_order(raw: Raw, market: Market) -> OrderAnswer:
    """A row of a list of orders. The fee is in quote currency."""
    exchange_order_id = require_id(raw, "order_id")
    filled, state = decimal(raw["filled_size"] or 0), STATES[raw["status"]]
    if state is OrderState.FILLED and not filled:
        raise ValueError("filled, and nothing was traded")
    kind, said = configuration(raw)
    return OrderAnswer(
        client_order_id=str(raw.get("client_order_id") or ""),
        exchange_order_id=exchange_order_id,
        state=OrderState.PARTIAL if filled and state is OrderState.OPEN else state,
        filled_quantity=filled,
        average_price=decimal_or_none(raw["average_filled_price"]) if filled else None,
        quantity=decimal_or_none(said.get("base_size")),
        trigger_price=decimal_or_none(said.get(TRIGGERS.get(kind, ""))),
        fee=decimal(raw.get("total_fees") or 0),
        fee_currency=market.quote,
        raw=raw,
    )


def read_fill(row: Mapping[str, Any], market: Market) -> ExchangeFill:
    """A trade. What is no trade (a correction, a reversal) has quantity zero and only takes room."""
    price, size = decimal(row["price"]), decimal(row["size"])
    quantity = size / price if row.get("size_in_quote") else size
    return ExchangeFill(
        trade_id=str(row["entry_id"]),
        exchange_order_id=str(row["order_id"]),
        market_key=market.key if row["product_id"] == market.id else str(row["product_id"]),
        side=Side(str(row["side"]).lower()),
        price=price,
        quantity=quantity if row["trade_type"] == "FILL" else Decimal(0),
        fee=decimal(row["commission"] or 0),
        fee_currency=market.quote,
        realized_pnl=None,
        filled_at=at(row["trade_time"]),
    )


def at(text: Any) -> datetime:
    """RFC 3339; parts of a second below the microsecond are dropped."""
    return datetime.fromisoformat(str(text)).astimezone(UTC)
