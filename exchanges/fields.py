"""The three widths of decimal columns: price and quantity 36/18, money 28/8, percent 6/2 (D19)."""

from typing import Any

from django.db import models


def _decimal(max_digits: int, decimal_places: int, kwargs: dict[str, Any]) -> Any:
    return models.DecimalField(max_digits=max_digits, decimal_places=decimal_places, **kwargs)


def price_field(**kwargs: Any) -> Any:
    """A price in quote currency per base unit."""
    return _decimal(36, 18, kwargs)


def quantity_field(**kwargs: Any) -> Any:
    """A quantity in base units, never contracts."""
    return _decimal(36, 18, kwargs)


def money_field(**kwargs: Any) -> Any:
    """An amount in quote currency (USDT counts as USD)."""
    return _decimal(28, 8, kwargs)


def percent_field(**kwargs: Any) -> Any:
    """A percentage as given: 2.50 means 2.5 %."""
    return _decimal(6, 2, kwargs)
