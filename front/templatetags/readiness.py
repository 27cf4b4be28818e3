"""How pages show what would keep the next signal from being traded: words and colours for `subscriptions.readiness`."""

from django import template
from django.utils.translation import gettext as _

from front.unbroken import keep_percent
from subscriptions.preflight_texts import fix_of, headline_of, name_of, sentence_of
from subscriptions.readiness import Check, CheckState, Readiness

register = template.Library()

_MOODS = {
    CheckState.OK: "state-good",
    CheckState.WARNING: "state-warn",
    CheckState.FAILED: "state-bad",
    CheckState.UNKNOWN: "",
}
_ICONS = {
    CheckState.OK: "check",
    CheckState.WARNING: "warning",
    CheckState.FAILED: "close",
    CheckState.UNKNOWN: "info",
}
_COLOURS = {
    CheckState.OK: "text-success",
    CheckState.WARNING: "text-warning",
    CheckState.FAILED: "text-error",
    CheckState.UNKNOWN: "muted",
}

register.filter("check_name", name_of)
register.filter("check_fix", fix_of)
register.filter("headline", headline_of)


@register.filter
def check_sentence(check: Check) -> str:
    """What was found."""
    return keep_percent(sentence_of(check))


@register.filter
def readiness_mood(readiness: Readiness) -> str:
    """The badge class of a readiness."""
    return _MOODS[readiness.state]


@register.filter
def readiness_words(readiness: Readiness) -> str:
    """The badge's words; colour alone says nothing to some."""
    if readiness.is_ready and readiness.full:
        return _("Positions full")
    return {
        CheckState.OK: _("Ready"),
        CheckState.WARNING: _("Ready, with a remark"),
        CheckState.FAILED: _("Not ready"),
        CheckState.UNKNOWN: _("Not all is known"),
    }[readiness.state]


@register.filter
def check_icon(check: Check) -> str:
    return _ICONS[check.state]


@register.filter
def check_colour(check: Check) -> str:
    return _COLOURS[check.state]
