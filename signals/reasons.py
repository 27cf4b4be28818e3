"""Why something was not traded, or how it ended: stable codes and their texts (D12). The English text is canonical; each
reader reads it in the own language. Parameters are what the pipeline stored beside the code."""

import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

TEXTS: dict[str, str] = {
    # we decided
    "daily_loss": _("Daily loss limit: $%(value)s >= $%(limit)s"),  # RSK-01, word for word
    "max_positions": _("Max positions: %(value)s >= %(limit)s"),  # RSK-02, word for word
    "stale_signal": _("The signal was %(value)s s old when its turn came; the bot's limit is %(limit)s s"),
    "superseded": _("A newer signal for this symbol made this one obsolete"),
    "unknown_symbol": _("%(ticker)s is not traded on this account's exchange, or the name is ambiguous"),
    "below_minimum": _("The order would be too small: %(what)s %(value)s, the exchange's minimum is %(limit)s"),
    "leverage_too_high": _("The exchange allows %(limit)sx leverage on this symbol, these terms ask for %(value)sx"),
    "price_deviation": _(
        "The exchange's price %(price)s is %(value)s %% away from the alert's %(signal_price)s; the limit is %(limit)s %%"
    ),
    "symbol_in_use": _("The account holds the other direction of this symbol already (%(holder)s)"),
    "nothing_to_sell": _("This bot bought nothing here that it could sell"),
    "no_position": _("No open position of this bot to close"),
    "stop_unreachable": _("With %(leverage)sx leverage a stop loss or take profit at %(value)s could never be reached"),
    "same_side_ignored": _("A position in this direction is open; this bot does not add to it"),
    "opposite_ignored": _("A position in the other direction is open; this bot ignores opposite signals"),
    "close_only_done": _("The open position was closed; this bot does not reverse"),
    "bot_paused": _("The bot is paused"),
    "bot_archived": _("The bot is archived"),
    "subscription_inactive": _("The subscription is not active"),
    "account_inactive": _("The exchange account is switched off or deleted"),
    "account_changed": _("The subscription was moved to another exchange account in the meantime"),
    "account_needs_attention": _("The exchange account needs attention: its keys are not verified"),
    "entries_paused": _("New entries at this exchange are paused for now; open positions keep their stops"),
    "leverage_in_use": _(
        "%(holder)s holds this symbol on the account with %(limit)sx leverage; these terms ask for %(value)sx"
    ),
    "above_maximum": _("The position would be %(value)s; the exchange's largest market order is %(limit)s"),
    "clock_skew": _("Our clock and the exchange's are %(value)s s apart; beyond %(limit)s s nothing is entered"),
    "internal_error": _("A fault on our side; nothing was sent to the exchange"),
    "exchange_unavailable": _("The exchange could not be reached; nothing was sent"),
    # the exchange decided
    "insufficient_margin": _("Not enough margin on the exchange account"),
    "invalid_credentials": _("The exchange refused the account's keys"),
    "position_mode": _("The account's position mode did not fit the order"),
    "exchange_refused": _("The exchange refused the order"),
    # how a position ended
    "protection_failed": _("The stop loss could not be placed, so the position was closed at market"),
    "reversed": _("Closed and turned around by an opposite signal"),
    "closed_by_signal": _("Closed by the bot's signal"),
    "closed_by_client": _("Closed by the client"),
    "closed_by_manager": _("Closed by the bot's manager"),
    "stop_loss": _("Stop loss reached"),
    "take_profit": _("Take profit reached"),
    "external": _("Closed at the exchange, by hand or by liquidation"),
    # a signal that was refused
    "over_quota": _("Over the bot's quota of %(limit)s signals a minute"),
    "invalid_payload": _("The alert could not be read"),
    "invalid_secret": _("The alert's secret was wrong"),
    "not_confirmed": _("The exchange has not confirmed the outcome yet"),
}

# The same reason where a parameter is missing: some places know less.
_WITHOUT = {
    "stale_signal": _("The signal was too old when its turn came"),
    "unknown_symbol": _("This symbol is not traded on this account's exchange, or the name is ambiguous"),
    "below_minimum": _("The order would be smaller than the exchange's minimum"),
    "leverage_too_high": _("The exchange does not allow this leverage on this symbol"),
    "symbol_in_use": _("The account holds the other direction of this symbol already"),
    "leverage_in_use": _("Another bot holds this symbol on the account with less leverage than these terms ask for"),
    "over_quota": _("Over the bot's quota of signals a minute"),
}
# What tells of the client's trading beside this bot: which others are followed, what is held by them or by hand.
_PRIVATE = {
    "symbol_in_use": frozenset({"holder", "quantity"}),
    "leverage_in_use": frozenset({"holder", "limit"}),
}
_WORDS = {"quantity": _("quantity"), "notional": _("order value")}
_MONEY = ("daily_loss",)
_NUMBER = re.compile(r"-?\d+\.\d+")


def reason_text(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The reason in the active language; empty for no reason, the code itself for one that has no text."""
    if not code:
        return ""
    text, values = TEXTS.get(code), _readable(code, params or {})
    if text is None:
        return code
    if code in _WITHOUT and not all(values.get(name) for name in _named(text)):
        text = _WITHOUT[code]
    return gettext(text) % defaultdict(lambda: "?", values)


def params_to_tell(code: str, params: Mapping[str, Any], *, knows_owner: bool) -> dict[str, Any]:
    """A reason's parameters; without those that tell of the client's other trading where the reader may not know whose execution
    it is."""
    hidden = frozenset() if knows_owner else _PRIVATE.get(code, frozenset())
    return {name: value for name, value in params.items() if name not in hidden}


def english_reason(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The canonical text (RSK-01, RSK-02), whoever reads."""
    with translation.override("en"):
        return reason_text(code, params)


def _named(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("%(")[1:]]


def _readable(code: str, params: Mapping[str, Any]) -> dict[str, str]:
    values = {name: str(value) for name, value in params.items()}
    if code in _MONEY:
        values |= {name: _cents(value) for name, value in values.items()}
    if "what" in values:
        values["what"] = gettext(_WORDS.get(values["what"], values["what"]))
    return as_read(values)


def as_read(values: Mapping[str, str]) -> dict[str, str]:
    """Plain numbers with the reader's decimal sign (a comma in Portuguese); English texts stay as they are."""
    sign = formats.get_format("DECIMAL_SEPARATOR")
    return {name: text.replace(".", sign) if _NUMBER.fullmatch(text) else text for name, text in values.items()}


def _cents(text: str) -> str:
    try:
        return f"{Decimal(text):.2f}"
    except InvalidOperation:
        return text
