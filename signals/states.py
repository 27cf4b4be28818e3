"""The states of an execution and of an order, the table of an execution's moves, and the words for them (D12). Pure values."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    BUY = "buy", _("Buy")
    SELL = "sell", _("Sell")
    CLOSE = "close", _("Close")
    CLOSE_ALL = "close_all", _("Close all")


OPENS = (Action.BUY, Action.SELL)
CLOSES = (Action.CLOSE, Action.CLOSE_ALL)


class State(models.TextChoices):
    """PENDING → CLAIMED → SENDING → FILLED → PROTECTED → CLOSED; UNCONFIRMED beside SENDING; SKIPPED and REJECTED end it."""

    PENDING = "PENDING", _("Waiting")
    CLAIMED = "CLAIMED", _("Preparing")
    SENDING = "SENDING", _("Sending")
    UNCONFIRMED = "UNCONFIRMED", _("Waiting for the exchange")
    FILLED = "FILLED", _("Filled, being protected")
    PROTECTED = "PROTECTED", _("Protected")
    CLOSED = "CLOSED", _("Closed")
    SKIPPED = "SKIPPED", _("Skipped")
    REJECTED = "REJECTED", _("Rejected")


MOVES: dict[str, tuple[str, ...]] = {
    State.PENDING: (State.CLAIMED, State.SKIPPED),
    # back to PENDING when a lease ran out before any byte left, or when another execution holds the symbol
    State.CLAIMED: (State.PENDING, State.SENDING, State.SKIPPED, State.REJECTED),
    # back to PENDING only by the worker itself, when it knows that no byte left it: to be sent a little later
    State.SENDING: (State.PENDING, State.FILLED, State.UNCONFIRMED, State.REJECTED, State.SKIPPED, State.CLOSED),
    State.UNCONFIRMED: (State.SENDING, State.FILLED, State.REJECTED, State.SKIPPED, State.CLOSED),
    State.FILLED: (State.PROTECTED, State.CLOSED),
    State.PROTECTED: (State.CLOSED,),
    State.CLOSED: (),
    State.SKIPPED: (),
    State.REJECTED: (),
}

# The lock of an account's symbol: a partial unique index over these (architecture, promise 5).
IN_FLIGHT = (State.CLAIMED, State.SENDING, State.UNCONFIRMED, State.FILLED)
# Not yet settled: EXE-17's `pending`.
UNSETTLED = (State.PENDING, *IN_FLIGHT)


class OrderStatus(models.TextChoices):
    """PLANNED = the row stands, the bytes may have left; the rest is what the exchange said."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    PARTIAL = "partial", _("Partly filled")
    FILLED = "filled", _("Filled")
    CANCELLED = "cancelled", _("Cancelled")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Not confirmed")
    EXPIRED = "expired", _("Expired")
    NOT_PLACED = "not_placed", _("Not placed")


# Orders that may stand at the exchange, or whose end nobody heard.
LIVE_ORDERS = (OrderStatus.PLANNED, OrderStatus.OPEN, OrderStatus.PARTIAL, OrderStatus.UNKNOWN)


def sql_list(words: Iterable[str]) -> str:
    """Words of this module as the inside of an SQL `IN (…)`. Written out, not passed as a parameter: the partial indexes
    over the same words serve a statement only then."""
    return ", ".join(f"'{word}'" for word in words)


IN_FLIGHT_SQL = sql_list(IN_FLIGHT)
UNSETTLED_SQL = sql_list(UNSETTLED)
LIVE_ORDERS_SQL = sql_list(LIVE_ORDERS)


class Status(models.TextChoices):
    """EXE-17's words for a state (D12)."""

    PENDING = "pending", _("Pending")
    SUCCESS = "success", _("Success")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Skipped")


def status_of(state: str, reason_code: str = "") -> Status:
    """What the API calls a state (D12)."""
    if state in UNSETTLED:
        return Status.PENDING
    if state == State.SKIPPED:
        return Status.SKIPPED
    if state == State.REJECTED or (state == State.CLOSED and reason_code == "protection_failed"):
        return Status.FAILED
    return Status.SUCCESS


class Protection(models.TextChoices):
    """What was configured to stand at the exchange."""

    NONE = "none", _("No protection")
    STOP = "stop", _("Stop loss")
    TARGET = "target", _("Take profit")
    BOTH = "both", _("Stop loss and take profit")
