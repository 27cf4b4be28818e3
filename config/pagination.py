"""Pages of lists: 25 rows by default, never over 100 (architecture: API contract)."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """`?page=` and `?page_size=` (1–100)."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
