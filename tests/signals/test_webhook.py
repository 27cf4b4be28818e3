"""The webhook answers every input with a sentence and loses nothing (WHK-01…16, D1, D2, D3, D6, D28)."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from bots.models import Bot
from bots.secrets import keep_secret
from exchanges.models import AccountStatus, ExchangeAccount
from signals.models import Execution, Signal
from subscriptions.models import Subscription
from tests.trading_world import api_of

SECRET = "right-secret"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bot(transactional_db: None) -> Bot:
    manager = User.objects.create_user("m@test.local", "x", role="manager")
    bot = Bot(manager=manager, name="Scalper", master_webhook_path="scalper")
    keep_secret(bot, SECRET)
    bot.save()
    return bot


def subscribe(bot: Bot, number: int, *, status: str = "active", active: bool = True) -> Subscription:
    user = User.objects.create_user(f"c{number}@test.local", "x")
    account = ExchangeAccount.objects.create(
        user=user, exchange="paper", name="A", is_active=active, status=AccountStatus.VERIFIED
    )
    return Subscription.objects.create(user=user, bot=bot, exchange_account=account, status=status)


def post(path: str = "scalper", body: Any = None, **fields: Any):
    data = {"ticker": "BTCUSDT.P", "action": "buy", "secret": SECRET, **fields} if body is None else body
    raw = data if isinstance(data, (bytes, str)) else json.dumps(data)
    return Client().post(f"/api/v1/bots/webhook/master/{path}", raw, content_type="text/plain; charset=utf-8")


def test_stores_the_signal_and_one_execution_per_active_subscription(bot: Bot):
    """WHK-09, WHK-11, WHK-14, WHK-15, D3, EXE-18."""
    active = subscribe(bot, 1)
    subscribe(bot, 2, status="paused")
    subscribe(bot, 3, active=False)

    answer = post(price=95234.5, timestamp="2026-11-21T12:00:00Z", note="hello")

    body = answer.json()
    signal = Signal.objects.get()
    assert answer.status_code == 202
    assert set(body) == {
        "success", "bot_name", "signal_id", "duplicate", "broadcast_stats",
        "total_subscribers", "successful_executions", "failed_executions",
    }  # fmt: skip
    assert (body["success"], body["bot_name"], body["signal_id"], body["duplicate"]) == (
        True,
        "Scalper",
        str(signal.id),
        False,
    )
    assert body["broadcast_stats"] == {
        "total_subscribers": 1, "queued": 1, "successful_executions": 0, "failed_executions": 0, "skipped_executions": 0,
        "duration_ms": 0,
    }  # fmt: skip
    assert (body["total_subscribers"], body["successful_executions"], body["failed_executions"]) == (1, 0, 0)
    assert (signal.ticker, signal.action, str(signal.price), signal.source, signal.source_ip) == (
        "BTCUSDT.P", "buy", "95234.50000000", "tradingview", "127.0.0.1",
    )  # fmt: skip
    assert "secret" not in signal.payload and signal.payload["note"] == "hello"
    execution = Execution.objects.get()
    assert (execution.subscription, execution.state, execution.rank) == (active, "PENDING", 1)


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("nowhere", None, 404, "Bot not found"),
        ("scalper", {"ticker": "BTCUSDT", "action": "buy", "secret": "wrong"}, 401, "Invalid secret"),
        ("scalper", {"ticker": "BTCUSDT", "action": "buy"}, 400, "Missing required fields"),
        ("scalper", {"ticker": "BTCUSDT", "action": "hold", "secret": SECRET}, 400, "Some fields were malformed"),
        ("scalper", "[" * 15_000, 400, "The body was nested more than 8 levels deep."),
        ("scalper", "[" * 200_000, 413, "The body was larger than 16384 bytes"),
        ("scalper", b"x" * 3_000_000, 413, "The body was larger than 16384 bytes"),
        ("scalper", b'{"ticker":"\xff"}', 400, "The body was not valid UTF-8."),
    ],
)
def test_bad_input_gets_a_sentence_and_stores_nothing(bot: Bot, path: str, body: Any, status: int, detail: str):
    """WHK-03, WHK-04"""
    subscribe(bot, 1)

    answer = post(path, body)

    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert not Signal.objects.exists()


@pytest.mark.parametrize("given", ["absent", None, ""])
@pytest.mark.parametrize("missing", ["ticker", "action", "secret"])
def test_what_is_missing_is_named(bot: Bot, missing: str, given: str | None):
    """WHK-02"""
    body = {"ticker": "BTCUSDT", "action": "buy", "secret": SECRET, missing: given}
    if given == "absent":
        del body[missing]

    answer = post(body=body)

    assert (answer.status_code, answer.json()["detail"]) == (400, "Missing required fields")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(missing, "required")]
    assert not Signal.objects.exists()


@pytest.mark.parametrize("action", ["buy", "sell", "close", "close_all", "BUY", "Close_All"])
def test_four_actions_are_carried_out(bot: Bot, action: str):
    """WHK-06, D28; without a price (WHK-07)."""
    answer = post(action=action)

    assert (answer.status_code, Signal.objects.get().action) == (202, action.lower())
    assert Signal.objects.get().price is None


@pytest.mark.parametrize("action", ["hold", "close all", "buy;sell", "long", 1, True, ["buy"]])
def test_no_other_action_is_carried_out(bot: Bot, action: Any):
    """WHK-06"""
    answer = post(action=action)

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("action", "invalid")]
    assert not Signal.objects.exists()


@pytest.mark.parametrize("action", ["buy", "sell", "close", "close_all"])
def test_the_message_on_offer_is_accepted_as_tradingview_fills_it_in(bot: Bot, action: str):
    """WHK-07, D6: `{{close}}` stands bare in it."""
    offered = api_of(bot.manager).get(f"/api/v1/bots/{bot.pk}/webhook").json()["messages"][action]
    filled = {
        "{{ticker}}": "BTCUSDT.P",
        "{{close}}": "95234.5",
        "{{timenow}}": "2026-11-21T12:00:00Z",
        "YOUR-SECRET": SECRET,
    }
    for name, value in filled.items():
        assert name in offered
        offered = offered.replace(name, value)

    answer = post(body=offered)

    signal = Signal.objects.get()
    assert (answer.status_code, signal.ticker, signal.action) == (202, "BTCUSDT.P", action)
    assert (str(signal.price), signal.duplicate_for_ever) == ("95234.50000000", True)


def test_the_same_alert_again_is_a_duplicate_and_executes_nothing(bot: Bot):
    """D6."""
    subscribe(bot, 1)
    first = post(timestamp=1795262400)
    again = post(timestamp=1795262400)

    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    assert again.json()["signal_id"] == first.json()["signal_id"]
    assert (Signal.objects.count(), Execution.objects.count(), Signal.objects.get().duplicates) == (1, 1, 1)


def test_a_window_of_zero_lets_the_same_body_pass(bot: Bot):
    Bot.objects.update(duplicate_window_s=0)

    assert [post().status_code, post().status_code] == [202, 202]


def test_a_paused_bot_refuses_opens_and_stores_the_refusal(bot: Bot):
    """WHK-05; a refused alert does not block its repetition (D28)."""
    Bot.objects.update(status="paused")

    answer = post(id="x-1")
    Bot.objects.update(status="active")
    repeated = post(id="x-1")

    assert (answer.status_code, answer.json()["detail"], repeated.status_code) == (400, "Bot is paused", 202)
    assert list(Signal.objects.order_by("created_at").values_list("status", "refusal_code")) == [
        ("refused", "bot_paused"), ("accepted", ""),
    ]  # fmt: skip


def test_an_archived_bot_refuses_everything(bot: Bot):
    Bot.objects.update(status="archived")

    assert [post(action=action).json()["detail"] for action in ("buy", "close")] == ["Bot is archived"] * 2


def test_over_the_quota_opens_are_refused_and_closes_pass(bot: Bot):
    """WHK-08, D2."""
    Bot.objects.update(quota_per_minute=3)

    answers = [post(id=str(number)).status_code for number in range(5)]
    close = post(action="close", id="c")

    assert answers == [202, 202, 202, 429, 429]
    assert close.status_code == 202
    assert Signal.objects.filter(refusal_code="over_quota").count() == 2


def test_wrong_secrets_are_counted_apart(bot: Bot):
    statuses = [post(secret="wrong").status_code for _ in range(12)]

    assert statuses == [401] * 10 + [429] * 2
    assert post().status_code == 202


def test_the_previous_secret_is_accepted_while_its_overlap_lasts(bot: Bot):
    from datetime import timedelta

    from django.utils import timezone

    from bots.secrets import replace_secret

    replace_secret(bot, "new-secret", now=timezone.now(), overlap=timedelta(minutes=5))
    bot.save()

    assert [post(secret="new-secret", id="1").status_code, post(id="2").status_code] == [202, 202]
    Bot.objects.update(previous_secret_until=timezone.now() - timedelta(seconds=1))
    assert post(id="3").status_code == 401


def test_waiting_for_the_result_gives_up_after_the_time(bot: Bot):
    subscribe(bot, 1)
    raw = json.dumps({"ticker": "BTCUSDT", "action": "buy", "secret": SECRET})

    answer = Client().post("/api/v1/bots/webhook/master/scalper?wait=0.2", raw, content_type="application/json")

    assert (answer.status_code, answer.json()["broadcast_stats"]["queued"]) == (202, 1)


def test_a_test_signal_reaches_paper_accounts_only(bot: Bot):
    """P20."""
    paper, live = subscribe(bot, 1), subscribe(bot, 2)
    ExchangeAccount.objects.filter(pk=live.exchange_account_id).update(exchange="binance")

    assert post(test=True).status_code == 202

    assert list(Execution.objects.values_list("subscription", flat=True)) == [paper.pk]


def test_only_posts_are_answered(bot: Bot):
    assert Client().get("/api/v1/bots/webhook/master/scalper").status_code == 405
