"""Paper accounts in one click, and back to the start (D21, SIM-02)."""

from decimal import Decimal

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from exchanges.checking import check_account, read_balances
from exchanges.market_cache import markets_are_known, server
from exchanges.models import BalanceSnapshot, ExchangeAccount
from exchanges.verdicts import Outcome
from simulator.testing import RunningSimulator as Simulator
from subscriptions.models import Subscription
from tests.config.conftest import wait_until
from tests.exchanges.accounts.test_add import PATH
from tests.trading_world import make_bot, make_position

pytestmark = pytest.mark.django_db(transaction=True)


def create(api: APIClient, **body: object) -> ExchangeAccount:
    answer = api.post(f"{PATH}/paper", body, format="json")
    assert answer.status_code == 201, answer.json()
    return ExchangeAccount.objects.get(pk=answer.json()["id"])


def test_the_first_paper_account_makes_its_exchanges_markets_known(
    api: APIClient, ana: User, sim: Simulator, worker: None
) -> None:
    for kind in ("futures", "spot"):
        server(django_settings.REDIS_URL).delete(f"batuta:markets:paper:{kind}")

    create(api)

    wait_until(lambda: markets_are_known("paper", "futures") and markets_are_known("paper", "spot"))


def test_one_click_opens_a_verified_account_whose_keys_work(api: APIClient, ana: User, sim: Simulator) -> None:
    account = create(api, start_balance="2500.01")

    assert (account.status, account.is_main, account.start_balance) == ("verified", True, Decimal("2500.01"))
    verdict = check_account(account.pk)
    assert verdict is not None
    assert (verdict.outcome, verdict.can_withdraw) == (Outcome.VERIFIED, False)
    snapshot = BalanceSnapshot.objects.get()
    assert snapshot.equity == Decimal("2500.01")
    assert snapshot.balances == [
        {
            "currency": "USDT",
            "free": "2500.01",
            "used": "0",
            "total": "2500.01",
            "usd_value": "2500.01",
            "markets": {
                "spot": {"free": "1250", "used": "0", "total": "1250"},
                "futures": {"free": "1250.01", "used": "0", "total": "1250.01"},
            },
        }
    ]


@pytest.mark.parametrize("start_balance", ["9.99", "10000001", "0.001", "NaN", "-5", "1e400"])
def test_a_start_balance_out_of_range_is_refused(api: APIClient, start_balance: str) -> None:
    answer = api.post(f"{PATH}/paper", {"start_balance": start_balance}, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "start_balance")


def test_reset_brings_the_start_balance_back(api: APIClient, sim: Simulator) -> None:
    account = create(api, start_balance="1000")

    answer = api.post(f"{PATH}/{account.pk}/reset", {"start_balance": "400"}, format="json")

    assert (answer.status_code, answer.json()["start_balance"]) == (200, "400.00000000")
    assert read_balances(account.pk)
    assert BalanceSnapshot.objects.get().equity == 400


def test_an_account_that_the_simulator_lost_is_opened_again(api: APIClient, sim: Simulator) -> None:
    account = create(api, start_balance="1000")
    for row in sim.control.accounts():
        if row["label"] == str(account.pk):
            sim.control.delete_account(row["api_key"])

    answer = api.post(f"{PATH}/{account.pk}/reset", {}, format="json")

    assert answer.status_code == 200
    assert read_balances(account.pk)
    assert BalanceSnapshot.objects.get().equity == 1000


def test_no_reset_while_a_position_is_open(api: APIClient, sim: Simulator) -> None:
    account = create(api)
    make_position(Subscription.objects.create(user=account.user, bot=make_bot(), exchange_account=account))

    answer = api.post(f"{PATH}/{account.pk}/reset", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "positions_open")


def test_a_silent_simulator_is_told_and_nothing_is_stored(api: APIClient, settings: Settings) -> None:
    settings.EXCHANGE_URLS = {"paper": "http://127.0.0.1:9"}

    answer = api.post(f"{PATH}/paper", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (502, "simulator_unavailable")
    assert ExchangeAccount.objects.count() == 0
