"""How pages show executions, positions and their reasons: words and colours for what the rooms below decided."""

import re
from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from accounts.models import User
from bots.models import BotStatus
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.places import place_of
from exchanges.registry import UnknownVenue, get_venue
from front.unbroken import keep_percent
from signals.models import Execution, OrderStatus, Position, Signal
from signals.queries import closed_by_signal, count_closed
from signals.reasons import params_to_tell, reason_text
from signals.states import OPENS, UNSETTLED, Action, Protection, State, Status
from subscriptions.models import SubscriptionStatus
from subscriptions.pseudonyms import may_identify, name_for

register = template.Library()

# Codes that we gave an error: words. Exchanges give theirs as numbers or in capitals.
OUR_CODES = re.compile(r"[a-z_]*(?:http_\d+)?")

GOOD, BAD, WARN, WAIT, QUIET = "state-good", "state-bad", "state-warn", "state-wait", ""
_MOODS: dict[str, str] = {
    BotStatus.ACTIVE: GOOD,
    BotStatus.PAUSED: WARN,
    BotStatus.ARCHIVED: QUIET,
    SubscriptionStatus.CANCELLED: QUIET,
    AccountStatus.VERIFIED: GOOD,
    AccountStatus.CHECKING: WAIT,
    AccountStatus.INVALID: BAD,
    AccountStatus.NEEDS_ATTENTION: BAD,
    OrderStatus.FILLED: GOOD,
    OrderStatus.OPEN: WAIT,
    OrderStatus.PARTIAL: WAIT,
    OrderStatus.UNKNOWN: WARN,
    OrderStatus.REFUSED: BAD,
    "accepted": GOOD,
    "refused": BAD,
}


@register.filter
def mood(status: str) -> str:
    """The badge class of a bot's, subscription's, account's, order's or signal's status."""
    return _MOODS.get(status, QUIET)


@register.filter
def execution_mood(execution: Execution) -> str:
    """The badge class of an execution."""
    if execution.state in UNSETTLED:
        return WAIT
    if stands_without_stop(execution):
        return WARN
    if execution.state == State.CLOSED and execution.status == Status.SUCCESS:
        return QUIET
    return {Status.SUCCESS: GOOD, Status.SKIPPED: WARN, Status.FAILED: BAD}.get(execution.status, QUIET)


@register.filter
def execution_state(execution: Execution) -> str:
    """What became of it, in words: one that closed what stood against it and opened nothing says both."""
    if stands_without_stop(execution):
        return _("Entered without a stop loss")
    return _("Closed, not opened") if execution.closed_count else execution.get_state_display()


@register.filter
def stands_without_stop(execution: Execution) -> bool:
    """Whether it entered and its client wanted no stop: settled, but nobody may read that as protected (D11)."""
    return execution.state == State.PROTECTED and execution.protection in (Protection.NONE, Protection.TARGET)


@register.simple_tag
def count_what_they_closed(executions: Iterable[Execution]) -> str:
    """Let `execution_state` know what those that opened nothing closed."""
    count_closed(executions)
    return ""


@register.filter
def closed_instead(signal: Signal) -> int:
    """How many positions a signal to open closed."""
    return closed_by_signal(signal) if signal.action in OPENS else 0


@register.filter
def reason(execution: Execution, viewer: User) -> str:
    """Why it was skipped, refused or closed, in the viewer's language; empty while nothing is to be said."""
    code, params = execution.reason_code, execution.reason_params
    knows_owner = may_identify(viewer, execution.user_id)
    return keep_percent(reason_text(code, params_to_tell(code, params, knows_owner=knows_owner)))


@register.filter
def exchange_said(execution: Execution) -> str:
    """The exchange's own words, with its code; empty where the code is one of ours, so the words are too."""
    code, text = execution.error_code, execution.error_message
    if not text or not OUR_CODES.fullmatch(code):
        return f"{text} ({code})" if text and code else text
    # an answer without a code is kept under the reason that it was read as
    return text if execution.state == State.REJECTED and code == execution.reason_code else ""


@register.filter
def refusal(signal: object) -> str:
    """Why a signal was refused."""
    return reason_text(getattr(signal, "refusal_code", ""), getattr(signal, "refusal_params", {}))


@register.filter
def exit_reason(position: Position) -> str:
    """How a position ended."""
    return reason_text(position.exit_reason)


@register.filter
def protection(position: Position) -> tuple[str, str]:
    """Badge class and words for what stands between an open position and the market."""
    is_whole = position.protected_at is not None or (position.stop_price is None and position.target_price is None)
    if not is_whole:
        return WAIT, _("Being protected")
    return (WARN, _("No stop loss")) if position.stop_price is None else (GOOD, _("Protected"))


@register.filter
def symbol(key: str) -> str:
    """A symbol key; the star of close_all in words."""
    return _("All symbols") if key == "*" else key


@register.filter
def action_class(action: str) -> str:
    """Buying and selling have the colours of long and short."""
    return {Action.BUY: "tag-long", Action.SELL: "tag-short"}.get(Action(action), "")


@register.filter
def signal_source(source: str) -> str:
    """Where a signal came from. An alert is whatever posts to the webhook, TradingView or not."""
    return {"tradingview": _("by webhook"), "manager": _("by hand"), "client": _("asked for by the client")}.get(
        source, source
    )


@register.simple_tag
def owner_name(execution: Execution, viewer: User) -> str:
    """Whose execution it is, as `viewer` may know it: followers are pseudonymous to managers."""
    return name_for(viewer, execution.user)


@register.filter
def venue_label(exchange: str) -> str:
    """An exchange's own name."""
    try:
        return _(get_venue(exchange).label)
    except UnknownVenue:
        return exchange


@register.filter
def account_place(account: ExchangeAccount) -> str:
    """An account's exchange, with the kind of account or region there."""
    return place_of(account)


@register.filter
def of_margin(price_pct: Decimal | None, leverage: int) -> Decimal | None:
    """What a percentage of the price is of the margin (D26)."""
    return None if price_pct is None else price_pct * leverage
