"""One bot, one subscriber with everything that can belong to one, and six people who look at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Role, User
from exchanges.models import BalanceSnapshot
from notifications.models import Notice, NoticeKind
from signals.models import Position
from tests.trading_world import (
    make_account,
    make_bot,
    make_execution,
    make_fill,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

CANARY = "canary-client@example.org"


@dataclass
class World:
    """`ids` by the first part of a path; `private` are texts that only entitled people may read."""

    people: dict[str, User | None]
    ids: dict[str, dict[str, Any]]
    private: list[str]
    sessions: dict[str, str] = field(default_factory=dict)

    def api(self, person: str) -> APIClient:
        client = APIClient(raise_request_exception=False)
        if user := self.people[person]:
            client.force_authenticate(User.objects.get(pk=user.pk))
        return client

    def browser(self, person: str) -> Client:
        """A browser with that person's session; logging in was done once."""
        client = Client(raise_request_exception=False)
        if session := self.sessions.get(person):
            client.cookies[settings.SESSION_COOKIE_NAME] = session
        return client

    def log_in(self) -> None:
        for person, user in self.people.items():
            if user:
                client = Client()
                client.force_login(user)
                self.sessions[person] = client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once for all routes, in a transaction that is never committed; each question is rolled back by its asker."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build_world()
        world.log_in()
        yield world
        transaction.set_rollback(True)


def build_world() -> World:
    client, manager = make_user(email=CANARY), make_user(Role.MANAGER)
    bot = make_bot(manager)
    account = make_account(client, exchange="binance")
    subscription = make_subscription(bot, client, exchange_account=account)
    position = make_position(subscription)
    signal = make_signal(bot)
    execution = make_execution(signal, subscription, position=position)
    order = make_order(execution, position=position)
    fill = make_fill(order, position=position)
    now = position.opened_at
    BalanceSnapshot.objects.create(account=account, taken_at=now, equity=1000, free=900, balances=[])
    notice = Notice.objects.create(
        user=client, kind=NoticeKind.ACCOUNT_ATTENTION, subject=f"account {account.pk}", account=account, created_at=now
    )
    make_bot(make_user(Role.MANAGER))
    people: dict[str, User | None] = {
        "anonymous": None,
        "client": client,
        "other_client": make_user(),
        "manager": manager,
        "other_manager": make_user(Role.MANAGER),
        "support": make_user(Role.SUPPORT),
        "admin": make_user(Role.ADMIN, is_superuser=True),
    }
    ids = {
        "exchange-accounts": {"account_id": account.pk},
        "bots": {"pk": bot.pk, "webhook_path": bot.master_webhook_path, "bot_id": bot.pk},
        "bot-subscriptions": {"pk": bot.pk},
        "bot-subscriptions/{pk}": {"pk": subscription.pk},
        "signals": {"pk": signal.pk},
        "executions": {"pk": execution.pk, "execution_id": execution.pk},
        "orders": {"pk": order.pk},
        "fills": {"pk": fill.pk},
        "positions": {"pk": position.pk, "position_id": position.pk, "signal_id": signal.pk},
        "trades": {"pk": position.pk},
        "subscriptions": {"subscription_id": subscription.pk},
        "accounts": {"account_id": account.pk},
        "manage": {"bot_id": bot.pk, "signal_id": signal.pk},
        "notices": {"pk": notice.pk, "notice_id": notice.pk},
        "operations": {"exchange": "paper", "market_type": "spot"},
        "exchanges": {"exchange": "atlantis"},
        "legal": {"kind": "terms"},
        "password": {"uid": "x", "token": "y"},
        "verify-email": {"token": "x"},
    }
    rows = (account, subscription, position, execution, order)
    assert Position.objects.count() == 1
    return World(people, ids, [CANARY, *(str(row.pk) for row in rows)])
