"""The simulator of the session, and a fresh world per test."""

from collections.abc import Iterator

import pytest

from exchanges.client import configure
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
def world(sim: Simulator, transactional_db: None) -> World:
    configure({"paper": sim.url, "binance": sim.url})
    return World(sim)
