"""A Celery application of a few lines, run by a real worker in the tests of the pool and the transport."""

import asyncio
import os

import redis
from celery import Celery, signals

from config.pool import current_loop, on_loop_start, on_warm_up
from config.transport import use_for_trading

store = redis.Redis(unix_socket_path=os.environ["STORE_SOCKET"])
app = Celery("tiny", broker=os.environ["TINY_BROKER"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
if os.environ.get("TINY_TRANSPORT", "trade") == "trade":
    use_for_trading(app)


@app.task(name="record")
async def record(identifier: str) -> None:
    store.rpush("ran", identifier)


@app.task(name="slow")
async def slow(identifier: str) -> None:
    store.rpush("started", identifier)
    try:
        await asyncio.sleep(float(os.environ.get("TINY_SECONDS", "1")))
    except asyncio.CancelledError:
        store.rpush("cancelled", identifier)
        raise
    store.rpush("ran", identifier)


@app.task(name="fail")
async def fail(identifier: str) -> None:
    raise ValueError(f"no luck with {identifier}")


@app.task(name="exit")
async def leave(identifier: str) -> None:
    raise SystemExit(3)


@app.task(name="crowd")
async def crowd(identifier: str) -> None:
    now = store.incr("inside")
    store.zadd("crowd", {"most": now}, gt=True)
    await asyncio.sleep(0.1)
    store.decr("inside")
    store.rpush("ran", identifier)


@app.task(name="plain")
def plain(identifier: str) -> None:
    store.rpush("ran", identifier)


@app.task(name="plain-fail")
def plain_fail(identifier: str) -> None:
    raise ValueError(f"no luck with {identifier}")


@signals.task_failure.connect
def note_failure(task_id: str, exception: BaseException, **_: object) -> None:
    store.rpush("failed", f"{task_id} {exception}")


@on_warm_up
async def warm() -> None:
    store.rpush("life", "warm")


@on_warm_up
async def broken_warm_up() -> None:
    raise RuntimeError("nothing to warm")


@on_loop_start
async def guard() -> None:
    assert asyncio.get_running_loop() is current_loop()
    times = store.rpush("life", "guard")
    if times == 2:
        raise RuntimeError("the guard stumbled")
    try:
        await asyncio.Event().wait()
    finally:
        store.rpush("life", "guard ended")
