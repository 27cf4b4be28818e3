"""One simulator for all tests of a session, its prices standing still until a test sets them."""

from collections.abc import Iterator

import pytest

from simulator.testing import RunningSimulator, run_simulator


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[RunningSimulator]:
    with run_simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(running_simulator: RunningSimulator) -> RunningSimulator:
    """The session's simulator without faults, at BTC 95,234.50."""
    control = running_simulator.control
    control.clear_faults()
    control.set_clock(0)
    control.settings(spread_bp="0", slippage_bp="0", latency_ms="0", unique_ids=False, oco=True, conditionals=True)
    control.settings(weight_limit=0, order_limit=0, ban_after=0)
    control.set_price("BTCUSDT", "95234.50")
    return running_simulator
