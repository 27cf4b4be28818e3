"""A bot's market type may change only while nothing of it is held or on its way: orders are asked for, and positions closed, on
the market on which they were placed (D4)."""

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from bots.models import Bot


def check_market_type(bot: Bot, wanted: str) -> None:
    """Raises ValidationError for another market type than the stored one while subscribers hold positions or enter.

    Exact under the bot's lock, by which alerts wait.
    """
    stored = Bot.objects.filter(pk=bot.pk).values_list("market_type", flat=True).first()
    if stored is None or stored == wanted:
        return
    held = bot.positions.filter(closed_at=None).count()
    count = held + bot.executions.filter(completed_at=None).count()
    if count:
        text = ngettext(
            "%(count)d position is open or being entered: the market type can be changed when it is closed.",
            "%(count)d positions are open or being entered: the market type can be changed when they are closed.",
            count,
        )
        raise ValidationError(text % {"count": count}, code="market_type_in_use")
