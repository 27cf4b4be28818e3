"""The simulator of the session, and a fresh world per test."""

from collections.abc import Iterator

import pytest
from django.db import connection

from exchanges.client import configure
from ops.daemons import wait_until
from simulator.testing import RunningSimulator as Simulator
from simulator.testing import run_simulator
from tests.flow.world import World


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with run_simulator() as sim:
        yield sim


@pytest.fixture
def sim(simulator: Simulator) -> Iterator[Simulator]:
    simulator.control.clear_faults()
    for symbol, price in {"BTCUSDT": "95234.50", "ETHUSDT": "3000", "SOLUSDT": "200"}.items():
        simulator.control.set_price(symbol, price)
    yield simulator
    simulator.control.clear_faults()


@pytest.fixture
def world(sim: Simulator, transactional_db: None) -> Iterator[World]:
    configure({"paper": sim.url, "binance": sim.url})
    yield World(sim)
    # PostgreSQL takes a moment to end the sessions that the desk's loop has closed; the database cannot be dropped before.
    assert wait_until(lambda: not other_sessions(), 5)


def other_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name = 'batuta-desk'"
        )
        return int(cursor.fetchone()[0])
