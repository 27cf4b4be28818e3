"""The main path in Chromium, with real workers and a simulated exchange:
register → paper account → subscribe → alert → see the protected position → see it close."""

import json
import urllib.request

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import Role
from signals.models import Execution, Position
from simulator.testing import ControlClient
from tests.browser.conftest import Browsers
from tests.processes import Processes
from tests.trading_world import SECRET, make_bot, make_user

pytestmark = [pytest.mark.browser, pytest.mark.worker]


@pytest.fixture
def exchange(processes: Processes) -> ControlClient:
    """The simulator, with prices that stand still, and all workers."""
    processes.start("simulator", "--feed", "still", "--state", "none")
    control = ControlClient(processes.simulator_url, settings.SIMULATOR_TOKEN)
    control.set_price("BTCUSDT", "95234.50")
    for name in ("trade", "default"):
        processes.start(name)
    return control


def send_alert(web: str, path: str) -> int:
    body = {"ticker": "BTCUSDT.P", "action": "buy", "secret": SECRET}
    request = urllib.request.Request(
        f"{web}/api/v1/bots/webhook/master/{path}", json.dumps(body).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return int(answer.status)


def test_from_registering_to_a_closed_position(exchange: ControlClient, browsers: Browsers, web: str) -> None:
    bot = make_bot(make_user(Role.MANAGER), name="Scalper", master_webhook_path="scalper")
    watched = browsers.open(language="en-US")
    page = watched.page

    watched.open("/register/")
    page.get_by_label("E-mail").first.fill("ana@example.org")
    page.get_by_label("Password").fill("tiririca-42-verde")
    page.get_by_label("terms of use").check()
    page.get_by_label("privacy policy").check()
    page.get_by_role("button", name="Create account").click()

    page.get_by_role("button", name="Create a paper account").click()
    expect(page.get_by_text("Your paper account is ready")).to_be_visible()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Bots", exact=True).click()
    page.get_by_role("link", name="Follow", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("Order value")
    page.get_by_role("button", name="Follow this bot").click()
    expect(page.get_by_text("You follow Scalper now")).to_be_visible()

    watched.open("/dashboard/")
    page.wait_for_selector("body[data-stream=open]")
    assert send_alert(web, bot.master_webhook_path) == 202

    positions = page.locator("#positions")
    expect(positions).to_contain_text("BTCUSDT")  # without a reload
    expect(positions).to_contain_text("Protected")
    expect(positions).to_contain_text("92,85")  # 2.5 % under the fill

    target = Execution.objects.get(bot=bot).take_profit_sent_price
    assert target is not None
    exchange.move_price("BTCUSDT", str(target + 10))
    expect(positions).to_contain_text("No open positions")

    watched.open("/trades/")
    expect(page.locator("table")).to_contain_text("Take profit reached")
    assert Position.objects.get(bot=bot).exit_reason == "take_profit"
    assert watched.complaints == []
