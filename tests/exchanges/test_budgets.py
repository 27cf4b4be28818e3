"""The door to an exchange: budgets shared through Redis, bans, the breaker, refused accounts (P17, D22, EXC-18, I11, F18, F19, F34)."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import redis
from django.conf import settings

from exchanges import budget_store
from exchanges.account_gate import CALLS, asking_all_the_same
from exchanges.breaker import FAILURES
from exchanges.budget_store import Store
from exchanges.budgets import Door, settle_telling
from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.health import Standing, exchange_states
from exchanges.limits import Priority, RateLimits, Window
from exchanges.types import MarketType

FUTURES = MarketType.FUTURES
LIMITS = RateLimits(
    weight=Window(60, 1000, "x-used"), orders=(Window(10, 80, "x-orders"),), account_codes=frozenset({"-1015"})
)
MakeDoor = Callable[..., Door]


class Process:
    """A door with a Redis connection of its own, as another process would have it."""

    def __init__(self, url: str) -> None:
        self.store = Store(url)
        self.door = Door("test", "here", {FUTURES: LIMITS}, self.store)

    async def send(
        self, priority: Priority = Priority.ENTRY, *, weight: int = 1, account: str = "a", is_order: bool = False,
        seconds: float = 1.0,
    ) -> float:  # fmt: skip
        return await self.door.admit(
            FUTURES, account, weight=weight, is_order=is_order, priority=priority, seconds=seconds
        )

    def hear(self, error: Refused | OutcomeUnknown | NotSent | None, account: str = "a") -> None:
        self.door.note_outcome(FUTURES, account, error)


@pytest.fixture
async def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted to the unit must not hang on how busy the machine is, nor on a window that ends meanwhile."""
    monkeypatch.setattr(budget_store, "SECONDS", 5.0)
    monkeypatch.setattr(budget_store, "FIRST_SECONDS", 5.0)
    left = 10 - time.time() % 10
    if left < 2:
        await asyncio.sleep(left + 0.05)


@pytest.fixture
async def processes() -> AsyncIterator[Callable[[int], list[Process]]]:
    made: list[Process] = []

    def make(count: int) -> list[Process]:
        made.extend(Process(settings.REDIS_URL) for _ in range(count))
        return made[-count:]

    yield make
    await settle_telling()
    for process in made:
        await process.store.close()


async def wait_until_known() -> None:
    """Longer than anyone goes on without asking what the others know."""
    await settle_telling()
    await asyncio.sleep(0.12)


def too_many(seconds: float, *, is_ban: bool = False, code: str = "429") -> Refused:
    return Refused("too many", code=code, kind=RefusalKind.RATE_LIMIT, retry_after_s=seconds, is_ban=is_ban)


async def spend_all(sender: Process, priority: Priority, weight: int = 10) -> int:
    spent = 0
    while True:
        try:
            await sender.send(priority, weight=weight, seconds=0.01)
        except NotSent:
            return spent
        spent += weight


@pytest.mark.usefixtures("patient")
async def test_two_processes_together_stop_at_four_fifths(processes: Callable[[int], list[Process]]) -> None:
    one, two = processes(2)

    by_one = await spend_all(one, Priority.ENTRY)
    by_two = await spend_all(two, Priority.CLOSE)

    assert by_one == 700
    assert by_two == 100
    assert await spend_all(one, Priority.CLOSE) == 0


@pytest.mark.usefixtures("patient")
async def test_background_and_entries_leave_room_for_exits(processes: Callable[[int], list[Process]]) -> None:
    (one,) = processes(1)

    spent = [await spend_all(one, priority) for priority in reversed(Priority)]

    assert spent == [450, 150, 100, 100]


@pytest.mark.usefixtures("patient")
async def test_what_cannot_be_sent_says_when_it_can(processes: Callable[[int], list[Process]]) -> None:
    (one,) = processes(1)
    await spend_all(one, Priority.ENTRY)

    with pytest.raises(NotSent) as caught:
        await one.send(weight=10, seconds=1.0)

    seconds_left = 60 - time.time() % 60
    assert caught.value.code == "rate_budget"
    assert abs(caught.value.retry_after_s - seconds_left) < 1


@pytest.mark.usefixtures("patient")
async def test_the_exchanges_header_counts_for_every_process(processes: Callable[[int], list[Process]]) -> None:
    one, two = processes(2)
    await one.send()
    one.door.note_answer(FUTURES, "a", {"x-used": "695"}, time.monotonic() + 1)

    assert await spend_all(one, Priority.ENTRY, weight=1) <= 5
    assert await spend_all(two, Priority.ENTRY, weight=1) <= 5


@pytest.mark.usefixtures("patient")
async def test_a_ban_stops_every_process_and_every_priority(processes: Callable[[int], list[Process]]) -> None:
    """I11, F19: not one request during a ban, by whoever."""
    one, two = processes(2)
    await asyncio.gather(one.send(), two.send())
    one.hear(too_many(120, is_ban=True))
    await wait_until_known()

    for process in (one, two):
        for priority in Priority:
            with pytest.raises(NotSent) as caught:
                await process.send(priority)
            assert caught.value.code == "banned"
            assert 118 < caught.value.retry_after_s < 121
    (state,) = exchange_states()
    assert (state.exchange, state.state, state.reason, state.errors_per_minute) == (
        "test",
        Standing.BANNED,
        "too many",
        1,
    )


@pytest.mark.usefixtures("patient")
async def test_a_process_that_starts_during_a_ban_knows_of_it(processes: Callable[[int], list[Process]]) -> None:
    one, two = processes(2)
    one.hear(too_many(60))
    await settle_telling()

    with pytest.raises(NotSent) as caught:
        await two.send(Priority.CLOSE)

    assert caught.value.code == "limited"


@pytest.mark.usefixtures("patient")
async def test_a_shorter_ban_never_shortens_a_longer_one(processes: Callable[[int], list[Process]]) -> None:
    one, two = processes(2)
    one.hear(too_many(120, is_ban=True))
    await settle_telling()
    two.hear(too_many(1))
    await settle_telling()
    await asyncio.sleep(1.1)

    for process in (one, two):
        with pytest.raises(NotSent):
            await process.send()


@pytest.mark.usefixtures("patient")
async def test_a_ban_that_redis_forgot_is_told_again(processes: Callable[[int], list[Process]]) -> None:
    """A restart or FLUSHALL in the middle of a ban."""
    one, two = processes(2)
    one.hear(too_many(60, is_ban=True))
    await settle_telling()
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.delete(one.door.key)

    with pytest.raises(NotSent):
        await one.send()
    await wait_until_known()
    with pytest.raises(NotSent) as caught:
        await two.send()

    assert caught.value.code == "banned"


async def test_exits_go_first_when_the_door_opens(processes: Callable[[int], list[Process]]) -> None:
    (one,) = processes(1)
    one.hear(too_many(0.3))
    left: list[Priority] = []

    async def leave(priority: Priority) -> None:
        await one.send(priority, seconds=5)
        left.append(priority)

    await asyncio.gather(*(leave(priority) for priority in (*reversed(Priority), Priority.CLOSE)))

    assert left == [Priority.CLOSE, Priority.CLOSE, Priority.ENTRY, Priority.QUERY, Priority.BACKGROUND]


async def test_the_wait_is_taken_off_the_requests_time(processes: Callable[[int], list[Process]]) -> None:
    (one,) = processes(1)
    one.hear(too_many(0.3))

    left = await one.send(Priority.CLOSE, seconds=2)

    assert 1.5 < left <= 1.72


@pytest.mark.usefixtures("patient")
async def test_failures_in_a_row_close_the_door_for_all_until_a_probe_comes_through(
    processes: Callable[[int], list[Process]],
) -> None:
    one, two = processes(2)
    for number in range(FAILURES):
        one.hear(OutcomeUnknown("HTTP 502"), account=f"account {number % 2}")
    await settle_telling()

    for process in (one, two):
        with pytest.raises(NotSent) as caught:
            await process.send(seconds=0.5)
        assert caught.value.code == "down"
    assert [(state.state, state.reason) for state in exchange_states()] == [(Standing.DOWN, "HTTP 502")]

    await asyncio.sleep(1.0)
    await one.send()  # the probe
    one.hear(None)
    await wait_until_known()

    await asyncio.gather(one.send(), two.send())
    assert [state.state for state in exchange_states()] == [Standing.RUNNING]


@pytest.mark.usefixtures("patient")
async def test_the_first_answer_opens_a_door_left_down_by_processes_that_are_gone(
    processes: Callable[[int], list[Process]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart while an exchange was down: no breaker of the new processes is open. It is told once, not per request."""
    gone, one = processes(2)
    await gone.store.close_door(gone.door.key, "down", "HTTP 502", 0.05)
    await asyncio.sleep(0.1)
    opened: list[str] = []
    open_door = one.store.open_door

    async def counted(key: str, state: str, *, only_left: bool = False) -> None:
        opened.append(state)
        await open_door(key, state, only_left=only_left)

    monkeypatch.setattr(one.store, "open_door", counted)
    for _ in range(3):
        await one.send()
        one.hear(None)
        await wait_until_known()

    assert opened == ["down"]
    assert [state.state for state in exchange_states()] == [Standing.RUNNING]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("state", ["down", "banned"])
async def test_an_answer_opens_no_door_that_was_closed_meanwhile(
    processes: Callable[[int], list[Process]], state: str
) -> None:
    """What was learnt of the record is out of date by then: another process has just found it closed."""
    another, one = processes(2)
    await another.store.close_door(one.door.key, "down", "HTTP 502", 0.05)
    await asyncio.sleep(0.1)
    await one.send()
    await another.store.close_door(one.door.key, state, "why", 60)

    one.hear(None)
    await settle_telling()

    assert [(each.state, each.reason) for each in exchange_states()] == [(state, "why")]


@pytest.mark.usefixtures("patient")
async def test_a_refused_account_is_asked_three_times_and_then_left_alone(
    processes: Callable[[int], list[Process]],
) -> None:
    """F34"""
    one, two = processes(2)
    refused = Refused("Invalid API-key", code="-2015", kind=RefusalKind.CREDENTIALS)
    for process in (one, two, one)[:CALLS]:
        await process.send(account="bad")
        process.hear(refused, account="bad")
        await settle_telling()
    await wait_until_known()

    for process in (one, two):
        with pytest.raises(Refused) as caught:
            await process.send(account="bad")
        assert caught.value.kind is RefusalKind.CREDENTIALS
        assert 290 < caught.value.retry_after_s <= 300
        await process.send(account="good")
    with asking_all_the_same():
        await two.send(account="bad")
    two.hear(None, account="bad")
    await wait_until_known()
    await two.send(account="bad")


@pytest.mark.usefixtures("patient")
async def test_much_to_tell_at_once_is_told_in_turn(processes: Callable[[int], list[Process]]) -> None:
    one, two = processes(2)
    refused = Refused("Invalid API-key", code="-2015", kind=RefusalKind.CREDENTIALS)
    for number in range(300):
        for _ in range(CALLS):
            one.hear(refused, account=f"account {number}")
    await wait_until_known()

    assert not one.store.is_doubted
    for number in range(300):
        with pytest.raises(Refused):
            await two.send(account=f"account {number}")


@pytest.mark.usefixtures("patient")
async def test_orders_of_one_account_are_counted_over_all_processes(
    processes: Callable[[int], list[Process]],
) -> None:
    one, two = processes(2)
    sent = 0
    for process in (one, two):
        for _ in range(100):
            try:
                await process.send(Priority.CLOSE, weight=0, is_order=True, seconds=0.01)
            except NotSent:
                break
            sent += 1

    assert 64 - 10 <= sent <= 64 + 10  # four fifths of 80, give or take the second process's free eighth
    await two.send(Priority.CLOSE, weight=0, account="another", is_order=True)


@pytest.mark.usefixtures("patient")
async def test_too_many_orders_of_one_account_close_no_door(processes: Callable[[int], list[Process]]) -> None:
    (one,) = processes(1)
    one.hear(too_many(10, code="-1015"))

    with pytest.raises(NotSent):
        await one.send(Priority.CLOSE, weight=0, is_order=True, seconds=0.01)
    await one.send(Priority.CLOSE, weight=1)
    await one.send(Priority.CLOSE, weight=0, account="another", is_order=True)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0"])
async def test_without_redis_trading_goes_on_with_less(url: str) -> None:
    alone = Process(url)

    started = time.monotonic()
    spent = await spend_all(alone, Priority.ENTRY)

    assert spent == 170  # a quarter of 700, in tens
    assert time.monotonic() - started < 0.5
    alone.hear(too_many(60))
    with pytest.raises(NotSent):
        await alone.send(Priority.CLOSE)


async def test_a_frozen_redis_costs_one_request_a_moment_and_no_more(
    processes: Callable[[int], list[Process]],
) -> None:
    (one,) = processes(1)
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        pid = int(server.info()["process_id"])
    await one.send()
    await asyncio.sleep(0.12)
    os.kill(pid, signal.SIGSTOP)
    try:
        times = []
        for _ in range(50):
            started = time.monotonic()
            await one.send()
            times.append(time.monotonic() - started)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert sum(times) < 0.5  # 50 ms for the first, nothing to speak of for the others


async def test_a_stand_in_has_no_limits_but_its_own_word() -> None:
    limits = replace(LIMITS).without_numbers()
    alone = Process("")
    alone.door = Door("test", "here", {FUTURES: limits}, alone.store)

    for _ in range(2000):
        await alone.send(Priority.BACKGROUND, weight=10, is_order=True)
    alone.hear(too_many(30))
    with pytest.raises(NotSent):
        await alone.send(Priority.CLOSE)
