"""Hears the rooms below: a bot archived, a subscription cancelled or an account deleted "with its positions closed" (D1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, TruncHour
from django.dispatch import receiver
from django.utils import timezone

from bots.events import close_requested as bot_close_requested
from bots.models import Bot, MarketType
from exchanges.events import close_requested as account_close_requested
from exchanges.events import held_symbols_asked, open_positions_asked, unfinished_work_asked
from exchanges.models import ExchangeAccount
from signals.models import Execution, Order, Position
from signals.receive import EVERY_SYMBOL, close_positions
from signals.states import IN_FLIGHT, LIVE_ORDERS, OPENS
from subscriptions.events import close_requested as subscription_close_requested
from subscriptions.models import Subscription

# For so long after a position was closed its fills and its funding are looked for (`price_watch`).
FOLLOWED_FOR = timedelta(days=1)


@receiver(bot_close_requested)
def close_bot_positions(*, bot: Bot, user: Any, **_: Any) -> None:
    """Close every position of the bot, one signal per subscription that holds something."""
    _close_all_of(_holders(bot=bot), user, "manager")


@receiver(subscription_close_requested)
def close_subscription_positions(*, subscription: Subscription, user: Any, **_: Any) -> None:
    """Close every position of one subscription."""
    _close_all_of([subscription], user, "client")


@receiver(account_close_requested)
def close_account_positions(*, account: ExchangeAccount, user: Any, **_: Any) -> None:
    """Close every position on an account, of every bot."""
    _close_all_of(_holders(account=account), user, "client")


@receiver(open_positions_asked)
def count_open_positions(*, account: ExchangeAccount, **_: Any) -> int:
    """How many positions of Batuta's are open on an account, or on their way: what has been sent may be filled by now.

    Waits for claims that are under way, and inside a transaction keeps new ones waiting for its end: an entry is counted here, or
    finds the account as the transaction leaves it.
    """
    with transaction.atomic():
        rows = Subscription.objects.select_for_update(no_key=True).filter(exchange_account=account)
        list(rows.order_by("pk").values_list("pk"))
        positions = Position.objects.filter(account=account, status=Position.PositionStatus.OPEN)
        return positions.count() + _entries_in_flight(account=account).exclude(position__in=positions).count()


@receiver(unfinished_work_asked)
def count_unfinished_work(*, account: ExchangeAccount, **_: Any) -> int:
    """How many closed positions have fills or funding that are not booked, and how many orders of ours may stand or have an
    end that nobody heard.

    Counted for a day only: keys that do no good by then shall not be kept for it.
    """
    since = timezone.now() - FOLLOWED_FOR
    closed = Position.objects.filter(account=account, status=Position.PositionStatus.CLOSED, closed_at__gt=since)
    unbooked = closed.filter(Q(fills_booked_at=None) | _funding_unread())
    return unbooked.count() + _orders_that_may_stand(account, since).count()


def _funding_unread() -> Q:
    """Positions that stood at a full hour after which their funding was not read."""
    last_hour = TruncHour("closed_at", tzinfo=UTC)
    stood = Q(market_type=MarketType.FUTURES, opened_at__lt=last_hour)
    return stood & (Q(funding_read_at=None) | Q(funding_read_at__lt=last_hour))


def _orders_that_may_stand(account: ExchangeAccount, since: datetime) -> QuerySet[Order]:
    """All of them where the account lives or was deleted after `since`; else those whose position was closed after it."""
    orders = Order.objects.filter(account=account, status__in=LIVE_ORDERS)
    if account.deleted_at is None or account.deleted_at > since:
        return orders
    closed_at = Coalesce("position__closed_at", "execution__position__closed_at")
    return orders.alias(ended_at=closed_at).filter(ended_at__gt=since)


def _entries_in_flight(**where: Any) -> QuerySet[Execution]:
    return Execution.objects.filter(state__in=IN_FLIGHT, action__in=OPENS, **where)


def _holders(**where: Any) -> list[Subscription]:
    """Who holds something there, or is about to: the close waits for what is being sent (D9)."""
    held = Position.objects.filter(status=Position.PositionStatus.OPEN, **where).values("subscription")
    entering = _entries_in_flight(**where).values("subscription")
    return list(Subscription.objects.filter(Q(pk__in=held) | Q(pk__in=entering)))


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
