"""The demo's contract (architecture, "Contracts"): who, what, idempotent, never in production."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from bots.models import Bot
from bots.secrets import secret_matches
from exchanges.models import ExchangeAccount
from simulator.testing import RunningSimulator, run_simulator
from subscriptions.models import Subscription
from subscriptions.rules import check_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with run_simulator() as running:
        yield running


@pytest.fixture
def paper(simulator: RunningSimulator, settings: Any) -> RunningSimulator:
    settings.EXCHANGE_URLS = {**settings.EXCHANGE_URLS, "paper": simulator.url}
    settings.SIMULATOR_TOKEN = simulator.token
    return simulator


def test_the_demo_is_as_promised_and_stays_as_it_is(paper: RunningSimulator) -> None:
    call_command("seed_demo")

    bot = Bot.objects.get(master_webhook_path="scalper-btc-5min")
    assert secret_matches(bot, "demo-master-secret", bot.created_at)
    assert bot.total_subscribers == 20
    logins = {*(f"client{number}" for number in range(1, 21)), "admin", "manager"}
    people = {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith="@demo.local")}
    assert set(people) == logins
    assert {name for name, user in people.items() if user.check_password("demo-password")} == logins
    assert {(name, user.role) for name, user in people.items() if user.is_staff} == {
        ("admin", "admin"),
        ("manager", "manager"),
    }
    accounts = ExchangeAccount.objects.filter(status="verified", is_main=True)
    assert list(accounts.values_list("start_balance", flat=True)) == [Decimal("10000")] * 20
    for subscription in Subscription.objects.select_related("bot"):
        check_terms(subscription)

    User.objects.filter(email="client1@demo.local").update(name="Renamed")
    started = time.monotonic()
    call_command("seed_demo")

    assert time.monotonic() - started < 5
    assert (User.objects.count(), Subscription.objects.count(), ExchangeAccount.objects.count()) == (22, 20, 20)
    assert User.objects.get(email="client1@demo.local").name == "Renamed"


def test_an_interrupted_demo_is_completed(paper: RunningSimulator) -> None:
    call_command("seed_demo")
    Subscription.objects.filter(user__email="client9@demo.local").delete()
    ExchangeAccount.objects.filter(user__email="client9@demo.local").delete()

    call_command("seed_demo")

    assert Subscription.objects.get(user__email="client9@demo.local").exchange_account.start_balance == Decimal("10000")


def test_without_the_simulator_it_says_so(settings: Any) -> None:
    settings.EXCHANGE_URLS = {**settings.EXCHANGE_URLS, "paper": "http://127.0.0.1:9"}

    with pytest.raises(CommandError, match=r"The simulator at http://127\.0\.0\.1:9 does not answer"):
        call_command("seed_demo", wait=0)


def test_it_is_never_made_in_production(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="never made"):
        call_command("seed_demo")

    assert User.objects.count() == 0
