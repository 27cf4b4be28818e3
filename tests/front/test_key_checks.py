"""Keys are checked no more often from the pages than by the API, and a page says when to try again (D31)."""

import re
import time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from exchanges.models import ExchangeAccount, KeyCandidate
from tests.front.conftest import browser_of
from tests.trading_world import api_of, make_account, make_user

KEYS = {"api_key": "another-key", "secret_key": "another-secret"}
WAIT = r"Keys were checked often enough for now; the exchange was not asked\. Try again in [1-5]?\d seconds?\."


@pytest.fixture(autouse=True)
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The minute in which is counted does not end in the middle of a test."""
    end = int(time.time()) + 59
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: end)


@pytest.fixture
def ana(db: None, settings: Settings) -> User:
    settings.KEY_CHECK_WAIT_S = 0
    return make_user()


@pytest.fixture
def visitor(ana: User) -> Client:
    return browser_of(ana)


@pytest.fixture
def account(ana: User) -> ExchangeAccount:
    return make_account(ana, exchange="binance")


def use_up(user: User, account: ExchangeAccount) -> None:
    """Ten checks by the API: all that a minute allows."""
    codes = [api_of(user).post(f"/api/v1/exchange-accounts/{account.pk}/check").status_code for _ in range(11)]
    assert codes == [202] * 10 + [429]


def test_a_button_pressed_often_asks_the_exchange_ten_times_a_minute(
    visitor: Client, account: ExchangeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("front.views.accounts.ring_worker", lambda task, *ids: rung.extend(ids))

    answers = [visitor.post(f"/accounts/{account.pk}/change/", {"do": "check"}) for _ in range(30)]

    said = [str(message) for message in get_messages(answers[-1].wsgi_request)]
    assert (rung, {answer.status_code for answer in answers}) == ([account.pk] * 10, {302})
    assert re.fullmatch(WAIT, said[-1])


def test_connecting_waits_for_the_quota_and_keeps_what_was_typed(
    visitor: Client, ana: User, account: ExchangeAccount
) -> None:
    use_up(ana, account)

    answer = visitor.post("/accounts/add/?exchange=binance", {"name": "My second", "testnet": "on", **KEYS})

    (said,) = answer.context["form"].non_field_errors()
    page = answer.content.decode()
    assert re.fullmatch(WAIT, said)
    assert (said in page, 'value="My second"' in page, KEYS["secret_key"] in page) == (True, True, False)
    assert answer.context["form"]["testnet"].value() is True
    assert ExchangeAccount.objects.get() == account


def test_replacing_keys_waits_for_the_quota(visitor: Client, ana: User, account: ExchangeAccount) -> None:
    use_up(ana, account)

    answer = visitor.post(f"/accounts/{account.pk}/keys/", KEYS)

    (said,) = answer.context["keys_form"].non_field_errors()
    assert re.fullmatch(WAIT, said)
    assert said in answer.content.decode()
    assert not KeyCandidate.objects.exists()


def test_what_cannot_be_asked_costs_nothing_and_the_api_counts_the_pages_checks(
    visitor: Client, ana: User, account: ExchangeAccount
) -> None:
    for _ in range(12):
        visitor.post(f"/accounts/{account.pk}/keys/", {"api_key": "", "secret_key": ""})
        visitor.post(f"/accounts/{account.pk}/change/", {"do": "main"})
    for _ in range(9):
        visitor.post(f"/accounts/{account.pk}/keys/", KEYS)

    codes = [api_of(ana).post(f"/api/v1/exchange-accounts/{account.pk}/check").status_code for _ in range(2)]
    assert codes == [202, 429]


def test_one_persons_checks_are_not_anothers(visitor: Client, ana: User, account: ExchangeAccount) -> None:
    use_up(ana, account)
    other = make_account(make_user(), exchange="binance")

    answer = browser_of(other.user).post(f"/accounts/{other.pk}/change/", {"do": "check"})

    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "The exchange is being asked; look again in a moment."
    ]
