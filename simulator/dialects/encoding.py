"""How figures and answers are written."""

import json
from decimal import Decimal

encode = json.JSONEncoder(separators=(",", ":")).encode


def plain(value: Decimal) -> str:
    """Exactly as it is, without an exponent."""
    return f"{value:f}"


def fixed(value: Decimal, places: int = 8) -> str:
    """A computed figure with this many places."""
    return f"{value:.{places}f}"
