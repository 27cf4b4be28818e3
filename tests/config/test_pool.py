"""The trading pool with a real worker over a real Valkey: failures, bounds, background coroutines, shutdown."""

import signal

import pytest
from celery import Celery

from config.pool import current_loop
from tests.config.conftest import Valkey, Worker, wait_until
from workers.publish import ring

pytestmark = pytest.mark.worker


def app_of(valkey: Valkey) -> Celery:
    return Celery("ringer", broker=valkey.broker)


def ran(valkey: Valkey) -> list[str]:
    return sorted(valkey.list("ran"))


def test_coroutine_and_plain_tasks_run(valkey: Valkey, worker: Worker) -> None:
    worker.start()

    ring("record", "entry", ["a", "b"], app_of(valkey))
    ring("plain", "entry", ["c"], app_of(valkey))

    wait_until(lambda: ran(valkey) == ["a", "b", "c"])
    assert worker.stop() == 0


@pytest.mark.parametrize("task", ["fail", "plain-fail"])
def test_failed_task_is_reported_logged_and_acknowledged(valkey: Valkey, worker: Worker, task: str) -> None:
    worker.start()

    ring(task, "entry", ["x"], app_of(valkey))

    wait_until(lambda: valkey.list("failed"))
    task_id, _, message = valkey.list("failed")[0].partition(" ")
    assert message == "no luck with x"
    assert len(valkey.list("failed")) == 1
    wait_until(lambda: f"{task}[{task_id}]" in worker.log)
    worker.stop()
    assert valkey.client.llen("entry") == 0


def test_task_that_exits_fails_alone(valkey: Valkey, worker: Worker) -> None:
    worker.start()

    ring("exit", "entry", ["x"], app_of(valkey))
    wait_until(lambda: valkey.list("failed"))
    ring("record", "entry", ["after"], app_of(valkey))

    wait_until(lambda: ran(valkey) == ["after"])


def test_wrong_arguments_fail_the_task_only(valkey: Valkey, worker: Worker) -> None:
    worker.start()
    app = app_of(valkey)

    app.send_task("record", (1, 2, 3), queue="entry")
    wait_until(lambda: valkey.list("failed"))
    ring("record", "entry", ["after"], app)

    wait_until(lambda: ran(valkey) == ["after"])


def test_unknown_task_is_logged_and_acknowledged(valkey: Valkey, worker: Worker) -> None:
    worker.start()

    ring("nobody-knows-it", "entry", ["x"], app_of(valkey))
    ring("record", "entry", ["after"], app_of(valkey))

    wait_until(lambda: ran(valkey) == ["after"])
    assert "nobody-knows-it" in worker.log
    worker.stop()
    assert valkey.client.llen("entry") == 0


def test_concurrency_is_bounded(valkey: Valkey, worker: Worker) -> None:
    worker.start(concurrency=7)

    ring("crowd", "entry", range(50), app_of(valkey))

    wait_until(lambda: len(ran(valkey)) == 50)
    assert valkey.client.zscore("crowd", "most") == 7


def test_concurrency_stays_bounded_after_a_lost_connection(valkey: Valkey, worker: Worker) -> None:
    worker.start(concurrency=5, TINY_SECONDS="3")
    ring("slow", "entry", range(5), app_of(valkey))
    wait_until(lambda: len(valkey.list("started")) == 5)

    valkey.kill()
    valkey.start()
    wait_until(worker.is_consuming)
    ring("slow", "entry", range(5, 10), app_of(valkey))
    wait_until(lambda: valkey.client.llen("entry") == 0)

    assert len(valkey.list("started")) == 5
    wait_until(lambda: len(ran(valkey)) == 10)


def test_warm_shutdown_finishes_what_runs_and_puts_the_rest_back(valkey: Valkey, worker: Worker) -> None:
    worker.start(concurrency=3, TINY_SECONDS="1.5")
    ring("slow", "entry", range(8), app_of(valkey))
    wait_until(lambda: len(valkey.list("started")) == 3)

    assert worker.stop() == 0

    assert ran(valkey) == sorted(valkey.list("started"))
    assert len(ran(valkey)) == 3
    assert valkey.client.llen("entry") == 5


def test_messages_taken_but_not_started_go_back_at_warm_shutdown(valkey: Valkey, worker: Worker) -> None:
    worker.start(concurrency=3, TINY_SECONDS="4")
    ring("slow", "entry", range(3), app_of(valkey))
    wait_until(lambda: len(valkey.list("started")) == 3)
    valkey.kill()
    valkey.start()
    wait_until(worker.is_consuming)
    ring("slow", "entry", range(3, 6), app_of(valkey))
    wait_until(lambda: valkey.client.llen("entry") == 0)

    assert worker.stop() == 0

    assert ran(valkey) == ["0", "1", "2"]
    assert valkey.client.llen("entry") == 3


def test_task_that_outlasts_the_grace_is_cancelled_and_its_message_goes_back(valkey: Valkey, worker: Worker) -> None:
    worker.start(TINY_SECONDS="60", BATUTA_WORKER_GRACE="0.5")
    ring("slow", "entry", ["long"], app_of(valkey))
    wait_until(lambda: valkey.list("started"))

    assert worker.stop(10) == 0

    assert valkey.list("cancelled") == ["long"]
    assert valkey.client.llen("entry") == 1


def test_cold_shutdown_cancels_at_once(valkey: Valkey, worker: Worker) -> None:
    worker.start(TINY_SECONDS="60")
    ring("slow", "entry", ["long"], app_of(valkey))
    wait_until(lambda: valkey.list("started"))

    assert worker.process is not None
    worker.process.send_signal(signal.SIGQUIT)
    worker.process.wait(10)

    assert valkey.list("cancelled") == ["long"]
    assert valkey.client.llen("entry") == 1


def test_background_coroutine_starts_after_warm_up_is_restarted_and_ends_last(valkey: Valkey, worker: Worker) -> None:
    worker.start(TINY_SECONDS="1")
    wait_until(lambda: valkey.list("life") == ["warm", "guard", "guard"])
    ring("slow", "entry", ["x"], app_of(valkey))
    wait_until(lambda: valkey.list("started"))

    worker.stop()

    assert valkey.list("life") == ["warm", "guard", "guard", "guard ended"]
    assert ran(valkey) == ["x"]
    assert "the guard stumbled" in worker.log
    assert "nothing to warm" in worker.log


def test_no_loop_without_a_pool() -> None:
    with pytest.raises(RuntimeError, match="no task pool runs in this process"):
        current_loop()
