"""Who may do what in the API (SEC-06): public, signed in, owner, backoffice. Owners are found by querysets, not here.

The rule for objects: a view's queryset starts from `request.user`, so that what belongs to somebody else is 404.
"""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import User


def _user(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


class IsManager(BasePermission):
    """Bot managers and administrators (BOT-21)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = _user(request)
        return user is not None and user.is_manager


class IsAdmin(BasePermission):
    """Administrators."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = _user(request)
        return user is not None and user.is_admin


class IsBackoffice(BasePermission):
    """Administrators; support may read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = _user(request)
        return user is not None and (user.is_admin or (user.is_support and request.method in SAFE_METHODS))


class SupportReads(BasePermission):
    """Beside another permission: support staff change nothing, not even for themselves."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = _user(request)
        return user is None or not user.is_support or request.method in SAFE_METHODS
