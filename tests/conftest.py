"""Fixtures for tests with real processes and with Chromium."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests.processes import Processes

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
SERVER_FIXTURES = {"db", "transactional_db", "running_simulator", "sim", "valkey", "processes", "simulators", "running"}
SERVER_NAMES = ("run_simulator", "Stack", "running_exchange", "subprocess")
QUIET_FLAGS = (
    "--no-sandbox",  # root, as in a container, has no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A session that a thread has not given back yet must not keep the test's database from being dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    """Starts commands of the Procfile over this test's database; whatever still runs at the end is killed."""
    started = Processes(tmp_path)
    yield started
    started.stop_all()
    started.tell()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium instead of one that Playwright downloads."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(QUIET_FLAGS)}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, beside which no coroutine test can run.

    What starts or uses a process (database, broker, simulator, another Python) is marked `servers`; the rest is the unit part.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "page" in fixtures:
            item.add_marker(pytest.mark.browser)
        if fixtures & SERVER_FIXTURES or item.get_closest_marker("django_db") or _starts_servers(item):
            item.add_marker(pytest.mark.servers)
    items.sort(key=_in_browser)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium browser tests are skipped and say so; BATUTA_REQUIRE_BROWSER (`.ci/run`) makes them fail."""
    if CHROMIUM or not _in_browser(item):
        return
    if os.environ.get("BATUTA_REQUIRE_BROWSER"):
        pytest.fail("BATUTA_REQUIRE_BROWSER is set and there is no Chromium: apt-get install -y chromium")
    pytest.skip("no Chromium: apt-get install -y chromium")


def _starts_servers(item: pytest.Item) -> bool:
    return any(hasattr(getattr(item, "module", None), name) for name in SERVER_NAMES)


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None
