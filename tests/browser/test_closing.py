"""The notice that a close is on its way ends by itself: closed, or gone when the close failed (D32, P22)."""

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from accounts.models import Role
from signals.models import Position
from tests.browser.conftest import Browsers, Watched, tell
from tests.trading_world import make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def position(transactional_db: None) -> Position:
    return make_position(make_subscription(make_bot(make_user(Role.MANAGER)), make_user()))


def ask_to_close(watched: Watched) -> Locator:
    """By the dialog over the dashboard; the notice that stands there then, while the page listens."""
    watched.open("/dashboard/")
    watched.page.locator("#positions").get_by_role("link", name="Close").click()
    watched.page.get_by_role("button", name="Close at market").click()
    notice = watched.page.locator(".notice[role=status]")
    expect(notice).to_have_text("The close is on its way to the exchange.")
    watched.page.wait_for_selector("body[data-stream=open]")
    return notice


def test_the_notice_says_when_the_position_is_closed(position: Position, browsers: Browsers) -> None:
    other = make_position(position.subscription, symbol_key="ETHUSDT", exit_price="96000")
    watched = browsers.open(position.user)
    notice = ask_to_close(watched)

    with watched.page.expect_response("**/dashboard/live/**"):
        tell(position.user, {"type": "position_closed", "position_id": str(other.pk), "ticker": "ETHUSDT"})
    expect(watched.page.locator("#toasts .num")).to_have_text("ETHUSDT")
    expect(notice).to_have_text("The close is on its way to the exchange.")
    Position.objects.filter(pk=position.pk).update(status="closed", quantity=0, closed_at=timezone.now())
    tell(position.user, {"type": "position_closed", "position_id": str(position.pk), "ticker": "BTCUSDT"})

    expect(notice).to_have_text("The position is closed.", timeout=2_000)
    expect(watched.page.locator("#positions")).to_contain_text("No open positions")
    assert watched.complaints == []


def test_the_notice_goes_when_the_close_failed(position: Position, browsers: Browsers) -> None:
    watched = browsers.open(position.user)
    notice = ask_to_close(watched)

    tell(position.user, {"type": "bot_execution", "action": "buy", "status": "failed", "symbol": "ETHUSDT"})
    expect(watched.page.locator("#toasts .num")).to_have_text(["Buy ETHUSDT"])
    expect(notice).to_have_count(1)  # not of that
    tell(position.user, {"type": "bot_execution", "action": "close", "status": "failed", "symbol": "BTCUSDT"})

    expect(watched.page.locator("#toasts .num")).to_have_text(["Buy ETHUSDT", "Close BTCUSDT"])
    expect(notice).to_have_count(0)
    expect(watched.page.locator("#positions")).to_contain_text("BTCUSDT")
    assert watched.complaints == []
