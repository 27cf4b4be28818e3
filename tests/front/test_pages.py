"""Every page of a client and a manager: it opens in both languages, says why something was not copied, asks few questions.

Covers SUB-12, SUB-13, DSH-13, RSK-05, BOT-12, BOT-17.
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from signals.models import Execution, Position
from subscriptions.models import Subscription
from tests.front.conftest import browser_of, trade
from tests.trading_world import make_account, make_bot, make_execution, make_signal, make_subscription, make_user

pytestmark = pytest.mark.django_db

CLIENT_PAGES = (
    "/dashboard/",
    "/dashboard/live/",
    "/bots/",
    "/subscriptions/",
    "/executions/",
    "/executions/?status=skipped",
    "/trades/",
    "/trades/?status=open",
    "/accounts/",
    "/accounts/add/",
    "/settings/",
)
PUBLIC_PAGES = ("/", "/login/", "/register/")
MANAGER_PAGES = ("/manage/bots/", "/manage/bots/?status=archived", "/manage/bots/new/")
LANGUAGES = ("pt-br", "en")


def own_pages(subscription: Subscription) -> list[str]:
    execution = Execution.objects.filter(subscription=subscription).order_by("created_at").first()
    position = Position.objects.filter(subscription=subscription, status="open").first()
    assert execution is not None
    assert position is not None
    return [
        f"/bots/{make_bot().pk}/subscribe/",
        f"/subscriptions/{subscription.pk}/",
        f"/subscriptions/{subscription.pk}/edit/",
        f"/subscriptions/{subscription.pk}/cancel/",
        f"/positions/{position.pk}/close/",
        f"/executions/{execution.pk}/",
        f"/accounts/{subscription.exchange_account_id}/",
        f"/accounts/{subscription.exchange_account_id}/delete/",
    ]


def managed_pages(subscription: Subscription) -> list[str]:
    bot, signal = subscription.bot, Execution.objects.filter(subscription=subscription)[0].signal
    tails = ("", "edit/", "secret/", "archive/", "signal/")
    return [*(f"/manage/bots/{bot.pk}/{tail}" for tail in tails), f"/manage/signals/{signal.pk}/"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_visitor_opens(client: Client, language: str) -> None:
    """SUB-13"""
    answers = {page: client.get(page, HTTP_ACCEPT_LANGUAGE=language) for page in PUBLIC_PAGES}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert [page for page, answer in answers.items() if f'<html lang="{language}"' not in answer.content.decode()] == []
    landing = answers["/"].content.decode()
    assert 'href="/login/"' in landing
    assert 'href="/register/"' in landing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_client_opens(follower: Subscription, language: str) -> None:
    """SUB-13"""
    User.objects.filter(pk=follower.user_id).update(language=language)
    visitor = browser_of(follower.user)

    answers = {page: visitor.get(page).status_code for page in (*CLIENT_PAGES, *own_pages(follower))}

    assert set(answers.values()) == {200}, answers


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_manager_opens(follower: Subscription, language: str) -> None:
    manager = follower.bot.manager
    User.objects.filter(pk=manager.pk).update(language=language)
    visitor = browser_of(manager)

    answers = {page: visitor.get(page).status_code for page in (*MANAGER_PAGES, *managed_pages(follower))}

    assert set(answers.values()) == {200}, answers


def test_every_page_opens_for_somebody_who_has_nothing_yet() -> None:
    visitor = browser_of(make_user())

    answers = {page: visitor.get(page).status_code for page in CLIENT_PAGES}

    assert set(answers.values()) == {200}, answers


def test_every_page_of_a_client_is_reached_from_the_navigation(follower: Subscription) -> None:
    """SUB-13"""
    page = browser_of(follower.user).get("/dashboard/").content.decode()

    pages = ("/dashboard/", "/bots/", "/subscriptions/", "/trades/", "/accounts/", "/settings/")
    assert [address for address in pages if f'href="{address}"' not in page] == []


def test_the_dashboard_says_why_a_signal_was_blocked_by_risk(follower: Subscription) -> None:
    page = browser_of(follower.user).get("/dashboard/").content.decode()

    assert "Max positions: 3 &gt;= 3" in page  # RSK-05


def test_what_belongs_to_another_is_not_found(follower: Subscription) -> None:
    stranger = browser_of(make_user())

    answers = {page: stranger.get(page).status_code for page in own_pages(follower)[1:]}

    assert set(answers.values()) == {404}, answers


def test_a_manager_sees_executions_under_a_pseudonym(follower: Subscription) -> None:
    execution = Execution.objects.filter(subscription=follower).first()
    assert execution is not None

    visitor = browser_of(follower.bot.manager)
    pages = [visitor.get(f"/manage/signals/{execution.signal_id}/"), visitor.get(f"/executions/{execution.pk}/")]

    for page in pages:
        assert page.status_code == 200
        assert follower.user.email not in page.content.decode()
        assert follower.exchange_account.name not in page.content.decode()


def count_queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask()
    return len(queries)


@pytest.mark.parametrize(
    "address", ["/dashboard/", "/subscriptions/", "/executions/", "/trades/", "/bots/", "/accounts/"]
)
def test_more_rows_need_no_more_queries(follower: Subscription, address: str) -> None:
    visitor = browser_of(follower.user)
    visitor.get(address)
    with_one = count_queries(lambda: visitor.get(address))

    for number in (1, 2):
        make_account(follower.user, name=f"Account {number}")
        more = make_subscription(user=follower.user, exchange_account=follower.exchange_account)
        trade(more, number)
    with_three = count_queries(lambda: visitor.get(address))

    assert with_three == with_one


def test_more_followers_need_no_more_queries(follower: Subscription) -> None:
    signal = make_signal(follower.bot)
    make_execution(signal, follower)
    visitor = browser_of(follower.bot.manager)
    pages = [f"/manage/signals/{signal.pk}/", f"/manage/bots/{follower.bot_id}/"]
    for page in pages:
        visitor.get(page)
    with_one = [count_queries(lambda page=page: visitor.get(page)) for page in pages]  # type: ignore[misc]

    for _ in range(2):
        make_execution(signal, make_subscription(follower.bot))
        make_signal(follower.bot)
    with_three = [count_queries(lambda page=page: visitor.get(page)) for page in pages]  # type: ignore[misc]

    assert with_three == with_one
