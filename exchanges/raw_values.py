"""Numbers, times and ids between our values and an exchange's JSON. Pure; every venue's dialect reads and writes with these."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exchanges.errors import OutcomeUnknown


def plain(number: Decimal) -> str:
    """A number as exchanges take it: no exponent, no zeros at the end (more digits than the step has are refused)."""
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
