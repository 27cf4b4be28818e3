"""What managers see in the admin: what belongs to their own bots, and subscribers by pseudonym only. Shared with the rooms above."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.backoffice import FactsAdmin, staff_of


class ManagedFacts(FactsAdmin):
    """Facts of bots: all for administrators and support, those of own bots for managers.

    `bot_path` leads from the row to its bot. What names a subscriber stands in `identifying` (fields and search) and is taken
    away from managers; rows carry `names_shown` for columns that show one or the other.
    """

    bot_path = "bot"
    identifying: tuple[str, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        user = staff_of(request)
        return user is not None and (user.is_manager or user.is_support)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).annotate(names_shown=Value(shows_names(request)))
        return rows if shows_names(request) else rows.filter(**{f"{self.bot_path}__manager": request.user})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self._without_names(request, super().get_fields(request, obj))

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._without_names(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> Any:
        # searching by what one may not see would tell it
        return self._without_names(request, super().get_search_fields(request))

    def _without_names(self, request: HttpRequest, names: Any) -> Any:
        if shows_names(request):
            return names
        return [name for name in names if name not in self.identifying]


def shows_names(request: HttpRequest) -> bool:
    """Whether the person behind the request may know who a subscriber is."""
    user = staff_of(request)
    return user is not None and (user.is_admin or user.is_support)


def link_to(model: str, pk: object, text: object) -> SafeString | str:
    """A link to a row's page in the admin; `model` is app_model. Nothing where there is no row."""
    if pk is None:
        return "–"
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', change_address(model, pk), text
    )


def link_to_list(model: str, text: object, **query: object) -> SafeString:
    """A link to a list in the admin, filtered."""
    address = reverse(f"{admin.site.name}:{model}_changelist", query={key: str(value) for key, value in query.items()})
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, text)


def change_address(model: str, pk: object) -> str:
    return reverse(f"{admin.site.name}:{model}_change", args=(pk,))
