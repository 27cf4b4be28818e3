"""Why an account is not verified, in words. Codes are stable."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exchanges.venue import DemoKind, Venue

TEXTS: dict[str, Any] = {
    "keys_refused": _("The exchange does not know this key, or the secret is wrong. Copy both again, without spaces."),
    "permission_denied": _(
        "The exchange knows this key, but the key lacks a permission. Let it read and trade there, never withdraw, or make a new"
        " key with these permissions."
    ),
    "wrong_variant": _(
        "These keys belong to another kind of account there than the one you chose. Choose the other kind."
    ),
    "other_account": _(
        "These keys belong to another account: what is open on this one is not there. Close the positions first, or add the other"
        " account beside this one."
    ),
    "region_refused": _("The exchange refuses requests from this server's country."),
    "withdrawals_enabled": _(
        "This key can withdraw money. Make one that can only read and trade; never enable withdrawals."
    ),
    "cannot_read": _("This key may not read the account. Enable reading."),
    "cannot_trade": _("This key may not trade. Enable spot or futures trading."),
    "keys_in_use": _("This key belongs to another account here already."),
    "exchange_unavailable": _("The exchange does not answer at the moment. The keys are checked again by themselves."),
    # while trading; the check that follows says it more exactly
    "invalid_credentials": _("The exchange refused the account's keys"),
    "seal_broken": _("The stored keys cannot be opened any more. Enter them again."),
}

# Where the exchange's keys have three parts.
_WITH_PASSPHRASE = _(
    "The exchange does not know this key, or the secret or the passphrase is wrong. Copy all three again, without spaces."
)
_TRIED_AT_DEMO = _("They were tried at its testnet / demo, as you chose: keys of a live account do not work there.")
_TRIED_LIVE = _(
    "They were tried at the live exchange: keys of a testnet or demo account work only with that box ticked."
)


def text_of(code: str) -> str:
    """The sentence for a code in the reader's language, `""` for none."""
    return str(TEXTS.get(code, "")) if code else ""


def refusal_text(code: str, venue: Venue, *, testnet: bool) -> str:
    """The sentence for keys that were just refused, with what this exchange's keys are made of and where they were tried."""
    if code != "keys_refused":
        return text_of(code)
    has_passphrase = any(asked.name == "passphrase" for asked in venue.credential_fields)
    text = str(_WITH_PASSPHRASE) if has_passphrase else text_of(code)
    if venue.features.demo is DemoKind.NONE:
        return text
    return f"{text} {_TRIED_AT_DEMO if testnet else _TRIED_LIVE}"
