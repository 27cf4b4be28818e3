"""A bot's status and the moves between them (BOT-04, 16). Pure."""

from bots.models import BotStatus

MOVES: dict[str, tuple[str, ...]] = {
    BotStatus.ACTIVE: (BotStatus.PAUSED, BotStatus.ARCHIVED),
    BotStatus.PAUSED: (BotStatus.ACTIVE, BotStatus.ARCHIVED),
    BotStatus.ARCHIVED: (),
}


def may_move(old: str, new: str) -> bool:
    """Whether a bot may go from `old` to `new`; staying is no move and always allowed, but an archived bot stays as it is."""
    return old == new != BotStatus.ARCHIVED or new in MOVES[old]
