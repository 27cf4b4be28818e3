"""Refresh tokens rotate, are good once, and a stolen one ends its family (D20, SEC-02)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import AuditEntry, TokenFamily, User
from tests.accounts.conftest import PASSWORD


def test_a_refresh_gives_a_new_pair_and_uses_the_old_token_up(ana: User) -> None:
    first = tokens.open_family(ana)

    second = tokens.refresh_family(first.refresh)

    assert second.refresh != first.refresh
    with pytest.raises(tokens.RefreshRefused):
        tokens.refresh_family(first.refresh)
    assert tokens.refresh_family(second.refresh).access


def test_sixteen_parallel_refreshes_give_one_success(transactional_db: None) -> None:
    pair = tokens.open_family(User.objects.create_user("ana@example.com", PASSWORD))

    def refresh(_number: int) -> int:
        answer = APIClient().post("/api/v1/auth/refresh", {"refresh": pair.refresh}, format="json")
        connection.close()
        return answer.status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(refresh, range(16)))

    assert statuses == [200] + [401] * 15
    assert TokenFamily.objects.get().ended_at is None


@pytest.mark.parametrize(("later_s", "alive"), [(9, True), (11, False)])
def test_a_used_token_that_comes_late_ends_the_family(ana: User, later_s: int, alive: bool) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        stolen = tokens.open_family(ana)
        current = tokens.refresh_family(stolen.refresh)
        clock.shift(timedelta(seconds=later_s))

        with pytest.raises(tokens.RefreshRefused):
            tokens.refresh_family(stolen.refresh)

        assert (TokenFamily.objects.get().ended_at is None) is alive
        if alive:
            tokens.refresh_family(current.refresh)
        else:
            with pytest.raises(tokens.RefreshRefused):
                tokens.refresh_family(current.refresh)
    assert AuditEntry.objects.filter(event="refresh_reused", user_id=ana.pk).count() == (0 if alive else 1)


def test_a_straggler_of_an_older_generation_is_no_theft_within_the_grace(ana: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = tokens.open_family(ana)
        second = tokens.refresh_family(first.refresh)
        clock.shift(timedelta(seconds=3))
        tokens.refresh_family(second.refresh)

        with pytest.raises(tokens.RefreshRefused):
            tokens.refresh_family(first.refresh)

    assert TokenFamily.objects.get().ended_at is None


def test_a_family_ends_seven_days_after_its_last_refresh(ana: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        pair = tokens.open_family(ana)
        clock.shift(timedelta(days=6))
        pair = tokens.refresh_family(pair.refresh)
        clock.shift(timedelta(days=6))
        pair = tokens.refresh_family(pair.refresh)
        clock.shift(timedelta(days=7, seconds=1))

        with pytest.raises(tokens.RefreshRefused):
            tokens.refresh_family(pair.refresh)


def test_ending_families_leaves_other_people_alone(ana: User) -> None:
    other = User.objects.create_user("bia@example.com", PASSWORD)
    mine, theirs = tokens.open_family(ana), tokens.open_family(other)

    assert tokens.end_families(ana, "password_changed") == 1

    with pytest.raises(tokens.RefreshRefused):
        tokens.refresh_family(mine.refresh)
    assert tokens.refresh_family(theirs.refresh)
