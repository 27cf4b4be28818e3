"""What to know of a new bot's name and webhook path while they are typed: a path that is taken, a name used before (BOT-05)."""

from dataclasses import dataclass

from accounts.models import User
from bots.models import Bot, BotStatus
from bots.webhook_path import suggest_path


@dataclass(frozen=True, slots=True)
class NameHints:
    """`free_path` to use instead of `typed_path`, empty where that is free; `same_name`: an own bot has this name already."""

    typed_path: str
    free_path: str
    same_name: bool


def hints_for(manager: User, *, name: str, path: str) -> NameHints:
    """Two queries; writes nothing."""
    name, path = name.strip(), path.strip()
    taken = bool(path) and Bot.objects.filter(master_webhook_path=path).exists()
    own = Bot.objects.filter(manager=manager, name__iexact=name).exclude(status=BotStatus.ARCHIVED)
    return NameHints(path, suggest_path(path) if taken else "", bool(name) and own.exists())
