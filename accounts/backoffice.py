"""Who may do what in the admin, by role: administrators change, support looks (SEC-06). Shared by all rooms' admins."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import User


def staff_of(request: HttpRequest) -> User | None:
    """The person behind the request, when they work here."""
    user = request.user
    return user if isinstance(user, User) and user.is_active and user.is_staff else None


class BackofficeAdmin(ModelAdmin):
    """Administrators change, support looks, nobody else sees it."""

    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        user = staff_of(request)
        return user is not None and (user.is_admin or user.is_support)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        user = staff_of(request)
        return user is not None and user.is_admin

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False  # nothing is deleted by hand: history stays


class FactsAdmin(BackofficeAdmin):
    """What happened: to be read, never changed, by nobody."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        return {}
