"""A bot's count of subscribers, whoever comes and goes at the same moment (BOT-11)."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from ops.daemons import wait_until
from subscriptions import lifecycle
from tests.trading_world import make_account, make_bot, make_subscription, make_user

pytestmark = pytest.mark.django_db(transaction=True)
BESIDE_S = 0.3  # long enough for the second to count, were it not waiting


def at_once(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Do `second` between what `first` did and its commit."""
    done, commit = threading.Event(), threading.Event()

    def before() -> None:
        with transaction.atomic():
            first()
            done.set()
            commit.wait(5)
        connections.close_all()

    def beside() -> None:
        done.wait(5)
        second()
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (before, beside)]
    for thread in threads:
        thread.start()
    wait_until(lambda: not threads[1].is_alive(), BESIDE_S)
    commit.set()
    for thread in threads:
        thread.join()


def test_two_who_subscribe_at_once_are_two_subscribers() -> None:
    bot = make_bot()
    accounts = [make_account(make_user()) for _ in range(2)]

    one, two = (
        lambda account=account: lifecycle.subscribe(user=account.user, bot=bot, exchange_account=account)
        for account in accounts
    )
    at_once(one, two)

    bot.refresh_from_db()
    assert bot.total_subscribers == 2


def test_who_cancels_beside_another_who_cancels_is_not_counted() -> None:
    bot = make_bot()
    rows = [make_subscription(bot) for _ in range(3)]

    one, two = (
        lambda row=row: lifecycle.cancel_subscription(subscription=row, user=row.user, close_positions=False)
        for row in rows[:2]
    )
    at_once(one, two)

    bot.refresh_from_db()
    assert bot.total_subscribers == 1
