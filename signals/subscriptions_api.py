"""My subscriptions with what happened to them (SUB-02, 03, 10): the room `subscriptions` changes them, this one adds figures."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from bots.api import CONFLICT
from signals.figures import figures_of_subscriptions
from subscriptions.api import SubscriptionViewSet
from subscriptions.models import Subscription
from subscriptions.serializers import SubscriptionSerializer


class FollowedSerializer(SubscriptionSerializer):
    """A subscription and its figures, derived from its executions and positions. Rows come with `figures` set."""

    total_signals_received = serializers.IntegerField(source="figures.total_signals_received")
    total_orders_executed = serializers.IntegerField(source="figures.total_orders_executed")
    total_orders_failed = serializers.IntegerField(source="figures.total_orders_failed")
    total_pnl_usd = serializers.DecimalField(18, 2, source="figures.total_pnl_usd", rounding=ROUND_HALF_EVEN)
    win_count = serializers.IntegerField(source="figures.win_count")
    loss_count = serializers.IntegerField(source="figures.loss_count")
    win_rate = serializers.DecimalField(6, 2, source="figures.win_rate")
    current_positions = serializers.IntegerField(source="figures.current_positions")
    current_daily_loss_usd = serializers.DecimalField(
        18, 2, source="figures.current_daily_loss_usd", rounding=ROUND_HALF_EVEN
    )
    last_signal_at = serializers.DateTimeField(source="figures.last_signal_at", allow_null=True)

    class Meta(SubscriptionSerializer.Meta):
        fields = (
            *SubscriptionSerializer.Meta.fields, "total_signals_received", "total_orders_executed", "total_orders_failed",
            "total_pnl_usd", "win_count", "loss_count", "win_rate", "current_positions", "current_daily_loss_usd",
            "last_signal_at",
        )  # fmt: skip
        read_only_fields = fields


_CHANGED = extend_schema(responses={200: FollowedSerializer, 409: CONFLICT})


@extend_schema_view(
    create=extend_schema(responses={201: FollowedSerializer, 409: CONFLICT}),
    partial_update=_CHANGED,
    cancel=_CHANGED,
    pause=_CHANGED,
    resume=_CHANGED,
)
class SubscriptionFacts(SubscriptionViewSet):
    """My subscriptions: subscribe, list, read, change, pause, resume, cancel; each answer with its figures."""

    serializer_class = FollowedSerializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """My subscriptions, newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(FollowedSerializer(self.with_figures(rows), many=True).data)

    @extend_schema(operation_id="bot_subscriptions_mine", responses=FollowedSerializer(many=True))
    @action(detail=False, methods=["get"], url_path="my-subscriptions")
    def mine(self, request: Request) -> Response:
        """The same list, under its name in SUB-02."""
        return self.list(request)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of my subscriptions."""
        return self.answer_with(self.get_object())

    def answer_with(self, subscription: Subscription, code: int = status.HTTP_200_OK) -> Response:
        """The subscription as it stands now, with its figures."""
        rows = self.with_figures([self.get_queryset().get(pk=subscription.pk)])
        return Response(FollowedSerializer(rows[0]).data, code)

    def with_figures(self, rows: "Sequence[Subscription]") -> "Sequence[Subscription]":
        """The same rows, each with its `figures`."""
        figures = figures_of_subscriptions(rows, now=timezone.now(), time_zone=person(self.request).time_zone)
        for row in rows:
            row.figures = figures[row.pk]  # type: ignore[attr-defined]
        return rows
