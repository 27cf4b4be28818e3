"""The bench over several exchanges, small: everybody is protected at each of two, and nothing is left out of the figures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.places import ROOT

pytestmark = pytest.mark.worker

CHECKS = {"all_protected", "memory", "memory_of_all"}
SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "BATUTA_TEST_STACK")


def test_one_signal_to_two_exchanges_is_protected_and_told_by_venue(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in SERVERS}
    words = ["venues", "-n", "4", "--venues", "binance,okx", "--latency-ms", "10", "--listed", "20", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", "bench", *words],
        cwd=ROOT,
        env=env | {"BATUTA_ENV": "development", "BATUTA_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    figures = json.loads(done.stdout or "{}")
    assert {name: one["protected"] for name, one in figures.get("venues", {}).items()} == {
        "binance": 2,
        "okx": 2,
    }, done.stderr[-4000:]
    assert (figures["protected"], figures["guarded"], figures["alone"]["protected"]) == (4, 4, 4)
    checks = figures["checks"]
    assert (checks["all_protected"], checks["memory"], set(checks)) == (True, True, CHECKS)
    assert all(one["cpu_ms_per_account"] > 0 and one["entry_last_ms"] > 0 for one in figures["venues"].values())
    assert figures["memory"]["after"]["rss_mb"] > figures["memory"]["before"]["uss_mb"] > 0
    assert done.returncode == (0 if all(checks.values()) else 1)
