"""Why an account is not verified, in words. Codes are stable."""

from typing import Any

from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, Any] = {
    "keys_refused": _("The exchange does not know this key, or the secret is wrong. Copy both again, without spaces."),
    "wrong_variant": _(
        "These keys belong to another kind of account there than the one you chose. Choose the other kind."
    ),
    "region_refused": _("The exchange refuses requests from this server's country."),
    "withdrawals_enabled": _(
        "This key can withdraw money. Make one that can only read and trade; never enable withdrawals."
    ),
    "cannot_read": _("This key may not read the account. Enable reading."),
    "cannot_trade": _("This key may not trade. Enable spot or futures trading."),
    "keys_in_use": _("This key belongs to another account here already."),
    "exchange_unavailable": _("The exchange does not answer at the moment. The keys are checked again by themselves."),
    "seal_broken": _("The stored keys cannot be opened any more. Enter them again."),
}


def text_of(code: str) -> str:
    """The sentence for a code in the reader's language, `""` for none."""
    return str(TEXTS.get(code, "")) if code else ""
