"""What the API answers when a request is right but the present state does not allow it: 409 with a stable code."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bots.conflicts import choose_positions
from config.problems import Problem
from subscriptions import lifecycle


@contextmanager
def answer_conflicts() -> Iterator[None]:
    """What the lifecycle refuses, as the API says it."""
    try:
        yield
    except lifecycle.AlreadySubscribed as refusal:
        raise Problem(409, "already_subscribed", _("You already follow this bot.")) from refusal
    except lifecycle.SubscriptionCancelled as refusal:
        text = _("This subscription is cancelled. Subscribe again to take it up.")
        raise Problem(409, "subscription_cancelled", text) from refusal
    except lifecycle.PositionsOpen as refusal:
        raise choose_positions(refusal.count) from refusal
    except lifecycle.AccountInUse as refusal:
        text = ngettext(
            "%(count)d position is open on the present account: close it before you change the account.",
            "%(count)d positions are open on the present account: close them before you change the account.",
            refusal.count,
        )
        raise Problem(409, "account_in_use", text % {"count": refusal.count}, open_positions=refusal.count) from refusal
