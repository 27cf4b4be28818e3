"""For those who run the service (support, administrators): is every position protected, and does everything answer?"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit
from exchanges.health import exchange_states
from exchanges.pausing import latest_runs, pause_entries, resume_entries, standing_pauses
from front.access import person, signed_in
from front.forms.operations import PauseForm
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


def administrators_only(view: Callable[..., HttpResponse]) -> Any:
    """Only for administrators: it changes how the service trades."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not person(request).is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(guarded)


@never_cache
@operators_only
def protection(request: HttpRequest) -> HttpResponse:
    """Positions, their stops, seconds without one, exchanges, workers, accounts in trouble; the part reloads itself."""
    return _protection(request, PauseForm())


def _protection(request: HttpRequest, form: PauseForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    watch, workers = read_watch(now), read_heartbeats()
    context = {
        "watch": watch,
        "exchanges": exchange_states(),
        "workers": workers,
        "workflows": read_workflows(now),
        "pauses": standing_pauses(),
        "test_trades": latest_runs(),
        "silent": [name for name in HELPERS if name not in (workers or ())],
        "can_trade": bool(trading(workers or [])),
        "guardian_leads": watch.guardian_until is not None and watch.guardian_until > now,
        "now": now,
        "form": form,
    }
    template = "operations/_protection.html" if "part" in request.GET else "operations/protection.html"
    return render(request, template, context, status=status)


@require_POST
@administrators_only
def pause(request: HttpRequest) -> HttpResponse:
    """Leave new entries out at an exchange, on one kind of market, until an administrator lets them in again."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _protection(request, form, status=400)
    exchange, market_type = form.cleaned_data["place"]
    if pause_entries(exchange, market_type, "by_hand", form.cleaned_data["detail"]):
        audit.record(
            audit.Event.ENTRIES_PAUSED,
            request=request,
            user=person(request),
            exchange=exchange,
            market_type=market_type,
        )
        messages.success(request, _("New entries there are left out from now on."))
    else:
        messages.info(request, _("New entries there are paused already."))
    return redirect("front:operations-protection")


@require_POST
@administrators_only
def resume(request: HttpRequest) -> HttpResponse:
    """Let new entries in at an exchange again, before its test trade has passed."""
    user = person(request)
    exchange, market_type = request.POST.get("exchange", ""), request.POST.get("market_type", "")
    if resume_entries(exchange, market_type):
        audit.record(
            audit.Event.ENTRIES_RESUMED, request=request, user=user, exchange=exchange, market_type=market_type
        )
        messages.success(request, _("New entries are let in again."))
    else:
        messages.info(request, _("Nothing was paused there any more."))
    return redirect("front:operations-protection")
