"""Every address that the URL resolver knows, as readable paths: `api/v1/bots/{pk}/pause`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    path: str
    callback: Any

    @property
    def methods(self) -> tuple[str, ...]:
        """What a class-based view answers; `()` for a function, which does not tell."""
        if actions := getattr(self.callback, "actions", None):
            return tuple(method for method in METHODS if method.lower() in actions)
        view = getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None)
        names = getattr(view, "http_method_names", ())
        return tuple(method for method in METHODS if method.lower() in names and hasattr(view, method.lower()))


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + _readable(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield Route(path, pattern.callback)


def _readable(pattern: str) -> str:
    text = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", pattern))
    text = re.sub(r"\(\?:([^()]*)\)\?", r"\1", text)
    return re.sub(r"/\?(?=\$)", "", text).replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")
