"""The protection page and the notices in Chromium: no complaint, no sideways scrolling, both themes, follows by itself (B8)."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import APIResponse, Route, expect

from accounts.models import Role
from exchanges.models import ExchangeAccount
from notifications.telling import tell_people
from signals.models import Lease, Order
from signals.run_log import Tally
from signals.troubles import Trouble, TroubleKind
from signals.workflows import report_now
from subscriptions.models import Subscription
from tests.browser.conftest import PHONE, WIDE, Browsers
from tests.front.test_operations import hold
from tests.trading_world import make_bot, make_subscription, make_user

pytestmark = pytest.mark.browser
PAGE = "/operations/protection/"


@pytest.fixture
def service(transactional_db: None) -> Subscription:
    """Positions well and unwell, a worker, an account in trouble, recurring work that goes and work that fails."""
    subscription = make_subscription(make_bot(make_user(Role.MANAGER), name="A bot with a long name that must fit"))
    hold(subscription, ago_s=4000, unprotected_ms=180)
    hold(subscription, symbol="ETHUSDT", ago_s=90, unprotected_ms=7200, side="short")
    hold(subscription, symbol="SOLUSDT", ago_s=42, stop="refused", protected_at=None, unprotected_ms=0)
    hold(make_subscription(subscription.bot), symbol="XRPUSDT", stop_price=None, stop="cancelled")
    ExchangeAccount.objects.filter(pk=subscription.exchange_account_id).update(
        status="needs_attention", status_code="invalid_credentials"
    )
    tell_people(Trouble(TroubleKind.ACCOUNT_ATTENTION, subscription.exchange_account_id))
    Lease.objects.create(name="guardian", holder="reconcile 1a2b3c", until=timezone.now() + timedelta(minutes=5))
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.set("batuta:worker:entry-1", "alive", ex=300)
        server.set("batuta:worker:reconcile-1", "alive", ex=300)
    works, fails = Tally("sweep"), Tally("exchanges.read_all_balances")
    for _ in range(5):
        works.note(ms=3)
        fails.note(
            ms=1200, error="ProgrammingError: relation exchanges_exchangeaccount_with_a_long_name does not exist"
        )
    report_now([works, fails])
    return subscription


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")])
def test_the_protection_page_fits_every_screen(
    service: Subscription, browsers: Browsers, size: Any, theme: str
) -> None:
    watched = browsers.open(make_user(Role.ADMIN), size=size, theme=theme)

    watched.open(PAGE)

    expect(watched.page.get_by_role("alert")).to_contain_text("SOLUSDT")
    assert (watched.overflow(), watched.complaints) == (0, [])


def test_an_empty_service_fits_too(transactional_db: None, browsers: Browsers) -> None:
    watched = browsers.open(make_user(Role.SUPPORT), size=PHONE)

    watched.open(PAGE)

    assert (watched.overflow(), watched.complaints) == (0, [])


def test_the_alarm_goes_when_the_stop_stands(service: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(make_user(Role.ADMIN))
    watched.open(PAGE)
    alarm = watched.page.locator("#protection").get_by_role("alert")
    expect(alarm).to_be_visible()

    Order.objects.filter(symbol_key="SOLUSDT", leg="stop").update(status="open")

    expect(alarm).to_have_count(0, timeout=10_000)


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_the_client_is_told_and_puts_it_aside(service: Subscription, browsers: Browsers, size: Any, theme: str) -> None:
    watched = browsers.open(service.user, size=size, theme=theme)
    watched.open("/trades/")
    notice = watched.page.get_by_role("alert")
    expect(notice).to_have_count(1)
    assert (watched.overflow(), watched.complaints) == (0, [])

    notice.get_by_role("button").click()

    expect(notice).to_have_count(0)
    watched.page.reload()
    expect(notice).to_have_count(0)
    assert watched.complaints == []


def test_a_refresh_changes_nothing_under_the_finger(service: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(service.user)
    watched.open("/trades/")
    button = watched.page.get_by_role("alert").get_by_role("button")
    button.evaluate("button => { button.isTheSame = true; }")

    with watched.page.expect_response(lambda answer: "/notices/?" in answer.url) as answered:
        watched.page.evaluate("document.body.dispatchEvent(new CustomEvent('live'))")

    assert answered.value.status == 204
    assert button.evaluate("button => button.isTheSame")


def test_a_refresh_under_way_does_not_bring_a_read_notice_back(service: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(service.user)
    watched.open("/trades/")
    page, notices = watched.page, watched.page.get_by_role("alert")
    expect(page.locator("body[data-stream=open]")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/notices/?*", lambda route: held.append((route, route.fetch())), times=1)
    another = Trouble(TroubleKind.FOREIGN_POSITION, service.exchange_account_id, None, "ETHUSDT", {"quantity": "1"})

    with page.expect_request("**/notices/?*"):
        tell_people(another)
    while not held:
        page.wait_for_timeout(20)
    notices.get_by_role("button").click()
    expect(notices).to_have_count(0)
    with page.expect_request("**/notices/?*"):
        held[0][0].fulfill(response=held[0][1])

    expect(notices).to_have_count(1)
    expect(notices).to_contain_text("ETHUSDT")


def test_a_notice_appears_on_an_open_page(service: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(service.user)
    watched.open("/executions/")
    expect(watched.page.locator("body[data-stream=open]")).to_have_count(1)
    figures = {"quantity": "0.5"}

    tell_people(Trouble(TroubleKind.FOREIGN_POSITION, service.exchange_account_id, None, "ETHUSDT", figures))

    expect(watched.page.get_by_role("alert")).to_have_count(2)
