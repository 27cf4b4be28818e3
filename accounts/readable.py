"""Figures as their reader writes them: in the active language, never through a float. Used by pages, messages and timelines."""

from decimal import Decimal

from django.utils import formats, translation

MINUS = "\u2212"
SMALLEST_SHOWN = 12


def number(value: Decimal | int, places: int) -> str:
    """With grouped thousands and a fixed number of decimals: “1.234,50” in Portuguese, “1,234.50” in English."""
    return formats.number_format(rounded(value, places), places, use_l10n=True, force_grouping=True)


def exact(value: Decimal, *, least: int = 0) -> str:
    """With grouped thousands and the decimals that it has (`least` to 12), without the zeros that its column adds."""
    shown = rounded(value, SMALLEST_SHOWN).normalize()
    exponent = shown.as_tuple().exponent
    places = max(least, -exponent) if isinstance(exponent, int) else least
    return formats.number_format(shown, places, use_l10n=True, force_grouping=True)


def money(value: Decimal) -> str:
    """An amount in US dollars: “US$ 1.234,50” in Portuguese, “$1,234.50” in English."""
    amount = rounded(value, 2)
    return f"{MINUS if amount < 0 else ''}{_currency()}{number(abs(amount), 2)}"


def signed(value: Decimal) -> str:
    """A profit or loss in US dollars with its sign, so that colour is not needed to read it."""
    return f"+{money(value)}" if rounded(value, 2) > 0 else money(value)


def rounded(value: Decimal | int, places: int) -> Decimal:
    """`value` with that many decimals."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places))


def _currency() -> str:
    return "US$\u00a0" if (translation.get_language() or "").startswith("pt") else "$"
