"""A bot's life: created, changed, paused, resumed, given a new secret, archived. The only writers of the table `bots_bot`,
beside the figures that are aggregated at the end of a broadcast. Each change writes a line of the audit log (SEC-05) in its own
transaction: `user` did it, by `request`."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import Event, record
from accounts.models import User
from bots import secrets
from bots.events import close_requested
from bots.market_types import check_market_type
from bots.models import Bot, BotStatus
from bots.moves import may_move
from bots.signal_lock import lock_signals


class BotArchived(Exception):
    """The bot is archived: it can only be read."""


class PositionsOpen(Exception):
    """Positions are open and nobody said whether to close them or to leave them to their stops (D1)."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} positions are open")
        self.count = count


def create_bot(
    *, manager: User, master_secret: str, user: User | None = None, request: HttpRequest | None = None, **values: Any
) -> Bot:
    """Make an active bot of `manager` (BOT-01), who does it when `user` is not given. `values` are columns of Bot, already
    validated. Raises IntegrityError when the webhook path was taken meanwhile."""
    bot = Bot(manager=manager, **values)
    secrets.keep_secret(bot, master_secret)
    with transaction.atomic():
        bot.save(force_insert=True)
        _note(Event.BOT_CREATED, bot, user or manager, request, name=bot.name, webhook_path=bot.master_webhook_path)
    return bot


def change_bot(*, bot: Bot, user: User, request: HttpRequest | None = None, **values: Any) -> Bot:
    """Change settings (BOT-14); the next signal uses them. What stays as it is is not noted. Raises BotArchived,
    ValidationError by `check_market_type`."""
    with transaction.atomic():
        bot = _lock(bot)
        try:
            check_market_type(bot, values.get("market_type", bot.market_type))
        except ValidationError as error:
            raise ValidationError({"market_type": error}) from error
        changed = {name: value for name, value in values.items() if getattr(bot, name) != value}
        before = {name: _plain(getattr(bot, name)) for name in changed}
        for name, value in changed.items():
            setattr(bot, name, value)
        bot.save(update_fields=[*changed, "updated_at"])
        if changed:
            after = {name: _plain(value) for name, value in changed.items()}
            _note(Event.BOT_CHANGED, bot, user, request, before=before, after=after)
    return bot


def pause_bot(*, bot: Bot, user: User, request: HttpRequest | None = None) -> Bot:
    """Refuse opens from now on; closes still pass (D1). Raises BotArchived."""
    return _move(bot, BotStatus.PAUSED, Event.BOT_PAUSED, user, request)


def resume_bot(*, bot: Bot, user: User, request: HttpRequest | None = None) -> Bot:
    """Accept opens again. Raises BotArchived."""
    return _move(bot, BotStatus.ACTIVE, Event.BOT_RESUMED, user, request)


def rotate_secret(
    *,
    bot: Bot,
    user: User,
    secret: str = "",
    overlap: timedelta = timedelta(hours=1),
    request: HttpRequest | None = None,
) -> tuple[Bot, str]:
    """Give the bot a new secret (a generated one when empty) and return both; it is never shown again.

    The old one is accepted for `overlap`, so that alerts can be changed without losing a signal. Raises BotArchived.
    """
    secret = secret or secrets.generate_secret()
    with transaction.atomic():
        bot = _lock(bot)
        secrets.replace_secret(bot, secret, now=timezone.now(), overlap=overlap)
        bot.save()
        _note(Event.SECRET_ROTATED, bot, user, request)
    return bot, secret


def archive_bot(
    *, bot: Bot, user: User, close_positions: bool | None = None, request: HttpRequest | None = None
) -> Bot:
    """Delete softly: history stays, nothing is executed any more (BOT-16).

    With positions open, `close_positions` must say whether to close them now (`close_requested` is sent before the archive,
    in the same transaction) or to leave them to their stops; raises PositionsOpen when it does not. Archiving twice changes
    nothing.
    """
    with transaction.atomic():
        lock_signals(bot.pk)
        bot = Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
        if bot.status == BotStatus.ARCHIVED:
            return bot
        held = open_positions(bot)
        if held and close_positions is None:
            raise PositionsOpen(held)
        if close_positions:
            close_requested.send(sender=Bot, bot=bot, user=user)
        bot.status, bot.archived_at = BotStatus.ARCHIVED, timezone.now()
        bot.save(update_fields=["status", "archived_at", "updated_at"])
        _note(Event.BOT_ARCHIVED, bot, user, request, open_positions=held, closed_positions=bool(close_positions))
    return bot


def open_positions(bot: Bot) -> int:
    """How many positions of this bot subscribers hold now."""
    return bot.positions.filter(closed_at=None).count()


def _lock(bot: Bot) -> Bot:
    locked = Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
    if locked.status == BotStatus.ARCHIVED:
        raise BotArchived
    return locked


def _move(bot: Bot, new: BotStatus, event: Event, user: User, request: HttpRequest | None) -> Bot:
    with transaction.atomic():
        locked = _lock(bot)
        if not may_move(locked.status, new):
            raise BotArchived
        if locked.status == new:
            return locked
        locked.status = new
        locked.save(update_fields=["status", "updated_at"])
        _note(event, locked, user, request)
    return locked


def _plain(value: Any) -> str:
    return str(value.pk) if isinstance(value, User) else str(value)  # people stand in the log by id only


def _note(event: Event, bot: Bot, user: User, request: HttpRequest | None, **details: Any) -> None:
    record(event, request=request, user=bot.manager, actor=user, bot=str(bot.id), **details)
