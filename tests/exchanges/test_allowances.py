"""One counted limit in one process: shares, leases, the free part, headers (P17, I11)."""

import pytest

from exchanges.allowances import Allowance
from exchanges.limits import Priority, Window

WEIGHT = Window(60, 1000)
CLOSE, ENTRY, QUERY, BACKGROUND = Priority


def allowance(window: Window = WEIGHT, *, is_free: bool = False) -> Allowance:
    made = Allowance(window, is_free=is_free, wall=lambda: 0.0)
    made.take(0, CLOSE, 0.0, alone=True)  # a window has begun
    return made


def grants(one: Allowance, priority: Priority, used: int = 0) -> int:
    """What Redis would grant and how much of it can be taken."""
    one.take(10_000, priority, 1.0, alone=False)
    granted = max(0, min(one.ask(), one.ceiling(priority) - used))
    one.receive(granted, used + granted, 59.0, 1.0)
    taken = 0
    while one.take(10, priority, 1.0, alone=False):
        taken += 10
    return taken


@pytest.mark.parametrize(("priority", "share"), [(CLOSE, 800), (ENTRY, 700), (QUERY, 600), (BACKGROUND, 450)])
def test_each_priority_stops_at_its_share(priority: Priority, share: int) -> None:
    assert grants(allowance(), priority) == share


def test_what_entries_have_used_leaves_room_for_exits() -> None:
    one = allowance()

    assert grants(one, ENTRY) == 700
    assert not one.take(1, ENTRY, 1.0, alone=False)
    one.receive(100, 800, 59.0, 1.0)
    assert one.take(100, CLOSE, 1.0, alone=False)
    assert not one.take(1, CLOSE, 1.0, alone=False)


def test_a_lease_ends_with_its_window() -> None:
    one = allowance()
    one.receive(20, 20, 30.0, 1.0)

    assert one.take(10, ENTRY, 30.0, alone=False)
    assert not one.take(10, ENTRY, 31.5, alone=False)


def test_a_lease_is_larger_than_what_is_asked_for() -> None:
    one = allowance()

    one.take(1, ENTRY, 1.0, alone=False)

    assert one.ask() == 20


def test_without_redis_a_quarter_of_the_share_is_used() -> None:
    one = allowance()

    assert [one.take(175, ENTRY, 1.0, alone=True), one.take(1, ENTRY, 1.0, alone=True)] == [True, False]
    assert one.take(25, CLOSE, 1.0, alone=True)
    assert one.take(175, ENTRY, 61.0, alone=True)


def test_a_moment_without_redis_in_a_busy_minute_leaves_a_quarter_of_the_rest() -> None:
    one = allowance()
    one.receive(20, 500, 59.0, 1.0)

    taken = sum(one.take(1, ENTRY, 2.0, alone=True) for _ in range(500))

    assert taken == 20 + (700 - 500) // 4
    assert not one.take(20, ENTRY, 3.0, alone=False)
    assert one.ask() == 20 + 50  # what was taken alone is told now
    one.receive(70, 570, 57.0, 3.0)
    assert [one.take(20, ENTRY, 3.0, alone=False) for _ in range(2)] == [True, False]


def test_the_first_eighth_of_an_account_asks_nobody() -> None:
    one = allowance(Window(10, 80), is_free=True)

    taken = [one.take(1, ENTRY, 1.0, alone=False) for _ in range(11)]

    assert taken == [True] * 10 + [False]
    assert one.ask() == 1 + 10  # what was taken for nothing is told now
    one.receive(11, 11, 9.0, 1.0)
    assert [one.take(1, ENTRY, 1.0, alone=False) for _ in range(2)] == [True, False]


def test_the_exchanges_own_count_overrules_ours() -> None:
    one = allowance()
    one.receive(20, 20, 59.0, 1.0)

    one.note(795, sent_at=5.0)

    assert not one.take(10, CLOSE, 6.0, alone=False)
    assert one.reported == 795


def test_a_count_of_the_last_window_says_nothing_of_this_one() -> None:
    one = allowance()
    one.receive(20, 20, 60.0, 100.0)

    one.note(795, sent_at=100.3)

    assert one.take(10, ENTRY, 101.0, alone=False)


def test_an_account_that_sent_too_many_orders_waits_for_the_next_window() -> None:
    one = allowance(Window(10, 80), is_free=True)

    one.exhaust(1.0)

    assert not one.take(1, CLOSE, 1.0, alone=False)
    assert not one.take(1, CLOSE, 1.0, alone=True)
    assert one.take(1, CLOSE, 11.0, alone=False)
