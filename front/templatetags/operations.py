"""Words and colours of the operators' pages."""

from django import template
from django.utils.translation import gettext as _

from bots.models import MarketType
from exchanges.canary_verdicts import Verdict
from exchanges.health import Standing
from exchanges.reasons import text_of
from signals.reasons import reason_text
from signals.workflow_figures import Going

register = template.Library()


@register.filter
def standing_mood(state: str) -> str:
    """The badge class of an exchange's state."""
    return {Standing.RUNNING: "state-good", Standing.LIMITED: "state-warn"}.get(Standing(state), "state-bad")


@register.filter
def standing_words(state: str) -> str:
    """An exchange's state in words."""
    words = {
        Standing.RUNNING: _("running"),
        Standing.LIMITED: _("over its limit"),
        Standing.BANNED: _("shut out"),
        Standing.DOWN: _("does not answer"),
    }
    return words[Standing(state)]


@register.filter
def going_mood(going: str) -> str:
    """The badge class of how a recurring work goes."""
    return {Going.WORKS: "state-good", Going.STUMBLED: "state-warn"}.get(Going(going), "state-bad")


@register.filter
def going_words(going: str) -> str:
    """How a recurring work goes, in words."""
    words = {Going.WORKS: _("works"), Going.STUMBLED: _("failed just now"), Going.FAILING: _("fails")}
    return words[Going(going)]


@register.filter
def account_trouble(code: str) -> str:
    """Why an account needs attention."""
    return text_of(code) or reason_text(code)


@register.filter
def market_label(market_type: str) -> str:
    """Futures or spot."""
    return str(MarketType(market_type).label)


@register.filter
def canary_mood(verdict: str) -> str:
    """The badge class of a test trade."""
    moods = {
        Verdict.RUNNING: "state-wait",
        Verdict.PASSED: "state-good",
        Verdict.STOP_FAILED: "state-bad",
        Verdict.CLOSE_FAILED: "state-bad",
        Verdict.INTERRUPTED: "state-bad",
    }
    return moods.get(Verdict(verdict), "state-warn")


@register.filter
def canary_words(verdict: str) -> str:
    """What a test trade showed, in words."""
    words = {
        Verdict.RUNNING: _("in progress"),
        Verdict.INTERRUPTED: _("ended halfway"),
        Verdict.PASSED: _("entered, protected, closed"),
        Verdict.STOP_FAILED: _("the stop did not stand"),
        Verdict.CLOSE_FAILED: _("could not be closed: look at the demo account"),
        Verdict.NOT_TRADED: _("refused before anything stood"),
        Verdict.UNREACHABLE: _("no answers"),
    }
    return words[Verdict(verdict)]
