"""The rows of a bench: one bot, and subscribers with accounts whose keys are sealed as a client's would be. Needs Django."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from django.db import connection

from accounts.models import Role, User
from bench.books import key_of, secret_of
from bots.models import Bot, BotStatus
from bots.secrets import keep_secret
from exchanges import vault
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.types import Credentials
from subscriptions.models import Subscription

SECRET = "bench-master-secret"
PATH = "bench"
PASSWORD = "bench-password"
BATCH = 1000
VENUE = "binance"  # whose dialect the bench's own exchange speaks


def populate(subscribers: int) -> Bot:
    """A bot that trades 50 USD tenfold with stop and target, followed by `subscribers` clients of one account each."""
    bot = make_bot(make_manager(), PATH)
    users = [User(email=f"client{number}@bench.local", password="!") for number in range(subscribers)]
    keys = [key_of(number) for number in range(subscribers)]
    accounts = [
        account_of(user, VENUE, Credentials(key, secret_of(key))) for user, key in zip(users, keys, strict=True)
    ]
    store(accounts)
    follow(bot, accounts)
    refresh_statistics()
    return bot


def make_manager() -> User:
    return User.objects.create_user("manager@bench.local", PASSWORD, role=Role.MANAGER)


def make_bot(manager: User, path: str) -> Bot:
    """A bot that trades 50 USD tenfold with stop and target; `path` ends its webhook's address."""
    bot = Bot(manager=manager, name="Bench", master_webhook_path=path, status=BotStatus.ACTIVE, quota_per_minute=600)
    keep_secret(bot, SECRET)
    bot.save()
    return bot


def account_of(user: User, venue_id: str, keys: Credentials) -> ExchangeAccount:
    """A verified account with sealed keys, not stored yet."""
    account = ExchangeAccount(
        user=user,
        exchange=venue_id,
        name="Bench",
        is_main=True,
        status=AccountStatus.VERIFIED,
        checked_at=datetime.now(UTC),
        position_mode="one_way",
    )
    sealed = vault.seal(table="exchange_account", row_id=account.id, values=asdict(keys))
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.key_last4 = keys.api_key[-4:]
    return account


def store(accounts: Sequence[ExchangeAccount]) -> None:
    """The accounts and their users, none of which is stored yet."""
    User.objects.bulk_create([account.user for account in accounts], batch_size=BATCH)
    ExchangeAccount.objects.bulk_create(accounts, batch_size=BATCH)


def follow(bot: Bot, accounts: Sequence[ExchangeAccount]) -> None:
    Subscription.objects.bulk_create(
        [Subscription(user=account.user, bot=bot, exchange_account=account) for account in accounts], batch_size=BATCH
    )


def refresh_statistics() -> None:
    """As in the database of a running product: its planner knows its tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
