"""The rows of an ordeal: its bots, five clients who follow them all, and their accounts at the simulator. Needs Django."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounts.models import Role, User
from bench.ordeal_schedule import ACCOUNT_OF_BOT, BOTS, CLIENTS
from bots.models import Bot, BotStatus
from bots.secrets import keep_secret
from exchanges import vault
from exchanges.models import AccountStatus, ExchangeAccount
from simulator.testing import ControlClient
from subscriptions.models import Subscription

SECRET = "ordeal-master-secret"
WALLET = {"USDT": "1000000"}
NO_LIMIT_USD = Decimal("1000000")
MOST_SIGNALS_A_MINUTE = 600


@dataclass(frozen=True, slots=True)
class People:
    """Bots in the order of the schedule, the accounts' keys at the simulator by our ids, subscriptions by bot."""

    bots: tuple[Bot, ...]
    keys: dict[UUID, str]
    subscriptions: dict[UUID, frozenset[UUID]]


def settle_in(control: ControlClient) -> People:
    """Make them all; every bot reverses on an opposite signal and protects with stop and target, no limit is in the way."""
    manager = User.objects.create_user("manager@bench.local", "bench-password", role=Role.MANAGER)
    bots = tuple(_bot(manager, number) for number in range(len(BOTS)))
    keys: dict[UUID, str] = {}
    subscriptions: dict[UUID, set[UUID]] = {bot.id: set() for bot in bots}
    for number in range(CLIENTS):
        user = User.objects.create_user(f"client{number}@bench.local", "bench-password")
        accounts = [_account(user, each, control, keys) for each in range(max(ACCOUNT_OF_BOT) + 1)]
        for bot, account in zip(bots, ACCOUNT_OF_BOT, strict=True):
            followed = Subscription.objects.create(
                user=user,
                bot=bot,
                exchange_account=accounts[account],
                max_daily_loss_usd=NO_LIMIT_USD,
                max_concurrent_positions=100,
            )
            subscriptions[bot.id].add(followed.id)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return People(bots, keys, {bot: frozenset(ids) for bot, ids in subscriptions.items()})


def _bot(manager: User, number: int) -> Bot:
    bot = Bot(
        manager=manager,
        name=f"Ordeal {number}",
        master_webhook_path=f"ordeal-{number}",
        status=BotStatus.ACTIVE,
        quota_per_minute=MOST_SIGNALS_A_MINUTE,
    )
    keep_secret(bot, SECRET)
    bot.save()
    return bot


def _account(user: User, number: int, control: ControlClient, keys: dict[UUID, str]) -> ExchangeAccount:
    """Every other account takes an order id once and for all; the others take it again once the order is closed."""
    made = control.create_account(wallet=WALLET, unique_ids=len(keys) % 2 == 1)
    account = ExchangeAccount(
        user=user,
        exchange="binance",
        name=f"Ordeal {number}",
        is_main=number == 0,
        status=AccountStatus.VERIFIED,
        checked_at=datetime.now(UTC),
        position_mode="one_way",
        key_last4=made["api_key"][-4:],
    )
    values = {"api_key": made["api_key"], "secret_key": made["secret"]}
    sealed = vault.seal(table="exchange_account", row_id=account.id, values=values)
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.save()
    keys[account.id] = made["api_key"]
    return account
