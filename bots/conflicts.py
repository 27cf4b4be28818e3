"""What the API answers when a request is right but the present state does not allow it: 409 with a stable code."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.problems import Problem


def choose_positions(count: int) -> Problem:
    """Positions are open and `close_positions` was not given (D1)."""
    text = ngettext(
        "%(count)d position is open. Send close_positions: true to close it now, false to leave it to its stop.",
        "%(count)d positions are open. Send close_positions: true to close them now, false to leave them to their stops.",
        count,
    )
    return Problem(409, "choose_positions", text % {"count": count}, open_positions=count)


def bot_is_archived() -> Problem:
    """An archived bot is read-only."""
    return Problem(409, "bot_archived", _("This bot is archived: it can only be read."))
