"""The admin's filters for what is wrong."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from signals.models import OrderStatus
from signals.queries import BY_STATUS
from signals.reasons import TEXTS
from signals.states import UNSETTLED, Status

LATE = timedelta(seconds=60)


class ConditionFilter(admin.SimpleListFilter):
    """A filter whose choices are conditions."""

    conditions: dict[str, tuple[Any, Any]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, label) for key, (label, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = self.conditions.get(self.value() or "")
        return queryset.filter(found[1]() if callable(found[1]) else found[1]) if found else queryset


class SignalTrouble(ConditionFilter):
    title = _("what went wrong")
    parameter_name = "trouble"
    conditions = {
        "refused": (_("Refused"), Q(status="refused")),
        "failed": (_("With failed executions"), Q(failed_executions__gt=0)),
        "skipped": (_("With skipped executions"), Q(skipped_executions__gt=0)),
        "hangs": (_("Not settled after a minute"), lambda: Q(completed_at=None, created_at__lt=timezone.now() - LATE)),
        "nobody": (_("Reached nobody"), Q(status="accepted", total_subscribers=0)),
    }


class SignalSource(ConditionFilter):
    """Named here: to ask the table for its different values would read all of it."""

    title = _("source")
    parameter_name = "origin"
    conditions = {
        "tradingview": ("TradingView", Q(source="tradingview")),
        "manager": (_("Manager"), Q(source="manager")),
        "client": (_("Client"), Q(source="client")),
    }


class FillSide(ConditionFilter):
    title = _("side")
    parameter_name = "way"
    conditions = {"buy": (_("Buy"), Q(side="buy")), "sell": (_("Sell"), Q(side="sell"))}


class ExecutionStatus(ConditionFilter):
    title = _("status")
    parameter_name = "outcome"
    conditions = {status.value: (status.label, BY_STATUS[status]) for status in Status}


class ExecutionTrouble(ConditionFilter):
    title = _("what went wrong")
    parameter_name = "trouble"
    conditions = {
        "hangs": (
            _("Not settled after a minute"),
            lambda: Q(state__in=UNSETTLED, created_at__lt=timezone.now() - LATE),
        ),
        "unconfirmed": (_("The exchange's answer is missing"), Q(state="UNCONFIRMED")),
        "naked": (_("More than 5 s without a stop"), Q(unprotected_ms__gt=5000)),
        "slow": (_("Slower than 5 s"), Q(execution_time_ms__gt=5000)),
    }


class ExecutionReason(admin.SimpleListFilter):
    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, code) for code in TEXTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason_code=self.value()) if self.value() else queryset


class OrderTrouble(ConditionFilter):
    title = _("what went wrong")
    parameter_name = "trouble"
    conditions = {
        "refused": (_("Refused by the exchange"), Q(status=OrderStatus.REFUSED)),
        "unknown": (_("Not confirmed"), Q(status__in=(OrderStatus.UNKNOWN, OrderStatus.PLANNED))),
        "again": (_("Sent more than once"), Q(attempt__gt=1)),
    }


class PositionTrouble(ConditionFilter):
    title = _("what went wrong")
    parameter_name = "trouble"
    conditions = {
        "naked": (_("Open and not protected"), Q(status="open", protected_at=None)),
        "seconds": (_("More than 5 s without a stop"), Q(unprotected_ms__gt=5000)),
        "failed": (_("Closed because the stop could not be placed"), Q(exit_reason="protection_failed")),
        "external": (_("Closed at the exchange"), Q(exit_reason="external")),
        "unbooked": (_("Fills not booked yet"), Q(fills_booked_at=None)),
    }
