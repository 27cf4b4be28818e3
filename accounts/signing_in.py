"""Login for API and pages: axes locks after failures, one answer for every kind of failure, all of it in the audit log."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.quotas import wait_for_quota
from accounts.tokens import TokenPair, open_family
from config.problems import answer_problem_as_page

LOGIN_QUOTA = "30/m"


class LoginRefused(Exception):
    """Unknown address, wrong password, blocked person, locked address: nobody is told which."""

    def __init__(self, *, locked: bool = False) -> None:
        self.locked = locked


def log_in_to_api(*, email: str, password: str, request: HttpRequest) -> TokenPair:
    """Check e-mail and password and open a token family. Raises LoginRefused; `locked` after too many failures."""
    if wait_for_quota(request, "login", LOGIN_QUOTA):
        raise LoginRefused(locked=True)
    user = authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(user, User):
        raise LoginRefused(locked=bool(getattr(request, "axes_locked_out", False)))
    # axes forgets the failures and the audit log gets its line by this event
    user_logged_in.send(sender=User, request=request, user=user)
    return open_family(user, request=request)


def axes_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The address under which axes counts failures: e-mails differ not by case."""
    name = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(name).strip().lower()[:255]


def answer_locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, _credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What a locked login is told: a problem for programs, a page for people. The same for unknown addresses."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    if request.path.startswith("/api/"):
        response: HttpResponse = answer_problem_as_page(
            429, "too_many_attempts", _("Too many failed logins. Try again later or reset your password.")
        )
    else:
        response = render(request, "accounts/locked.html", {"minutes": seconds // 60}, status=429)
    response["Retry-After"] = str(seconds)
    return response
