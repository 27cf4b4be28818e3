"""How each exchange stands with us: what the workers left in Redis about it, read for operators, metrics and the doctor.

Workers write (`exchanges.budget_store`), everybody reads. Nothing that trades relies on what is read here.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import redis
from django.conf import settings

from exchanges.breaker import LONGEST_PAUSE_S, PROBE_S
from exchanges.budget_store import DOORS_KEY, door_key
from exchanges.clock_setting import SKEW_WARNS_MS
from exchanges.market_cache import server

log = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Whoever finds it still down after a pause says so again within this time. Later nobody tries any more: it is not known.
DOWN_KNOWN_FOR = 2 * timedelta(seconds=LONGEST_PAUSE_S + PROBE_S)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(StrEnum):
    """Whether requests leave for an exchange."""

    RUNNING = "running"
    LIMITED = "limited"  # over its rate limit: it said when to ask again
    BANNED = "banned"  # our address is shut out for a time
    DOWN = "down"  # it failed again and again: tried now and then


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """One exchange as seen from one egress address. `state` is one of `Standing`; `retry_at` None while it is running.

    `used_percent` is the fullest of its budgets per address (None: no limit is known), figures per minute are estimates over
    the last 60 s. `clock_skew_ms`: how far the exchange's clock is ahead of ours, None while it was not measured.
    """

    exchange: str
    egress: str
    state: Standing
    since: datetime | None
    reason: str
    retry_at: datetime | None
    used_percent: Decimal | None
    requests_per_minute: int
    errors_per_minute: int
    clock_skew_ms: int | None = None

    @property
    def clock_is_off(self) -> bool:
        """Worth a warning: requests are signed by the exchange's clock, yet ours should be set (NTP)."""
        return self.clock_skew_ms is not None and abs(self.clock_skew_ms) > SKEW_WARNS_MS


def exchange_states(*, now: datetime | None = None) -> list[ExchangeState]:
    """Every exchange that was asked within a day, by name; none when Redis cannot be read."""
    now = now or datetime.now(UTC)
    try:
        with server(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            doors = server(settings.REDIS_URL).smembers(DOORS_KEY)
            names = sorted(tuple(door.rsplit("|", 1)) for door in doors)
            for exchange, egress in names:
                pipe.hgetall(door_key(exchange, egress))
            rows = pipe.execute()
    except redis.RedisError as error:
        log.warning("the exchanges' states could not be read: %s", error)
        return []
    found = [(name, row) for name, row in zip(names, rows, strict=True) if row]
    return [read_state(exchange, egress, row, now) for (exchange, egress), row in found if _is_known(row, now)]


def read_state(exchange: str, egress: str, row: Mapping[str, str], now: datetime) -> ExchangeState:
    """The state in a door's hash. Pure."""
    until = _moment(row.get("until"))
    closed = until is not None and until > now
    # A breaker stays open until a probe comes through, also past the moment of the next try, unless its process is gone.
    down = row.get("state") == Standing.DOWN and until is not None and until > now - DOWN_KNOWN_FOR
    state = Standing(row["state"]) if closed or down else Standing.RUNNING
    running = state is Standing.RUNNING
    return ExchangeState(
        exchange=exchange,
        egress=egress,
        state=state,
        since=None if running else _moment(row.get("since")),
        reason="" if running else row.get("reason", ""),
        retry_at=None if running else until,
        used_percent=_used_percent(row, now),
        requests_per_minute=_per_minute(row, "requests", now),
        errors_per_minute=_per_minute(row, "errors", now),
        clock_skew_ms=int(row["clock_ms"]) if "clock_ms" in row else None,
    )


def _is_known(row: Mapping[str, str], now: datetime) -> bool:
    seen = _moment(row.get("seen"))
    return seen is not None and now - seen < FORGOTTEN_AFTER


def _moment(milliseconds: str | None) -> datetime | None:
    return _EPOCH + timedelta(milliseconds=int(milliseconds)) if milliseconds else None


def _used_percent(row: Mapping[str, str], now: datetime) -> Decimal | None:
    shares = []
    for field, limit in row.items():
        counter, _, name = field.rpartition(":")
        if name != "limit" or not int(limit):
            continue
        ends = _moment(row.get(f"{counter}:ends"))
        used = int(row.get(f"{counter}:used", 0)) if ends and ends > now else 0
        shares.append(Decimal(used * 100) / Decimal(int(limit)))
    return max(shares).quantize(Decimal("0.1")) if shares else None


def _per_minute(row: Mapping[str, str], name: str, now: datetime) -> int:
    """What was counted in this minute, and the share of the last one that is still within 60 s."""
    this_minute = (now - _EPOCH) // MINUTE
    counted_in = int(row.get("minute", 0))
    now_count, before = int(row.get(name, 0)), int(row.get(f"{name}_before", 0))
    if counted_in == this_minute - 1:
        now_count, before = 0, now_count
    elif counted_in != this_minute:
        return 0
    left = MINUTE - (now - _EPOCH) % MINUTE
    return now_count + before * left // MINUTE
