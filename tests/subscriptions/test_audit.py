"""SEC-05: what clients do with their subscriptions and positions stands in the audit log, by API as on the pages."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit import broken_lines
from accounts.models import AuditEntry, User
from tests.trading_world import api_of, make_account, make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_user() -> User:
    return make_user()


def lines(*names: str) -> list[tuple[Any, ...]]:
    rows = AuditEntry.objects.filter(details__has_key="subscription").order_by("id")
    return [(row.event, *(row.details.get(name) for name in names)) for row in rows]


def test_the_api_notes_every_step_of_a_subscription(client_user: User) -> None:
    api, bot, account = api_of(client_user), make_bot(), make_account(client_user)
    made = api.post(
        "/api/v1/bot-subscriptions",
        {"bot_id": str(bot.pk), "exchange_account_id": str(account.pk), "custom_leverage": 3},
        format="json",
        HTTP_USER_AGENT="a phone",
    )
    assert made.status_code == 201, made.json()
    base = f"/api/v1/bot-subscriptions/{made.json()['id']}"

    api.patch(base, {"custom_leverage": 5}, format="json")
    api.patch(base, {"custom_leverage": 5}, format="json")
    api.post(f"{base}/pause")
    api.post(f"{base}/pause")
    api.patch(base, {"status": "active", "custom_leverage": None}, format="json")
    api.post(f"{base}/cancel", {}, format="json")
    api.post(f"{base}/cancel", {}, format="json")

    assert lines("before", "after", "closed_positions") == [
        ("subscribed", None, None, None),
        ("subscription_changed", {"custom_leverage": "3"}, {"custom_leverage": "5"}, None),
        ("subscription_paused", None, None, None),
        ("subscription_changed", {"custom_leverage": "5"}, {}, None),
        ("subscription_resumed", None, None, None),
        ("subscription_cancelled", None, None, False),
    ]
    first = AuditEntry.objects.get(event="subscribed")
    assert (first.user_id, first.actor_id, first.ip_address, first.user_agent) == (
        client_user.pk, client_user.pk, "127.0.0.1", "a phone",
    )  # fmt: skip
    assert first.details["terms"]["custom_leverage"] == "3"
    assert first.details["account"] == str(account.pk)
    assert list(broken_lines()) == []


def test_pages_note_pauses_and_closes(client_user: User) -> None:
    subscription = make_subscription(make_bot(), client_user)
    position = make_position(subscription)
    browser = Client()
    browser.force_login(client_user)

    browser.post(reverse("front:subscription-pause", args=[subscription.pk]))
    browser.post(reverse("front:position-close", args=[position.pk]))
    browser.post(reverse("front:subscription-cancel", args=[subscription.pk]), {"positions": "stops"})

    assert lines() == [("subscription_paused",), ("subscription_cancelled",)]
    closed = AuditEntry.objects.get(event="close_asked")
    assert (closed.actor_id, closed.details["position"], closed.details["symbol"]) == (
        client_user.pk, str(position.pk), position.symbol_key,
    )  # fmt: skip


def test_what_is_refused_is_neither_done_in_part_nor_noted(client_user: User) -> None:
    account = make_account(client_user, status="invalid")
    subscription = make_subscription(
        make_bot(), client_user, exchange_account=account, status="paused", custom_leverage=2
    )

    answer = api_of(client_user).patch(
        f"/api/v1/bot-subscriptions/{subscription.pk}", {"custom_leverage": 5, "status": "active"}, format="json"
    )

    assert answer.status_code == 400
    subscription.refresh_from_db()
    assert (lines(), subscription.status, subscription.custom_leverage) == ([], "paused", 2)
