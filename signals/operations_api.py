"""`/api/v1/operations/…`, for those who run the service: which positions stand without their stop, and for how long; how recurring
work goes."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import IsBackoffice
from signals.protection_watch import Watch, read_watch
from signals.workflow_figures import Going, read_workflows


class GuardedSerializer(serializers.Serializer[object]):
    """`bare_s`: seconds without the configured stop by now, null while it stands or none is configured."""

    id = serializers.UUIDField()
    symbol = serializers.CharField(source="symbol_key")
    market_type = serializers.CharField()
    side = serializers.CharField()
    quantity = serializers.DecimalField(36, 18)
    exchange = serializers.CharField()
    bot = serializers.UUIDField(source="bot_id")
    account = serializers.UUIDField(source="account_id")
    account_status = serializers.CharField()
    execution = serializers.UUIDField(source="execution_id", allow_null=True)
    opened_at = serializers.DateTimeField()
    age_s = serializers.IntegerField()
    stop_price = serializers.DecimalField(36, 18, allow_null=True)
    target_price = serializers.DecimalField(36, 18, allow_null=True)
    stop_stands = serializers.BooleanField()
    target_stands = serializers.BooleanField()
    unprotected_ms = serializers.IntegerField()
    bare_s = serializers.IntegerField(allow_null=True)


class StretchSerializer(serializers.Serializer[object]):
    position = serializers.UUIDField(source="position_id")
    execution = serializers.UUIDField(source="execution_id", allow_null=True)
    symbol = serializers.CharField(source="symbol_key")
    opened_at = serializers.DateTimeField()
    ms = serializers.IntegerField()


class UnprotectedSerializer(serializers.Serializer[object]):
    """Milliseconds without a stop, over the positions opened in the last 24 hours that were to have one."""

    positions = serializers.IntegerField()
    worst_ms = serializers.IntegerField()
    p99_ms = serializers.IntegerField()
    total_ms = serializers.IntegerField()


class TroubledAccountSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    exchange = serializers.CharField()
    status = serializers.CharField()
    code = serializers.CharField()
    checked_at = serializers.DateTimeField(allow_null=True)
    open_positions = serializers.IntegerField()


class WatchSerializer(serializers.Serializer[Watch]):
    open_count = serializers.IntegerField()
    protected_count = serializers.IntegerField()
    alarms = GuardedSerializer(many=True)
    positions = GuardedSerializer(many=True)
    unprotected_24h = UnprotectedSerializer(source="figures")
    worst = StretchSerializer(many=True)
    accounts = TroubledAccountSerializer(many=True)
    guardian = serializers.CharField()
    guardian_until = serializers.DateTimeField(allow_null=True)


class ProtectionWatch(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses=WatchSerializer)
    def get(self, _request: Request) -> Response:
        """Open positions with what protects them, alarms (no live stop for over 5 s), and the seconds of the last 24 hours."""
        return Response(WatchSerializer(read_watch(timezone.now())).data)


class WorkflowSerializer(serializers.Serializer[object]):
    """One kind of recurring work (OPS-09). Runs, rate and durations are of the last 24 hours, over the whole fleet."""

    name = serializers.CharField()
    title = serializers.CharField(source="label", help_text="In the reader's language.")
    going = serializers.ChoiceField(choices=[(going.value, going.value) for going in Going])
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    success_rate = serializers.DecimalField(6, 2, allow_null=True, help_text="Percent; null where it did not run.")
    mean_ms = serializers.IntegerField(allow_null=True)
    slowest_ms = serializers.IntegerField(allow_null=True)
    failures_in_a_row = serializers.IntegerField()
    last_error = serializers.CharField()
    last_run_at = serializers.DateTimeField()
    last_success_at = serializers.DateTimeField(allow_null=True)
    alerted_at = serializers.DateTimeField(allow_null=True, help_text="When administrators were told that it fails.")


class Workflows(APIView):
    permission_classes = (IsAuthenticated, IsBackoffice)

    @extend_schema(responses={200: WorkflowSerializer(many=True)})
    def get(self, _request: Request) -> Response:
        """Recurring work: sweeps, reconciliations, scheduled tasks; what fails comes first."""
        return Response(WorkflowSerializer(read_workflows(timezone.now()), many=True).data)
