"""Which alert rules which: clocks that are ahead, tests beside real signals, sells that close (D1, D5, D9, D14, P20)."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from bots.lifecycle import pause_bot
from exchanges.models import ExchangeAccount
from signals import views
from signals.models import Execution, Signal
from signals.receive import close_position
from tests.flow.world import SECRET, World


def ahead(hours: float) -> str:
    return (timezone.now() + timedelta(hours=hours)).isoformat()


def test_what_a_clock_ahead_has_opened_is_closed_by_an_alert(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy", timestamp=ahead(3))

    world.trade(client.bot, "close")

    assert world.position(client).status == "closed"


def test_and_by_the_client(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy", timestamp=ahead(3))

    world.carry_out(close_position(position=world.position(client), user=client.user))

    assert world.position(client).status == "closed"


def test_a_close_of_a_clock_ahead_does_not_rule_what_comes_after(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy", id="1")
    world.trade(client.bot, "close", timestamp=ahead(24 * 365))

    world.trade(client.bot, "buy", id="2")

    assert world.execution(client).state == "PROTECTED"


def test_an_alert_of_a_clock_ahead_grows_old_from_its_receipt(world: World) -> None:
    client = world.client(world.bot(max_signal_age_s=60))
    signal = world.alert(client.bot, "buy", timestamp=ahead(3))
    then: datetime = timezone.now() - timedelta(minutes=5)
    Signal.objects.update(created_at=then)

    world.carry_out(signal)

    assert world.execution(client).reason_code == "stale_signal"


def test_a_test_does_not_rule_real_accounts(world: World) -> None:
    client = world.client(world.bot())
    ExchangeAccount.objects.update(exchange="binance")
    buy = world.alert(client.bot, "buy")

    world.alert(client.bot, "close", test=True)
    world.carry_out(buy)

    assert world.execution(client, buy).state == "PROTECTED"


@pytest.mark.parametrize("mark", ["true", "TRUE", True])
def test_a_test_in_quotes_is_a_test(world: World, mark: object) -> None:
    client = world.client(world.bot())
    ExchangeAccount.objects.update(exchange="binance")

    signal = world.alert(client.bot, "buy", test=mark)

    assert (signal.is_test, Execution.objects.count()) == (True, 0)


@pytest.mark.parametrize("mark", [1, "sim", "yes", []])
def test_a_mark_that_is_neither_trades_nothing(world: World, mark: object) -> None:
    bot = world.bot()
    world.client(bot)

    answer = world.http.post(
        f"/api/v1/bots/webhook/master/{bot.master_webhook_path}",
        {"ticker": "BTCUSDT", "action": "buy", "secret": SECRET, "test": mark},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "test")
    assert Execution.objects.count() == 0


def test_a_paused_spot_bot_sells_what_it_has_bought(world: World) -> None:
    client = world.client(world.bot(market_type="spot"))
    world.trade(client.bot, "buy", "BTCUSDT")
    pause_bot(bot=client.bot, user=world.manager)

    world.trade(client.bot, "sell", "BTCUSDT")

    assert world.position(client).status == "closed"


def test_the_clients_button_closes_whatever_another_web_machines_clock_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D1: the alert came in by one whose clock is three seconds ahead of the one that serves the page."""
    client = world.client(world.bot())
    with monkeypatch.context() as patch:
        patch.setattr(views, "timezone", SimpleNamespace(now=lambda: timezone.now() + timedelta(seconds=3)))
        world.trade(client.bot, "buy")

    world.carry_out(close_position(position=world.position(client), user=client.user))

    assert world.position(client).status == "closed"
