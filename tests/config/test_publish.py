"""Ringing: what is published, and what a missing, restarted or frozen broker costs the caller."""

import json
import logging
import signal
import subprocess
import sys
import time
from base64 import b64decode
from uuid import UUID

import pytest
from celery import Celery, current_app

from tests.config.conftest import ROOT, Valkey
from workers.publish import ring


@pytest.fixture
def app(valkey: Valkey) -> Celery:
    return Celery("ringer", broker=valkey.broker)


def test_each_message_carries_one_id_and_nothing_else(valkey: Valkey, app: Celery) -> None:
    identifier = UUID("11111111-2222-4333-8444-555555555555")

    published = ring("signals.execute", "entry", [identifier], app)

    message = json.loads(valkey.client.lindex("entry", 0))
    assert published == 1
    assert message["headers"]["task"] == "signals.execute"
    assert message["headers"]["argsrepr"] == message["headers"]["kwargsrepr"] == ""
    assert message["headers"]["ignore_result"] is True
    assert json.loads(b64decode(message["body"]))[:2] == [[str(identifier)], {}]


def test_many_ids_are_published_in_their_order(valkey: Valkey, app: Celery) -> None:
    assert ring("t", "entry", range(250), app) == 250

    bodies = [json.loads(b64decode(json.loads(raw)["body"]))[0][0] for raw in reversed(valkey.list("entry"))]
    assert bodies == [str(n) for n in range(250)]


def test_celerys_proxy_of_the_current_application_will_do(valkey: Valkey, app: Celery) -> None:
    app.set_current()

    assert [ring("t", "entry", ["a"], current_app) for _ in range(2)] == [1, 1]


def test_no_ids_publish_nothing(valkey: Valkey, app: Celery) -> None:
    assert ring("t", "entry", [], app) == 0
    assert valkey.client.dbsize() == 0


def test_missing_broker_is_logged_and_not_raised(valkey: Valkey, app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    valkey.kill()
    started = time.monotonic()

    with caplog.at_level(logging.WARNING):
        assert ring("t", "entry", range(300), app) == 0

    assert time.monotonic() - started < 1
    assert [record.message.partition(":")[0] for record in caplog.records if record.name == "workers.publish"] == ["t"]


def test_restarted_broker_is_found_again_at_the_next_call(valkey: Valkey, app: Celery) -> None:
    assert ring("t", "entry", ["before"], app) == 1
    valkey.kill()
    valkey.start()

    assert ring("t", "entry", ["after"], app) == 1


@pytest.mark.parametrize("warm", [True, False])
def test_frozen_broker_costs_the_caller_about_a_second(valkey: Valkey, app: Celery, *, warm: bool) -> None:
    if warm:
        ring("t", "entry", ["before"], app)
    valkey.signal(signal.SIGSTOP)
    started = time.monotonic()

    published = ring("t", "entry", range(1000), app)

    seconds = time.monotonic() - started
    valkey.signal(signal.SIGCONT)
    assert published == 0
    assert seconds < 1.5


def test_ringing_imports_no_exchange_library() -> None:
    program = "import sys, workers.publish; print('ccxt' in sys.modules, 'uvloop' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert answer.stdout == "False False\n"
