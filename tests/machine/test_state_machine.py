"""Property tests of the execution state machine (I1–I8): the real pipeline and database against the simulator, in process.

The gate runs a fixed set of examples and walks. To search for more,

    BATUTA_MACHINE_SEARCH=600 pytest tests/machine/test_state_machine.py -k search -s

walks at random for so many seconds and prints the shortest way to each new kind of failure: a plain test in `test_found.py` is
made of it. `BATUTA_MACHINE_SEED` names the first seed, `BATUTA_MACHINE_STEPS` the longest walk; with `BATUTA_MACHINE_DEATHS` a
worker that stopped never goes on.
"""

import os
import sys
import time

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import ExecutionMachine
from tests.machine.search import codes, draw_walk, shorten, walk_along
from tests.machine.town import Town

SEARCH_S = float(os.environ.get("BATUTA_MACHINE_SEARCH", "0"))
SEED = int(os.environ.get("BATUTA_MACHINE_SEED", str(int(time.time()))))
WALKS = 24
LENGTH = int(os.environ.get("BATUTA_MACHINE_STEPS", "8"))
GATE = settings(
    max_examples=25,
    stateful_step_count=7,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def test_any_interleaving_keeps_the_invariants(town: Town) -> None:
    """I1–I8, whatever order answers, time-outs, deaths and repetitions come in."""
    machine = type("Machine", (ExecutionMachine,), {"town": town})
    run_state_machine_as_test(machine, settings=GATE)


def test_walks_keep_the_invariants(town: Town) -> None:
    """The same walks every time: longer and less alike than what hypothesis draws."""
    walks = [draw_walk(seed, LENGTH) for seed in range(WALKS)]

    broken = {seed: found for seed, walk in enumerate(walks) if (found := walk_along(town, walk))}

    assert broken == {}


@pytest.mark.skipif(not SEARCH_S, reason="BATUTA_MACHINE_SEARCH says for how many seconds")
def test_search_for_what_nobody_thought_of(town: Town) -> None:
    """Random walks; every kind of failure once, with the shortest way to it."""
    ends, seed, kinds = time.monotonic() + SEARCH_S, SEED, set[frozenset[str]]()
    while time.monotonic() < ends:
        walk = draw_walk(seed, LENGTH)
        found = walk_along(town, walk)
        kind = frozenset(codes(found))
        if found and kind not in kinds:
            kinds.add(kind)
            way = "\n".join(map(str, shorten(town, walk, found)))
            sys.stdout.write(f"\nseed {seed}: {found}\n{way}\n")
        seed += 1
    sys.stdout.write(f"\n{seed - SEED} walks\n")
    assert not kinds
