"""What a signed-in person must not miss, above every page; a bot's manager reads the bot's on its page."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django import template
from django.urls import reverse

from accounts.models import User
from bots.models import Bot
from notifications.models import OF_OPERATORS, Notice, NoticeKind
from notifications.queries import notices_of_bot, standing_notices
from notifications.texts import must_start_again, words_of

register = template.Library()

SHOWN, READ = 3, 100
WRONG_NOW = (
    NoticeKind.ACCOUNT_ATTENTION,
    NoticeKind.CLOSED_UNPROTECTED,
    NoticeKind.NET_STANDS,
    NoticeKind.WORKFLOW_FAILING,
    NoticeKind.ENTRIES_PAUSED,
)
GOOD_NEWS = (NoticeKind.WORKFLOW_RECOVERED,)


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as it is written on the page; `address` is where something can be done about it, `starts_again` what: a paper
    account is set back."""

    notice: Notice
    title: str
    advice: str
    address: str
    is_bad: bool
    starts_again: bool = False

    @property
    def mood(self) -> str:
        """The notice's class."""
        if self.is_bad:
            return "notice-bad"
        return "notice-good" if self.notice.kind in GOOD_NEWS else "notice-warn"


@register.inclusion_tag("front/_notices.html")
def standing(user: User) -> dict[str, Any]:
    """The person's own notices, and for each managed bot how many stand there. `mark` changes when what is written does."""
    rows = list(standing_notices(user)[:READ])
    own = [notice for notice in rows if notice.bot_id is None]
    bots: dict[Any, tuple[Bot, int]] = {}
    for notice in rows:
        if notice.bot is not None:
            bots[notice.bot_id] = (notice.bot, bots.get(notice.bot_id, (notice.bot, 0))[1] + 1)
    told = _context(user, own) | {"bots": list(bots.values())}
    return told | {"mark": _mark(told)}


@register.inclusion_tag("front/_notices.html")
def bot_notices(user: User, bot: Bot) -> dict[str, Any]:
    """What stands for the manager on this bot."""
    return _context(user, list(notices_of_bot(user, bot)[:READ]))


def _context(user: User, notices: list[Notice]) -> dict[str, Any]:
    return {
        "shown": [_shown(notice, user) for notice in notices[:SHOWN]],
        "more": max(0, len(notices) - SHOWN),
        "user": user,
    }


def _mark(told: dict[str, Any]) -> str:
    """A short digest of everything that the part writes."""
    own = [(item.notice.pk, item.title, item.advice, item.address, item.mood) for item in told["shown"]]
    bots = [(bot.pk, bot.name, count) for bot, count in told["bots"]]
    return blake2b(repr((own, told["more"], bots)).encode(), digest_size=8).hexdigest()


def _shown(notice: Notice, reader: User) -> Shown:
    words = words_of(notice)
    address = ""
    if notice.bot_id is None:
        address = _own_address(notice, reader)
    return Shown(notice, words.title, words.advice, address, notice.kind in WRONG_NOW, must_start_again(notice))


def _own_address(notice: Notice, reader: User) -> str:
    if notice.kind == NoticeKind.ENTRIES_PAUSED:
        return reverse("front:operations-protection") + "#tests" if reader.is_admin else ""
    if notice.kind in OF_OPERATORS:
        return reverse("front:operations-protection") + "#workflows"
    if notice.kind == NoticeKind.CLOSED_UNPROTECTED:
        return reverse("front:executions") + "?status=failed"
    return reverse("front:account", args=[notice.account_id]) + ("#reset" if must_start_again(notice) else "")
