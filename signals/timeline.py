"""One execution told from alert to exit: its stamps, what was tried, and how it ended, in the reader's language. Pure: rows
in, lines out; every line stands on a stored fact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.readable import exact, signed
from signals.models import Execution, ExecutionEvent, Order, OrderLeg, Position, Signal
from signals.reasons import TEXTS as REASONS
from signals.reasons import as_read, params_to_tell, reason_text
from signals.states import CLOSES, State

EVENTS: dict[str, str] = {
    "outcome_unknown": gettext_noop("The exchange gave no clear answer; it is asked what became of the order"),
    "postponed": gettext_noop("The exchange could not be reached; it is tried again while the signal is fresh"),
    "protection_refused": gettext_noop("The exchange refused the %(leg)s (attempt %(attempt)s): %(exchange_code)s"),
    "protection_missing": gettext_noop("At the exchange was missing: %(legs)s"),
    "protection_repaired": gettext_noop("Stop loss and take profit stand at the exchange again"),
    "net_stands": gettext_noop(
        "The safety stop sent with the entry could not be taken away at the exchange: it would close everything on this symbol."
        " Remove it there by hand"
    ),
    "target_watched": gettext_noop("The take profit is watched here instead of at the exchange"),
    "protection_resized": gettext_noop("Stop loss and take profit now cover %(quantity)s"),
    "late_rest_sold": gettext_noop("The entry filled further after the position had ended; %(quantity)s were sold again"),
    "reduced_elsewhere": gettext_noop("A part was sold at the exchange itself; %(quantity)s is left"),
    "leverage_raised": gettext_noop(
        "The leverage was raised from %(limit)sx to %(value)sx at the exchange itself and cannot be lowered while the position"
        " is open: it may be liquidated before its stop loss"
    ),
    "leverage_set_back": gettext_noop("The leverage was raised to %(value)sx at the exchange itself; it was set back to %(limit)sx"),
    "delisted": gettext_noop("The exchange no longer lists %(symbol)s and does not tell at which price the position was settled"),
    "position_closed_unprotected": gettext_noop("No stop loss stood in time; the position was closed at the market"),
}  # fmt: skip
_LEGS = {
    "entry": gettext_noop("entry"),
    "stop": gettext_noop("stop loss"),
    "target": gettext_noop("take profit"),
    "exit": gettext_noop("exit"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`code` is stable; `since_start_ms` counts from the signal's receipt."""

    at: datetime
    code: str
    text: str
    since_start_ms: int
    params: dict[str, Any] = field(default_factory=dict)


def build_timeline(
    execution: Execution,
    *,
    signal: Signal,
    position: Position | None,
    events: Iterable[ExecutionEvent],
    orders: Iterable[Order] = (),
    closed: Iterable[Position] = (),
    mine: bool = False,
    knows_owner: bool = False,
) -> list[Line]:
    """All lines, oldest first; lines of the same moment stay in the order in which such things happen. `closed`: positions that
    it left before its own, by exits among its `orders`. `mine`: the reader is the client whose execution it is; `knows_owner`: may
    know who that is."""
    orders, closed = list(orders), list(closed)
    lines = [
        *_received(signal, mine),
        *_carried_out(execution, orders),
        *_left(execution, orders, closed),
        *(_event(event, knows_owner) for event in events),
        *_protected(execution),
        *_ended(execution, position, knows_owner),
    ]
    start = signal.created_at
    lines.sort(key=lambda line: line.at)
    return [_since(line, start) for line in lines]


def _event(event: ExecutionEvent, knows_owner: bool) -> Line:
    params = params_to_tell(event.code, event.params, knows_owner=knows_owner)
    return _line(event.at, event.code, event_text(event.code, params), params)


def event_text(code: str, params: Mapping[str, Any]) -> str:
    """What an ExecutionEvent says, in the active language."""
    if code in REASONS:
        return reason_text(code, params)
    if code not in EVENTS:
        return code
    values = {name: str(value) for name, value in params.items()}
    if "leg" in values:
        values["leg"] = _(_LEGS.get(values["leg"], values["leg"]))
    if "legs" in values:
        values["legs"] = ", ".join(_(_LEGS.get(leg, leg)) for leg in values["legs"].split(", "))
    try:
        return _(EVENTS[code]) % as_read(values)
    except KeyError:
        return _(EVENTS[code])


def _received(signal: Signal, mine: bool) -> Iterable[Line]:
    if asked := _asked_to_close(signal, mine):
        yield _line(signal.created_at, "received", asked)
        return
    if signal.alert_time is not None and signal.alert_time <= signal.created_at:
        yield _line(signal.alert_time, "alert_made", _("The alert was made"))
    price = {"price": plain(signal.price)} if signal.price is not None else {}
    text = _("The signal was received and stored")
    if price:
        text = _("The signal was received and stored, at a price of %(price)s") % {"price": _price(signal.price)}
    yield _line(signal.created_at, "received", text, price)


def _asked_to_close(signal: Signal, mine: bool) -> str:
    """Who wanted a close that no alert brought; empty for what came as a signal."""
    if not signal.is_broadcast:
        if signal.source == "manager":
            return _("The manager archived the bot and had its positions closed")
        return _("You asked to close") if mine else _("The client asked to close")
    if signal.source == "manager" and signal.action in CLOSES:
        return _("The manager asked to close")
    return ""


def _carried_out(execution: Execution, orders: list[Order]) -> Iterable[Line]:
    closing = execution.action in CLOSES
    if execution.queued_at:
        yield _line(execution.queued_at, "queued", _("It was queued for this account"))
    if execution.claimed_at:
        yield _line(execution.claimed_at, "claimed", _("A worker took it up and checked the limits"))
    if execution.sent_at and closing:
        yield _line(execution.sent_at, "sent", _("The exit was sent"))
    elif execution.sent_at and (not orders or any(order.leg == OrderLeg.ENTRY for order in orders)):
        yield _line(_entry_sent_at(execution, orders), "sent", _sent(execution))
    if execution.acknowledged_at:
        yield _line(execution.acknowledged_at, "acknowledged", _("The exchange confirmed the order"))
    if execution.filled_at and execution.executed_price is not None:
        params = {"quantity": plain(execution.executed_quantity), "price": plain(execution.executed_price)}
        read = {"quantity": exact(execution.executed_quantity or Decimal(0)), "price": _price(execution.executed_price)}
        yield _line(execution.filled_at, "filled", _("Filled: %(quantity)s at %(price)s") % read, params)


def _entry_sent_at(execution: Execution, orders: list[Order]) -> datetime:
    """The execution's own stamp is of its first order, which may be the exit from what stood against it."""
    entry = next((order for order in orders if order.leg == OrderLeg.ENTRY), None)
    left_before = any(_is_exit_before(execution, order) for order in orders)
    return (entry.sent_at or entry.created_at) if entry and left_before else execution.sent_at or execution.created_at


def _is_exit_before(execution: Execution, order: Order) -> bool:
    return order.leg == OrderLeg.EXIT and order.position_id != execution.position_id


def _left(execution: Execution, orders: list[Order], closed: list[Position]) -> Iterable[Line]:
    """What stood against an execution that was to open was left first."""
    if execution.action in CLOSES:
        return
    for order in orders:
        if _is_exit_before(execution, order):
            yield _line(order.sent_at or order.created_at, "exit_sent", _("The exit was sent"))
    if execution.state == State.CLOSED and execution.position_id is None:  # its last line says it
        return
    for position in closed:
        if position.closed_at is not None:
            said = _closed(reason_text(position.exit_reason), position)
            yield _line(position.closed_at, "left", said, {"reason": position.exit_reason})


def _sent(execution: Execution) -> str:
    if execution.requested_quantity is None or execution.price_at_send is None:
        return _("The entry was sent")
    return _("The entry was sent: %(quantity)s, with the price at %(price)s") % {
        "quantity": exact(execution.requested_quantity),
        "price": _price(execution.price_at_send),
    }


def _protected(execution: Execution) -> Iterable[Line]:
    if not execution.protected_at:
        return
    stop, target = execution.stop_loss_sent_price, execution.take_profit_sent_price
    params = {"stop": plain(stop), "target": plain(target)}
    read = {"stop": _price(stop), "target": _price(target)}
    if stop is not None and target is not None:
        text = _("The stop loss at %(stop)s and the take profit at %(target)s stand at the exchange") % read
    elif stop is not None:
        text = _("The stop loss at %(stop)s stands at the exchange") % read
    elif target is not None:
        text = _("The take profit at %(target)s stands at the exchange") % read
    else:
        text = _("Nothing was to be protected")
    yield _line(execution.protected_at, "protected", text, params)


def _ended(execution: Execution, position: Position | None, knows_owner: bool) -> Iterable[Line]:
    params = params_to_tell(execution.reason_code, execution.reason_params, knows_owner=knows_owner)
    reason = reason_text(execution.reason_code, params)
    if execution.state == State.SKIPPED and execution.completed_at:
        text = _("Skipped: %(reason)s") % {"reason": reason}
        yield _line(execution.completed_at, "skipped", text, params)
    elif execution.state == State.REJECTED and execution.completed_at:
        said = f"{reason} – {execution.error_message}" if execution.error_message else reason
        yield _line(execution.completed_at, "rejected", _("Rejected: %(reason)s") % {"reason": said})
    elif execution.state == State.CLOSED and execution.closed_at:
        yield _line(execution.closed_at, "closed", _closed(reason, position), {"reason": execution.reason_code})


def _closed(reason: str, position: Position | None) -> str:
    if position is None or position.exit_price is None:
        return _("Closed: %(reason)s") % {"reason": reason}
    return _("Closed at %(price)s: %(reason)s. Result %(pnl)s, net of fees") % {
        "price": _price(position.exit_price),
        "reason": reason,
        "pnl": signed(position.realized_pnl),
    }


def _price(value: Decimal | None) -> str:
    return "" if value is None else exact(value, least=2)


def plain(value: Decimal | None) -> str:
    """A number without the zeros that its column adds."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _line(at: datetime, code: str, text: str, params: Mapping[str, Any] | None = None) -> Line:
    return Line(at, code, text, 0, dict(params or {}))


def _since(line: Line, start: datetime) -> Line:
    milliseconds = round((line.at - start).total_seconds() * 1000)
    return Line(line.at, line.code, line.text, milliseconds, line.params)
