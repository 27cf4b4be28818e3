"""`/api/v1/operations/…`: for those who run the service, what stands between us and each exchange, and where entries are paused."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit
from accounts.api import person, valid
from accounts.permissions import IsBackoffice
from config.problems import Problem
from exchanges.health import Standing, exchange_states
from exchanges.models import CanaryRun, VenuePause
from exchanges.pausing import latest_runs, pause_entries, resume_entries, standing_pauses
from exchanges.registry import UnknownVenue, get_venue
from exchanges.types import MarketType


class ExchangeStateSerializer(serializers.Serializer[object]):
    exchange = serializers.CharField()
    egress = serializers.CharField()
    state = serializers.CharField(help_text=", ".join(Standing))
    since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    retry_at = serializers.DateTimeField(allow_null=True)
    used_percent = serializers.DecimalField(6, 1, allow_null=True)
    requests_per_minute = serializers.IntegerField()
    errors_per_minute = serializers.IntegerField()
    clock_skew_ms = serializers.IntegerField(allow_null=True)


class PauseSerializer(serializers.ModelSerializer[VenuePause]):
    """A standing pause; `by_canary`: it ends by itself when a test trade passes."""

    exchange = serializers.CharField(max_length=50)
    market_type = serializers.CharField(max_length=10, help_text=", ".join(MarketType))
    detail = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    class Meta:
        model = VenuePause
        fields = ["exchange", "market_type", "reason", "detail", "by_canary", "paused_at"]
        read_only_fields = ["reason", "by_canary", "paused_at"]

    def validate_exchange(self, value: str) -> str:
        try:
            return get_venue(value).id
        except UnknownVenue:
            raise serializers.ValidationError(
                _("Exchange %(exchange)s not supported") % {"exchange": value}, code="exchange_not_supported"
            ) from None

    def validate_market_type(self, value: str) -> str:
        return _one_of(value, MarketType)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            _one_of(attrs["market_type"], get_venue(attrs["exchange"]).market_types)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"market_type": error.detail}) from None
        return attrs


def _one_of(value: str, market_types: Iterable[MarketType]) -> str:
    choices = list(market_types)
    if value not in choices:
        text = _("One of: %(choices)s.") % {"choices": ", ".join(choices)}
        raise serializers.ValidationError(text, code="invalid_choice")
    return value


class CanaryRunSerializer(serializers.ModelSerializer[CanaryRun]):
    class Meta:
        model = CanaryRun
        fields = ["exchange", "market_type", "verdict", "detail", "steps", "at_demo_hosts", "run_at"]
        read_only_fields = fields


class ExchangePauses(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses={200: PauseSerializer(many=True)})
    def get(self, _request: Request) -> Response:
        """Where new entries are left out now; open positions keep their stops and are closed as always."""
        return Response(PauseSerializer(standing_pauses(), many=True).data)

    @extend_schema(request=PauseSerializer, responses={201: PauseSerializer})
    def post(self, request: Request) -> Response:
        """Leave new entries out at an exchange, on one kind of market, until it is lifted by hand (administrators)."""
        wanted = valid(PauseSerializer(data=request.data))
        exchange, market_type = wanted["exchange"], wanted["market_type"]
        if not pause_entries(exchange, market_type, "by_hand", wanted["detail"]):
            raise Problem(409, "already_paused", _("New entries there are paused already."))
        user = person(request)
        audit.record(
            audit.Event.ENTRIES_PAUSED, request=request._request, user=user, exchange=exchange, market_type=market_type
        )
        pause = next(p for p in standing_pauses() if (p.exchange, p.market_type) == (exchange, market_type))
        return Response(PauseSerializer(pause).data, status=201)


class ExchangePause(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, exchange: str, market_type: str) -> Response:
        """Let new entries in again (administrators)."""
        if not resume_entries(exchange, market_type):
            raise NotFound
        user = person(request)
        audit.record(
            audit.Event.ENTRIES_RESUMED, request=request._request, user=user, exchange=exchange, market_type=market_type
        )
        return Response(status=204)


class CanaryRuns(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses={200: CanaryRunSerializer(many=True)})
    def get(self, _request: Request) -> Response:
        """The newest test trade of each exchange and kind of market, step by step."""
        return Response(CanaryRunSerializer(latest_runs(), many=True).data)


class ExchangeStates(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses={200: ExchangeStateSerializer(many=True)})
    def get(self, _request: Request) -> Response:
        """Every exchange that was asked within a day: running, limited, banned or down, and how much of its budget is used."""
        return Response(ExchangeStateSerializer(exchange_states(), many=True).data)
