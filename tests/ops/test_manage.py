"""`./batuta manage` where nothing was started before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.places import ROOT

pytestmark = pytest.mark.servers

SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND")


def test_a_command_in_a_new_folder_finds_the_tables_made(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in SERVERS} | {
        "BATUTA_VAR": str(tmp_path / "var")
    }

    told = subprocess.run(
        [sys.executable, "-m", "ops.cli", "manage", "dumpdata", "bots"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert (told.returncode, told.stdout.strip()) == (0, "[]"), told.stderr
