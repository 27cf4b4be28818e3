"""Executions: the list of own ones, and one told from alert to exit."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import User
from front.access import person, signed_in
from front.paging import paged
from front.priced import with_prices
from front.slippage import slippage
from signals.models import Execution, Fill, Position
from signals.queries import (
    BY_STATUS,
    closed_against,
    closed_by,
    count_closed,
    events_of,
    orders_of,
    own_positions,
    visible_executions,
)
from signals.states import Status
from signals.timeline import build_timeline
from subscriptions.pseudonyms import may_identify, name_for
from subscriptions.queries import own_subscriptions


@signed_in
def executions(request: HttpRequest) -> HttpResponse:
    """Own executions, newest first; `?status=` and `?bot=` filter."""
    user = person(request)
    found = paged(request, _filtered(user, request))
    count_closed(found.page.object_list)
    context = {
        "paged": found,
        "bots": [subscription.bot for subscription in own_subscriptions(user)],
        "statuses": Status.choices,
        "status": request.GET.get("status", ""),
        "bot": request.GET.get("bot", ""),
    }
    template = "signals/_executions.html" if "part" in request.GET else "signals/executions.html"
    return render(request, template, context)


def _filtered(user: User, request: HttpRequest) -> QuerySet[Execution]:
    rows = visible_executions(user).filter(user=user)
    if condition := BY_STATUS.get(request.GET.get("status", "")):
        rows = rows.filter(condition)
    try:
        return rows.filter(bot=UUID(request.GET["bot"])) if request.GET.get("bot") else rows
    except ValueError:
        return rows.none()


@signed_in
def execution(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """One execution: every stage with its delay, prices, slippage, orders, fills, protection, and the reason in words."""
    user = person(request)
    rows = visible_executions(user).select_related("position", "position__account", "subscription")
    found = get_object_or_404(rows, pk=execution_id)
    position, orders = found.position, list(orders_of(found))
    count_closed([found])
    context = {
        "execution": found,
        "mine": found.user_id == user.pk,
        "owner": name_for(user, found.user),
        "lines": build_timeline(
            found,
            signal=found.signal,
            position=position,
            events=events_of(found),
            orders=orders,
            closed=closed_against(found, orders),
            mine=found.user_id == user.pk,
            knows_owner=may_identify(user, found.user_id),
        ),
        "orders": orders,
        "fills": Fill.objects.filter(order__execution=found).order_by("filled_at"),
        "slippage": slippage(
            action=found.action,
            alert=found.signal.price,
            at_send=found.price_at_send,
            filled_at=found.executed_price,
            quantity=found.executed_quantity,
        ),
        "held": with_prices([position])[0] if position else None,
        "closed": None if position else _sum_closed(found),
    }
    template = "signals/_execution.html" if "part" in request.GET else "signals/execution.html"
    return render(request, template, context)


def _sum_closed(execution: Execution) -> dict[str, Any] | None:
    """What the positions that it closed made together, in USD, net of fees; None where it closed none."""
    sums = closed_by(execution).aggregate(count=Count("id"), pnl=Sum("realized_pnl"), fees=Sum("fees"))
    return sums if sums["count"] else None


@signed_in
def trades(request: HttpRequest) -> HttpResponse:
    """Own trades (DSH-13), newest first; `?status=open|closed` filters."""
    user, status = person(request), request.GET.get("status", "")
    rows = own_positions(user)
    if status in Position.PositionStatus.values:
        rows = rows.filter(status=status)
    found = paged(request, rows)
    context = {
        "paged": found,
        "rows": with_prices(found.page.object_list),
        "status": status,
        "statuses": Position.PositionStatus.choices,
    }
    template = "signals/_trades.html" if "part" in request.GET else "signals/trades.html"
    return render(request, template, context)
