"""The rows of a bench: one bot, and subscribers with accounts whose keys are sealed as a client's would be. Needs Django."""

from datetime import UTC, datetime

from django.db import connection

from accounts.models import Role, User
from bench.books import key_of, secret_of
from bots.models import Bot, BotStatus
from bots.secrets import keep_secret
from exchanges import vault
from exchanges.models import AccountStatus, ExchangeAccount
from subscriptions.models import Subscription

SECRET = "bench-master-secret"
PATH = "bench"
PASSWORD = "bench-password"
BATCH = 1000


def populate(subscribers: int) -> Bot:
    """A bot that trades 50 USD tenfold with stop and target, followed by `subscribers` clients of one account each."""
    manager = User.objects.create_user("manager@bench.local", PASSWORD, role=Role.MANAGER)
    bot = Bot(manager=manager, name="Bench", master_webhook_path=PATH, status=BotStatus.ACTIVE, quota_per_minute=600)
    keep_secret(bot, SECRET)
    bot.save()
    users = [User(email=f"client{number}@bench.local", password="!") for number in range(subscribers)]
    User.objects.bulk_create(users, batch_size=BATCH)
    accounts = [_account(user, number) for number, user in enumerate(users)]
    ExchangeAccount.objects.bulk_create(accounts, batch_size=BATCH)
    Subscription.objects.bulk_create(
        [Subscription(user=account.user, bot=bot, exchange_account=account) for account in accounts], batch_size=BATCH
    )
    with connection.cursor() as cursor:  # as the database of a running product: its planner knows its tables
        cursor.execute("ANALYZE")
    return bot


def _account(user: User, number: int) -> ExchangeAccount:
    account = ExchangeAccount(
        user=user,
        exchange="binance",
        name="Bench",
        is_main=True,
        status=AccountStatus.VERIFIED,
        checked_at=datetime.now(UTC),
        position_mode="one_way",
    )
    key = key_of(number)
    sealed = vault.seal(
        table="exchange_account", row_id=account.id, values={"api_key": key, "secret_key": secret_of(key)}
    )
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.key_last4 = key[-4:]
    return account
