"""My subscriptions with what happened to them (SUB-02, 03, 10): the room `subscriptions` changes them, this one adds figures."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from signals.figures import figures_of_subscriptions
from subscriptions.api import SubscriptionViewSet
from subscriptions.models import Subscription
from subscriptions.serializers import SubscriptionSerializer


class FiguresSerializer(SubscriptionSerializer):
    """A subscription and its figures, derived from its executions and positions. `context["figures"]`: by subscription id."""

    total_signals_received = serializers.SerializerMethodField()
    total_orders_executed = serializers.SerializerMethodField()
    total_orders_failed = serializers.SerializerMethodField()
    total_pnl_usd = serializers.SerializerMethodField()
    win_count = serializers.SerializerMethodField()
    loss_count = serializers.SerializerMethodField()
    win_rate = serializers.SerializerMethodField()
    current_positions = serializers.SerializerMethodField()
    current_daily_loss_usd = serializers.SerializerMethodField()
    last_signal_at = serializers.SerializerMethodField()

    class Meta(SubscriptionSerializer.Meta):
        fields = (
            *SubscriptionSerializer.Meta.fields,
            "total_signals_received",
            "total_orders_executed",
            "total_orders_failed",
            "total_pnl_usd",
            "win_count",
            "loss_count",
            "win_rate",
            "current_positions",
            "current_daily_loss_usd",
            "last_signal_at",
        )
        read_only_fields = fields

    def _figure(self, subscription: Subscription, name: str) -> Any:
        return getattr(self.context["figures"][subscription.pk], name)

    def get_total_signals_received(self, subscription: Subscription) -> int:
        return self._figure(subscription, "total_signals_received")  # type: ignore[no-any-return]

    def get_total_orders_executed(self, subscription: Subscription) -> int:
        return self._figure(subscription, "total_orders_executed")  # type: ignore[no-any-return]

    def get_total_orders_failed(self, subscription: Subscription) -> int:
        return self._figure(subscription, "total_orders_failed")  # type: ignore[no-any-return]

    def get_total_pnl_usd(self, subscription: Subscription) -> str:
        return f"{self._figure(subscription, 'total_pnl_usd'):.2f}"

    def get_win_count(self, subscription: Subscription) -> int:
        return self._figure(subscription, "win_count")  # type: ignore[no-any-return]

    def get_loss_count(self, subscription: Subscription) -> int:
        return self._figure(subscription, "loss_count")  # type: ignore[no-any-return]

    def get_win_rate(self, subscription: Subscription) -> str:
        return f"{self._figure(subscription, 'win_rate'):.2f}"

    def get_current_positions(self, subscription: Subscription) -> int:
        return self._figure(subscription, "current_positions")  # type: ignore[no-any-return]

    def get_current_daily_loss_usd(self, subscription: Subscription) -> str:
        return f"{self._figure(subscription, 'current_daily_loss_usd'):.2f}"

    def get_last_signal_at(self, subscription: Subscription) -> "serializers.DateTimeField | None":
        moment = self._figure(subscription, "last_signal_at")
        return serializers.DateTimeField().to_representation(moment) if moment else None  # type: ignore[return-value]


class SubscriptionFacts(SubscriptionViewSet):
    """My subscriptions: subscribe, list, read, change, pause, resume, cancel; each answer with its figures."""

    serializer_class = FiguresSerializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """My subscriptions, newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(FiguresSerializer(rows, many=True, context=self._context(rows)).data)

    @extend_schema(operation_id="bot_subscriptions_mine", responses=FiguresSerializer(many=True))
    @action(detail=False, methods=["get"], url_path="my-subscriptions")
    def mine(self, request: Request) -> Response:
        """The same list, under its name in SUB-02."""
        return self.list(request)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of my subscriptions."""
        return self.answer_with(self.get_object())

    def answer_with(self, subscription: Subscription, code: int = status.HTTP_200_OK) -> Response:
        """The subscription as it stands now, with its figures."""
        row = self.get_queryset().get(pk=subscription.pk)
        return Response(FiguresSerializer(row, context=self._context([row])).data, code)

    def _context(self, rows: Iterable[Subscription]) -> dict[str, Any]:
        time_zone = person(self.request).time_zone
        figures = figures_of_subscriptions(rows, now=timezone.now(), time_zone=time_zone)
        return {**self.get_serializer_context(), "figures": figures}
