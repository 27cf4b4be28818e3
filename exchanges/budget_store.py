"""The budgets' memory that all processes share, in Redis: one hash per (exchange, egress address), one per account."""

DOORS_KEY = "batuta:doors"


def door_key(exchange: str, egress: str) -> str:
    """The hash of one exchange as seen from one egress address."""
    return f"batuta:door:{exchange}:{egress}"
