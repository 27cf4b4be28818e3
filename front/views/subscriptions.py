"""My bots: what each subscription did, holds and trades on; pause, resume, cancel; close a position (SUB-12, D1, D32)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from front.access import person, signed_in
from front.priced import with_prices
from front.views.dialogs import answer_dialog
from signals.figures import figures_of_subscriptions
from signals.manual import close_by_hand
from signals.models import Execution, Position
from signals.queries import count_closed, own_positions, visible_executions
from signals.readiness import readiness_of
from signals.states import Status
from subscriptions import lifecycle
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.queries import own_subscriptions
from subscriptions.terms import effective_terms

RECENT = 3
CHOICES = {"now": True, "stops": False}


@signed_in
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Every subscription with figures, open positions and recent executions, in a fixed number of queries."""
    context = {"cards": _cards(person(request))}
    template = "subscriptions/_cards.html" if "part" in request.GET else "subscriptions/list.html"
    return render(request, template, context)


def _cards(user: User) -> list[dict[str, Any]]:
    executions = Execution.objects.filter(user=user).select_related("bot").order_by("-created_at", "rank")
    rows = list(
        own_subscriptions(user)
        .defer("exchange_account__sealed_keys", "exchange_account__wrapped_data_key")
        .prefetch_related(Prefetch("executions", queryset=executions[:RECENT], to_attr="recent"))
    )
    count_closed(execution for row in rows for execution in row.recent)
    now = timezone.now()
    figures = figures_of_subscriptions(rows, now=now, time_zone=user.time_zone)
    readiness = readiness_of(rows, figures=figures, now=now)
    held: dict[UUID, list[Any]] = {}
    for row in with_prices(own_positions(user).filter(status=Position.PositionStatus.OPEN)):
        held.setdefault(row.position.subscription_id, []).append(row)
    return [
        {
            "subscription": row,
            "figures": figures[row.pk],
            "readiness": readiness.get(row.pk),
            "positions": held.get(row.pk, []),
            "executions": row.recent,
        }
        for row in sorted(rows, key=lambda row: row.status == SubscriptionStatus.CANCELLED)
    ]


@signed_in
def subscription(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription: figures, terms in effect, open positions, latest executions."""
    user = person(request)
    row = get_object_or_404(own_subscriptions(user), pk=subscription_id)
    now = timezone.now()
    figures = figures_of_subscriptions([row], now=now, time_zone=user.time_zone)
    executions = list(visible_executions(user).filter(subscription=row)[:10])
    count_closed(executions)
    context = {
        "subscription": row,
        "readiness": readiness_of([row], figures=figures, now=now).get(row.pk),
        "bot": row.bot,
        "terms": effective_terms(row.bot, row),
        "figures": figures[row.pk],
        "positions": with_prices(own_positions(user).filter(subscription=row, status=Position.PositionStatus.OPEN)),
        "executions": executions,
    }
    template = "subscriptions/_detail.html" if "part" in request.GET else "subscriptions/detail.html"
    return render(request, template, context)


@require_POST
@signed_in
def pause(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """No opens from now on; stops, targets and closes go on."""
    row = get_object_or_404(own_subscriptions(person(request)), pk=subscription_id)
    try:
        lifecycle.pause_subscription(subscription=row, request=request)
        messages.success(request, _("Paused. No new entries; open positions keep their stops and can be closed."))
    except lifecycle.SubscriptionCancelled:
        messages.error(request, _("This subscription is cancelled. Subscribe again to follow the bot."))
    return _back(request, row)


@require_POST
@signed_in
def resume(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Receive opens again."""
    row = get_object_or_404(own_subscriptions(person(request)), pk=subscription_id)
    try:
        lifecycle.resume_subscription(subscription=row, request=request)
        messages.success(request, _("Active again. The next signal reaches you."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except lifecycle.SubscriptionCancelled:
        messages.error(request, _("This subscription is cancelled. Subscribe again to follow the bot."))
    return _back(request, row)


@signed_in
def cancel(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Stop following; with positions open one chooses: close now, or leave them to their stops (D1)."""
    user = person(request)
    row = get_object_or_404(own_subscriptions(user), pk=subscription_id)
    held = own_positions(user).filter(subscription=row, status=Position.PositionStatus.OPEN)
    context: dict[str, Any] = {"subscription": row, "bot": row.bot, "positions": held}
    if request.method == "POST":
        choice = CHOICES.get(request.POST.get("positions", ""))
        try:
            lifecycle.cancel_subscription(subscription=row, user=user, close_positions=choice, request=request)
        except lifecycle.PositionsOpen:
            context["missing"] = True
        else:
            messages.success(request, _("You no longer follow %(bot)s.") % {"bot": row.bot.name})
            return redirect("front:subscriptions")
    return answer_dialog(request, "subscriptions/cancel.html", context)


@signed_in
def close(request: HttpRequest, position_id: UUID) -> HttpResponse:
    """Close one own position at market (D32). Never blocked (D1)."""
    user = person(request)
    position = get_object_or_404(own_positions(user), pk=position_id)
    if request.method == "POST":
        if position.status == Position.PositionStatus.OPEN:
            signal = close_by_hand(position=position, user=user, request=request)
            # the tag is where the page asks what became of it
            outcome = reverse("front:position-closing", args=[position.pk, signal.pk])
            messages.info(request, _("The close is on its way to the exchange."), extra_tags=outcome)
        else:
            messages.info(request, _("This position was closed already."))
        return redirect(_next(request) or _dashboard_of(position))
    back = _next(request)
    context = {"row": with_prices([position])[0], "position": position, "next": back}
    context["back"] = back or _dashboard_of(position)
    return answer_dialog(request, "subscriptions/close_position.html", context)


@signed_in
def closing(request: HttpRequest, position_id: UUID, signal_id: UUID) -> HttpResponse:
    """What became of a close that the client asked for: on its way, closed, or not carried out and why."""
    user = person(request)
    execution = Execution.objects.filter(signal=signal_id, user=user).first()
    # read after the execution: what ends a close closes the position first
    position = get_object_or_404(own_positions(user), pk=position_id)
    is_closed = position.status == Position.PositionStatus.CLOSED
    ended = execution is None or execution.status in (Status.SKIPPED, Status.FAILED)
    context = {"position": position, "execution": execution, "is_closed": is_closed, "failed": ended and not is_closed}
    return render(request, "subscriptions/_closing.html", context)


def _dashboard_of(position: Position) -> str:
    """The dashboard that lists the position."""
    page = reverse("front:dashboard")
    return page if position.account.deleted_at else f"{page}?account={position.account_id}"


def _next(request: HttpRequest) -> str:
    """The page that the dialog was opened over: one of the places where positions are listed."""
    here = request.POST.get("next") or request.headers.get("HX-Current-URL", "")
    path = "/" + here.split("://", 1)[-1].partition("/")[2] if "://" in here else here
    known = [reverse("front:dashboard"), reverse("front:subscriptions")]
    return path if any(path.startswith(place) for place in known) else ""


def _back(request: HttpRequest, row: Subscription) -> HttpResponse:
    if request.POST.get("from") == "list":
        return redirect("front:subscriptions")
    return redirect("front:subscription", row.pk)
