"""What Gate's answers about orders mean (gate.com/docs/developers/apiv4, "FuturesOrder", "FuturesPriceTriggeredOrder").

Sizes are contracts, negative for sales. Our client order id travels as `text`, behind the prefix that Gate asks of every id.
"""

from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal, decimal_or_none, require_id
from exchanges.types import Market, OrderAnswer, OrderState

PREFIX = "t-"

# `finish_as` of a finished order that was not filled to the end; "ioc": what is left found no counterpart.
_FINISHED = {
    "filled": OrderState.FILLED,
    "cancelled": OrderState.CANCELLED,
    "ioc": OrderState.EXPIRED,
    "liquidated": OrderState.CANCELLED,
    "auto_deleveraged": OrderState.CANCELLED,
    "reduce_only": OrderState.CANCELLED,
    "position_closed": OrderState.CANCELLED,
    "reduce_out": OrderState.CANCELLED,
    "stp": OrderState.CANCELLED,
}
NOTHING_TO_REDUCE = frozenset({"reduce_only", "position_closed"})

# `finish_as` of a price-triggered order; "failed": it was triggered, and its order was turned down.
_TRIGGER_FINISHED = {
    "cancelled": OrderState.CANCELLED,
    "succeeded": OrderState.FILLED,
    "failed": OrderState.REFUSED,
    "expired": OrderState.EXPIRED,
}


def text_of(client_order_id: str) -> str:
    return PREFIX + client_order_id


def client_id_of(text: Any) -> str:
    """The id in a `text`; "" for one that no client chose ("api", "web", "liq-…")."""
    told = str(text or "")
    return told.removeprefix(PREFIX) if told.startswith(PREFIX) else ""


def rows(raw: Raw) -> list[dict[str, Any]]:
    """Raises TypeError for anything else than a list."""
    if not isinstance(raw, list):
        raise TypeError("this answer is a list")
    return raw


def read_order(row: Raw, market: Market) -> OrderAnswer:
    exchange_order_id, size = require_id(row, "id"), abs(decimal(row["size"]))
    filled = size - abs(decimal(row["left"]))
    is_open = row["status"] == "open"
    state = (OrderState.PARTIAL if filled else OrderState.OPEN) if is_open else _FINISHED[row["finish_as"]]
    if state is OrderState.FILLED and filled != size:
        raise ValueError("a filled order has nothing left")
    return OrderAnswer(
        client_order_id=client_id_of(row["text"]),
        exchange_order_id=exchange_order_id,
        state=state,
        filled_quantity=filled * market.contract_size,
        average_price=decimal_or_none(row["fill_price"]) if filled else None,
        quantity=size * market.contract_size,
        raw=row,
    )


def read_trigger(row: Raw, market: Market) -> OrderAnswer:
    """A price-triggered order; `trade_id` is the order that it became."""
    exchange_order_id, initial = require_id(row, "id"), row["initial"]
    became = str(row.get("trade_id") or "")
    if row["status"] == "finished":
        state = _TRIGGER_FINISHED[row["finish_as"]]
    else:
        state = {"open": OrderState.OPEN, "inactive": OrderState.OPEN, "invalid": OrderState.REFUSED}[row["status"]]
    if state is OrderState.FILLED and became in ("", "0"):
        raise ValueError("a triggered order names no order")
    size = abs(decimal(initial.get("amount") or initial["size"]))
    return OrderAnswer(
        client_order_id=client_id_of(initial["text"]),
        exchange_order_id=exchange_order_id,
        state=state,
        filled_quantity=Decimal(0),
        average_price=None,
        triggered_order_id=became if state is OrderState.FILLED else "",
        trigger_price=decimal_or_none(row["trigger"]["price"]),
        quantity=size * market.contract_size or None,  # zero closes the whole position: one of the client's own
        raw=row,
    )


def order_of(client_order_id: str, raw: Raw) -> dict[str, Any]:
    """The order with that id in a list of orders."""
    return _the_one(raw, client_order_id, lambda row: row["text"])


def trigger_of(client_order_id: str, raw: Raw) -> dict[str, Any]:
    """The price-triggered order with that id in a list of them."""
    return _the_one(raw, client_order_id, lambda row: row["initial"]["text"])


def _the_one(raw: Raw, client_order_id: str, text: Any) -> dict[str, Any]:
    wanted = text_of(client_order_id)
    found = next((row for row in rows(raw) if text(row) == wanted), None)
    if found is None:
        raise not_found()
    return found
