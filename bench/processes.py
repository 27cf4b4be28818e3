"""The product's own processes, as the Procfile names them, started on loopback for a bench and stopped afterwards."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis

from bench.tied import tied
from ops.places import ROOT
from ops.procfile import processes

ABSENT = frozenset({"beat", "simulator"})
OTHER_WORKERS = ("reconcile", "default")  # beside those that send orders
START_SECONDS = 90.0
STOP_SECONDS = 40.0


class Fleet:
    """Web and workers of one bench; the address of each exchange by its venue's id. They end with it, also when it is killed."""

    def __init__(self, folder: Path, exchanges: Mapping[str, str]) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "PORT": str(self.port),
            "BASE_URL": self.address,
            **{f"BATUTA_EXCHANGE_URL_{venue_id.upper()}": url for venue_id, url in exchanges.items()},
            "PYTHONPATH": str(ROOT),
        }
        self.commands = dict(processes(self.env, without=ABSENT))
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        for name in self.commands:
            self.launch(name)
        self._wait(self._web_answers, "the web process")
        self._wait(self._workers_listen, "the trading workers")

    def launch(self, name: str) -> None:
        """Start one process by its name in the Procfile, or start it again. From the main thread only (`bench.tied`)."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.started[name] = subprocess.Popen(
                tied(["/bin/sh", "-c", f"exec {self.commands[name]}"]),  # the Procfile's own words, variables included
                cwd=ROOT,
                env=self.env | {"BATUTA_PROCESS": name},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def send(self, name: str, number: signal.Signals) -> bool:
        """Send a signal to a process and all below it; whether it was there to be sent one."""
        process = self.started[name]
        if process.poll() is not None:
            return False
        os.killpg(process.pid, number)
        if number is signal.SIGKILL:
            process.wait()
        return True

    def stop(self) -> None:
        for name in self.started:
            self.send(name, signal.SIGTERM)
            self.send(name, signal.SIGCONT)  # a frozen one hears the other only then
        for process in self.started.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + START_SECONDS
        while not ready():
            ended = [name for name, process in self.started.items() if process.poll() is not None]
            if ended or time.monotonic() > end:
                raise RuntimeError(f"{what} did not come up: {ended or 'too slow'}\n{self.logs()}")
            time.sleep(0.1)

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _workers_listen(self) -> bool:
        wanted = sum(name.startswith(("trade", "reconcile")) for name in self.started)
        with redis.Redis.from_url(self.env["REDIS_URL"]) as broker:
            return sum(client["cmd"] == "blmpop" for client in broker.client_list()) >= wanted

    def logs(self) -> str:
        """The end of each process's log."""
        texts = [(path.name, path.read_text(errors="replace")[-1500:]) for path in sorted(self.folder.glob("*.log"))]
        return "\n".join(f"--- {name}\n{text}" for name, text in texts if text)

    # --- what the workers cost ---------------------------------------------------------------------------------------

    def _members(self, kind: str) -> list[psutil.Process]:
        heads = [psutil.Process(one.pid) for name, one in self.started.items() if name.startswith(kind)]
        return [member for head in heads for member in (head, *head.children(recursive=True))]

    def _order_workers(self) -> list[psutil.Process]:
        return self._members("trade")

    def cpu_ms(self) -> float:
        """CPU of all order workers so far, milliseconds."""
        return sum(1000 * (times.user + times.system) for times in (one.cpu_times() for one in self._order_workers()))

    def rss_mb(self) -> float:
        """Resident memory of all order workers, megabytes; what they share counts for each."""
        return sum(one.memory_info().rss for one in self._order_workers()) / 1e6

    def memory(self) -> dict[str, float]:
        """Megabytes: `rss_mb` and `uss_mb` (what is theirs alone) of the order workers; of every worker `all_rss_mb` and
        `all_pss_mb`, in which a page that several share counts once (where the system does not tell: as `all_rss_mb`).
        """
        own = [one.memory_full_info() for one in self._order_workers()]
        others = [one.memory_full_info() for kind in OTHER_WORKERS for one in self._members(kind)]
        sums = {
            "rss_mb": sum(one.rss for one in own),
            "uss_mb": sum(one.uss for one in own),
            "all_rss_mb": sum(one.rss for one in (*own, *others)),
            "all_pss_mb": sum(getattr(one, "pss", one.rss) for one in (*own, *others)),
        }
        return {name: round(value / 1e6, 1) for name, value in sums.items()}


@contextmanager
def running_fleet(exchanges: Mapping[str, str]) -> Iterator[Fleet]:
    with tempfile.TemporaryDirectory(prefix="batuta-bench-") as folder:
        fleet = Fleet(Path(folder), exchanges)
        try:
            fleet.start()
            yield fleet
        finally:
            fleet.stop()
