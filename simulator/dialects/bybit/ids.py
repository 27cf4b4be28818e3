"""Ids as Bybit writes them: UUIDs on contracts, long numbers on spot. A conditional order and the order it sends bear one id."""

from dataclasses import dataclass

ORDER, CONDITIONAL, EXECUTION = "0a0d3e00", "0c0d3e00", "0e0d3e00"
SPOT_ORDERS, SPOT_EXECUTIONS = 1_900_000_000_000_000_000, 2_290_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Named:
    """What an order id names, by our own numbers; zero: nothing."""

    order: int = 0
    conditional: int = 0


def write_uuid(family: str, number: int) -> str:
    return f"{family}-7847-404e-b947-{number:012x}"


def read_id(text: str) -> Named:
    """Whatever it is; nothing for an id that was never given out."""
    if text.isascii() and text.isdigit() and len(text) <= 19:
        return Named(order=max(0, int(text) - SPOT_ORDERS))
    family, _, rest = text.partition("-")
    try:
        number = int(rest.rpartition("-")[2], 16)
    except ValueError:
        return Named()
    return Named(conditional=number) if family == CONDITIONAL else Named(order=number) if family == ORDER else Named()
