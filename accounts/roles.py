"""Changing what somebody may do, always with an audit line, always ending what the old role left open."""

from django.db import transaction
from django.http import HttpRequest

from accounts import audit, tokens
from accounts.models import Role, User


def change_role(user: User, role: Role, *, actor: User, request: HttpRequest | None = None) -> None:
    """Give a person another role; the admin is open to administrators, managers and support (`is_staff`)."""
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before, row.role = row.role, role
        row.is_staff = role != Role.CLIENT
        row.is_superuser = role == Role.ADMIN
        row.save(update_fields=["role", "is_staff", "is_superuser"])
        audit.record(audit.Event.ROLE_CHANGED, request=request, user=row, actor=actor, before=before, after=str(role))
    user.role, user.is_staff, user.is_superuser = row.role, row.is_staff, row.is_superuser


def set_active(user: User, active: bool, *, actor: User, request: HttpRequest | None = None) -> None:
    """Block or unblock a person; blocking ends the API sessions (page sessions check `is_active` at each request)."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=active)
        if not active:
            tokens.end_families(user, "blocked")
        audit.record(audit.Event.ACTIVE_CHANGED, request=request, user=user, actor=actor, active=active)
    user.is_active = active
