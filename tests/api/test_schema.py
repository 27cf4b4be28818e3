"""The OpenAPI description is valid and whole, and the API keeps it: schemathesis finds no 5xx and no undeclared answer."""

import io
from contextlib import redirect_stderr
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import tokens
from tests.api.conftest import World
from tests.api.test_permission_matrix import api_routes

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12


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


@pytest.fixture
def api_schema(world: World, db: None) -> Any:
    return schemathesis.openapi.from_wsgi("/api/schema?format=json", get_wsgi_application())


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_description(case: Any, world: World) -> None:
    admin = world.people["admin"]
    assert admin is not None
    bearer = {"Authorization": f"Bearer {tokens.open_family(admin).access}"}

    case.call_and_validate(headers=bearer, checks=CHECKS)


assert settings.BATUTA_ENV == "test"
