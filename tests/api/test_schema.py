"""The OpenAPI description is valid and whole, and the API keeps it: schemathesis finds no 5xx and no undeclared answer."""

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import booleans
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import tokens
from simulator.testing import RunningSimulator, run_simulator
from tests.api.conftest import World
from tests.api.test_permission_matrix import api_routes, find_ids

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 10


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-any-return]


def test_the_description_is_valid_and_made_without_a_warning() -> None:
    complaints, out = io.StringIO(), io.StringIO()
    with redirect_stderr(complaints):
        call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)

    assert complaints.getvalue() == ""
    assert out.getvalue().startswith("openapi: 3.1")


def test_every_route_is_described(described: dict[str, Any]) -> None:
    webhook = "bots/webhook/master/{webhook_path}"

    assert {path.removeprefix("/api/v1/") for path in described["paths"]} | {webhook} == _shown(set(api_routes()))


def test_every_operation_declares_its_problems(described: dict[str, Any]) -> None:
    missing = [
        (path, method, status)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        for status in ("400", "406", "429", "503")
        if "application/problem+json" not in operation["responses"].get(status, {}).get("content", {})
    ]

    assert missing == []


def _shown(paths: set[str]) -> set[str]:
    """drf-spectacular calls every `pk` an `id`."""
    return {path.replace("{pk}", "{id}") for path in paths}


def operations() -> dict[str, Any]:
    """Every operation by name, for one test each."""
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = get_wsgi_application()
    found = (result.ok() for result in schema.get_all_operations())
    return {operation.label: operation for operation in found}


OPERATIONS = operations()


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client does: a request's end does not close the connection of the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with run_simulator() as running:
        yield running


@pytest.fixture
def own_simulator(simulator: RunningSimulator, settings: Settings) -> None:
    settings.EXCHANGE_URLS, settings.SIMULATOR_TOKEN = {"paper": simulator.url}, simulator.token
    settings.KEY_CHECK_WAIT_S = 0


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection", "own_simulator")
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_the_api_keeps_its_description(world: World, label: str) -> None:
    operation = OPERATIONS[label]
    path = operation.path.removeprefix("/api/v1/")
    user = world.people["manager" if path.startswith("bots") else "client"]
    assert user is not None
    bearer = {"Authorization": f"Bearer {tokens.open_family(user).access}"}
    ids = {
        "id" if name == "pk" else name: str(value)
        for name, value in find_ids(world, path.replace("{id}", "{pk}")).items()
    }

    @given(case=operation.as_strategy(), is_real=booleans())
    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, is_real: bool) -> None:
        if is_real and case.path_parameters:  # a row that exists, so that more than a 404 is seen
            case.path_parameters = {name: ids.get(name, value) for name, value in case.path_parameters.items()}
        with transaction.atomic():
            case.call_and_validate(headers=bearer, checks=CHECKS)
            transaction.set_rollback(True)

    ask()
