"""What happens to an execution is on the open page in under a second, without a reload (NOT-01, P22)."""

import time
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Role
from exchanges.balances import Worth, store_worth
from signals.models import Execution
from signals.states import State
from subscriptions.models import Subscription
from tests.browser.conftest import Browsers, tell
from tests.trading_world import make_bot, make_execution, make_signal, make_subscription, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def subscription(transactional_db: None) -> Subscription:
    return make_subscription(make_bot(make_user(Role.MANAGER)), make_user())


def settle(execution: Execution) -> None:
    """As the pipeline does: the row, then the message."""
    Execution.objects.filter(pk=execution.pk).update(state=State.PROTECTED, completed_at=timezone.now())
    message = {
        "type": "bot_execution",
        "status": "success",
        "ticker": "BTCUSDT.P",
        "symbol": "BTCUSDT",
        "action": "buy",
    }
    tell(execution.user, message)


def test_a_settled_execution_is_on_the_screen_within_a_second(subscription: Subscription, browsers: Browsers) -> None:
    execution = make_execution(make_signal(subscription.bot), subscription, State.SENDING)
    watched = browsers.open(subscription.user)
    watched.open("/dashboard/")
    expect(watched.page.locator("#executions")).to_contain_text("Sending")
    watched.page.wait_for_selector("body[data-stream=open]")
    watched.page.evaluate("window.untouched = true")

    began = time.monotonic()
    settle(execution)
    expect(watched.page.locator("#executions")).to_contain_text("Protected", timeout=5_000)
    took = time.monotonic() - began

    assert took < 1
    assert watched.page.evaluate("window.untouched") is True  # no reload
    expect(watched.page.locator("#toasts .num")).to_have_text("Buy BTCUSDT")  # our form, not the alert's BTCUSDT.P
    assert watched.complaints == []


def test_balances_that_were_read_are_on_the_screen_within_a_second(
    subscription: Subscription, browsers: Browsers
) -> None:
    watched = browsers.open(subscription.user)
    watched.open("/dashboard/")
    watched.page.wait_for_selector("body[data-stream=open]")

    store_worth(subscription.exchange_account, Worth(Decimal("9876.54"), Decimal("9000"), []))

    expect(watched.page.locator("#figures")).to_contain_text("$9,876.54", timeout=1_000)
    assert watched.complaints == []


def test_the_executions_own_page_follows_too(subscription: Subscription, browsers: Browsers) -> None:
    execution = make_execution(make_signal(subscription.bot), subscription, State.SENDING)
    watched = browsers.open(subscription.user)
    watched.open(f"/executions/{execution.pk}/")
    watched.page.wait_for_selector("body[data-stream=open]")

    settle(execution)

    expect(watched.page.locator("h1")).to_contain_text("Protected", timeout=2_000)


def test_a_manager_watches_the_broadcast_run(subscription: Subscription, browsers: Browsers) -> None:
    signal = make_signal(subscription.bot, total_subscribers=1)
    execution = make_execution(signal, subscription, State.SENDING)
    watched = browsers.open(subscription.bot.manager)
    watched.open(f"/manage/signals/{signal.pk}/")
    expect(watched.page.locator("#signal")).to_contain_text("Running")

    settle(execution)

    expect(watched.page.locator("#signal")).to_contain_text("Protected", timeout=5_000)


def test_a_page_catches_up_as_soon_as_its_stream_is_back(subscription: Subscription, browsers: Browsers) -> None:
    execution = make_execution(make_signal(subscription.bot), subscription, State.SENDING)
    watched = browsers.open(subscription.user)
    watched.page.route("**/events/", lambda route: route.abort())
    watched.open("/dashboard/")
    watched.page.wait_for_selector("body[data-stream=down]")
    expect(watched.page.locator("#executions")).to_contain_text("Sending")

    settle(execution)  # nobody hears it
    watched.page.unroute("**/events/")
    watched.page.wait_for_selector("body[data-stream=open]")

    expect(watched.page.locator("#executions")).to_contain_text("Protected", timeout=2_000)
