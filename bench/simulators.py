"""Simulators as the exchanges of a bench, each a process of its own. Needs Django's settings."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from bench.tied import tied
from simulator.testing import ControlClient


@contextmanager
def running_simulator(venue_id: str, *words: str) -> Iterator[ControlClient]:
    """A simulator that speaks this venue's dialect: prices stand still, nothing is kept on disk. `words` are further options."""
    own = ["--exchange", venue_id, "--port", "0", "--feed", "still", "--state", "none"]
    command = tied([sys.executable, "-m", "simulator", *own, f"--token={settings.SIMULATOR_TOKEN}", *words])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield ControlClient(process.stdout.readline().split()[-1], settings.SIMULATOR_TOKEN, timeout=60)
        finally:
            process.terminate()
