"""Property tests of the execution state machine (I1–I8).

The gate runs a fixed set of examples. To search, `BATUTA_MACHINE_EXAMPLES=2000 pytest tests/machine/test_state_machine.py`
draws that many new ones at random (about half a second each); `BATUTA_MACHINE_STEPS` makes them longer. A failure prints the
shortest way to it: turn it into a plain test in `test_found.py`.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import ExecutionMachine
from tests.machine.town import Town

SEARCH = int(os.environ.get("BATUTA_MACHINE_EXAMPLES", "0"))
STEPS = int(os.environ.get("BATUTA_MACHINE_STEPS", "14"))
PROFILE = settings(
    max_examples=SEARCH or 30,
    stateful_step_count=STEPS,
    derandomize=not SEARCH,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    print_blob=False,
)


def test_any_interleaving_keeps_the_invariants(town: Town) -> None:
    """I1–I8, whatever order answers, time-outs, deaths and repetitions come in."""
    machine = type("Machine", (ExecutionMachine,), {"town": town})
    run_state_machine_as_test(machine, settings=PROFILE)
