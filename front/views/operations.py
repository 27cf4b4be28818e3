"""For those who run the service (support, administrators): is every position protected, and does everything answer?"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from exchanges.health import exchange_states
from front.access import person, signed_in
from front.heartbeats import HELPERS, read_heartbeats, trading
from signals.protection_watch import read_watch
from signals.workflow_figures import read_workflows


def operators_only(view: Callable[..., HttpResponse]) -> Any:
    """Only for support and administrators: the page names people."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = person(request)
        if not (user.is_support or user.is_admin):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(guarded)


@never_cache
@operators_only
def protection(request: HttpRequest) -> HttpResponse:
    """Positions, their stops, seconds without one, exchanges, workers, accounts in trouble; the part reloads itself."""
    now = timezone.now()
    watch, workers = read_watch(now), read_heartbeats()
    context = {
        "watch": watch,
        "exchanges": exchange_states(),
        "workers": workers,
        "workflows": read_workflows(now),
        "silent": [name for name in HELPERS if name not in (workers or ())],
        "can_trade": bool(trading(workers or [])),
        "guardian_leads": watch.guardian_until is not None and watch.guardian_until > now,
        "now": now,
    }
    template = "operations/_protection.html" if "part" in request.GET else "operations/protection.html"
    return render(request, template, context)
