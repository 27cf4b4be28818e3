"""Facts in the admin: read-only, filtered by what is wrong, managers only their own bots and pseudonyms (BKO-10, D32)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from signals.models import Execution
from subscriptions.pseudonyms import pseudonym
from tests.trading_world import (
    make_bot,
    make_execution,
    make_fill,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db

LISTS = {
    "signal": "/admin/signals/signal/", "execution": "/admin/signals/execution/", "order": "/admin/signals/order/",
    "fill": "/admin/signals/fill/", "position": "/admin/signals/position/", "subscription": "/admin/subscriptions/subscription/",
}  # fmt: skip


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def make_facts(manager: User) -> dict[str, Any]:
    subscription = make_subscription(make_bot(manager))
    position = make_position(subscription)
    execution = make_execution(make_signal(subscription.bot), subscription, position=position)
    order = make_order(execution, position=position)
    fill = make_fill(order, position=position)
    return {
        "signal": execution.signal, "execution": execution, "order": order, "fill": fill, "position": position,
        "subscription": subscription,
    }  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
def test_managers_see_their_own_bots_rows_by_pseudonym(what: str) -> None:
    manager = make_user(Role.MANAGER)
    own, foreign = make_facts(manager), make_facts(make_user(Role.MANAGER))
    client = browser(manager)

    page, row = client.get(LISTS[what]), client.get(f"{LISTS[what]}{own[what].pk}/change/")

    assert page.context["cl"].result_count == 1
    assert (row.status_code, client.get(f"{LISTS[what]}{foreign[what].pk}/change/").status_code) == (200, 302)
    subscriber = own["subscription"].user
    for text in (page.content.decode(), row.content.decode()):
        assert subscriber.email not in text
        if what != "signal":
            assert pseudonym(subscriber.pk) in text


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPPORT])
def test_the_backoffice_sees_all_and_who(what: str, role: str) -> None:
    facts = make_facts(make_user(Role.MANAGER))
    make_facts(make_user(Role.MANAGER))
    client = browser(make_user(role))

    page, row = client.get(LISTS[what]), client.get(f"{LISTS[what]}{facts[what].pk}/change/")

    assert (page.context["cl"].result_count, row.status_code) == (2, 200)
    assert (facts["subscription"].user.email in page.content.decode()) is (what != "signal")


@pytest.mark.parametrize("what", LISTS)
def test_nobody_changes_facts(what: str) -> None:
    facts = make_facts(make_user(Role.MANAGER))
    client = browser(make_user(Role.ADMIN))

    assert client.post(f"{LISTS[what]}{facts[what].pk}/change/", {}).status_code == 403
    assert client.get(f"{LISTS[what]}add/").status_code == 403
    assert client.post(f"{LISTS[what]}{facts[what].pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser(make_user()).get(LISTS[what]).status_code == 302


def test_managers_cannot_search_by_what_they_may_not_see() -> None:
    manager = make_user(Role.MANAGER)
    facts = make_facts(manager)

    page = browser(manager).get(LISTS["execution"], {"q": facts["subscription"].user.email})

    assert page.context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ({"outcome": "failed"}, ["REJECTED"]),
        ({"outcome": "skipped"}, ["SKIPPED"]),
        ({"reason": "daily_loss"}, ["SKIPPED"]),
        ({"trouble": "unconfirmed"}, ["UNCONFIRMED"]),
        ({"trouble": "naked"}, ["PROTECTED"]),
        ({"trouble": "hangs"}, []),
        ({"state": "REJECTED"}, ["REJECTED"]),
    ],
)
def test_executions_are_filtered_by_what_is_wrong(query: dict[str, str], states: list[str]) -> None:
    bot = make_bot()
    for state, fields in (
        ("PROTECTED", {"unprotected_ms": 6000}), ("SKIPPED", {"reason_code": "daily_loss"}), ("REJECTED", {}),
        ("UNCONFIRMED", {}),
    ):  # fmt: skip
        make_execution(make_signal(bot), make_subscription(bot), state, **fields)

    page = browser(make_user(Role.ADMIN)).get(LISTS["execution"], query)

    assert [row.state for row in page.context["cl"].result_list] == states


@pytest.mark.parametrize(
    ("what", "trouble"),
    [
        *(("signal", name) for name in ("refused", "failed", "skipped", "hangs", "nobody")),
        ("signal", "origin=client"),
        ("fill", "way=buy"),
        *(("order", name) for name in ("refused", "unknown", "again")),
        *(("position", name) for name in ("naked", "seconds", "failed", "external", "unbooked")),
    ],
)
def test_every_filter_answers(what: str, trouble: str) -> None:
    query = trouble if "=" in trouble else f"trouble={trouble}"

    assert browser(make_user(Role.ADMIN)).get(f"{LISTS[what]}?{query}").status_code == 200


def test_neighbours_lead_to_filtered_lists() -> None:
    facts = make_facts(make_user(Role.MANAGER))
    make_facts(make_user(Role.MANAGER))
    client = browser(make_user(Role.ADMIN))

    found = [
        client.get(LISTS[what], {query: str(facts[row].pk)}).context["cl"].result_count
        for what, query, row in (
            ("execution", "signal__id__exact", "signal"),
            ("execution", "subscription__id__exact", "subscription"),
            ("execution", "position__id__exact", "position"),
            ("order", "execution__id__exact", "execution"),
            ("fill", "order__id__exact", "order"),
            ("fill", "position__id__exact", "position"),
        )
    ]

    assert found == [1] * 6
    page = client.get(f"{LISTS['signal']}{facts['signal'].pk}/change/").content.decode()
    assert f"/admin/signals/execution/?signal__id__exact={facts['signal'].pk}" in page


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("what", "queries"),
    [("signal", 7), ("execution", 7), ("order", 6), ("fill", 6), ("position", 7), ("subscription", 7)],
)
def test_lists_cost_the_same_however_long(what: str, queries: int, rows: int, django_assert_num_queries: Any) -> None:
    manager = make_user(Role.MANAGER)
    for _ in range(rows):
        make_facts(manager)
    client = browser(make_user(Role.ADMIN))
    client.get(LISTS[what])

    with django_assert_num_queries(queries):
        client.get(LISTS[what])


def test_an_execution_tells_its_timeline() -> None:
    execution: Execution = make_facts(make_user(Role.MANAGER))["execution"]

    page = browser(make_user(Role.ADMIN)).get(f"{LISTS['execution']}{execution.pk}/change/").content.decode()

    assert "+0 ms · The signal was received and stored" in page
