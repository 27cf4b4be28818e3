"""One clock for everybody in the machine: the pipeline, the exchange client, the exchange, and PostgreSQL's own `now()`.

It begins at the real time and goes on as the hurried loop jumps.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from tests.machine.hurried_loop import HurriedLoop

SCHEMA = "hurried"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEARCH_PATH = f"{SCHEMA},public,pg_catalog"  # before pg_catalog: its now() is found first
MADE = f"""
    CREATE SCHEMA {SCHEMA};
    CREATE SEQUENCE {SCHEMA}.epoch_us MINVALUE 0 START 0;
    CREATE FUNCTION {SCHEMA}.now() RETURNS timestamptz LANGUAGE sql STABLE AS
        $$ SELECT timestamptz 'epoch' + last_value * interval '1 us' FROM {SCHEMA}.epoch_us $$;
    CREATE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
        $$ SELECT {SCHEMA}.now() $$;
"""
USES_DATETIME = ("signals.desk", "signals.ledger.claiming", "signals.ledger.fill_booking", "exchanges.paged_fills")
USES_TIME = ("exchanges.ccxt_clones", "exchanges.shared_prices", "exchanges.clock_setting", "simulator.clock")


class MachineClock:
    """The time of the machine. `loop` is the one whose jumps it follows."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._database = psycopg.connect(**{**parameters, "autocommit": True})
        self._began_ns = time.time_ns()
        self.loop = HurriedLoop(self._tell_database)
        self._tell_database(0)

    def _tell_database(self, _elapsed: float) -> None:
        self._database.execute(f"SELECT setval('{SCHEMA}.epoch_us', %s)", [self.time_ns() // 1000])

    def time_ns(self) -> int:
        return self._began_ns + int(self.loop.elapsed * 1e9)

    def time(self) -> float:
        return self.time_ns() / 1e9

    def monotonic(self) -> float:
        return 1e6 + self.loop.elapsed

    def now(self, zone: tzinfo | None = UTC) -> datetime:
        return (EPOCH + timedelta(microseconds=self.time_ns() // 1000)).astimezone(zone)

    def close(self) -> None:
        self._database.close()
        self.loop.close()


@contextmanager
def machine_time(patch: pytest.MonkeyPatch, parameters: dict[str, Any]) -> Iterator[MachineClock]:
    """Everybody's clock is the machine's within. `parameters` are those of new connections to the database."""
    with connection.cursor() as cursor:
        cursor.execute(MADE)
        cursor.execute(f"SET search_path = {SEARCH_PATH}")
    clock = MachineClock(parameters)
    try:
        _set_clocks(patch, clock)
        yield clock
    finally:
        clock.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
            cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def _set_clocks(patch: pytest.MonkeyPatch, clock: MachineClock) -> None:
    class Datetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now(tz)

    for module in USES_DATETIME:
        patch.setattr(f"{module}.datetime", Datetime)
    told = SimpleNamespace(time_ns=clock.time_ns, time=clock.time, monotonic=clock.monotonic)
    for module in USES_TIME:
        patch.setattr(f"{module}.time", told)
    patch.setattr(timezone, "now", clock.now)
    _count_database(patch, clock.loop)


def _count_database(patch: pytest.MonkeyPatch, loop: HurriedLoop) -> None:
    """Whoever waits for PostgreSQL waits in real time."""
    wait, connect = psycopg.AsyncConnection.wait, psycopg.AsyncConnection.connect.__func__

    async def counted_wait(self: Any, *args: Any, **named: Any) -> Any:
        with loop.somebody_outside():
            return await wait(self, *args, **named)

    async def counted_connect(cls: Any, *args: Any, **named: Any) -> Any:
        with loop.somebody_outside():
            return await connect(cls, *args, **named)

    patch.setattr(psycopg.AsyncConnection, "wait", counted_wait)
    patch.setattr(psycopg.AsyncConnection, "connect", classmethod(counted_connect))
