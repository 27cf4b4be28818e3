"""What is the same in all of Mercado Bitcoin's answers that tell orders. Pure."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchanges.dialect import Raw, not_found
from exchanges.raw_values import decimal
from exchanges.types import OrderState

PERCENT = Decimal(100)
STATES = {
    "created": OrderState.OPEN,
    "working": OrderState.OPEN,
    "filled": OrderState.FILLED,
    "cancelled": OrderState.CANCELLED,
}


def external_id(raw: Mapping[str, Any]) -> str:
    """The list of all markets spells it in another way; an order by hand has none."""
    return str(raw.get("externalId") or raw.get("external_id") or "")


def picker(client_order_id: str) -> Callable[[Raw], Raw]:
    def pick(rows: Raw) -> Raw:
        if not isinstance(rows, list):
            raise TypeError("not a list of orders")
        found = [row for row in rows if external_id(row) == client_order_id]
        if not found:
            raise not_found()
        return found[0]

    return pick


def traded(raw: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """Quantity and cost. By the executions where they are all told: "avgPrice" is documented as a simple average."""
    filled = decimal(raw["filledQty"])
    parts = [(decimal(one["price"]), decimal(one["qty"])) for one in raw.get("executions") or ()]
    if filled and sum((quantity for _, quantity in parts), Decimal(0)) == filled:
        return filled, sum((price * quantity for price, quantity in parts), Decimal(0))
    return filled, filled * decimal(raw.get("avgPrice") or 0)


def fee_of(row: Mapping[str, Any]) -> Decimal:
    """`fee_rate` is in percent, of what was received."""
    quantity = decimal(row["qty"])
    received = quantity if row["side"] == "buy" else quantity * decimal(row["price"])
    return received * decimal(row.get("fee_rate") or 0) / PERCENT
