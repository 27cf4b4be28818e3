"""Exchange accounts over the real broker and a simulated exchange that checks signatures."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from exchanges.client import configure
from simulator.testing import RunningSimulator, run_simulator
from tests.accounts.queue import run_queued


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[RunningSimulator]:
    with run_simulator() as sim:
        yield sim


@pytest.fixture
def sim(running_simulator: RunningSimulator, settings: Settings) -> Iterator[RunningSimulator]:
    urls = {"paper": running_simulator.url, "binance": running_simulator.url}
    settings.EXCHANGE_URLS, settings.SIMULATOR_TOKEN = urls, running_simulator.token
    configure(urls)
    running_simulator.control.clear_faults()
    yield running_simulator
    running_simulator.control.clear_faults()


@pytest.fixture
def worker(sim: RunningSimulator, transactional_db: None) -> Iterator[None]:
    """A worker's work, done by a thread as soon as it is rung."""
    over = Event()

    def work() -> None:
        while not over.wait(0.02):
            run_queued()
        connection.close()

    thread = Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def ana(transactional_db: None) -> User:
    return User.objects.create_user("ana@example.com", "a-long-password", language="en")


@pytest.fixture
def api(ana: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(ana)
    return client
