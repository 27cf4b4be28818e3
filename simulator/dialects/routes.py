"""Which handler answers which path; a path may hold placeholders: `/api/v4/accounts/{account}/{symbol}/orders`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.core.markets import Kind

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """How a path is answered: by whom, at what weight, signed or not, and whether it trades.

    `handler` takes the dialect's call and returns the payload of the answer.
    """

    kind: Kind
    handler: Callable[[Any], Any]
    weight: int = 1
    signed: bool = False
    trades: bool = False
    counts_order: bool = False


Table = Mapping[tuple[str, str], Route]


class Routes:
    """Finds the route of a request; an exact path goes before one with placeholders."""

    def __init__(self, table: Table) -> None:
        self._exact = {key: route for key, route in table.items() if "{" not in key[1]}
        self._patterns = [(method, _compile(path), table[method, path]) for method, path in table if "{" in path]

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        """The route and what stands in its placeholders; None when there is none."""
        route = self._exact.get((method, path))
        if route is not None:
            return route, {}
        for wanted, pattern, candidate in self._patterns:
            if wanted == method and (match := pattern.fullmatch(path)):
                return candidate, match.groupdict()
        return None, {}


def _compile(path: str) -> re.Pattern[str]:
    pieces = PLACEHOLDER.split(path)
    literal, names = pieces[::2], pieces[1::2]
    pattern = re.escape(literal[0])
    for name, rest in zip(names, literal[1:], strict=True):
        pattern += f"(?P<{name}>[^/]+){re.escape(rest)}"
    return re.compile(pattern)
