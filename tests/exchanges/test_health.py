"""What operators read of the exchanges (issue of rate budgets; EXC-18, D22)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import redis
from django.conf import settings
from django.test import Client

from exchanges.budget_store import DOORS_KEY, door_key
from exchanges.health import ExchangeState, Standing, exchange_states, read_state

NOW = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)
MINUTE = int(NOW.timestamp()) // 60


def ms(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def test_a_running_exchange_tells_its_budget_and_its_rate() -> None:
    row = {
        "seen": ms(NOW), "futures:limit": "2400", "futures:used": "1200", "futures:ends": ms(NOW + timedelta(seconds=45)),
        "spot:limit": "6000", "spot:used": "5999", "spot:ends": ms(NOW - timedelta(seconds=1)),
        "minute": str(MINUTE), "requests": "10", "requests_before": "80", "errors": "1", "errors_before": "4",
        "clock_ms": "-12",
    }  # fmt: skip

    assert read_state("binance", "default", row, NOW) == ExchangeState(
        exchange="binance", egress="default", state=Standing.RUNNING, since=None, reason="", retry_at=None,
        used_percent=Decimal("50.0"), requests_per_minute=10 + 60, errors_per_minute=1 + 3, clock_skew_ms=-12,
    )  # fmt: skip


def test_a_ban_ends_by_itself_and_a_breaker_only_by_a_success() -> None:
    since, past = NOW - timedelta(minutes=3), NOW - timedelta(seconds=1)
    told = {"reason": "why", "since": ms(since)}

    banned = read_state("binance", "a", {**told, "state": "banned", "until": ms(NOW + timedelta(seconds=9))}, NOW)
    free = read_state("binance", "a", {**told, "state": "banned", "until": ms(past)}, NOW)
    down = read_state("binance", "a", {**told, "state": "down", "until": ms(past)}, NOW)

    assert (banned.state, banned.reason, banned.since) == (Standing.BANNED, "why", since)
    assert banned.retry_at == NOW + timedelta(seconds=9)
    assert (free.state, free.reason, free.since, free.retry_at) == (Standing.RUNNING, "", None, None)
    assert (down.state, down.retry_at) == (Standing.DOWN, past)


def test_a_breaker_that_nobody_tries_any_more_is_not_known_to_be_open() -> None:
    """Its processes are gone: what they left stands for no exchange that does not answer today."""
    told = {"state": "down", "reason": "why", "since": ms(NOW - timedelta(minutes=9))}

    left = read_state("binance", "a", {**told, "until": ms(NOW - timedelta(minutes=1))}, NOW)

    assert (left.state, left.reason, left.since, left.retry_at) == (Standing.RUNNING, "", None, None)


def test_counts_of_a_quiet_exchange_run_out() -> None:
    row = {"minute": str(MINUTE - 1), "requests": "60", "requests_before": "500", "errors": "0", "errors_before": "9"}

    assert read_state("binance", "a", row, NOW).requests_per_minute == 45
    assert read_state("binance", "a", row, NOW + timedelta(minutes=1)).requests_per_minute == 0


@pytest.mark.django_db
def test_prometheus_reads_the_same(client: Client) -> None:
    now = datetime.now(UTC)
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.sadd(DOORS_KEY, "binance|default")
        row = {"seen": ms(now), "state": "banned", "until": ms(now + timedelta(seconds=60)), "clock_ms": "700"}
        row |= {"futures:limit": "2400", "futures:used": "600", "futures:ends": ms(now + timedelta(seconds=30))}
        server.hset(door_key("binance", "default"), mapping=row)

    lines = client.get("/metrics").content.decode().splitlines()

    assert [line for line in lines if line.startswith("batuta_exchange_")] == [
        'batuta_exchange_running{egress="default",exchange="binance"} 0.0',
        'batuta_exchange_budget_used_percent{egress="default",exchange="binance"} 25.0',
        'batuta_exchange_requests_per_minute{egress="default",exchange="binance"} 0.0',
        'batuta_exchange_errors_per_minute{egress="default",exchange="binance"} 0.0',
        'batuta_exchange_clock_skew_ms{egress="default",exchange="binance"} 700.0',
    ]


def test_exchanges_nobody_asked_for_a_day_are_left_out() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        for egress, seen in (("here", NOW), ("gone", NOW - timedelta(days=2))):
            server.sadd(DOORS_KEY, f"binance|{egress}")
            server.hset(door_key("binance", egress), "seen", ms(seen))

    assert [(state.exchange, state.egress) for state in exchange_states(now=NOW)] == [("binance", "here")]
