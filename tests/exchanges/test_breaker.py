"""A circuit breaker opens after failures in a row of several accounts, probes, and closes (EXC-18)."""

from exchanges.breaker import FAILURES, LONGEST_PAUSE_S, PROBE_S, Breaker


def broken() -> Breaker:
    breaker = Breaker()
    for number in range(FAILURES):
        breaker.failed(f"account {number % 2}", 0.0)
    return breaker


def test_it_opens_after_enough_failures_in_a_row() -> None:
    breaker = Breaker()

    pauses = [breaker.failed(f"account {number % 2}", 0.0) for number in range(FAILURES)]

    assert pauses == [None] * (FAILURES - 1) + [1.0]
    assert breaker.wait(0.4, urgent=False) == 0.6


def test_one_account_alone_does_not_open_it() -> None:
    breaker = Breaker()

    assert [breaker.failed("one account", 0.0) for _ in range(3 * FAILURES)] == [None] * 3 * FAILURES
    assert breaker.failed("another", 0.0) == 1.0


def test_a_success_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    for number in range(FAILURES - 1):
        breaker.failed(f"account {number % 2}", 0.0)

    assert not breaker.succeeded()
    assert breaker.failed("account 1", 0.0) is None
    assert breaker.wait(0.0, urgent=False) == 0.0


def test_one_probe_leaves_after_the_pause_and_its_success_closes_it() -> None:
    breaker = broken()

    assert breaker.wait(1.0, urgent=False) == 0.0
    assert breaker.wait(1.0, urgent=True) > 0.0
    assert breaker.succeeded()
    assert breaker.wait(1.0, urgent=False) == 0.0


def test_a_probe_that_fails_doubles_the_pause_up_to_ten_seconds() -> None:
    breaker, now, pauses = broken(), 1.0, []
    for _ in range(6):
        assert breaker.wait(now, urgent=False) == 0.0
        pause = breaker.failed("account 0", now + 0.1)
        assert pause is not None
        pauses.append(pause)
        now += 0.101 + pause

    assert pauses == [2.0, 4.0, 8.0, *[LONGEST_PAUSE_S] * 3]


def test_exits_and_stops_try_every_second_however_long_the_pause() -> None:
    breaker = broken()
    breaker.wait(1.0, urgent=False)
    breaker.failed("account 0", 1.0)

    assert breaker.wait(1.5, urgent=True) == 0.5
    assert breaker.wait(2.0, urgent=False) == 1.0
    assert breaker.wait(2.0, urgent=True) == 0.0


def test_late_failures_of_what_was_sent_before_do_not_prolong_the_pause() -> None:
    breaker = broken()

    assert breaker.failed("account 3", 0.5) is None
    assert breaker.wait(1.0, urgent=False) == 0.0


def test_a_lost_probe_is_followed_by_another() -> None:
    breaker = broken()
    breaker.wait(1.0, urgent=False)

    assert breaker.wait(1.0 + PROBE_S, urgent=False) == 0.0
