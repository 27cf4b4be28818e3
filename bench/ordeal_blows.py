"""Strikes the processes and servers of an ordeal at their moments, and brings back what it took away."""

import heapq
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count

import redis

from bench.ordeal_schedule import TRADERS, WORKERS, Blow, Strike
from bench.processes import Fleet
from ops.daemons import runs, wait_until
from ops.embedded import Stack
from ops.supervisor import PAUSE_SECONDS

PAUSE_S = 0.05


class Blows:
    """`strike_until` runs on the main thread, which alone may start processes. `struck` counts what was done."""

    def __init__(self, fleet: Fleet, servers: Stack, blows: Iterable[Blow]) -> None:
        self._fleet, self._servers = fleet, servers
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._frozen = ""
        self.struck: Counter[str] = Counter()
        for blow in blows:
            self._plan(blow.at, lambda blow=blow: self._strike(blow))  # type: ignore[misc]

    def strike_until(self, is_over: Callable[[], bool], began: float) -> None:
        """Do what is due (seconds from `began`, monotonic) until that is done and `is_over`."""
        self._began = began
        while self._due or not is_over():
            while self._due and time.monotonic() - began >= self._due[0][0]:
                heapq.heappop(self._due)[2]()
            time.sleep(PAUSE_S)

    def _plan(self, at: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._numbers), what))

    def _soon(self, seconds: float, what: Callable[[], None]) -> None:
        self._plan(time.monotonic() - self._began + seconds, what)

    def _strike(self, blow: Blow) -> None:
        does = {
            Strike.KILL: self._kill,
            Strike.FREEZE: self._freeze,
            Strike.FLUSH: self._flush,
            Strike.BROKER: self._kill_broker,
            Strike.DATABASE: self._crash_database,
        }[blow.strike](blow)
        self.struck[blow.strike.value] += does

    # --- processes ---------------------------------------------------------------------------------------------------

    def _kill(self, blow: Blow) -> bool:
        """The named trading worker, or the other one where that is frozen or still coming up."""
        for name in (blow.target, *(each for each in TRADERS if each != blow.target)):
            if name != self._frozen and self._fleet.send(name, signal.SIGKILL):
                self._soon(PAUSE_SECONDS, lambda name=name: self._fleet.launch(name))  # type: ignore[misc]
                return True
        return False

    def _freeze(self, blow: Blow) -> bool:
        """The named process, or another one where that is down."""
        for name in (blow.target, *(each for each in WORKERS if each != blow.target)):
            if self._fleet.send(name, signal.SIGSTOP):
                self._frozen = name
                self._soon(blow.seconds, self._thaw)
                return True
        return False

    def _thaw(self) -> None:
        self._fleet.send(self._frozen, signal.SIGCONT)
        self._frozen = ""

    # --- servers -----------------------------------------------------------------------------------------------------

    def _flush(self, _blow: Blow) -> bool:
        with redis.Redis.from_url(self._servers.env["REDIS_URL"], socket_timeout=5) as broker:
            broker.flushall()
        return True

    def _kill_broker(self, blow: Blow) -> bool:
        valkey = self._servers.valkey
        if not _end(valkey.pid(), signal.SIGKILL):
            return False
        valkey.pid_file.unlink(missing_ok=True)
        valkey.socket.unlink(missing_ok=True)
        self._soon(blow.seconds, valkey.start)
        return True

    def _crash_database(self, blow: Blow) -> bool:
        """`pg_ctl stop -m immediate`: the next start replays the write-ahead log."""
        if not _end(self._servers.postgres.pid(), signal.SIGQUIT):
            return False
        self._soon(blow.seconds, self._servers.postgres.start)
        return True


def _end(pid: int | None, number: signal.Signals) -> bool:
    if not pid:
        return False
    os.kill(pid, number)
    return wait_until(lambda: not runs(pid), 15)
