"""Where an account is, in words: its exchange, and which kind of account or region there, where the exchange has several."""

from django.utils.translation import gettext as _

from exchanges.models import ExchangeAccount
from exchanges.registry import UnknownVenue, get_venue


def place_of(account: ExchangeAccount) -> str:
    """As in “Bitget · Unified”; the exchange alone where it has one kind of account or the kind is not known yet."""
    try:
        venue = get_venue(account.exchange)
    except UnknownVenue:
        return account.exchange
    kind = venue.variant_label(account.variant)
    return f"{_(venue.label)} · {_(kind)}" if kind else _(venue.label)
