"""PostgreSQL 18 and Valkey 9 from PyPI wheels, below one folder, shared by whoever needs them at the same time.

Production sets DATABASE_URL and REDIS_URL instead; nothing else in the product knows that the servers are embedded.
"""

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ops.postgres import NOBODY, Postgres
from ops.valkey import Valkey

# A unix socket's path holds 104 bytes on macOS, 108 on Linux; PostgreSQL's own name takes 14 of them.
LONGEST_SOCKET_FOLDER = 80
# Other characters would have to be quoted in the URLs, and every reader of a URL unquotes differently.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class Stack:
    """Both servers below `base`. Use as a context manager; several processes may hold it, the last one stops the servers.

    `durable=False` (tests, bench) drops fsync and the append-only file. A holder that is killed loses its hold by itself,
    and servers left behind are found again and used.
    """

    def __init__(self, base: Path | str, *, durable: bool = True) -> None:
        self.base = Path(base).resolve()
        self._users_lock = -1
        self.sockets = _socket_folder(self.base)
        for folder in (self.base, self.sockets):
            _make_private(folder)
        if self.sockets.lstat().st_uid not in (os.geteuid(), NOBODY):
            raise SystemExit(
                f"{self.sockets} belongs to another user: remove it, or set BATUTA_VAR to a folder of your own"
            )
        self.postgres = Postgres(self.base, self.sockets, durable=durable)
        self.valkey = Valkey(self.base, self.sockets, durable=durable)

    @property
    def env(self) -> dict[str, str]:
        """The addresses, under the names the settings read."""
        return {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url(0),
            "CELERY_BROKER_URL": self.valkey.celery_url(0),
            "CELERY_RESULT_BACKEND": self.valkey.celery_url(1),
        }

    def start(self) -> Self:
        with self._one_at_a_time():
            self._users_lock = os.open(self.base / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)  # the kernel drops it when this process dies, kill -9 included
            try:
                self.postgres.start()
                self.valkey.start()
            except BaseException:
                self._let_go()
                raise
        return self

    def stop(self) -> None:
        """Let go; the last holder stops the servers. Harmless when not started."""
        if self._users_lock >= 0:
            with self._one_at_a_time():
                self._let_go()

    def _let_go(self) -> None:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.valkey.stop()
            self.postgres.stop()
        os.close(self._users_lock)
        self._users_lock = -1

    def alive(self) -> bool:
        return bool(self.postgres.pid() and self.valkey.pid())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.base / "start.lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield


def _socket_folder(base: Path) -> Path:
    """`base/run`, or a short folder in /tmp named after it where the path is too long or has unusual characters."""
    folder = base / "run"
    if len(bytes(folder)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(folder)):
        return folder
    name = hashlib.sha256(f"{os.geteuid()}:{base}".encode()).hexdigest()[:12]
    return Path("/tmp", f"batuta-{name}")  # noqa: S108 -- private (mode 700) and its owner is checked


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(
            f"{folder} cannot be made ({error.strerror}): set BATUTA_VAR to a folder you can write"
        ) from error
    if not os.access(folder, os.W_OK):
        raise SystemExit(f"{folder} cannot be written by this user: set BATUTA_VAR to a folder of your own")
