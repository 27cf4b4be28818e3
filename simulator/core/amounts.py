"""Decimal arithmetic with named, one-sided rounding."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

ZERO = Decimal(0)
MONEY = Decimal("0.00000001")
BASIS_POINT = Decimal("0.0001")


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` lies on the grid of `step`."""
    return value % step == 0


def round_down(value: Decimal, step: Decimal) -> Decimal:
    """Largest multiple of `step` that is not above `value`."""
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def round_up(value: Decimal, step: Decimal) -> Decimal:
    """Smallest multiple of `step` that is not below `value`."""
    return (value / step).to_integral_value(ROUND_CEILING) * step


def money(value: Decimal) -> Decimal:
    """An amount in whole hundred-millionths, as wallets keep it."""
    return value.quantize(MONEY, ROUND_HALF_EVEN)


def decimals(step: Decimal) -> int:
    """How many places after the point the grid of `step` has."""
    return len(f"{step.normalize():f}".partition(".")[2])
