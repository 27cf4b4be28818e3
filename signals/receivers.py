"""Hears the rooms below: a bot archived, a subscription cancelled or an account deleted "with its positions closed" (D1)."""

from typing import Any

from django.dispatch import receiver

from bots.events import close_requested as bot_close_requested
from bots.models import Bot
from exchanges.events import close_requested as account_close_requested
from exchanges.events import open_positions_asked
from exchanges.models import ExchangeAccount
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


@receiver(open_positions_asked)
def count_account_positions(*, account: ExchangeAccount, **_: Any) -> int:
    """How many positions stand on the account."""
    return Position.objects.filter(account=account, status=Position.PositionStatus.OPEN).count()


@receiver(account_close_requested)
def close_account_positions(*, account: ExchangeAccount, user: Any, **_: Any) -> None:
    """Close everything that stands on the account, one signal per subscription that holds something there."""
    held = Position.objects.filter(account=account, status=Position.PositionStatus.OPEN)
    subscriptions = Subscription.objects.filter(pk__in=held.values("subscription_id")).select_related("bot")
    for subscription in subscriptions.order_by("pk"):
        close_positions(
            bot=subscription.bot, subscription_id=subscription.pk, symbol_key=EVERY_SYMBOL, user=user, source="client"
        )
