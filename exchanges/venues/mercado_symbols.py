"""Mercado Bitcoin's list of symbols, told in columns, as markets in ccxt's unified shape. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from exchanges.raw_values import decimal

LOT = Decimal("0.00000001")  # quantities have eight decimals where no lot is told


def read_symbols(told: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Every symbol of "List Symbols" (GET /api/v4/symbols); `precision` are steps, numbers are Decimal."""
    return [_market(told, place) for place in range(len(told["symbol"]))]


def _market(told: Mapping[str, list[Any]], place: int) -> dict[str, Any]:
    def column(name: str) -> Any:
        return told[name][place]

    def number(name: str) -> Decimal | None:
        """Zero and a column that is not told mean none."""
        return (decimal(column(name)) or None) if told.get(name) else None

    tick = decimal(column("minmovement"))
    if tick >= 1:  # as charts say it, and as it was told before: in units of 1/pricescale
        tick /= decimal(column("pricescale"))
    return {
        "id": column("symbol"),
        "symbol": f"{column('base-currency')}/{column('currency')}",
        "base": column("base-currency"),
        "quote": column("currency"),
        "spot": True,
        "active": bool(column("exchange-listed") and column("exchange-traded")),
        "contractSize": None,
        "precision": {"price": tick, "amount": number("round-lot") or LOT},
        "limits": {
            "amount": {"min": number("min-volume"), "max": number("max-volume")},
            "cost": {"min": number("min-cost"), "max": number("max-cost")},
        },
    }
