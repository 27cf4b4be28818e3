"""SEC-05: a bot's life stands in the audit log: who did what, whichever way they came."""

from typing import Any

import pytest

from accounts.audit import broken_lines
from accounts.models import AuditEntry, Role, User
from bots.models import Bot
from tests.bots.test_admin import FORM, LIST, browser
from tests.trading_world import api_of, make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user(Role.MANAGER)


def lines(*names: str) -> list[tuple[Any, ...]]:
    """The bots' lines, oldest first: event, and the details of these names."""
    rows = AuditEntry.objects.filter(details__has_key="bot").exclude(event="bot_created").order_by("id")
    return [(row.event, *(row.details.get(name) for name in names)) for row in rows]


def test_the_api_notes_every_step_of_a_bots_life(manager: User) -> None:
    api = api_of(manager)
    bot = make_bot(manager, default_leverage=10)
    base = f"/api/v1/bots/{bot.pk}"

    api.patch(base, {"default_leverage": 12, "name": bot.name}, format="json")
    api.patch(base, {"default_leverage": 12}, format="json")
    api.post(f"{base}/pause")
    api.post(f"{base}/pause")
    api.post(f"{base}/resume")
    make_position(make_subscription(bot))
    api.delete(f"{base}?close_positions=true")

    assert lines("before", "after", "open_positions", "closed_positions") == [
        ("bot_changed", {"default_leverage": "10"}, {"default_leverage": "12"}, None, None),
        ("bot_paused", None, None, None, None),
        ("bot_resumed", None, None, None, None),
        ("bot_archived", None, None, 1, True),
    ]
    assert {(row.actor_id, row.user_id, row.details["bot"]) for row in AuditEntry.objects.filter(event__startswith="bot_")} == {
        (manager.pk, manager.pk, str(bot.pk))
    }  # fmt: skip
    assert list(broken_lines()) == []


def test_the_admin_notes_who_created_and_who_changed(manager: User) -> None:
    browser(manager).post(f"{LIST}add/", {**FORM, "master_secret": "not for the log"})
    bot, admin = Bot.objects.get(), make_user(Role.ADMIN)
    heir = make_user(Role.MANAGER)
    browser(admin).post(f"{LIST}{bot.pk}/change/", {**FORM, "manager": str(heir.pk)})

    found = list(AuditEntry.objects.filter(event__startswith="bot_").order_by("id"))
    assert [(row.event, row.actor_id, row.user_id) for row in found] == [
        ("bot_created", manager.pk, manager.pk),
        ("bot_changed", admin.pk, heir.pk),
    ]
    assert found[0].details == {"bot": str(bot.pk), "name": "Scalper", "webhook_path": "scalper-1"}
    assert found[1].details["after"] == {"manager": str(heir.pk)}
    assert "not for the log" not in str([row.details for row in found])


@pytest.mark.parametrize(("path", "event"), [("test-signal", "test_signal_sent"), ("signals", "signal_sent")])
def test_signals_by_hand_are_noted(manager: User, path: str, event: str) -> None:
    bot = make_bot(manager)

    answer = api_of(manager).post(
        f"/api/v1/bots/{bot.pk}/{path}", {"ticker": "BTCUSDT.P", "action": "buy"}, format="json"
    )

    assert answer.status_code == 202
    assert lines("bot", "signal", "symbol", "action") == [
        (event, str(bot.pk), answer.json()["id"], "BTCUSDT", "buy")
    ]  # fmt: skip
