"""What Binance's answers say, for futures and spot alike. Field names: developers.binance.com, "New Order", "New Algo Order"."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exchanges.errors import OutcomeUnknown
from exchanges.types import OrderState

STATES = {
    "NEW": OrderState.OPEN,
    "PENDING_NEW": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.PARTIAL,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELLED,
    "PENDING_CANCEL": OrderState.OPEN,
    "REJECTED": OrderState.REFUSED,
    "EXPIRED": OrderState.EXPIRED,
    "EXPIRED_IN_MATCH": OrderState.EXPIRED,
}

# "FINISHED: the triggered order was filled or cancelled": what became of it, only the order itself tells.
ALGO_STATES = STATES | {
    "TRIGGERING": OrderState.OPEN,
    "TRIGGERED": OrderState.OPEN,
    "FINISHED": OrderState.FILLED,
}


def plain(number: Decimal) -> str:
    """A number as Binance takes it: no exponent, no zeros at the end (more digits than the step has are refused, -1111)."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(value: Any) -> Decimal:
    """A number of an answer. Raises ArithmeticError or ValueError for anything that is none."""
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def decimal_or_none(value: Any) -> Decimal | None:
    """A price that may be missing: absent, empty and zero all mean none."""
    return (decimal(value) or None) if value not in (None, "") else None


def moment(milliseconds: Any) -> datetime:
    """Exchange time, whole milliseconds, without a detour over floating point."""
    seconds, rest = divmod(int(milliseconds), 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def require_id(raw: Any, field: str) -> str:
    """The exchange's id of an order. An answer without it proves nothing (D4)."""
    value = raw.get(field) if isinstance(raw, dict) else None
    if value in (None, "", 0, "0"):
        raise OutcomeUnknown("The exchange's answer carries no order id", code="no_order_id")
    return str(value)
