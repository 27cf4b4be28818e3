"""What an exchange lets one address and one account do, and who goes first when that is short. Pure: declared by each venue.

A share of every limit is kept for those before you: background work stops at 45 % of it, queries at 60 %, entries at 70 %,
exits and protection at 80 %. Nobody goes further: the rest is for what we counted wrongly, and for others at this address.
"""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum


class Priority(IntEnum):
    """Who goes first; the lower, the sooner."""

    CLOSE = 0  # exits, stops, targets, and the question whether they stand
    ENTRY = 1
    QUERY = 2  # reconciliation, balances, prices for the watch
    BACKGROUND = 3


# of the exchange's limit, in percent
SHARES = {Priority.CLOSE: 80, Priority.ENTRY: 70, Priority.QUERY: 60, Priority.BACKGROUND: 45}

_lowest: ContextVar[Priority] = ContextVar("priority", default=Priority.CLOSE)


@contextmanager
def at_most(priority: Priority) -> Iterator[None]:
    """Reads within the block count as no more urgent than this. Orders and cancellations keep their own urgency."""
    token = _lowest.set(max(priority, _lowest.get()))
    try:
        yield
    finally:
        _lowest.reset(token)


@contextmanager
def urgent() -> Iterator[None]:
    """Within other work, something that protects a position: reads in the block keep their own urgency again."""
    token = _lowest.set(Priority.CLOSE)
    try:
        yield
    finally:
        _lowest.reset(token)


def of_read(own: Priority) -> Priority:
    """A read's priority: its own, or the lower one of the work that it is part of."""
    return max(own, _lowest.get())


@dataclass(frozen=True, slots=True)
class Window:
    """`limit` units in each `seconds` of the exchange's clock; `header` (lower case) tells how many are used."""

    seconds: int
    limit: int
    header: str = ""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of one market type. A window with limit 0 is only an unknown limit; codes and headers are read all the same."""

    weight: Window = Window(60, 0)
    # By the name of the endpoint; `name*` is its weight without a symbol. Not listed: 1.
    weights: Mapping[str, int] = field(default_factory=dict)
    markets_weight: int = 1
    orders: tuple[Window, ...] = ()  # per account
    order_endpoints: frozenset[str] = frozenset()
    account_codes: frozenset[str] = frozenset()  # "too many requests" that is said of one account, not of our address

    def weight_of(self, endpoint: str, params: Container[object]) -> int:
        if "symbol" not in params:
            everything = self.weights.get(endpoint + "*")
            if everything is not None:
                return everything
        return self.weights.get(endpoint, 1)

    def without_numbers(self) -> "RateLimits":
        """The same for an exchange's stand-in, whose limits nobody knows."""
        return RateLimits(Window(self.weight.seconds, 0), account_codes=self.account_codes)


UNKNOWN_LIMITS = RateLimits()
