"""Pages of long lists, keeping the filters in the links."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

ROWS = 25


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of rows; `query` is the query string without the page, ready to be continued."""

    page: Page[Any]
    query: str


def paged(request: HttpRequest, rows: QuerySet[Any], *, size: int = ROWS) -> Paged:
    """The page that `?page=` names; the nearest one when there is no such page. Links lead to whole pages, never to a `part`."""
    query = request.GET.copy()
    for name in ("page", "part"):
        query.pop(name, None)
    return Paged(Paginator(rows, size).get_page(request.GET.get("page")), query.urlencode())
