"""`./batuta up` as a whole, on an empty folder: it starts, mends a killed worker, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.daemons import runs, wait_until
from ops.leftovers import leftover_pids
from ops.places import ROOT

pytestmark = pytest.mark.worker
TOLD_ELSEWHERE = (
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "BATUTA_TEST_STACK",
    "PORT",
    "SIMULATOR_PORT",
)


class Up:
    def __init__(self, folder: Path) -> None:
        self.var, self.log = folder / "var here", folder / "log"
        env = {name: value for name, value in os.environ.items() if name not in TOLD_ELSEWHERE}
        env |= {"BATUTA_VAR": str(self.var), "BATUTA_ENV": "development"}
        with self.log.open("ab") as output:
            words = [sys.executable, "-m", "ops.cli", "up", "--no-demo"]
            self.process = subprocess.Popen(
                words, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def started(self, name: str) -> list[int]:
        return [int(pid) for pid in re.findall(rf"{name} started \(pid=(\d+)\)", self.output)]

    def wait_for(self, words: str, times: int = 1) -> None:
        found = wait_until(lambda: self.output.count(words) >= times or self.process.poll() is not None, 90)
        assert found and self.process.poll() is None, self.output[-6000:]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    launched = Up(tmp_path)
    yield launched
    if launched.process.poll() is None:
        launched.process.send_signal(signal.SIGINT)
    launched.process.wait(60)


def test_up_is_ready_refuses_a_second_restarts_a_killed_worker_and_stops_cleanly(up: Up, tmp_path: Path) -> None:
    up.wait_for("Batuta is ready")
    address = json.loads((up.var / "up.json").read_text())["BASE_URL"]
    with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
        assert answer.status == 200

    second = Up(tmp_path)
    assert second.process.wait(60) == 2
    assert f"Batuta runs already from {up.var}: {address}" in up.output

    os.kill(up.started("trade-1")[0], signal.SIGKILL)
    up.wait_for("trade-1 started", times=2)
    up.process.send_signal(signal.SIGTERM)

    assert up.process.wait(60) == 0
    names = ("web", "trade-1", "trade-2", "reconcile", "default", "beat", "simulator")
    assert [name for name in names if not up.started(name)] == []
    assert [pid for name in names for pid in up.started(name) if runs(pid)] == []
    assert re.findall(r"(\S+) stopped \(rc=", up.output)[-1] == "simulator"  # workers finish at it what they carry
    assert leftover_pids(up.var) == []
    assert (up.var / "up.json").exists() is False


def test_up_starts_again_after_a_kill_9_and_stops_when_a_server_dies(up: Up, tmp_path: Path) -> None:
    up.wait_for("waiting for")
    up.process.kill()
    up.process.wait(10)

    again = Up(tmp_path)
    again.wait_for("Batuta is ready")
    os.kill(int((up.var / "valkey.pid").read_text()), signal.SIGKILL)

    assert again.process.wait(60) == 1
    assert f"Valkey ended (logs: {up.var}/*.log): stopping everything" in again.output
