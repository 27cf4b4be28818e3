"""A subscription's life: made, changed, paused, resumed, cancelled, taken up again. The only writer of its table. Each step writes a
line of the audit log (SEC-05) in its own transaction: whose money trades on what terms is disputed sooner or later."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import Event, record
from accounts.models import User
from bots.models import Bot
from exchanges.models import ExchangeAccount
from subscriptions import rules
from subscriptions.events import close_requested
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.moves import MOVES

# What a client sets; taking a cancelled subscription up again sets what was not given back to its default.
SETTINGS = (
    "custom_leverage",
    "custom_margin_usd",
    "custom_stop_loss_pct",
    "custom_take_profit_pct",
    "custom_margin_mode",
    "stop_loss_enabled",
    "take_profit_enabled",
    "max_daily_loss_usd",
    "max_concurrent_positions",
    "max_price_deviation_pct",
)


class AlreadySubscribed(Exception):
    """The client follows this bot already (SUB-07)."""


class SubscriptionCancelled(Exception):
    """The subscription is cancelled: it can only be read, or be taken up again by subscribing."""


class PositionsOpen(Exception):
    """Positions are open and nobody said whether to close them or to leave them to their stops (D1)."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} positions are open")
        self.count = count


class AccountInUse(Exception):
    """Positions are open on the present account, so another one cannot be chosen yet."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} positions are open")
        self.count = count


def subscribe(
    *, user: User, bot: Bot, exchange_account: ExchangeAccount, request: HttpRequest | None = None, **settings: Any
) -> Subscription:
    """Follow a bot (SUB-04). A cancelled subscription is taken up again, same row, with these settings (D18).

    Writes the subscription and the bot's count of subscribers. Raises ValidationError by `rules`, AlreadySubscribed, and
    AccountInUse where a position from before still stands on another account.
    """
    rules.check_bot(bot)
    rules.check_account(exchange_account, user=user, bot=bot)
    with transaction.atomic():
        found = Subscription.objects.select_for_update(no_key=True).filter(user=user, bot=bot).first()
        if found is not None and found.status != SubscriptionStatus.CANCELLED:
            raise AlreadySubscribed
        if found is not None and found.exchange_account != exchange_account and (held := open_positions(found)):
            raise AccountInUse(held)  # what is closed is closed on the subscription's account
        subscription = found or Subscription(user=user, bot=bot)
        subscription.bot, subscription.exchange_account = bot, exchange_account
        subscription.status, subscription.cancelled_at = SubscriptionStatus.ACTIVE, None
        for name in SETTINGS:
            default = Subscription._meta.get_field(name).get_default()  # type: ignore[union-attr]
            setattr(subscription, name, settings.get(name, default))
        rules.check_terms(subscription)
        _lock_bot(bot)
        _save_new(subscription)
        _count_subscribers(bot)
        _note(Event.SUBSCRIBED, subscription, request, terms=_plain(subscription, SETTINGS))
    return subscription


def change_subscription(
    *, subscription: Subscription, request: HttpRequest | None = None, **changes: Any
) -> Subscription:
    """Change settings or the account (SUB-05); the next signal uses them, open positions keep theirs.

    Raises ValidationError by `rules`, SubscriptionCancelled, AccountInUse.
    """
    with transaction.atomic():
        subscription = _lock(subscription)
        account = changes.get("exchange_account", subscription.exchange_account)
        if account != subscription.exchange_account:
            rules.check_account(account, user=subscription.user, bot=subscription.bot)
            held = open_positions(subscription)
            if held:
                raise AccountInUse(held)
        changed = [name for name, value in changes.items() if getattr(subscription, name) != value]
        before = _plain(subscription, changed)
        for name, value in changes.items():
            setattr(subscription, name, value)
        rules.check_terms(subscription)
        subscription.save(update_fields=[*changes, "updated_at"])
        if changed:
            after = _plain(subscription, changed)
            _note(Event.SUBSCRIPTION_CHANGED, subscription, request, before=before, after=after)
    return subscription


def pause_subscription(*, subscription: Subscription, request: HttpRequest | None = None) -> Subscription:
    """Receive no opens from now on; stops, targets and closes go on (SUB-08, D1). Raises SubscriptionCancelled."""
    return _move(subscription, SubscriptionStatus.PAUSED, Event.SUBSCRIPTION_PAUSED, request)


def resume_subscription(*, subscription: Subscription, request: HttpRequest | None = None) -> Subscription:
    """Receive opens again. Raises SubscriptionCancelled, and ValidationError when the account cannot trade any more."""
    account = subscription.exchange_account
    rules.check_account(account, user=subscription.user, bot=subscription.bot)
    return _move(subscription, SubscriptionStatus.ACTIVE, Event.SUBSCRIPTION_RESUMED, request)


def cancel_subscription(
    *, subscription: Subscription, user: User, close_positions: bool | None = None, request: HttpRequest | None = None
) -> Subscription:
    """Stop following (SUB-06); history stays. Cancelling twice changes nothing.

    With positions open, `close_positions` must say whether to close them now (`close_requested` is sent in the same
    transaction) or to leave them to their stops; raises PositionsOpen when it does not (D1).
    """
    with transaction.atomic():
        subscription = _read_locked(subscription)
        if subscription.status == SubscriptionStatus.CANCELLED:
            return subscription
        held = open_positions(subscription)
        if held and close_positions is None:
            raise PositionsOpen(held)
        if close_positions:
            close_requested.send(sender=Subscription, subscription=subscription, user=user)
        _lock_bot(subscription.bot)
        subscription.status, subscription.cancelled_at = SubscriptionStatus.CANCELLED, timezone.now()
        subscription.save(update_fields=["status", "cancelled_at", "updated_at"])
        _count_subscribers(subscription.bot)
        _note(
            Event.SUBSCRIPTION_CANCELLED,
            subscription,
            request,
            open_positions=held,
            closed_positions=bool(close_positions),
        )
    return subscription


def open_positions(subscription: Subscription) -> int:
    """How many positions this subscription holds now, or is about to: entries that have not come to their end yet count."""
    held = subscription.positions.filter(closed_at=None)
    entering = subscription.executions.filter(completed_at=None, action__in=("buy", "sell")).exclude(position__in=held)
    return int(held.count() + entering.count())


def _read_locked(subscription: Subscription) -> Subscription:
    rows = Subscription.objects.select_related("user", "bot", "exchange_account")
    rows = rows.select_for_update(of=("self",), no_key=True)  # what is stored for it meanwhile refers to it
    return rows.get(pk=subscription.pk)


def _lock(subscription: Subscription) -> Subscription:
    locked = _read_locked(subscription)
    if locked.status == SubscriptionStatus.CANCELLED:
        raise SubscriptionCancelled
    return locked


def _move(
    subscription: Subscription, new: SubscriptionStatus, event: Event, request: HttpRequest | None
) -> Subscription:
    with transaction.atomic():
        locked = _lock(subscription)
        if new in MOVES[locked.status]:
            locked.status = new
            locked.save(update_fields=["status", "updated_at"])
            _note(event, locked, request)
    return locked


def _save_new(subscription: Subscription) -> None:
    try:
        with transaction.atomic():
            subscription.save()
    except IntegrityError as error:
        # the same client subscribed in another request at the same moment
        raise AlreadySubscribed from error


def _lock_bot(bot: Bot) -> None:
    """Let one at a time change who follows the bot, until it has committed: two who count beside each other do not see each
    other's subscription."""
    Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)


def _count_subscribers(bot: Bot) -> None:
    """Write how many follow the bot; the caller has it locked since before it changed that."""
    followers = Subscription.objects.filter(bot=bot).exclude(status=SubscriptionStatus.CANCELLED)
    Bot.objects.filter(pk=bot.pk).update(total_subscribers=followers.count())


def _note(event: Event, subscription: Subscription, request: HttpRequest | None, **details: Any) -> None:
    record(
        event, request=request, user=subscription.user, subscription=str(subscription.pk), bot=str(subscription.bot_id),
        account=str(subscription.exchange_account_id), **details,
    )  # fmt: skip


def _plain(subscription: Subscription, names: Iterable[str]) -> dict[str, str]:
    """These settings as the log keeps them; what is left to the bot's default is not told."""
    values = {name: getattr(subscription, name) for name in names}
    return {
        name: str(value.pk if isinstance(value, ExchangeAccount) else value)
        for name, value in values.items()
        if value is not None
    }
