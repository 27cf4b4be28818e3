"""The tuned Redis transport with a real worker: reconnect, bad messages, order of the queues, TCP and unix sockets."""

import json
import socket
import time

import pytest
from celery import Celery

from config.transport import use_for_trading
from tests.config.conftest import Valkey, Worker, wait_until
from workers.publish import ring

pytestmark = pytest.mark.worker


@pytest.fixture
def app(valkey: Valkey) -> Celery:
    return Celery("ringer", broker=valkey.broker)


def test_worker_consumes_again_after_the_broker_was_killed(valkey: Valkey, worker: Worker, app: Celery) -> None:
    worker.start()
    ring("record", "entry", ["before"], app)
    wait_until(lambda: valkey.list("ran") == ["before"])

    valkey.kill()
    time.sleep(3)
    valkey.start()
    ring("record", "entry", ["after"], app)

    wait_until(lambda: valkey.list("ran")[-1] == "after", seconds=5)
    assert worker.stop() == 0


def test_queued_messages_survive_a_killed_broker(valkey: Valkey, worker: Worker, app: Celery) -> None:
    assert ring("record", "entry", range(150), app) == 150
    valkey.kill()
    valkey.start()

    worker.start()

    wait_until(lambda: valkey.client.llen("ran") == 150)


def test_task_that_ran_while_the_broker_was_lost_runs_once(valkey: Valkey, worker: Worker, app: Celery) -> None:
    worker.start(TINY_SECONDS="2")
    ring("slow", "entry", ["x"], app)
    wait_until(lambda: valkey.list("started") == ["x"])

    valkey.kill()
    valkey.start()
    wait_until(lambda: valkey.list("ran") == ["x"])
    worker.stop()

    assert valkey.list("started") == ["x"]
    assert valkey.client.llen("entry") == 0


def test_bad_message_does_not_cost_the_others_of_its_batch(valkey: Valkey, worker: Worker, app: Celery) -> None:
    ring("record", "entry", ["a"], app)
    sound = json.loads(valkey.client.lindex("entry", 0))
    spoilt = json.loads(json.dumps(sound))
    spoilt["body"] = "bm90IGpzb24="
    short = json.loads(json.dumps(sound))
    short["body"] = "W10="
    headless = {**sound, "headers": {}}
    for bad in ("not json", "{}", "[]", json.dumps(spoilt), json.dumps(short), json.dumps(headless), "\x00\xff"):
        valkey.client.lpush("entry", bad)
    ring("record", "entry", ["b"], app)

    worker.start(concurrency=8)
    wait_until(lambda: valkey.list("ran") == ["a", "b"])
    ring("record", "entry", range(20), app)

    wait_until(lambda: valkey.client.llen("ran") == 22)
    assert worker.stop() == 0
    assert valkey.client.llen("entry") == 0


def test_close_is_consumed_before_entry(valkey: Valkey, worker: Worker, app: Celery) -> None:
    ring("record", "entry", [f"entry {n}" for n in range(100)], app)
    ring("record", "close", [f"close {n}" for n in range(100)], app)

    worker.start(concurrency=1, queues="entry,close")

    wait_until(lambda: valkey.client.llen("ran") == 200)
    assert valkey.list("ran") == [f"close {n}" for n in range(100)] + [f"entry {n}" for n in range(100)]


def test_batch_holds_no_more_than_the_pool_has_room_for(valkey: Valkey, worker: Worker, app: Celery) -> None:
    ring("slow", "entry", range(30), app)

    worker.start(concurrency=10, TINY_SECONDS="5")
    wait_until(lambda: valkey.client.llen("started") == 10)

    assert valkey.client.llen("entry") == 20


def test_works_over_tcp(valkey: Valkey, worker: Worker) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        valkey.port = free.getsockname()[1]
    valkey.kill()
    valkey.start()
    broker = f"redis://127.0.0.1:{valkey.port}/0"

    worker.start(TINY_BROKER=broker)
    ring("record", "entry", ["x"], Celery("ringer", broker=broker))

    wait_until(lambda: valkey.list("ran") == ["x"])


def test_stock_worker_and_its_transport_are_left_alone(valkey: Valkey, worker: Worker, app: Celery) -> None:
    worker.start(TINY_TRANSPORT="stock")

    ring("record", "entry", ["x"], app)

    wait_until(lambda: valkey.list("ran") == ["x"])


def test_broker_that_is_not_redis_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)

    with pytest.raises(ValueError, match="need a redis:// or redis\\+socket:// broker, not amqp://"):
        use_for_trading(Celery("other", broker="amqp://127.0.0.1"))
