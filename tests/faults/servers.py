"""PostgreSQL and Valkey of the fault suite alone: it kills them, freezes them and takes their data away."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.db import OperationalError, connection, connections
from django.db.utils import load_backend

from ops.daemons import runs, stop_process, wait_until
from ops.embedded import Stack
from ops.places import ROOT
from ops.postgres import DATABASE
from tests.faults.disk import Disk

# What a test leaves behind; all other tables hold what migrations wrote, or the guardian's lease.
KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission", "signals_lease")


class Servers:
    """Durable, as in production: a commit that was answered survives `restart -m immediate`, a message a kill -9."""

    def __init__(self, folder: Path) -> None:
        stop_leftovers(folder)
        self.disk = Disk(folder / "disk")
        self.stack = Stack(self.disk.folder, durable=True).start()
        command = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **self.stack.env}, check=True)

    @property
    def env(self) -> dict[str, str]:
        return self.stack.env

    def stop(self) -> None:
        for pid in (self.stack.valkey.pid(), self.stack.postgres.pid()):
            if pid:
                os.kill(pid, signal.SIGCONT)  # a test that failed may have left it frozen
        self.stack.stop()
        self.disk.unmount()

    def mend(self) -> None:
        """Bring back whatever the test before took away."""
        self.disk.free()
        if pid := self.stack.valkey.pid():
            os.kill(pid, signal.SIGCONT)
            self.valkey().config_set("appendfsync", "everysec")
        self.stack.valkey.start()
        self.stack.postgres.start()

    # --- Valkey ------------------------------------------------------------------------------------------------------

    def valkey(self) -> redis.Redis:
        return redis.Redis.from_url(self.env["REDIS_URL"], socket_timeout=5)

    def kill_valkey(self) -> None:
        """kill -9; what it had not written is lost, and it does not come back by itself."""
        pid = self.stack.valkey.pid()
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not runs(pid), 10)
        self.stack.valkey.pid_file.unlink(missing_ok=True)
        self.stack.valkey.socket.unlink(missing_ok=True)

    def forget_valkey(self) -> None:
        """Its append-only file is gone too: the next start is empty."""
        shutil.rmtree(self.stack.valkey.data)

    @contextlib.contextmanager
    def frozen_valkey(self) -> Iterator[None]:
        """SIGSTOP: connections stay open, nothing answers."""
        pid = self.stack.valkey.pid()
        assert pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    # --- PostgreSQL --------------------------------------------------------------------------------------------------

    def crash_postgres(self) -> None:
        """`pg_ctl stop -m immediate`: no shutdown, the next start replays the write-ahead log."""
        pid = self.stack.postgres.pid()
        assert pid
        os.kill(pid, signal.SIGQUIT)
        assert wait_until(lambda: not runs(pid), 15)
        connection.close()

    @contextlib.contextmanager
    def frozen_postgres(self) -> Iterator[None]:
        """SIGSTOP to the server and its backends."""
        pids = self._postgres_processes()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def _postgres_processes(self) -> list[int]:
        pid = self.stack.postgres.pid()
        assert pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def start_postgres(self) -> None:
        self.stack.postgres.start()

    def cut_connections(self, application: str = "batuta-desk") -> int:
        """`pg_terminate_backend` on every connection of the workers' desks; how many there were."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [application]
            )
            return len(cursor.fetchall())

    def empty(self) -> None:
        """No rows, no messages: while workers run, so a deadlock with one of their statements is tried again."""
        self.valkey().flushall()
        kept = ", ".join(f"'{name}'" for name in KEPT_TABLES)
        names = f"SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ({kept})"
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as database:
            (tables,) = database.execute(names).fetchone() or ("",)

            # As a replica: the audit log's guard against TRUNCATE is for the product, not for the test's end.
            def truncated() -> bool:
                with contextlib.suppress(psycopg.OperationalError):
                    database.execute("SET lock_timeout = '2s'; SET session_replication_role = replica")
                    database.execute(f"TRUNCATE {tables} CASCADE")
                    return True
                return False

            assert wait_until(truncated, 20)


def stop_leftovers(folder: Path) -> None:
    """A run that was killed may have left servers, frozen ones too, and its rows."""
    stack = Stack(folder / "disk", durable=True)
    for pid in (stack.valkey.pid(), stack.postgres.pid()):
        if pid:
            os.kill(pid, signal.SIGCONT)
            stop_process(pid, signal.SIGINT)
    for data in (stack.valkey.data, stack.postgres.data):
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def django_connected_to(stack: Stack) -> Iterator[None]:
    """Django's default connection leads to this stack's database for the length of the block, in this thread."""
    usual = connections["default"]
    settings: dict[str, Any] = {**usual.settings_dict, "NAME": DATABASE, "HOST": str(stack.sockets)}
    settings["OPTIONS"] = {"connect_timeout": 2, "application_name": "batuta-faults"}
    ours = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
    connections["default"] = ours
    try:
        yield
    finally:
        ours.close()
        connections["default"] = usual


def eventually(done: Callable[[], bool], seconds: float) -> bool:
    """`wait_until` over a database that may be away meanwhile."""

    def asked() -> bool:
        try:
            return done()
        except OperationalError:
            connection.close()
            return False

    return wait_until(asked, seconds)
