"""A secret is shown on one page, once, after it was made (BOT-06, SEC-09): POST → redirect → that page.

The session keeps no secret, only the leave to open the bot's own sealed one: for this session, once, for ten minutes, and
only while it is still the secret that was made then.
"""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from bots.models import Bot
from bots.secrets import open_secret

SESSION_KEY = "secrets_to_show"
SHOWN_FOR = timedelta(minutes=10)


def allow_one_look(request: HttpRequest, bot: Bot) -> None:
    """Let this session see the bot's present secret once. Whoever calls it has just made that secret."""
    until = (timezone.now() + SHOWN_FOR).timestamp()
    request.session[SESSION_KEY] = {**request.session.get(SESSION_KEY, {}), str(bot.pk): [bot.secret_digest, until]}


def take_look(request: HttpRequest, bot: Bot) -> str | None:
    """The bot's secret, if this session may still look; the leave is used up. None: it was shown, or replaced since."""
    leaves = dict(request.session.get(SESSION_KEY, {}))
    digest, until = leaves.pop(str(bot.pk), ("", 0))
    if not digest:
        return None
    request.session[SESSION_KEY] = leaves
    if digest != bot.secret_digest or timezone.now().timestamp() > until:
        return None
    return open_secret(bot)
