"""Which subscriptions and offered bots somebody sees, and what is known beforehand of a trade."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from bots.models import Bot
from bots.queries import offered_bots
from exchanges.free_balances import free_by_market, free_by_quote, usd_values
from exchanges.market_cache import read_minimums, read_prices
from exchanges.models import BalanceSnapshot, ExchangeAccount
from exchanges.queries import SEALED, newest_snapshot, own_accounts
from exchanges.registry import get_venue
from subscriptions.minimums import SizeWarning, in_dollars, size_warnings
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.terms import Terms

__all__ = [
    "bots_on_offer",
    "followers_of",
    "own_accounts",  # of the room below: what one can subscribe with
    "own_subscriptions",
    "recent_symbols",
    "warnings_for",
]

RECENT = timedelta(days=90)
SYMBOLS_CHECKED = 10


def own_subscriptions(user: User) -> QuerySet[Subscription]:
    """The subscriptions of `user`, with bot and account (SUB-02, 03)."""
    return (
        Subscription.objects.filter(user=user)
        .select_related("bot", "exchange_account")
        .defer(*(f"exchange_account__{name}" for name in SEALED))
    )


def bots_on_offer(user: User) -> QuerySet[Bot]:
    """Active bots (SUB-01); `own_subscription_id` and `own_status` say whether and how `user` follows each."""
    own = Subscription.objects.filter(user=user, bot=OuterRef("pk"))
    return offered_bots().annotate(
        own_subscription_id=Subquery(own.values("id")[:1]), own_status=Subquery(own.values("status")[:1])
    )


def followers_of(bot: Bot) -> QuerySet[Subscription]:
    """Everyone who follows the bot, active or paused."""
    return Subscription.objects.filter(bot=bot).exclude(status=SubscriptionStatus.CANCELLED)


def recent_symbols(bot: Bot) -> list[str]:
    """The symbols that the bot had signals for lately, without `*` of close_all."""
    signals = bot.signals.filter(~Q(symbol_key__in=("", "*")), created_at__gte=timezone.now() - RECENT)
    return list(signals.order_by("symbol_key").values_list("symbol_key", flat=True).distinct()[:SYMBOLS_CHECKED])


def warnings_for(
    *, bot: Bot, account: ExchangeAccount, terms: Terms, symbol_keys: list[str] | None = None
) -> list[SizeWarning]:
    """What would keep `terms` from trading what the bot traded lately (or `symbol_keys`) on this account."""
    keys = recent_symbols(bot) if symbol_keys is None else symbol_keys
    where = (account.exchange, bot.market_type, keys)
    snapshot = newest_snapshot(account)
    minimums, prices = in_dollars(
        read_minimums(*where, testnet=account.testnet),
        read_prices(*where, testnet=account.testnet),
        usd_values(snapshot.balances) if snapshot else {},
    )
    free_usd = _free_for(account, bot, keys, snapshot) if snapshot else None
    return size_warnings(terms, minimums=minimums, prices=prices, free_usd=free_usd)


def _free_for(account: ExchangeAccount, bot: Bot, keys: list[str], snapshot: BalanceSnapshot) -> Decimal | None:
    """Dollars that the account has free where the bot trades: what lies in the other wallet does not count. None: not known."""
    purses = free_by_market(get_venue(account.exchange), snapshot.balances, snapshot.free)
    known = [free for free in free_by_quote(purses.get(bot.market_type, {}), keys).values() if free is not None]
    return min(known, default=None)
