"""Who may use the bots' API (BOT-21)."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Role


class ManagesBots(BasePermission):
    """Managers and administrators change, support looks. Which bots: `bots.queries.managed_bots`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method in SAFE_METHODS:
            return request.user.role in (Role.MANAGER, Role.ADMIN, Role.SUPPORT)
        return request.user.is_manager
