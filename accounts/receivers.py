"""Logins of every kind – API, pages, admin – reach the audit log here."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.models import User


@receiver(user_logged_in)
def note_login(request: HttpRequest | None = None, user: User | None = None, **_: Any) -> None:
    audit.record(audit.Event.LOGGED_IN, request=request, user=user, by=_where(request))


@receiver(user_logged_out)
def note_logout(request: HttpRequest | None = None, user: User | None = None, **_: Any) -> None:
    if user is not None:
        audit.record(audit.Event.LOGGED_OUT, request=request, user=user, by=_where(request))


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    _note_refusal(audit.Event.LOGIN_FAILED, str(credentials.get("username") or ""), request)


@receiver(user_locked_out)
def note_lock(request: HttpRequest | None = None, username: str | None = None, **_: Any) -> None:
    _note_refusal(audit.Event.LOGIN_LOCKED, username or "", request)


def _note_refusal(event: audit.Event, email: str, request: HttpRequest | None) -> None:
    email = email.strip().lower()
    user = User.objects.filter(email=email).first() if "\x00" not in email else None
    audit.record(event, request=request, user=user, address=audit.email_digest(email), by=_where(request))


def _where(request: HttpRequest | None) -> str:
    path = request.path if request else ""
    return "api" if path.startswith("/api/") else "admin" if path.startswith("/admin/") else "pages"
