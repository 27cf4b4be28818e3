"""`/api/v1/dashboard/…`: a person's own overview (DSH-01, 03, 05)."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import person
from config.problems import Problem
from exchanges.models import ExchangeAccount
from signals import dashboard

LONGEST_DAYS = 366
ACCOUNT = OpenApiParameter(
    "exchange_account_id", UUID, description="Another account than the main one (for the summary: than all)."
)
DAYS = OpenApiParameter("days", int, description=f"How far back, 1 to {LONGEST_DAYS}; 30 by default.")


class DashboardAccountSerializer(serializers.ModelSerializer[ExchangeAccount]):
    class Meta:
        model = ExchangeAccount
        fields = ("id", "name", "exchange", "testnet", "is_main", "is_active", "status", "status_code", "checked_at")
        read_only_fields = fields


class DashboardSummarySerializer(serializers.Serializer[Any]):
    """DSH-03. Money in USD; positions whose price is not known count with their entry price and no result."""

    total_invested = serializers.DecimalField(28, 2, help_text="Margin in open positions.")
    total_blocked = serializers.DecimalField(28, 2, help_text="Margin held back for entry orders that may still fill.")
    total_in_positions = serializers.DecimalField(28, 2, help_text="Value of open positions now.")
    realized_pnl = serializers.DecimalField(28, 2)
    unrealized_pnl = serializers.DecimalField(28, 2)
    win_rate = serializers.DecimalField(6, 2)
    active_bots = serializers.IntegerField()
    pending_orders = serializers.IntegerField()
    open_positions = serializers.IntegerField()
    closed_trades = serializers.IntegerField()
    positions_without_price = serializers.IntegerField()


class CoinSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    free = serializers.CharField()
    used = serializers.CharField()
    total = serializers.CharField()
    usd_value = serializers.CharField(allow_null=True, default=None)
    markets = serializers.DictField(required=False, help_text="The same per market: free, used, total.")


class DashboardBalancesSerializer(serializers.Serializer[Any]):
    """DSH-01: the account's value and coins as last read. Nulls: never read yet, or there is no account."""

    account = DashboardAccountSerializer(allow_null=True)
    equity = serializers.DecimalField(28, 8, allow_null=True)
    free = serializers.DecimalField(28, 8, allow_null=True)
    taken_at = serializers.DateTimeField(allow_null=True)
    balances = CoinSerializer(many=True)
    realized_pnl = serializers.DecimalField(28, 2)
    unrealized_pnl = serializers.DecimalField(28, 2)
    positions_without_price = serializers.IntegerField()


class EquityPointSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    equity = serializers.DecimalField(28, 8)


class DayPnlSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    pnl = serializers.DecimalField(28, 8)
    trades = serializers.IntegerField()


class DashboardPerformanceSerializer(serializers.Serializer[Any]):
    """The equity curve (at most 500 points, oldest first) and realized P&L per day of the reader's time zone."""

    account = DashboardAccountSerializer(allow_null=True)
    days = serializers.IntegerField()
    equity = EquityPointSerializer(many=True)
    realized_pnl = DayPnlSerializer(many=True)


class DashboardHealthSerializer(serializers.Serializer[Any]):
    """`attention` when an active account is not verified, an execution hangs, or a configured protection is missing."""

    status = serializers.ChoiceField(choices=["ok", "attention"])
    checked_at = serializers.DateTimeField()
    accounts = DashboardAccountSerializer(many=True)
    unsettled_executions = serializers.IntegerField()
    unprotected_positions = serializers.IntegerField()
    last_signal_at = serializers.DateTimeField(allow_null=True)


class DashboardView(APIView):
    permission_classes = [IsAuthenticated]

    def account(self, request: Request) -> ExchangeAccount | None:
        """The account that the request names, else the main one. Raises a 404 problem for one that is not the reader's."""
        given = request.query_params.get("exchange_account_id")
        if not given:
            return dashboard.find_account(person(request), None)
        account = dashboard.find_account(person(request), _as_uuid(given))
        if account is None:
            raise _unknown_account()
        return account


class Summary(DashboardView):
    @extend_schema(parameters=[ACCOUNT], responses=DashboardSummarySerializer)
    def get(self, request: Request) -> Response:
        """What is invested, what it made, and how often it was right."""
        one = self.account(request) if request.query_params.get("exchange_account_id") else None
        return Response(_rounded(DashboardSummarySerializer, dashboard.summarize(person(request), one)))


class Balances(DashboardView):
    @extend_schema(parameters=[ACCOUNT], responses=DashboardBalancesSerializer)
    def get(self, request: Request) -> Response:
        """Value, coins and P&L of the main account, or of another."""
        account = self.account(request)
        found = dashboard.read_balances(account) if account else dashboard.NO_BALANCES
        return Response(_rounded(DashboardBalancesSerializer, found))


class Performance(DashboardView):
    @extend_schema(parameters=[ACCOUNT, DAYS], responses=DashboardPerformanceSerializer)
    def get(self, request: Request) -> Response:
        """The equity curve of the main account, or of another."""
        days = _as_days(request.query_params.get("days", "30"))
        account = self.account(request)
        empty: dict[str, Any] = {"account": None, "days": days, "equity": [], "realized_pnl": []}
        found = dashboard.read_performance(account, days=days, now=timezone.now()) if account else empty
        return Response(DashboardPerformanceSerializer(found).data)


class Health(DashboardView):
    @extend_schema(responses=DashboardHealthSerializer)
    def get(self, request: Request) -> Response:
        """What of my trading needs attention."""
        return Response(DashboardHealthSerializer(dashboard.read_health(person(request), now=timezone.now())).data)


def _rounded(serializer: type[serializers.Serializer[Any]], values: dict[str, Any]) -> Any:
    cents = ("total_invested", "total_blocked", "total_in_positions", "realized_pnl", "unrealized_pnl")
    return serializer({**values, **{name: round(values[name], 2) for name in cents if name in values}}).data


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _unknown_account() from error


def _as_days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise serializers.ValidationError({"days": [_("A whole number from 1 to %(days)d.") % {"days": LONGEST_DAYS}]})
    return days


def _unknown_account() -> Problem:
    return Problem(404, "not_found", _("You have no such exchange account."))
