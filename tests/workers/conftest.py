"""A simulator and trading workers as real processes, and a world over them."""

from types import SimpleNamespace

import pytest
from django.conf import settings

from simulator.testing import ControlClient
from tests.flow.world import World
from tests.processes import Processes


@pytest.fixture
def fleet(processes: Processes) -> World:
    """`processes` with a simulator whose prices stand still; the workers are started by the test."""
    processes.start("simulator", "--feed", "still", "--state", "none")
    control = ControlClient(processes.simulator_url, settings.SIMULATOR_TOKEN)
    control.set_price("BTCUSDT", "95234.50")
    return World(SimpleNamespace(control=control, url=processes.simulator_url))  # type: ignore[arg-type]
