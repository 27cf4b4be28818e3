"""All routes × {anonymous, owner, other client, manager of the bot, manager of another, support, admin} (SEC-06, SEC-07)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.api.conftest import CANARY, World
from tests.api.routes import APART, API, BODIES, LOGIN, OK, PAGES, PEOPLE, SHOWN_TO, Rule
from tests.api.walk import Route, all_routes

pytestmark = pytest.mark.django_db  # each test is a savepoint inside the world's transaction

V1, ALIAS = "api/v1/", "api/"
ROUTES = all_routes()
NOBODY = "00000000-0000-0000-0000-000000000001"


def api_routes() -> dict[str, Route]:
    return {route.path.removeprefix(V1): route for route in ROUTES if route.path.startswith(V1)}


def page_routes() -> set[str]:
    aliases = {ALIAS + path for path in api_routes()}
    return {
        route.path
        for route in ROUTES
        if not route.path.startswith((V1, "admin/")) and route.path not in aliases and route.path not in APART
    }


def test_every_api_route_is_classified() -> None:
    assert set(api_routes()) == set(API)


def test_every_method_of_the_api_is_classified() -> None:
    told = {path: set(route.methods) for path, route in api_routes().items()}

    assert told == {path: set(rules) for path, rules in API.items()}


def test_every_page_is_classified() -> None:
    assert page_routes() == set(PAGES)


def test_aliases_are_the_same_views() -> None:
    same = {route.path.removeprefix(ALIAS): route.callback for route in ROUTES if route.path.startswith(ALIAS)}

    # the webhook's pattern spells both of its paths itself
    assert [path for path, route in api_routes().items() if same.get(path) is not route.callback] in (
        [],
        ["bots/webhook/master/{webhook_path}"],
    )


@pytest.mark.parametrize("path", sorted(API))
def test_api(world: World, path: str) -> None:
    wrong = dict(ask_all(world, path, API[path], "/" + V1, page=False))

    assert wrong == {}


@pytest.mark.parametrize("path", sorted(PAGES))
def test_pages(world: World, path: str) -> None:
    wrong = dict(ask_all(world, path, PAGES[path], "/", page=True))

    assert wrong == {}


def test_the_admin_lets_only_staff_in(world: World) -> None:
    # the last one only sends the reader to another page of the admin
    open_to_all = {"admin/login/", "admin/logout/", "admin/{url}", "admin/jsi18n/", "admin/bots"}
    paths = sorted({route.path for route in ROUTES if route.path.startswith("admin/")} - open_to_all)
    wrong = {}
    for path in paths:
        address = "/" + path.format_map(
            {"content_type_id": 1, "app_label": "accounts", "object_id": NOBODY, "bot_id": NOBODY}
        )
        for person in ("anonymous", "client", "other_client"):
            answer = world.browser(person).get(address)
            if answer.status_code != 302 or not answer["Location"].startswith("/admin/login/"):
                wrong[person, address] = answer.status_code

    assert len(paths) > 20
    assert wrong == {}


def ask_all(
    world: World, path: str, rules: dict[str, Rule], prefix: str, *, page: bool
) -> Iterator[tuple[tuple[str, str], str]]:
    """Ask as everybody, each in a transaction that is rolled back; yields what was answered other than by the rule."""
    address = prefix + path.format(**find_ids(world, path))
    for method, expected in rules.items():
        for person in PEOPLE:
            client: Any = world.browser(person) if page else world.api(person)
            with transaction.atomic():
                answer = ask(client, method, address, BODIES.get(path, {}), page=page)
                transaction.set_rollback(True)
            if complaint := judge(answer, expected[person], page=page) or leak(world, path, person, answer, page=page):
                yield (method, person), complaint


def find_ids(world: World, path: str) -> dict[str, Any]:
    parts = path.split("/")
    return world.ids.get("/".join(parts[:2])) or world.ids.get(parts[0]) or {}


def ask(client: Any, method: str, address: str, body: dict[str, str], *, page: bool) -> Any:
    if method == "GET":
        return client.get(address)
    if page:
        return client.post(address, body)
    return getattr(client, method.lower())(address, body, format="json")


def judge(answer: Any, expected: int, *, page: bool) -> str:
    status = answer.status_code
    sent_to_login = status == 302 and answer["Location"].startswith("/login/")
    if expected == LOGIN and page:
        return "" if sent_to_login else f"{status}, not sent to the login"
    if expected == OK:
        is_refused = status in (401, 403, 404, 405) or (status >= 500 and status != 503) or sent_to_login
        return f"{status}, but is let in" if is_refused and not is_of_its_own(answer) else ""
    return "" if status == expected else f"{status}, but {expected} is the rule"


def is_of_its_own(answer: Any) -> bool:
    """Refusals that are about what was sent, not about who sent it."""
    if answer.headers.get("Content-Type") != "application/problem+json":
        return False
    return answer.json()["code"] in ("login_refused", "token_not_valid", "missing_fields")


def leak(world: World, path: str, person: str, answer: Any, *, page: bool) -> str:
    """A list shows nobody what belongs to the client, but those who are entitled."""
    if page or answer.status_code != 200:
        return ""
    text = answer.content.decode()
    entitled = "{" in path or person in SHOWN_TO.get(path, frozenset({"client"}))
    found = [] if entitled else [value for value in world.private if value in text]
    if person in ("manager", "other_manager") and CANARY in text:
        found.append("the client's address")
    return f"shows {found}" if found else ""
