"""Tokens and sessions of the bench's people, as signing in would give them. Needs Django."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from accounts.tokens import open_family
from bots.models import Bot
from signals.models import Execution

BACKEND = "django.contrib.auth.backends.ModelBackend"


def tokens_of(bot: Bot, clients: int) -> tuple[str, list[tuple[str, str]]]:
    """The manager's access token, and token and newest execution of so many clients."""
    people = User.objects.filter(subscriptions__bot=bot).order_by("email")[:clients]
    newest = dict(Execution.objects.order_by("created_at").values_list("user_id", "id"))
    return open_family(bot.manager).access, [(open_family(user).access, str(newest[user.pk])) for user in people]


def session_of(user: User) -> str:
    """The session cookie's value of a person who has just signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
