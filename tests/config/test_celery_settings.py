"""OPS-08: broker and results in Redis' databases 0 and 1, elsewhere by the environment; beat rings what workers know."""

import json
import os
import subprocess
import sys

import pytest
from celery import current_app
from django.conf import settings

from ops.places import ROOT

NAMED = ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "REDIS_URL")
TELL = "import json; from config.celery import app; app.finalize(); print(json.dumps([app.conf.broker_url, app.conf.result_backend]))"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({}, ["redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/1"]),
        (
            {"CELERY_BROKER_URL": "redis://broker:6390/4", "CELERY_RESULT_BACKEND": "redis://results:6391/5"},
            ["redis://broker:6390/4", "redis://results:6391/5"],
        ),
    ],
)
def test_broker_and_results(named: dict[str, str], told: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in NAMED} | named

    answer = subprocess.run([sys.executable, "-c", TELL], cwd=ROOT, env=env, capture_output=True, text=True, check=True)

    assert json.loads(answer.stdout) == told


def test_whatever_beat_rings_is_a_task() -> None:
    current_app.loader.import_default_modules()

    unknown = [
        entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] not in current_app.tasks
    ]

    assert unknown == []
