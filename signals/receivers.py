"""Hears the rooms below: a bot archived, a subscription cancelled or an account deleted "with its positions closed" (D1)."""

from typing import Any

from django.dispatch import receiver

from bots.events import close_requested as bot_close_requested
from bots.models import Bot
from exchanges.events import close_requested as account_close_requested
from exchanges.events import held_symbols_asked, open_positions_asked
from exchanges.models import ExchangeAccount
from signals.models import Position
from signals.receive import EVERY_SYMBOL, close_positions
from subscriptions.events import close_requested as subscription_close_requested
from subscriptions.models import Subscription


@receiver(bot_close_requested)
def close_bot_positions(*, bot: Bot, user: Any, **_: Any) -> None:
    """Close every position of the bot, one signal per subscription that holds something."""
    holders = Subscription.objects.filter(positions__bot=bot, positions__status=Position.PositionStatus.OPEN)
    _close_all_of(list(holders.distinct()), user, "manager")


@receiver(subscription_close_requested)
def close_subscription_positions(*, subscription: Subscription, user: Any, **_: Any) -> None:
    """Close every position of one subscription."""
    _close_all_of([subscription], user, "client")


@receiver(account_close_requested)
def close_account_positions(*, account: ExchangeAccount, user: Any, **_: Any) -> None:
    """Close every position on an account, of every bot."""
    holders = Subscription.objects.filter(positions__account=account, positions__status=Position.PositionStatus.OPEN)
    _close_all_of(list(holders.distinct()), user, "client")


@receiver(open_positions_asked)
def count_open_positions(*, account: ExchangeAccount, **_: Any) -> int:
    """How many positions of Batuta's are open on an account."""
    return Position.objects.filter(account=account, status=Position.PositionStatus.OPEN).count()


@receiver(held_symbols_asked)
def tell_held_symbols(*, account: ExchangeAccount, **_: Any) -> list[tuple[str, str, str]]:
    """What is open on an account."""
    held = Position.objects.filter(account=account, status=Position.PositionStatus.OPEN)
    return list(held.values_list("market_type", "symbol_key", "side"))


def _close_all_of(subscriptions: list[Subscription], user: Any, source: str) -> None:
    for subscription in subscriptions:
        close_positions(
            bot=subscription.bot, subscription_id=subscription.pk, symbol_key=EVERY_SYMBOL, user=user, source=source
        )
