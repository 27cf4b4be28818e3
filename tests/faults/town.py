"""The processes of the fault suite: a simulator and a web server that stay, trading workers that come and go."""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.tokens import open_family
from ops.daemons import wait_until
from ops.places import ROOT
from simulator.testing import ControlClient
from tests.faults.other_workers import shifted_clock
from tests.faults.servers import Servers
from tests.processes import Processes, RunningProcess

FIRST_PRICE = "95234.50"


@dataclass(frozen=True)
class Reply:
    """What the web server answered, and how long it took."""

    status_code: int
    body: bytes
    seconds: float

    @property
    def content(self) -> bytes:
        return self.body

    def json(self) -> Any:
        return json.loads(self.body)


class Town:
    """`control` steers the exchange; `worker()` is a trading worker that runs; `post` sends an alert over HTTP."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.processes = Processes(folder)
        self.processes.env |= {**servers.env, "API_QUOTA": "100000/m"}
        self.exchange = self.processes.start("simulator", "--feed", "still", "--state", "none")
        self.control = ControlClient(self.processes.simulator_url, settings.SIMULATOR_TOKEN)
        self.web = self.processes.start("web")
        self._workers: list[RunningProcess] = []
        self._special: list[RunningProcess] = []  # with words of their own: not for the next test

    @property
    def url(self) -> str:
        return self.processes.simulator_url

    def now(self) -> int:
        """The exchange's clock, in epoch milliseconds."""
        return int(self.control.request("GET", "clock")["now"])

    def fired(self, rule: int) -> int:
        """How often a fault rule has met a request."""
        return self._figure(rule, "fired")

    def held(self, rule: int) -> int:
        """How many requests it keeps back now."""
        return self._figure(rule, "held")

    def _figure(self, rule: int, name: str) -> int:
        return next(int(item[name]) for item in self.control.faults() if item["id"] == rule)

    def tidy(self) -> None:
        """The exchange as at the beginning, but for the accounts of tests before; every process awake."""
        for process in self.processes.running:
            if process.process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
        self.control.clear_faults()
        self.control.settings(latency_ms=0, unique_ids=False)
        self.control.set_mark("BTCUSDT", None)
        self.control.set_clock(0)
        self.control.set_price("BTCUSDT", FIRST_PRICE)
        for extra in [worker for worker in self.workers if worker in self._special] + self.workers[1:]:
            self.lose(extra)
        if self.web.process.poll() is not None:
            self.web = self.processes.start("web")

    # --- workers -----------------------------------------------------------------------------------------------------

    @property
    def workers(self) -> list[RunningProcess]:
        self._workers = [worker for worker in self._workers if worker.process.poll() is None]
        return self._workers

    def worker(self) -> RunningProcess:
        """The trading worker that runs, or a new one that is ready."""
        return self.workers[0] if self.workers else self.another_worker()

    def another_worker(
        self, *words: str, ready: bool = True, folder: Path = ROOT, clock_ahead_s: int = 0
    ) -> RunningProcess:
        """One more trading worker, with these further words on its command line; `ready` once its loop turns.

        It may run other code (`folder`), or go by a clock that is wrong.
        """
        wrong = shifted_clock(self.processes.folder, clock_ahead_s) if clock_ahead_s else {}
        worker = self.processes.start("trade", *words, folder=folder, LOG_LEVEL="INFO", **wrong)
        self._workers.append(worker)
        if words or wrong or folder != ROOT:
            self._special.append(worker)
        label = worker.log.stem
        if ready:
            alive = f"batuta:worker:{label}"
            assert wait_until(lambda: bool(self.servers.valkey().exists(alive)), 60), worker.output[-4000:]
        return worker

    def lose(self, worker: RunningProcess) -> None:
        """kill -9."""
        worker.kill()

    def no_worker(self) -> None:
        for worker in self.workers:
            self.lose(worker)

    @contextmanager
    def frozen(self, process: RunningProcess) -> Iterator[None]:
        """SIGSTOP until the end of the block."""
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGCONT)

    # --- the front door ----------------------------------------------------------------------------------------------

    def restart_web(self) -> None:
        """As a deploy does it: SIGTERM, the end awaited, a new one in its place."""
        assert self.web.stop(20) in (0, -signal.SIGTERM)
        self.web = self.processes.start("web")

    def read(self, path: str) -> str:
        """A page that needs nobody."""
        answer = self._request("GET", path, None, {}, 10)
        assert answer.status_code == 200, answer.body
        return answer.body.decode()

    def get_as(self, user: User, path: str) -> Any:
        """What the API shows this person."""
        headers = {"Authorization": f"Bearer {open_family(user).access}"}
        answer = self._request("GET", f"/api/v1/{path}", None, headers, 10)
        assert answer.status_code == 200, answer.body
        return answer.json()

    def post(self, path: str, body: dict[str, Any], *, timeout: float = 10) -> Reply:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        return self._request("POST", path, json.dumps(body), headers, timeout)

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str], timeout: float) -> Reply:
        host, _, port = self.processes.web_url.removeprefix("http://").partition(":")
        began = time.monotonic()
        connection = HTTPConnection(host, int(port), timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read(), time.monotonic() - began)
        finally:
            connection.close()

    def post_at_once(self, path: str, bodies: list[dict[str, Any]]) -> list[Reply]:
        """All of them in the same moment, each from a thread of its own."""
        return self.post_each_at_once([(path, body) for body in bodies])

    def post_each_at_once(self, alerts: list[tuple[str, dict[str, Any]]]) -> list[Reply]:
        with ThreadPoolExecutor(len(alerts)) as threads:
            return list(threads.map(lambda alert: self.post(*alert), alerts))
