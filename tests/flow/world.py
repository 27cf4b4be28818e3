"""A small world for flow tests: a manager with a bot, clients with accounts at the simulator, and the pipeline in process.

Everything is real but the worker: PostgreSQL, ccxt signing requests over HTTP, the simulator checking them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bots.models import Bot
from bots.secrets import keep_secret
from exchanges import client as exchange_client
from exchanges import vault
from exchanges.models import AccountStatus, ExchangeAccount
from signals import troubles
from signals.desk import Desk
from signals.execute import execute
from signals.ledger.ledger import Ledger
from signals.models import Execution, Position, Signal
from signals.reconcile import reconcile_account
from signals.recovery import recover
from signals.tasks import connect_account, database_parameters
from simulator.testing import RunningSimulator as Simulator
from subscriptions.models import Subscription

SECRET = "s3cret-of-the-bot"


class World:
    """Makes people, bots and subscriptions; posts alerts; runs what they left pending."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.http = Client()
        self.keys: dict[UUID, dict[str, str]] = {}
        self.messages: list[dict[str, Any]] = []
        self.manager = User.objects.create_user("manager@test.local", "x", role="manager")

    def bot(self, path: str = "scalper", **fields: Any) -> Bot:
        bot = Bot(manager=self.manager, name=fields.pop("name", f"Bot {path}"), master_webhook_path=path, **fields)
        keep_secret(bot, SECRET)
        bot.save()
        return bot

    def account(self, user: User, *, exchange: str = "paper", wallet: str = "10000", **fields: Any) -> ExchangeAccount:
        made = self.sim.control.create_account(wallet={"USDT": wallet}, coins={"USDT": wallet})
        account = ExchangeAccount(
            user=user, exchange=exchange, name="Account", status=AccountStatus.VERIFIED,
            **{"position_mode": "one_way", **fields},
        )  # fmt: skip
        values = {"api_key": made["api_key"], "secret_key": made["secret"], "passphrase": ""}
        sealed = vault.seal(table="exchange_account", row_id=account.id, values=values)
        account.sealed_keys, account.wrapped_data_key, account.key_id = (
            sealed.ciphertext,
            sealed.wrapped_key,
            sealed.key_id,
        )
        account.save()
        self.keys[account.id] = made
        return account

    def client(
        self, bot: Bot, number: int = 1, *, account: ExchangeAccount | None = None, **fields: Any
    ) -> Subscription:
        user = (
            account.user
            if account
            else User.objects.create_user(f"client{number}-{bot.master_webhook_path}@test.local", "x")
        )
        account = account or self.account(user)
        return Subscription.objects.create(user=user, bot=bot, exchange_account=account, **fields)

    def clients(self, bot: Bot, count: int, **fields: Any) -> list[Subscription]:
        return [self.client(bot, number, **fields) for number in range(count)]

    def post(self, bot: Bot, action: str, ticker: str = "BTCUSDT.P", *, secret: str = SECRET, **fields: Any) -> Any:
        body = {"ticker": ticker, "action": action, "secret": secret, **fields}
        return self.http.post(bot.webhook_url_path, json.dumps(body), content_type="text/plain; charset=utf-8")

    def alert(self, bot: Bot, action: str, ticker: str = "BTCUSDT.P", **fields: Any) -> Signal:
        answer = self.post(bot, action, ticker, **fields)
        assert answer.status_code == 202, answer.content
        return Signal.objects.get(pk=answer.json()["signal_id"])

    def trade(self, bot: Bot, action: str, ticker: str = "BTCUSDT.P", **fields: Any) -> Signal:
        """Post an alert and carry its executions out, as the workers would, all at once."""
        signal = self.alert(bot, action, ticker, **fields)
        self.carry_out(signal)
        signal.refresh_from_db()
        return signal

    def carry_out(self, *signals: Signal, times: int = 1) -> None:
        ids = times * list(Execution.objects.filter(signal__in=signals).order_by("rank").values_list("id", flat=True))
        self.at_desk(lambda desk: asyncio.gather(*(execute(key, desk) for key in ids)))

    def recover(self, *executions: Execution) -> None:
        """Take them over as the sweeper does when their lease has run out."""
        Execution.objects.filter(pk__in=[item.pk for item in executions]).update(lease_until=timezone.now())
        self.at_desk(lambda desk: asyncio.gather(*(recover(item.pk, desk) for item in executions)))

    def reconcile(self, *subscriptions: Subscription) -> None:
        accounts = {subscription.exchange_account_id for subscription in subscriptions}
        self.at_desk(lambda desk: asyncio.gather(*(reconcile_account(key, desk) for key in accounts)))

    def at_desk(self, work: Callable[[Desk], Awaitable[Any]]) -> Any:
        """Run `work` with a desk of its own loop; real sleeps."""

        async def run() -> Any:
            ledger = Ledger(database_parameters())
            desk = Desk(ledger=ledger, connect=connect_account, announce=self._hear, sleep=asyncio.sleep)
            try:
                return await work(desk)
            finally:
                await troubles.all_told()
                await ledger.close()
                await exchange_client.close_all()

        try:
            return asyncio.run(run())
        finally:
            connections["default"].close()

    def by_hand(self, subscription: Subscription, key: str, work: Callable[[Any, Any], Awaitable[Any]]) -> None:
        """Let the client do something at the exchange without Batuta: `work(client, market)`."""
        execution = self.execution(subscription)  # looked up here: a coroutine would open a connection nobody closes

        async def run(desk: Desk) -> None:
            facts = await desk.ledger.facts_of(execution.id)
            assert facts is not None
            trading = desk.connect(facts)
            await work(trading, await trading.market(facts.market_type, key))

        self.at_desk(run)

    def _hear(self, user_id: UUID, message: dict[str, Any]) -> None:
        self.messages.append({"user": user_id, **message})

    # what stands at the exchange
    def exchange_account(self, subscription: Subscription) -> dict[str, Any]:
        return self.sim.control.account(self.keys[subscription.exchange_account_id]["api_key"])

    def entries(self, subscription: Subscription) -> list[dict[str, Any]]:
        return self.sim.control.ledger(
            api_key=self.keys[subscription.exchange_account_id]["api_key"], kind="OrderFilled"
        )

    @staticmethod
    def execution(subscription: Subscription, signal: Signal | None = None) -> Execution:
        found = Execution.objects.filter(subscription=subscription)
        return (found.filter(signal=signal) if signal else found).latest("created_at")

    @staticmethod
    def position(subscription: Subscription) -> Position:
        return Position.objects.filter(subscription=subscription).latest("opened_at")


def money(text: str) -> Decimal:
    return Decimal(text)
