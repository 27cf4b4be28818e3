"""Who may open a page, and whose rows it shows: querysets start from the person, so that what is another's is 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User


def person(request: HttpRequest) -> User:
    """The signed-in person; the decorators below have made sure that there is one."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 -- for the type checker
    return user


def signed_in(view: Callable[..., HttpResponse]) -> Any:
    """Only for people who are logged in; support staff read everything of their own and change nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if person(request).is_support and request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


def managers_only(view: Callable[..., HttpResponse]) -> Any:
    """Only for bot managers and administrators; support may look."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = person(request)
        if not (user.is_manager or user.is_support):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(guarded)
