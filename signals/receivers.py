"""Hears the rooms below: a bot archived, a subscription cancelled or an account deleted "with its positions closed" (D1)."""

from typing import Any

from django.dispatch import receiver

from bots.events import close_requested as bot_close_requested
from bots.models import Bot
from signals.models import Position
from signals.receive import EVERY_SYMBOL, close_positions
from subscriptions.events import close_requested as subscription_close_requested
from subscriptions.models import Subscription


@receiver(bot_close_requested)
def close_bot_positions(*, bot: Bot, user: Any, **_: Any) -> None:
    """Close every position of the bot, one signal per subscription that holds something."""
    holders = Position.objects.filter(bot=bot, status=Position.PositionStatus.OPEN).values_list(
        "subscription_id", flat=True
    )
    for subscription_id in sorted(set(holders)):
        close_positions(bot=bot, subscription_id=subscription_id, symbol_key=EVERY_SYMBOL, user=user, source="manager")


@receiver(subscription_close_requested)
def close_subscription_positions(*, subscription: Subscription, user: Any, **_: Any) -> None:
    """Close every position of one subscription."""
    close_positions(
        bot=subscription.bot, subscription_id=subscription.pk, symbol_key=EVERY_SYMBOL, user=user, source="client"
    )
