"""A short ordeal of the whole product: nothing doubled, lost or left bare (WHK-12, EXE-13, ORD-02…09, EXC-18, OPS-09)."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from ops.daemons import wait_until
from ops.places import ROOT

pytestmark = pytest.mark.worker

KEYS = (
    *("expected", "entered", "double", "lost", "naked", "gap_p50_s", "gap_p99_s", "gap_max_s", "mismatch", "settle_s"),
    *("seed", "seconds", "signals", "kills", "blows", "faults", "posts", "resends", "answers", "answer_max_s"),
    *("violations", "reasons"),
)
FLEET = Counter(celery=4, uvicorn=1, simulator=1)
SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "BATUTA_TEST_STACK")


def start(var: Path, *words: str) -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if name not in SERVERS}
    return subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "bench", "ordeal", *words],
        cwd=ROOT,
        env=env | {"BATUTA_ENV": "development", "BATUTA_VAR": str(var)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_short_ordeal_ends_with_nothing_doubled_lost_or_bare(tmp_path: Path) -> None:
    with start(tmp_path, "--seed", "1", "--seconds", "8", "--signals", "24", "--json") as ordeal:
        output, errors = ordeal.communicate(timeout=280)

    figures = json.loads(output or "{}")
    assert tuple(figures) == KEYS, errors[-4000:]
    assert {key: figures[key] for key in ("double", "lost", "naked", "mismatch", "violations")} == {
        "double": 0, "lost": 0, "naked": 0, "mismatch": 0, "violations": {},
    }, errors[-4000:]  # fmt: skip
    assert figures["entered"] > 0
    assert figures["kills"] >= 1
    assert set(figures["blows"]) == {"kill", "freeze", "flush", "broker", "database"}
    assert ordeal.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_a_bench_that_was_stopped_stays_behind(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM to the launcher, and SIGKILL to the bench itself below it."""
    with start(tmp_path, "--seed", "1", "--no-faults") as launcher:
        head = psutil.Process(launcher.pid)
        try:
            assert wait_until(lambda: fleet_of(head) >= FLEET, 90)
            bench = next(one for one in head.children() if "bench" in command_of(one))
            below = bench.children(recursive=True)
            (bench if number is signal.SIGKILL else head).send_signal(number)
            launcher.communicate(timeout=90)
        finally:
            launcher.terminate()

    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    assert living_servers(tmp_path) == []


def fleet_of(head: psutil.Process) -> Counter[str]:
    lines = [command_of(one) for one in head.children(recursive=True)]
    return Counter(name for line in lines for name in FLEET if name in line)


def command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # ended meanwhile
        return []


def living_servers(var: Path) -> list[str]:
    end = time.monotonic() + 5
    while True:
        found = [
            one.info["name"]
            for one in psutil.process_iter(["name", "cmdline"])
            if any(str(var) in word for word in one.info["cmdline"] or ())
        ]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)
