"""How pages draw icons and write figures: in the reader's language, with the unit beside them, never through a float."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from accounts import readable
from accounts.readable import MINUS, rounded
from front.icons import ICONS

register = template.Library()

# what a page shows where nothing is known; templates hand "" for what is missing
NOTHING = "–"
QUANTITY_PLACES = 8
WORD_JOINER = "\u2060"


@register.simple_tag
def icon(name: str, css: str = "size-5") -> SafeString:
    """The drawing `name` as inline SVG. It is decoration: the text beside it says the same."""
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>',
        css,
        ICONS[name],
    )


@register.simple_tag(takes_context=True)
def current(context: template.Context, *names: str) -> SafeString | str:
    """`aria-current="page"` when the page shown is one of the URL names given."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    return format_html('aria-current="{}"', "page") if match and match.url_name in names else ""


@register.filter
def number(value: Decimal | int | None, places: int = 2) -> str:
    """A figure with grouped thousands and a fixed number of decimals."""
    if value in (None, ""):
        return NOTHING
    return readable.number(value or 0, places)


@register.filter
def price(value: Decimal | None) -> str:
    """A price with as many decimals as its size needs: two from 100 up, else five significant digits."""
    if value in (None, ""):
        return NOTHING
    places = 2 if abs(value) >= 100 or value == 0 else min(12, max(2, 4 - value.adjusted()))
    return readable.number(value, places)


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity in base units without trailing zeros."""
    if value in (None, ""):
        return NOTHING
    return readable.exact(rounded(value, QUANTITY_PLACES))


@register.filter
def decimal(text: str | None) -> str:
    """A quantity that is stored as text, as balances are."""
    return quantity(Decimal(text)) if text else NOTHING


@register.filter
def money(value: Decimal | None) -> str:
    """An amount in US dollars: “US$ 1.234,50” in Portuguese, “$1,234.50” in English."""
    if value in (None, ""):
        return NOTHING
    return _in_one_line(readable.money(value))


@register.filter
def signed(value: Decimal | None) -> str:
    """A profit or loss in US dollars with its sign, so that colour is not needed to read it."""
    if value in (None, ""):
        return NOTHING
    return _in_one_line(readable.signed(value))


def _in_one_line(amount: str) -> str:
    """Browsers end a line between the minus and the dollar; nowhere else in an amount."""
    return amount.replace(f"{MINUS}$", f"{MINUS}{WORD_JOINER}$")


@register.filter
def pct(value: Decimal | None, places: int = 2) -> str:
    """A percentage as stored (2.50 means 2.5 %), without trailing zeros."""
    if value in (None, ""):
        return NOTHING
    percent = rounded(value, places)
    shown = 0 if percent == percent.to_integral_value() else places
    return f"{MINUS if percent < 0 else ''}{readable.number(abs(percent), shown)}%"


@register.filter
def tone(value: Decimal | None) -> str:
    """The class of a profit or a loss; none for zero."""
    amount = rounded(value, 2) if value not in (None, "") else Decimal(0)
    return "gain" if amount > 0 else "loss" if amount < 0 else ""


@register.filter
def ms(value: Any) -> str:
    """A duration given in milliseconds: “840 ms”, “1,2 s”, “3 min 10 s”; with a minus what was before."""
    if value in (None, ""):
        return NOTHING
    if value < 0:
        return f"{MINUS}{ms(-value)}"
    if value < 1000:
        return f"{value} ms"
    if value < 60_000:
        return f"{number(Decimal(value) / 1000, 1)} s"
    minutes, rest = divmod(value // 1000, 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


@register.filter
def clock(moment: datetime | None, digits: str = "s") -> str:
    """The time of day in the reader's zone, 24 hours: “15:04:05”, with "ms" “15:04:05,120”."""
    if moment in (None, ""):
        return NOTHING
    local = timezone.localtime(moment)
    milliseconds = f"{formats.get_format('DECIMAL_SEPARATOR')}{local.microsecond // 1000:03d}" if digits == "ms" else ""
    return f"{local:%H:%M:%S}{milliseconds}"


@register.filter
def language_name(code: str) -> str:
    """A language's own name for itself."""
    return str(get_language_info(code)["name_local"]).capitalize()
