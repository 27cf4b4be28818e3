"""Servers, processes and a world for the fault suite, none of them shared with any other test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from ops.claims import Claim
from ops.places import var_folder
from tests.faults.servers import Servers, django_connected_to
from tests.faults.town import Town
from tests.faults.world import FaultWorld


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.fault)


@pytest.fixture(scope="package")
def servers() -> Iterator[Servers]:
    claim = Claim(var_folder(), "faults")
    running = Servers(claim.folder)
    yield running
    running.stop()
    claim.release()


@pytest.fixture(scope="package")
def standing_town(
    servers: Servers, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with django_db_blocker.unblock(), django_connected_to(servers.stack):
        town = Town(servers, tmp_path_factory.mktemp("town"))
    yield town
    town.processes.stop_all()


@pytest.fixture
def town(servers: Servers, standing_town: Town, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """The town, mended and emptied, with Django's connection leading to its database."""
    servers.mend()
    with django_db_blocker.unblock(), django_connected_to(servers.stack):
        standing_town.tidy()
        servers.empty()
        told = {process.log.name: len(process.output) for process in standing_town.processes.running}
        yield standing_town
        standing_town.processes.tell(told)


@pytest.fixture
def world(town: Town) -> FaultWorld:
    return FaultWorld(town)
