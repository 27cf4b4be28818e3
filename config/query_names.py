"""Query parameters that an operation does not know are refused: a mistyped filter must not silently mean "everything"."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator

from config.problems import answer_problem_as_page, is_api
from config.schema import PREFIX

# DRF's own, on every operation: which renderer answers. There is only JSON, so it is not worth a line in the description.
ALWAYS = frozenset({"format"})
MOST_NAMED, LONGEST_NAME = 20, 100  # the answer repeats what a stranger sent
_VARIABLE = re.compile(r"\{[^}]*\}")
_building = Lock()

Operation = tuple[str, str]


class QueryNamesMiddleware:
    """Answers 400 `invalid`, each name with `unknown_parameter`, before the view is called.

    What an operation knows is what the OpenAPI description says of it (pages, filters, order and its own); addresses
    that are not described (the webhook, the description itself) take anything. Stands last: in the reader's language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not is_api(request) or not request.META.get("QUERY_STRING") or request.resolver_match is None:
            return None
        known = known_names(request.resolver_match.route, request.method or "GET")
        unknown = [] if known is None else [name for name in request.GET if name not in known]
        return _refuse(unknown[:MOST_NAMED]) if unknown else None


def known_names(route: str, method: str) -> frozenset[str] | None:
    """The parameters of an operation by its URL pattern, those of an alias by its original's; None when not described."""
    path = _path_of(route)
    return described_names().get((path, "get" if method == "HEAD" else method.lower()))


def described_names() -> Mapping[Operation, frozenset[str]]:
    """Every described operation's query parameters. Made once per process, in 0.3 s; by one thread, as the maker is not safe."""
    with _building:
        return _described_names()


@cache
def _described_names() -> Mapping[Operation, frozenset[str]]:
    described = SchemaGenerator().get_schema(request=None, public=True)
    return {
        (_anonymous(path), method): ALWAYS | {each["name"] for each in operation.get("parameters", []) if _asks(each)}
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }


@cache
def _path_of(route: str) -> str:
    path = _anonymous(EndpointEnumerator().get_path_from_regex(f"/{route}")).rstrip("/")
    return path if path.startswith(PREFIX) else path.replace("/api/", PREFIX, 1)


def _anonymous(path: str) -> str:
    """Without the names of its variables: the description calls every `pk` an `id`."""
    return _VARIABLE.sub("{}", path)


def _asks(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["in"] == "query")


def _refuse(names: list[str]) -> HttpResponse:
    message = _("This parameter does not exist here.")
    fields = [name[:LONGEST_NAME] for name in names]
    errors = [{"field": name, "code": "unknown_parameter", "message": message} for name in fields]
    detail = " ".join(f"{name}: {message}" for name in fields)
    return answer_problem_as_page(400, "invalid", detail, errors=errors)
