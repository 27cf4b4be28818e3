"""`/api/v1/operations/exchanges`: for those who run the service, what stands between us and each exchange."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import IsBackoffice
from exchanges.health import Standing, exchange_states


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


class ExchangeStates(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses={200: ExchangeStateSerializer(many=True)})
    def get(self, _request: Request) -> Response:
        """Every exchange that was asked within a day: running, limited, banned or down, and how much of its budget is used."""
        return Response(ExchangeStateSerializer(exchange_states(), many=True).data)
