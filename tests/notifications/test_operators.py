"""OPS-09: administrators are told that recurring work fails, once, and that it works again, once."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from accounts.models import Role, User
from notifications.models import Notice
from notifications.operators import operators
from notifications.queries import notices_as_client, standing_notices
from notifications.stocktaking import take_stock
from notifications.telling import end_trouble, put_aside, tell_people
from notifications.texts import words_of
from signals.models import Workflow
from signals.workflows import failing
from tests.trading_world import api_of, make_user

pytestmark = pytest.mark.django_db
TROUBLE = failing("sweep", 3, "relation <x> is gone at 100%")


@pytest.fixture
def admin() -> User:
    return make_user(Role.ADMIN)


def standing(user: User) -> list[str]:
    return [notice.kind for notice in standing_notices(user)]


def test_operators_are_administrators_who_can_sign_in(admin: User) -> None:
    root = make_user(Role.MANAGER, is_superuser=True)
    for role in Role:
        make_user(role, is_active=False)
    make_user(Role.SUPPORT)

    assert set(operators()) == {admin, root}


def test_told_once_until_it_is_over_and_then_that_it_is(admin: User) -> None:
    assert (tell_people(TROUBLE), tell_people(TROUBLE), standing(admin)) == (1, 0, ["workflow_failing"])
    assert (end_trouble(TROUBLE), end_trouble(TROUBLE), standing(admin)) == (1, 0, ["workflow_recovered"])
    assert (tell_people(TROUBLE), standing(admin)) == (1, ["workflow_failing"])
    assert list(notices_as_client(admin)) == []


def test_who_has_put_it_aside_still_hears_that_it_works_again(admin: User) -> None:
    tell_people(TROUBLE)
    put_aside(Notice.objects.filter(user=admin))

    end_trouble(TROUBLE)

    assert standing(admin) == ["workflow_recovered"]


def test_who_was_not_told_that_it_fails_is_not_told_that_it_works(admin: User) -> None:
    tell_people(TROUBLE)
    later = make_user(Role.ADMIN)

    end_trouble(TROUBLE)

    assert (standing(admin), standing(later)) == (["workflow_recovered"], [])


def test_the_words(admin: User) -> None:
    tell_people(TROUBLE)
    with translation.override("en"):
        words = words_of(standing_notices(admin).get())
    (told,) = api_of(admin).get("/api/v1/notices").json()["results"]

    assert words.title == told["title"] == "Sweep of executions failed 3 times in a row"
    assert words.advice == "It is tried again by itself. The last error: relation <x> is gone at 100%"
    assert (told["bot"], told["account"]) == (None, None)


def test_two_works_are_two_troubles(admin: User) -> None:
    tell_people(TROUBLE)
    tell_people(failing("funding", 3, "no"))

    end_trouble(TROUBLE)

    assert sorted(standing(admin)) == ["workflow_failing", "workflow_recovered"]


def test_what_a_dying_process_did_not_tell_is_found_from_the_rows(admin: User) -> None:
    now = timezone.now()
    row = Workflow.objects.create(name="sweep", failures_in_a_row=3, last_error="no", last_run_at=now, alerted_at=now)

    assert (take_stock(now), standing(admin)) == ((1, 0), ["workflow_failing"])
    assert take_stock(now) == (0, 0)
    Workflow.objects.filter(pk=row.pk).update(failures_in_a_row=0, alerted_at=None)
    assert (take_stock(now), standing(admin)) == ((0, 1), ["workflow_recovered"])
    assert take_stock(now) == (0, 0)


def test_that_it_works_again_stands_for_a_day(admin: User) -> None:
    now = timezone.now()
    tell_people(TROUBLE, now=now)
    end_trouble(TROUBLE, now=now)

    take_stock(now + timedelta(hours=23))
    before = standing(admin)
    take_stock(now + timedelta(hours=25))

    assert (before, standing(admin)) == (["workflow_recovered"], [])
