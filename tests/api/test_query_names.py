"""A query parameter that an operation does not know is a 400 that names it; what the description lists goes through."""

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from config.query_names import described_names, known_names
from tests.api.conftest import World
from tests.api.test_permission_matrix import api_routes, find_ids

MESSAGE = "This parameter does not exist here."


def readable(routes: Any) -> Iterator[str]:
    """Every GET that the description lists, as the test of permissions walks them."""
    operations = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for path in routes:
        shown = "/api/v1/" + path.replace("{pk}", "{id}")
        if "get" in operations.get(shown, {}):
            yield path


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(readable(api_routes())))
def test_every_list_and_detail_refuses_what_it_does_not_know(world: World, path: str) -> None:
    person = "manager" if path.startswith("bots") else "client"
    where = path
    for name, value in find_ids(world, path).items():
        where = where.replace(f"{{{name}}}", str(value))

    for prefix in ("/api/v1/", "/api/"):
        answer = world.api(person).get(f"{prefix}{where}?nonsense=1&format=json&Symbol_=2")

        assert answer["Content-Type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
            ("nonsense", "unknown_parameter"),
            ("Symbol_", "unknown_parameter"),
        ]


@pytest.mark.django_db
def test_the_answer_names_each_and_a_slash_makes_no_difference(world: World) -> None:
    answer = world.api("client").get("/api/v1/executions/?symbl=BTCUSDT&page=1", headers={"accept-language": "en"})

    assert answer.json()["detail"] == f"symbl: {MESSAGE}"
    assert answer.json()["errors"] == [{"field": "symbl", "code": "unknown_parameter", "message": MESSAGE}]


@pytest.mark.django_db
def test_pages_filters_and_order_go_on(world: World) -> None:
    query = "page=1&page_size=5&ordering=created_at&status=open&since=2026-01-01T00:00:00Z&format=json"

    answer = world.api("client").get(f"/api/positions/?{query.replace('created_at', 'opened_at')}")

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_call_that_writes_knows_its_own_only(world: World) -> None:
    bot = find_ids(world, "bots/{pk}")["pk"]

    refused = world.api("manager").delete(f"/api/v1/bots/{bot}?close_position=true")
    done = world.api("manager").delete(f"/api/v1/bots/{bot}?close_positions=false")

    assert (refused.status_code, done.status_code) == (400, 204)


def test_what_is_not_described_takes_anything() -> None:
    assert known_names(r"^bots/webhook/master/(?P<webhook_path>[^/]+)/?$", "POST") is None


def test_every_described_operation_is_found_by_its_route() -> None:
    assert described_names()[("/api/v1/notices", "get")] == {"all", "page", "page_size", "format"}
    assert described_names()[("/api/v1/signals/{}", "get")] == {"format"}
