"""Hears the rooms below: an exchange account was deleted, so nothing can follow a bot on it any more."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from exchanges.events import account_deleted
from exchanges.models import ExchangeAccount
from subscriptions.lifecycle import cancel_subscription
from subscriptions.models import Subscription, SubscriptionStatus


@receiver(account_deleted)
def cancel_subscriptions(*, account: ExchangeAccount, user: User, **_: Any) -> None:
    """Cancel what follows a bot on this account; what becomes of its positions was chosen for the account as a whole."""
    rows = Subscription.objects.filter(exchange_account=account).exclude(status=SubscriptionStatus.CANCELLED)
    for subscription in rows.order_by("pk"):
        cancel_subscription(subscription=subscription, user=user, close_positions=False)
