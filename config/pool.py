"""The trading workers' Celery pool: coroutine tasks on one uvloop thread, at most `-c` of them at once.

Celery has no asyncio pool of its own. Run it so (the transport beside it is `config.transport`):

    CELERY_CUSTOM_WORKER_POOL=config.pool:TaskPool celery -A config worker -P custom -c 1000 -Q close,entry

What differs from Celery's other pools: a coroutine task is awaited as it is, without Celery's tracer, so
`self.request`, `autoretry_for` and time limits do nothing in it: use `asyncio.timeout` and write the outcome into a
row. A plain task runs in a small thread pool through Celery's own tracer, with everything that belongs to it.
"""

import asyncio
import contextlib
import functools
import gc
import logging
import os
import resource
import socket
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from inspect import iscoroutinefunction
from time import monotonic
from typing import Any

import uvloop
from billiard.einfo import ExceptionInfo
from celery import signals
from celery.concurrency.base import BasePool
from celery.worker import state as worker_state

logger = logging.getLogger(__name__)

PLAIN_THREADS = 4
WARM_UP_SECONDS = 60
CANCEL_SECONDS = 5
RESTART_SECONDS = 1.0
# Acknowledgements wait in Celery's own loop. It is woken when less than this is left of the prefetch window, once for
# all that pile up within this time.
ROOM = 128
WAKE_SECONDS = 0.005

# A thousand executions in flight hold hundreds of thousands of young objects: with Python's thresholds they are walked
# through again and again in the middle of a broadcast. Cycles are rare on this path, so they may wait.
RARE_COLLECTIONS = (50_000, 50, 100)

Background = Callable[[], Coroutine[Any, Any, None]]
_warm_ups: list[Callable[[], Awaitable[None]]] = []
_backgrounds: list[Background] = []
_loop: asyncio.AbstractEventLoop | None = None


def on_warm_up(callback: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Have `callback` awaited on the loop before the worker takes its first message; its failure is logged, no more."""
    _warm_ups.append(callback)
    return callback


def on_loop_start(callback: Background) -> Background:
    """Run the coroutine function `callback` on the loop while the worker lives.

    It is started again a second after it fails, and cancelled at shutdown once the last task has ended.
    """
    _backgrounds.append(callback)
    return callback


def current_loop() -> asyncio.AbstractEventLoop:
    """The loop that runs the tasks; RuntimeError where no pool runs in this process."""
    if _loop is None:
        raise RuntimeError("no task pool runs in this process")
    return _loop


@dataclass(slots=True, eq=False)
class _Job:
    """One message on its way: what to run, and the worker's callbacks."""

    target: Callable[..., Any]
    args: tuple[Any, ...]
    accept: Callable[[int, float], None]
    report: Callable[[tuple[Any, Any, float]], None]
    started: float = 0.0

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def task_id(self) -> str:
        return str(self.args[1])


def _raise_open_files() -> None:
    # Each order in flight holds a socket; the soft limit of 1,024 is too low for `-c 1000`.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _contain_exit(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Await a task so that an exit raised inside it fails that task instead of ending the loop."""
    try:
        return await coroutine
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"the task raised {error!r}") from error


async def _keep_running(callback: Background) -> None:
    while True:
        try:
            return await callback()
        except Exception:
            logger.exception("background coroutine %s failed, again in %s s", callback.__qualname__, RESTART_SECONDS)
        await asyncio.sleep(RESTART_SECONDS)


class TaskPool(BasePool):
    """A Celery pool of coroutine tasks.

    Shutdown is warm: what runs may end within the grace (`BATUTA_WORKER_GRACE` seconds, default 30), then it is
    cancelled. Messages not started or cancelled stay unacknowledged, so that the transport puts them back.
    """

    signal_safe = False
    task_join_will_block = False
    body_can_be_buffer = True

    def on_start(self) -> None:
        global _loop  # noqa: PLW0603 -- one pool in a process, and callers anywhere ask for its loop
        _raise_open_files()
        self._loop = uvloop.new_event_loop()
        self._waiting: deque[_Job] = deque()
        self._running: set[asyncio.Future[Any]] = set()
        self._background: list[asyncio.Task[None]] = []
        self._armed = self._stopping = self._wake_armed = False
        self._reported = 0  # outcomes since Celery's loop was last woken
        self._is_coroutine = functools.cache(lambda name: iscoroutinefunction(self.app.tasks[name].run))
        self._threads = ThreadPoolExecutor(PLAIN_THREADS, "plain-task")
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._thread = threading.Thread(target=self._run_loop, name="task-loop", daemon=True)
        self._thread.start()
        _loop = self._loop
        asyncio.run_coroutine_threadsafe(self._warm_up(), self._loop).result()
        gc.collect()
        gc.freeze()  # a full collection over Django, ccxt and the markets would stop every order for 0.1 s
        gc.set_threshold(*RARE_COLLECTIONS)

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _warm_up(self) -> None:
        for warm_up in _warm_ups:
            try:
                async with asyncio.timeout(WARM_UP_SECONDS):
                    await warm_up()
            except Exception:
                logger.exception("warm-up %s failed", getattr(warm_up, "__qualname__", warm_up))
        self._background = [self._loop.create_task(_keep_running(callback)) for callback in _backgrounds]

    # --- one message: on_apply runs in Celery's thread, everything below it on the loop -------------------------------

    def on_apply(
        self,
        target: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        *,
        callback: Callable[[tuple[Any, Any, float]], None],
        accept_callback: Callable[[int, float], None],
        **_: Any,
    ) -> None:
        self._waiting.append(_Job(target, args, accept_callback, callback))
        if not self._armed:  # one wake-up for a whole batch of messages
            self._armed = True
            self._loop.call_soon_threadsafe(self._start_waiting)

    def _start_waiting(self) -> None:
        self._armed = False  # before draining: a message that comes now arms again, none is forgotten
        while self._waiting and len(self._running) < self.limit and not self._stopping:
            self._start(self._waiting.popleft())

    def _start(self, job: _Job) -> None:
        job.started = monotonic()
        try:
            job.accept(os.getpid(), job.started)
            if self._is_coroutine(job.name):
                request = job.args[2]
                coroutine = self.app.tasks[job.name].run(*request["args"], **request["kwargs"])
                future: asyncio.Future[Any] = self._loop.create_task(_contain_exit(coroutine))
            else:
                future = asyncio.ensure_future(self._loop.run_in_executor(self._threads, job.target, *job.args))
        except Exception:  # noqa: BLE001 -- reported and logged there
            self._report_failure(job)
            return
        self._running.add(future)
        future.add_done_callback(functools.partial(self._finish, job))

    def _finish(self, job: _Job, future: "asyncio.Future[Any]") -> None:
        self._running.discard(future)
        if future.cancelled() and self._stopping:
            logger.warning("task %s[%s] was cancelled by the shutdown, its message goes back", job.name, job.task_id)
        else:
            try:
                outcome = future.result()
            except BaseException:  # noqa: BLE001 -- whatever a task raised is reported, its message acknowledged
                self._report_failure(job)
            else:
                # A plain task was traced by Celery: its outcome is already (failed, result, runtime).
                self._report(job, (0, None, monotonic() - job.started) if self._is_coroutine(job.name) else outcome)
        self._start_waiting()

    def _report_failure(self, job: _Job) -> None:
        failure, error = ExceptionInfo(), sys.exc_info()[1]
        logger.error("task %s[%s] failed: %r", job.name, job.task_id, error, exc_info=error)
        self._report(job, (1, failure, monotonic() - job.started))
        task = self.app.tasks.get(job.name)
        request = job.args[2]
        signals.task_failure.send_robust(
            sender=task,
            task_id=job.task_id,
            exception=error,
            args=request.get("args"),
            kwargs=request.get("kwargs"),
            traceback=failure.traceback,
            einfo=failure,
        )

    def _report(self, job: _Job, outcome: tuple[Any, Any, float]) -> None:
        try:
            job.report(outcome)
        except Exception:
            logger.exception("the outcome of task %s[%s] could not be reported", job.name, job.task_id)
        self._reported += 1
        taken = len(self._running) + len(self._waiting) + self._reported
        if not self._wake_armed and taken > self.limit - ROOM:
            self._wake_armed = True
            self._loop.call_later(WAKE_SECONDS, self._wake_worker)

    # --- Celery's loop sleeps up to a second: an acknowledgement wakes it, or a full prefetch window would stall ------

    def _wake_worker(self) -> None:
        self._wake_armed, self._reported = False, 0
        with contextlib.suppress(OSError):  # a full pipe wakes as well
            self._wake_write.send(b"\0")

    def register_with_event_loop(self, loop: Any) -> None:
        loop.add_reader(self._wake_read.fileno(), self._read_wake_ups)

    def _read_wake_ups(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_read.recv(4096)

    # --- shutdown ----------------------------------------------------------------------------------------------------

    def on_close(self) -> None:
        # Whatever began the shutdown, the transport may now put messages back.
        if worker_state.should_stop is None:
            worker_state.should_stop = os.EX_OK

    def on_stop(self) -> None:
        self._end(float(os.environ.get("BATUTA_WORKER_GRACE", "30")))

    def on_terminate(self) -> None:
        self._end(0)

    def terminate_job(self, pid: int, signal: int | None = None) -> None:
        """Nothing to do: a cold shutdown cancels every task in `on_terminate`."""

    def _end(self, grace: float) -> None:
        global _loop  # noqa: PLW0603 -- one pool in a process, and callers anywhere ask for its loop
        if not self._thread.is_alive():
            return
        try:
            asyncio.run_coroutine_threadsafe(self._drain(grace), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CANCEL_SECONDS)
            self._threads.shutdown(wait=False, cancel_futures=True)
            _loop = None

    async def _drain(self, grace: float) -> None:
        self._stopping = True  # from here on nothing is started: what waits stays unacknowledged
        deadline = monotonic() + grace
        while self._running and monotonic() < deadline and worker_state.should_terminate in (None, False):
            await asyncio.wait(self._running, timeout=0.2)
        for unfinished in (list(self._running), self._background):
            for future in unfinished:
                future.cancel()
            if unfinished:
                await asyncio.wait(unfinished, timeout=CANCEL_SECONDS)

    def _get_info(self) -> dict[str, Any]:
        return {**super()._get_info(), "running": len(self._running), "waiting": len(self._waiting)}
