"""Numbers as people type them: one reading for every form of the pages, never a silent multiple of what was meant."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

SEPARATORS = ",."
# Above so many digits before the decimal separator thousands are grouped by habit; percentages (6/2) have fewer.
WHOLE_DIGITS_OF_PERCENT = 4
_SIGNED = re.compile(r"([+-]?)([0-9.,]+)", re.ASCII)
_GROUPS = {mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in SEPARATORS}


class UnreadableError(ValueError):
    """No number, or one that cannot be read in the language."""


def typed_decimal(typed: str, language: str | None = None, places: int | None = None) -> Decimal:
    """The number that somebody means in a language (default: the active one); zeros beyond `places` are dropped.

    The language's decimal separator is one. The other separator groups thousands where it stands right for that, before
    the decimal separator; alone, where it cannot group, it is a decimal separator too: "77,5" is 77.5 everywhere.
    Raises UnreadableError for all else, so also for "1e5", "1 000" and "1.2.3".
    """
    found = _SIGNED.fullmatch(typed.strip())
    if found is None:
        raise UnreadableError(typed)
    sign, digits = found.groups()
    whole, fraction = _parts(digits, formats.get_format("DECIMAL_SEPARATOR", language))
    if not whole + fraction or not (whole + fraction).isdigit():
        raise UnreadableError(typed)
    if places is not None:
        fraction = fraction[:places] + fraction[places:].rstrip("0")
    return Decimal(f"{sign}{whole or '0'}.{fraction}")


def _parts(digits: str, point: str) -> tuple[str, str]:
    """Before and after the decimal separator, `point` in the language; what cannot be read keeps a separator."""
    other = SEPARATORS.replace(point, "")
    if _GROUPS[other].fullmatch(digits.partition(point)[0]):
        digits = digits.replace(other, "", digits.partition(point)[0].count(other))
    elif point not in digits:
        point = other
    whole, _point, fraction = digits.partition(point)
    return whole, fraction


def other_reading(typed: str, language: str | None = None) -> Decimal | None:
    """What "1.250" would be if its one thousands separator were meant as a decimal one; None where only one reading is."""
    text = typed.strip().lstrip("+-")
    other = SEPARATORS.replace(formats.get_format("DECIMAL_SEPARATOR", language), "")
    if text.count(other) == 1 and _GROUPS[other].fullmatch(text):
        return Decimal(text.replace(other, ".").rstrip("0").rstrip("."))
    return None


def reads_typed(field: Any) -> None:
    """Have a number field read its text by `typed_decimal`. Django's own reading (`localize`) takes thousands separators
    out wherever they stand, so that 77,5 becomes 775 in English: it is switched off."""
    field.localize = False
    plain = field.to_python

    def to_python(value: Any) -> Any:
        return plain(_read(field, value) if isinstance(value, str) and value.strip() else value)

    field.to_python = to_python


def _read(field: forms.IntegerField, typed: str) -> str:
    places: int | None = getattr(field, "decimal_places", None)
    try:
        value = typed_decimal(typed, places=places)
    except UnreadableError as error:
        raise ValidationError(_unreadable(field), code="invalid") from error
    second = other_reading(typed) if _is_percent(field) else None
    if second is not None:
        shown = {"typed": typed.strip(), "one": f"{abs(value):f}", "other": formats.number_format(second)}
        text = _("“%(typed)s” can be read in two ways: type %(one)s or %(other)s.")
        raise ValidationError(text, code="ambiguous", params=shown)
    return f"{value:f}"


def _unreadable(field: forms.IntegerField) -> Any:
    if not isinstance(field, forms.DecimalField):
        return field.error_messages["invalid"]
    example = formats.number_format(Decimal("1250.50"), 2, force_grouping=True)
    return _("Type a number, for example %(example)s.") % {"example": example}


def _is_percent(field: forms.IntegerField) -> bool:
    """Whether a thousand is hardly ever meant here: both readings of "2.500" are small enough to be stored, one is wrong."""
    if not isinstance(field, forms.DecimalField) or field.max_digits is None:
        return False
    return field.max_digits - (field.decimal_places or 0) <= WHOLE_DIGITS_OF_PERCENT
