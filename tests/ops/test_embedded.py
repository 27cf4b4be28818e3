"""PostgreSQL and Valkey from wheels: start, share, crash, find again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from ops.daemons import wait_until
from ops.embedded import Stack


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    if folder.exists():  # whatever a failed test left running
        with Stack(folder, durable=False):
            pass


def ask(stack: Stack, query: str) -> object:
    with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def listening(stack: Stack) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(stack.valkey.socket)) == 0


def test_servers_answer_at_the_addresses_they_name_and_stop(base: Path) -> None:
    with Stack(base, durable=False) as stack:
        with redis.Redis.from_url(stack.env["REDIS_URL"]) as server:
            assert server.ping() is True
        assert ask(stack, "select current_database()") == "batuta"
        assert ask(stack, "show max_connections") == "200"

    assert (stack.alive(), listening(stack)) == (False, False)


def test_data_outlive_the_servers(base: Path) -> None:
    with Stack(base) as stack, psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (7)")
        with redis.Redis.from_url(stack.env["REDIS_URL"]) as server:
            server.set("kept", "7")

    with Stack(base) as stack:
        assert ask(stack, "select n from kept") == 7
        with redis.Redis.from_url(stack.env["REDIS_URL"]) as server:
            assert server.get("kept") == b"7"


def test_a_durable_stack_appends_and_never_evicts(base: Path) -> None:
    with Stack(base) as stack:
        with redis.Redis.from_url(stack.env["REDIS_URL"]) as server:
            settings = server.config_get("appendonly", "appendfsync", "maxmemory-policy")
        assert settings == {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        assert (ask(stack, "show fsync"), ask(stack, "show synchronous_commit")) == ("on", "on")


def test_a_path_with_spaces_and_accents_works(tmp_path: Path) -> None:
    with Stack(tmp_path / "my café, data", durable=False) as stack:
        assert ask(stack, "select 1") == 1


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    with Stack(tmp_path / ("long" * 40), durable=False) as stack:
        assert ask(stack, "select 1") == 1


def test_the_last_holder_stops_the_servers(base: Path) -> None:
    first, second = Stack(base, durable=False).start(), Stack(base, durable=False).start()

    first.stop()
    assert second.alive() is True
    second.stop()
    assert second.alive() is False


def test_servers_of_a_killed_holder_are_found_again(base: Path) -> None:
    code = f"from ops.embedded import Stack; import os; Stack({str(base)!r}, durable=False).start(); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = Stack(base, durable=False)
    pids = (left.postgres.pid(), left.valkey.pid())
    assert None not in pids

    with left:
        assert (left.postgres.pid(), left.valkey.pid()) == pids
        assert ask(left, "select 1") == 1

    assert left.alive() is False


def test_killed_servers_start_again_with_what_was_committed(base: Path) -> None:
    stack = Stack(base).start()
    with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (7)")
    for pid in (stack.postgres.pid(), stack.valkey.pid()):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not stack.postgres.pid() and not stack.valkey.pid(), 10)

    with Stack(base) as again:
        assert ask(again, "select n from kept") == 7
    stack.stop()


def test_data_of_another_postgresql_are_refused_with_what_to_do(base: Path) -> None:
    with Stack(base, durable=False):
        pass
    (base / "pg" / "PG_VERSION").write_text("14\n")

    with pytest.raises(SystemExit, match=r"was written by PostgreSQL 14, the installed server is 18"):
        Stack(base, durable=False).start()

    (base / "pg" / "PG_VERSION").write_text("18\n")
    assert Stack(base, durable=False).valkey.pid() is None


def test_a_folder_that_cannot_be_made_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SystemExit, match=r"cannot be made \(Not a directory\): set BATUTA_VAR"):
        Stack(tmp_path / "file" / "var")
