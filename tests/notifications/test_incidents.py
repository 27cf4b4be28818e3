"""What was missed or given up is told to administrators, once, and stands for a day (F4, F31)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from notifications.models import Notice
from notifications.queries import standing_notices
from notifications.stocktaking import take_stock
from notifications.texts import words_of
from signals.models import Lease
from tests.trading_world import make_bot, make_execution, make_signal, make_subscription, make_user

pytestmark = pytest.mark.django_db


def titles(user):
    return [words_of(notice).title for notice in standing_notices(user)]


def test_signals_that_waited_through_an_outage_are_told_in_one_summary():
    now = timezone.now()
    admin, manager = make_user(Role.ADMIN), make_user(Role.MANAGER)
    Lease.objects.create(name="guardian", holder="w", until=now, since=now - timedelta(minutes=1))
    bot = make_bot(manager)
    missed = make_signal(bot, now - timedelta(minutes=30))
    for _ in range(2):
        fields = {"reason_code": "stale_signal", "completed_at": now}
        make_execution(missed, make_subscription(bot), "SKIPPED", **fields)
    closing = make_signal(bot, now - timedelta(minutes=20), action="close")
    make_execution(closing, make_subscription(bot), "CLOSED", completed_at=now)
    late = make_signal(bot, now - timedelta(seconds=50))  # came when everything ran again: no matter of the outage
    make_execution(late, make_subscription(bot), "SKIPPED", reason_code="stale_signal", completed_at=now)

    assert (take_stock(now), take_stock(now)) == ((1, 0), (0, 0))

    assert titles(admin) == ["Nothing was running for a while: 2 entries of 1 signals were skipped as too old"]
    assert Notice.objects.get().figures["closes"] == "1"
    assert titles(manager) == []
    assert take_stock(now + timedelta(days=1, seconds=1)) == (0, 1)


def test_an_execution_that_its_workers_died_of_is_told():
    now = timezone.now()
    admin = make_user(Role.ADMIN)
    bot = make_bot()
    signal = make_signal(bot)
    make_execution(signal, make_subscription(bot), "SKIPPED", reason_code="internal_error", attempts=3)
    make_execution(signal, make_subscription(bot), "SKIPPED", reason_code="bot_paused")

    take_stock(now)

    assert titles(admin) == ["An entry on BTCUSDT was given up after 3 workers had ended in the middle of it"]
