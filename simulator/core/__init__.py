"""The deterministic state machine: same inputs, same state. No network, no files, no clock of its own."""

from simulator.core.exchange import Exchange, Settings
from simulator.core.refusals import Reason, Refused

__all__ = ["Exchange", "Reason", "Refused", "Settings"]
