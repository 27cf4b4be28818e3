"""Servers, settings and rules for every test, before any of them is imported.

PostgreSQL and Valkey are started in a throw-away folder below `$BATUTA_VAR` (default `var/`), one per pytest run, unless
`./batuta test` has started them or DATABASE_URL and REDIS_URL name others.
"""

import os
import socket
from collections.abc import Iterator

import django
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ops.claims import Claim
from ops.embedded import Stack
from ops.places import var_folder

_ours: list[tuple[Stack, Claim]] = []
if "DATABASE_URL" not in os.environ:
    _claim = Claim(var_folder(), "test")
    _stack = Stack(_claim.folder, durable=False).start()
    os.environ.update(_stack.env, BATUTA_TEST_STACK=str(_claim.folder))
    _ours.append((_stack, _claim))

os.environ["BATUTA_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's own event loop runs in the tests' thread
django.setup()  # here, so that a folder's conftest may import models at its top


def pytest_unconfigure() -> None:
    while _ours:
        stack, claim = _ours.pop()
        stack.stop()
        claim.release()


@pytest.fixture(scope="session")
def our_valkey() -> Iterator[redis.Redis]:
    """One client for all tests: a connection for each would take longer than most of them."""
    with redis.Redis.from_url(os.environ["REDIS_URL"], retry=Retry(NoBackoff(), 2)) as server:
        yield server


@pytest.fixture(autouse=True)
def empty_valkey(our_valkey: redis.Redis) -> None:
    """Each test starts with an empty cache, empty quotas and empty queues – in our throw-away server only."""
    if "BATUTA_TEST_STACK" in os.environ:
        keys = [key for key in our_valkey.scan_iter(count=1000) if not key.startswith(b"_kombu")]
        if keys:  # _kombu…: the queues' bindings, which a worker of the whole session has declared once
            our_valkey.delete(*keys)


@pytest.fixture(autouse=True, scope="session")
def no_outside_network() -> Iterator[None]:
    """A test that tries to leave this machine fails at once instead of depending on the world."""
    connect, loopback = socket.socket.connect, ("127.", "::1", "localhost", "0.0.0.0")

    def connect_inside(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(loopback):
            raise ConnectionRefusedError(f"tests may not connect to {address}")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_inside)
        yield
