"""What a bench has started ends with it, even when it is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from bench.tied import tied
from ops.daemons import runs, wait_until
from ops.places import ROOT

STARTER = """
import subprocess, sys, time
from bench.tied import leave_when_told, tied

leave_when_told()
try:
    child = subprocess.Popen(tied([sys.executable, "-c", "import time; time.sleep(60)"]))
    print(child.pid, flush=True)
    time.sleep(60)
finally:
    print("left", flush=True)
"""
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its starter's end")


def start() -> tuple[subprocess.Popen[str], int]:
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    return starter, int(starter.stdout.readline())


@LINUX_ONLY
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_starter(number: signal.Signals) -> None:
    starter, child = start()
    with starter:
        starter.send_signal(number)
        starter.wait(10)

        assert wait_until(lambda: not runs(child), 10)


def test_being_told_to_leave_goes_through_every_finally() -> None:
    starter, child = start()
    with starter:
        starter.send_signal(signal.SIGTERM)
        output, _ = starter.communicate(timeout=10)

        assert output.split() == ["left"]
        assert starter.returncode == 128 + signal.SIGTERM
    if runs(child):
        os.kill(child, signal.SIGKILL)


@LINUX_ONLY
def test_a_starter_that_is_gone_already_is_noticed() -> None:
    command = tied(["sleep", "60"])
    command[3] = "1"  # somebody else's child: its starter is not pid 1
    began = time.monotonic()

    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert time.monotonic() - began < 10
