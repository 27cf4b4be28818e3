"""The simulator and the world of the flow tests, for checks of what really happened."""

from tests.flow.conftest import sim, simulator, world

__all__ = ["sim", "simulator", "world"]
