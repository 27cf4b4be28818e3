"""The notice that a close is on its way ends by itself, with what the server says: closed, or not and why (D32, P22)."""

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from accounts.models import Role
from signals.models import Execution, Position
from tests.browser.conftest import Browsers, Watched, tell
from tests.trading_world import make_account, make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def position(transactional_db: None) -> Position:
    return make_position(make_subscription(make_bot(make_user(Role.MANAGER)), make_user()))


def notice_of(watched: Watched) -> Locator:
    return watched.page.locator("[role=status] .notice")


def ask_to_close(watched: Watched) -> Locator:
    """By the dialog over the dashboard; the notice that stands there then, while the page listens."""
    watched.open("/dashboard/")
    watched.page.locator("#positions").get_by_role("link", name="Close").click()
    watched.page.get_by_role("button", name="Close at market").click()
    notice = notice_of(watched)
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


def refuse_close(position: Position) -> None:
    """The close that was asked for ends without an order."""
    asked = Execution.objects.filter(subscription=position.subscription, action="close")
    assert asked.update(state="SKIPPED", reason_code="superseded", completed_at=timezone.now()) == 1


def test_the_notice_says_why_a_close_was_not_carried_out(position: Position, browsers: Browsers) -> None:
    watched = browsers.open(position.user, language="en-US")
    notice = ask_to_close(watched)

    tell(position.user, {"type": "bot_execution", "action": "buy", "status": "failed", "symbol": "ETHUSDT"})
    expect(watched.page.locator("#toasts .num")).to_have_text(["Buy ETHUSDT"])
    expect(notice).to_have_text("The close is on its way to the exchange.")  # not of that
    refuse_close(position)
    tell(position.user, {"type": "bot_execution", "action": "close", "status": "skipped", "symbol": "BTCUSDT"})

    expect(notice).to_contain_text("The position was not closed.")
    expect(notice).to_contain_text("A newer signal for this symbol made this one obsolete")
    expect(watched.page.locator("#positions")).to_contain_text("BTCUSDT")
    assert watched.complaints == []


def test_a_close_that_ended_before_the_page_stood_is_told_of(position: Position, browsers: Browsers) -> None:
    watched = browsers.open(position.user)
    address = f"/positions/{position.pk}/close/"
    watched.open(address)
    token = watched.page.locator("form[action$='/close/'] [name=csrfmiddlewaretoken]").input_value()
    watched.page.request.post(watched.base + address, form={"csrfmiddlewaretoken": token}, max_redirects=0)
    refuse_close(position)
    watched.open("/dashboard/")

    expect(notice_of(watched)).to_contain_text("The position was not closed.")
    assert watched.complaints == []


def test_a_position_of_another_account_than_the_main_one_is_not_called_closed(
    position: Position, browsers: Browsers
) -> None:
    user = position.user
    other = make_position(make_subscription(make_bot(), user, exchange_account=make_account(user, name="Second")))
    watched = browsers.open(user)
    watched.open(f"/positions/{other.pk}/close/")
    watched.page.get_by_role("button", name="Close at market").click()
    watched.page.wait_for_selector("body[data-stream=open]")

    with watched.page.expect_response(f"**/positions/{other.pk}/close/**"):
        tell(user, {"type": "position_booked", "ticker": "ETHUSDT"})
    expect(notice_of(watched)).to_have_text("The close is on its way to the exchange.")
    expect(watched.page.locator("#positions")).to_contain_text("BTCUSDT")
    assert watched.complaints == []
