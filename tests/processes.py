"""Real processes of the Procfile over the test's database, broker and a simulator of its own."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from ops.daemons import wait_until
from ops.environment import environment
from ops.places import ROOT
from ops.ports import next_free_port
from ops.procfile import processes as listed_processes

FIRST_PORT = 20_000 + os.getpid() % 20_000


@dataclass
class RunningProcess:
    """One started command; `output` is what it has written so far."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, seconds: float = 30) -> int:
        """As Ctrl-C would; its exit code."""
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """As a crash would, children included."""
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(10)


class Processes:
    """`start("simulator")`, `start("trade")`, `start("default")`, `start("web")`: commands of the Procfile, by name.

    The database is the test's (so the test needs `transactional_db`), keys and tokens are its settings', ports are free
    ones: `web_url` and `simulator_url` tell them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = next_free_port(FIRST_PORT)
        simulator_port = next_free_port(port + 1)
        self.web_url, self.simulator_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{simulator_port}"
        test_database = str(connection.settings_dict["NAME"])
        before, _, after = os.environ["DATABASE_URL"].partition("?")
        url = f"{before.rpartition('/')[0]}/{test_database}" + (f"?{after}" if after else "")
        names = ("REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND")
        servers = {"DATABASE_URL": url, **{name: str(getattr(settings, name)) for name in names}}
        self.env = environment(servers, folder, port=port, simulator_port=simulator_port) | {
            "BATUTA_ENV": "development",
            "BATUTA_EXCHANGE_URL_PAPER": self.simulator_url,
            "BATUTA_KEYS": settings.BATUTA_KEYS,
            "BATUTA_SIMULATOR_TOKEN": settings.SIMULATOR_TOKEN,
            "SECRET_KEY": settings.SECRET_KEY,
            "BASE_URL": self.web_url,
        }
        self.running: list[RunningProcess] = []

    def start(
        self, name: str, *arguments: str, ready: Callable[[], bool] | None = None, folder: Path = ROOT, **env: str
    ) -> RunningProcess:
        """Start it and wait until it is ready (web, simulator: they answer; others: `ready`, else at once).

        `folder` holds the code that it runs.
        """
        command = dict(listed_processes({**self.env, "TRADE_PROCESSES": "1"}))[name]
        label = f"{name}-{len(self.running) + 1}"
        log = self.folder / f"{label}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {' '.join((command, *arguments))}"],
                cwd=folder,
                env={**self.env, "BATUTA_PROCESS": label, **env},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started = RunningProcess(name, process, log)
        self.running.append(started)
        ready = ready or {"web": self._web_answers, "simulator": self._simulator_answers}.get(name)
        if ready and not wait_until(lambda: process.poll() is not None or ready(), 60):
            raise AssertionError(f"{name} was not ready after 60 s:\n{started.output[-4000:]}")
        if process.poll() is not None:
            raise AssertionError(f"{name} ended with {process.returncode}:\n{started.output[-4000:]}")
        return started

    def tell(self, told: Mapping[str, int] | None = None) -> None:
        """Print the end of what each has written (since it was so long), for pytest to show where a test fails."""
        for process in self.running:
            text = process.output[(told or {}).get(process.log.name, 0) :]
            sys.stdout.write(f"\n--- the end of {process.log.name}\n{text[-6000:]}\n")

    def stop_all(self) -> None:
        for process in reversed(self.running):
            process.kill()

    def _web_answers(self) -> bool:
        return _answers(f"{self.web_url}/healthz")

    def _simulator_answers(self) -> bool:
        return _answers(self.simulator_url)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
