"""The operators' protection page, its API, and the notices above every page (B8, D7, issue's item 8)."""

import re
from copy import copy
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Role, User
from config.celery import app
from exchanges.health import Standing
from exchanges.models import ExchangeAccount
from front.heartbeats import leave_heartbeat, read_heartbeats
from front.tasks import beat_heart, note_beat
from front.templatetags.operations import standing_words
from notifications.models import Notice
from notifications.telling import tell_people
from signals.models import Lease, Order, Position
from signals.protection_watch import STRETCHES, read_watch
from signals.troubles import Trouble, TroubleKind
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.trading_world import (
    api_of,
    make_bot,
    make_execution,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db

PAGE, API = "/operations/protection/", "/api/v1/operations/protection"


@pytest.fixture
def operator() -> User:
    return make_user(Role.SUPPORT)


def hold(
    subscription: Subscription, *, ago_s: float = 60, symbol: str = "BTCUSDT", stop: str = "open", **fields: Any
) -> Any:
    """An open position with its execution and its stop's row; `stop` is the row's status."""
    at = timezone.now() - timedelta(seconds=ago_s)
    values = {"stop_price": "94000", "target_price": "99000", "protected_at": at, "unprotected_ms": 120, **fields}
    position = make_position(subscription, at, symbol_key=symbol, **values)
    signal = make_signal(subscription.bot, at, symbol_key=symbol)
    entry = make_execution(
        signal, subscription, position=position, filled_at=at, unprotected_ms=values["unprotected_ms"]
    )
    for leg in ("stop", "target"):
        make_order(entry, position=position, leg=leg, side="sell", status=stop if leg == "stop" else "open")
    return position


def test_a_position_with_its_stop_is_protected(follower: Subscription):
    hold(follower, symbol="ADAUSDT")
    found = {row.symbol_key: row for row in read_watch(timezone.now()).positions}

    row = found["ADAUSDT"]
    assert (row.stop_stands, row.target_stands, row.bare_s, row.is_alarm, row.age_s) == (True, True, None, False, 60)


@pytest.mark.parametrize(("ago_s", "alarm"), [(4, False), (6, True)])
def test_five_seconds_without_a_stop_after_the_entry_are_an_alarm(ago_s: float, alarm: bool):
    position = hold(make_subscription(), ago_s=ago_s, stop="planned", protected_at=None)

    watch = read_watch(timezone.now())

    assert (watch.protected_count, watch.open_count) == (0, 1)
    assert [row.id for row in watch.alarms] == ([position.pk] if alarm else [])


def test_a_stop_that_ended_counts_from_its_end():
    position = hold(make_subscription(), ago_s=600, stop="cancelled")
    Order.objects.filter(position=position, leg="stop").update(updated_at=timezone.now() - timedelta(seconds=30))

    (row,) = read_watch(timezone.now()).alarms
    assert 30 <= row.bare_s <= 31


def test_without_a_configured_stop_there_is_no_alarm():
    hold(make_subscription(), stop="cancelled", stop_price=None)

    watch = read_watch(timezone.now())

    assert (watch.alarms, watch.protected_count) == ([], 1)


def test_seconds_of_the_last_day_worst_p99_and_total():
    subscription = make_subscription()
    for number, milliseconds in enumerate((100, 200, 9000)):
        hold(subscription, symbol=f"S{number}USDT", unprotected_ms=milliseconds)
    hold(subscription, symbol="OLDUSDT", ago_s=90_000, unprotected_ms=50_000)

    watch = read_watch(timezone.now())

    figures = watch.figures
    assert (figures.positions, figures.worst_ms, figures.p99_ms, figures.total_ms) == (3, 9000, 9000, 9300)
    assert [stretch.ms for stretch in watch.worst] == [9000, 200, 100]
    assert all(stretch.execution_id for stretch in watch.worst)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_watch_costs_the_same_however_much_is_open(rows: int, django_assert_num_queries: Any):
    for number in range(rows):
        hold(make_subscription(), symbol=f"S{number}USDT")

    with django_assert_num_queries(5):
        assert read_watch(timezone.now()).open_count == rows


def test_operators_see_alarms_with_links_to_the_timeline(operator: User):
    subscription = make_subscription()
    hold(subscription, ago_s=42, stop="refused", protected_at=None)

    page = browser_of(operator).get(PAGE).content.decode()

    assert "1 position stands without its stop loss for more than 5 s" in page
    assert subscription.user.email in page
    assert f"/executions/{subscription.executions.get().pk}/" in page


def test_an_empty_service_says_so(operator: User):
    page = browser_of(operator).get(PAGE).content.decode()

    for text in ("No position is open.", "keys work.", "No exchange was asked", "No worker", "No guardian"):
        assert text in page


def test_workers_and_guardian_are_shown(operator: User):
    Lease.objects.create(name="guardian", holder="reconcile 1a2b", until=timezone.now() + timedelta(seconds=4))
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.set("batuta:worker:entry-1", "alive", ex=10)

    page = browser_of(operator).get(PAGE).content.decode()

    assert "entry-1" in page
    assert "Watched over by reconcile 1a2b" in page
    assert "Guardian runs" in page


def test_a_silent_stock_worker_and_beat_are_told(operator: User):
    leave_heartbeat("trade-1")
    before = browser_of(operator).get(PAGE).content.decode()
    note_beat()
    beat_heart()
    after = browser_of(operator).get(PAGE).content.decode()

    assert (before.count("silent"), after.count("silent"), after.count(">alive<")) == (2, 0, 3)
    assert "nothing is traded" not in before


def test_without_a_trading_worker_the_page_says_so_and_readiness_fails(operator: User):
    beat_heart()

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "no heartbeat")
    assert answer.json()["heartbeats"] == {"beat": "no heartbeat", "default": "ok"}
    assert "nothing is traded" in browser_of(operator).get(PAGE).content.decode()


def test_beat_notes_what_it_has_sent():
    with app.connection_for_write() as connection:
        app.send_task("front.beat_heart", connection=connection)

    assert read_heartbeats() == ["beat"]


@pytest.mark.parametrize("state", list(Standing))
def test_an_exchanges_state_is_said_in_the_readers_language(state: Standing):
    with translation.override("en"):
        english = standing_words(state)
    with translation.override("pt-br"):
        assert standing_words(state) != english


def test_accounts_that_need_attention_are_listed(operator: User, follower: Subscription):
    ExchangeAccount.objects.update(status="needs_attention", status_code="invalid_credentials")

    told = api_of(operator).get(API).json()["accounts"]

    assert [(row["id"], row["status"], row["open_positions"]) for row in told] == [
        (str(follower.exchange_account_id), "needs_attention", 1)
    ]
    assert follower.user.email in browser_of(operator).get(PAGE).content.decode()


def test_the_dashboard_tells_of_refused_keys_once(follower: Subscription):
    ExchangeAccount.objects.update(status="needs_attention", status_code="invalid_credentials")
    tell_people(Trouble(TroubleKind.ACCOUNT_ATTENTION, follower.exchange_account_id))

    page = browser_of(follower.user).get("/dashboard/").content.decode()

    assert page.count('role="alert"') == 1


def test_the_twenty_four_hours_are_found_by_an_index():
    """Of a table that is worth it: five years of positions."""
    position = make_position(make_subscription(make_bot(make_user(Role.MANAGER))), status="closed")
    years = []
    for day in range(2000):
        past = copy(position)
        past.pk, past.opened_at, past.closed_at = uuid4(), timezone.now() - timedelta(days=day + 2), timezone.now()
        years.append(past)
    Position.objects.bulk_create(years)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE signals_position")
        cursor.execute(f"EXPLAIN {STRETCHES}", {"since": timezone.now()})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "position_opened" in plan


def test_the_part_follows_by_itself(operator: User):
    part = browser_of(operator).get(PAGE + "?part=1").content.decode()

    assert "<html" not in part
    assert "Open positions" in part


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MANAGER])
def test_others_may_not(role: str):
    user = make_user(role)

    assert browser_of(user).get(PAGE).status_code == 403
    assert api_of(user).get(API).status_code == 403


def test_the_api_tells_the_same(operator: User):
    position = hold(make_subscription(), ago_s=10, stop="refused", protected_at=None)

    told = api_of(operator).get(API).json()

    assert (told["open_count"], told["protected_count"]) == (1, 0)
    assert [row["id"] for row in told["alarms"]] == [str(position.pk)]
    assert told["unprotected_24h"] == {"positions": 1, "worst_ms": 120, "p99_ms": 120, "total_ms": 120}


# notices above the pages
@pytest.fixture
def noticed(follower: Subscription) -> Subscription:
    ExchangeAccount.objects.filter(pk=follower.exchange_account_id).update(status="needs_attention")
    tell_people(Trouble(TroubleKind.ACCOUNT_ATTENTION, follower.exchange_account_id))
    return follower


@pytest.mark.parametrize("address", ["/dashboard/", "/executions/", "/accounts/", "/notices/"])
def test_the_client_reads_it_on_every_page_with_what_to_do(noticed: Subscription, address: str):
    page = browser_of(noticed.user).get(address).content.decode()

    assert "Paper needs attention: the paper exchange no longer knows it" in page
    assert f'href="/accounts/{noticed.exchange_account_id}/#reset"' in page


def test_the_manager_reads_it_on_the_bots_page(noticed: Subscription):
    manager = noticed.bot.manager
    browser = browser_of(manager)

    assert "1 notice about its subscribers" in browser.get("/dashboard/").content.decode()
    page = browser.get(f"/manage/bots/{noticed.bot_id}/").content.decode()
    assert "needs attention: the exchange refuses its keys" in page
    assert noticed.user.email not in page


def test_read_it_goes_and_does_not_come_back(noticed: Subscription):
    browser, notice = browser_of(noticed.user), Notice.objects.get(bot=None)

    answer = browser.post(f"/notices/{notice.pk}/dismiss/", HTTP_REFERER="http://testserver/executions/")
    tell_people(Trouble(TroubleKind.ACCOUNT_ATTENTION, noticed.exchange_account_id))

    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/executions/")
    assert "needs attention" not in browser.get("/notices/").content.decode()


def test_a_page_that_shows_just_this_is_told_nothing(noticed: Subscription):
    browser = browser_of(noticed.user)
    mark = re.search(r'name="shown" value="([0-9a-f]{16})"', browser.get("/dashboard/").content.decode())
    assert mark

    same = browser.get("/notices/", {"shown": mark[1]})
    tell_people(Trouble(TroubleKind.FOREIGN_POSITION, noticed.exchange_account_id, None, "ETHUSDT", {"quantity": "1"}))
    more = browser.get("/notices/", {"shown": mark[1]})

    assert (same.status_code, same.content) == (204, b"")
    assert (more.status_code, more.content.decode().count('role="alert"')) == (200, 2)


def test_a_foreign_referer_leads_nowhere(noticed: Subscription):
    notice = Notice.objects.get(bot=None)

    answer = browser_of(noticed.user).post(f"/notices/{notice.pk}/dismiss/", HTTP_REFERER="http://evil.example/")

    assert answer["Location"] == "/dashboard/"


def test_anothers_notice_cannot_be_put_aside(noticed: Subscription):
    notice = Notice.objects.get(bot=None)

    assert browser_of(make_user()).post(f"/notices/{notice.pk}/dismiss/").status_code == 404


def test_many_notices_are_cut(follower: Subscription):
    for symbol in ("AUSDT", "BUSDT", "CUSDT", "DUSDT"):
        trouble = Trouble(TroubleKind.FOREIGN_POSITION, follower.exchange_account_id, None, symbol, {"quantity": "1"})
        tell_people(trouble)

    page = browser_of(follower.user).get("/notices/").content.decode()

    assert page.count('role="alert"') == 3
    assert "and 1 more notice" in page


def test_make_bot_is_shown_without_notices():
    bot = make_bot(make_user(Role.MANAGER))

    assert 'role="alert"' not in browser_of(bot.manager).get(f"/manage/bots/{bot.pk}/").content.decode()
