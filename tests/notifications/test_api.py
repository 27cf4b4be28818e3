"""`/api/v1/notices`: own ones only, in the reader's language, put aside by their reader (NOT-05)."""

import pytest

from accounts.models import Role
from notifications.models import Notice
from notifications.telling import end_trouble, tell_people
from signals.troubles import Trouble, TroubleKind
from tests.trading_world import api_of, make_bot, make_subscription, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def trouble() -> Trouble:
    follower = make_subscription(make_bot(make_user(Role.MANAGER)))
    found = Trouble(TroubleKind.ACCOUNT_ATTENTION, follower.exchange_account_id)
    follower.exchange_account.status = "needs_attention"
    follower.exchange_account.save()
    tell_people(found)
    return found


def test_everybody_reads_their_own(trouble: Trouble):
    for notice in Notice.objects.all():
        (told,) = api_of(notice.user).get("/api/v1/notices").json()["results"]
        assert told["id"] == str(notice.pk)
        assert told["account"] == (None if notice.bot_id else str(trouble.account_id))
    assert api_of(make_user()).get("/api/v1/notices").json()["results"] == []


def test_the_words_are_in_the_readers_language(trouble: Trouble):
    notice = Notice.objects.get(bot=None)

    (told,) = api_of(notice.user).get("/api/v1/notices").json()["results"]

    assert told["title"] == "Paper needs attention: the paper exchange no longer knows it"
    assert told["advice"].startswith("Nothing can be opened or closed on it")


def test_put_aside_it_is_in_the_whole_list_only(trouble: Trouble):
    notice = Notice.objects.get(bot=None)
    client = api_of(notice.user)

    answer = client.post(f"/api/v1/notices/{notice.pk}/dismiss")

    assert (answer.status_code, bool(answer.json()["dismissed_at"])) == (200, True)
    assert client.get("/api/v1/notices").json()["count"] == 0
    assert client.get("/api/v1/notices?all=1").json()["count"] == 1


def test_nobody_puts_aside_what_is_anothers(trouble: Trouble):
    notice = Notice.objects.get(bot=None)

    assert api_of(make_user()).post(f"/api/v1/notices/{notice.pk}/dismiss").status_code == 404


def test_what_is_over_is_in_the_whole_list_only(trouble: Trouble):
    user = Notice.objects.get(bot=None).user
    end_trouble(trouble)

    assert api_of(user).get("/api/v1/notices").json()["count"] == 0
    assert api_of(user).get("/api/v1/notices?all=1").json()["count"] == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(rows: int, django_assert_num_queries):
    follower = make_subscription()
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT")[:rows]:
        tell_people(
            Trouble(TroubleKind.FOREIGN_POSITION, follower.exchange_account_id, None, symbol, {"quantity": "1"})
        )
    client = api_of(follower.user)

    with django_assert_num_queries(2):
        assert client.get("/api/v1/notices").json()["count"] == rows
