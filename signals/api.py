"""What happened, for programs: `/api/v1/signals`, `executions`, `orders`, `fills`, `positions`, `trades`. Read-only, but for
the button that closes a position (D32). Who sees what: `signals.queries`."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from accounts.permissions import SupportReads
from bots.api import CONFLICT
from config.problems import Problem
from signals import filters, queries
from signals.book_serializers import (
    FillSerializer,
    OrderSerializer,
    PositionSerializer,
    StrategyResultSerializer,
    TradeSerializer,
)
from signals.current_prices import current_prices
from signals.funds import funds_by_execution, sum_funds
from signals.manual import close_by_hand
from signals.models import Execution, Fill, Order, Position, Signal
from signals.serializers import ExecutionDetailSerializer, ExecutionSerializer, SignalSerializer
from signals.strategy_results import results_by_strategy
from signals.timeline import build_timeline
from subscriptions.pseudonyms import may_identify

Row = TypeVar("Row", bound=Model)


class Facts(viewsets.ReadOnlyModelViewSet[Row]):
    """A list and its rows. `extra_context` is read once for all rows of a page, so that a page costs the same however long."""

    permission_classes = [IsAuthenticated, SupportReads]
    lookup_value_regex = "[^/]+"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self.answer(rows, many=True))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.answer(self.get_object()))

    def extra_context(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {}

    def answer(self, found: Any, *, many: bool = False) -> Any:
        """The JSON of a row, or of a page of rows."""
        context = {**self.get_serializer_context(), **self.extra_context(found if many else [found])}
        return self.get_serializer_class()(found, many=many, context=context).data


class SignalViewSet(Facts[Signal]):
    """Signals with their figures (WHK-09, 10; D3); refused ones for those who look after the bot."""

    queryset = Signal.objects.none()
    serializer_class = SignalSerializer
    filterset_class = filters.SignalFilter
    ordering_fields = ("created_at", "completed_at")

    def get_queryset(self) -> QuerySet[Signal]:
        return queries.visible_signals(person(self.request))

    def extra_context(self, rows: Sequence[Signal]) -> dict[str, Any]:
        return {"stats": queries.stats_of(rows)}


class ExecutionViewSet(Facts[Execution]):
    """Executions: one per subscriber and signal, whatever the outcome, with the reason (EXE-17, 18; P6)."""

    queryset = Execution.objects.none()
    serializer_class = ExecutionSerializer
    filterset_class = filters.ExecutionFilter
    ordering_fields = ("created_at", "completed_at", "execution_time_ms", "rank")

    def get_queryset(self) -> QuerySet[Execution]:
        rows = queries.visible_executions(person(self.request))
        return rows.select_related("position") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ExecutionDetailSerializer if self.action == "retrieve" else ExecutionSerializer

    @extend_schema(responses=ExecutionDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One execution with its orders, stamps, and the timeline in the reader's language."""
        return super().retrieve(request, *args, **kwargs)

    def extra_context(self, rows: Sequence[Execution]) -> dict[str, Any]:
        if self.action != "retrieve":
            return {"funds": funds_by_execution([row.pk for row in rows])}
        execution = rows[0]
        orders = list(queries.orders_of(execution).select_related("execution__bot", "execution__user", "position"))
        lines = build_timeline(
            execution,
            signal=execution.signal,
            position=execution.position,
            events=queries.events_of(execution),
            orders=orders,
            closed=queries.closed_against(execution, orders),
            mine=execution.user_id == person(self.request).pk,
            knows_owner=may_identify(person(self.request), execution.user_id),
        )
        return {"orders": orders, "timeline": lines, "funds": {execution.pk: sum_funds(orders)}}


class OrderViewSet(Facts[Order]):
    """Every order that was meant to be sent, with what became of it (ORD-01, 03)."""

    queryset = Order.objects.none()
    serializer_class = OrderSerializer
    filterset_class = filters.OrderFilter
    ordering_fields = ("created_at", "updated_at")

    def get_queryset(self) -> QuerySet[Order]:
        return queries.visible_orders(person(self.request))


class FillViewSet(Facts[Fill]):
    """Trades as the exchange reported them (D13)."""

    queryset = Fill.objects.none()
    serializer_class = FillSerializer
    filterset_class = filters.FillFilter
    ordering_fields = ("filled_at",)

    def get_queryset(self) -> QuerySet[Fill]:
        return queries.visible_fills(person(self.request))


class ClosingSerializer(serializers.Serializer[Any]):
    """The close is on its way; follow `signal_id`."""

    signal_id = serializers.UUIDField()
    position_id = serializers.UUIDField()


class PositionViewSet(Facts[Position]):
    """Positions, open and closed, with the result at the last known price (DSH-06)."""

    queryset = Position.objects.none()
    serializer_class = PositionSerializer
    filterset_class = filters.PositionFilter
    ordering_fields = ("opened_at", "closed_at", "realized_pnl")

    def get_queryset(self) -> QuerySet[Position]:
        return queries.visible_positions(person(self.request))

    def extra_context(self, rows: Sequence[Position]) -> dict[str, Any]:
        held = [row for row in rows if row.status == Position.PositionStatus.OPEN]
        return {"prices": current_prices(held)}

    @extend_schema(responses=StrategyResultSerializer(many=True))
    @action(detail=False, url_path="by-strategy", pagination_class=None)
    def by_strategy(self, request: Request) -> Response:
        """Realized P&L of the closed positions by strategy (ORD-02), over what the list's own filters leave."""
        found = results_by_strategy(self.filter_queryset(self.get_queryset()))
        return Response(StrategyResultSerializer(found, many=True).data)

    @extend_schema(request=None, responses={202: ClosingSerializer, 409: CONFLICT})
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close an own position now, at market (D32). Never blocked by limits, pauses or quotas (D1)."""
        position = self.get_object()
        if position.user_id != person(request).pk:
            raise Problem(403, "not_yours", _("Only its owner can close a position."))
        if position.status != Position.PositionStatus.OPEN:
            raise Problem(409, "already_closed", _("This position is closed already."))
        signal = close_by_hand(position=position, user=person(request), request=request._request)
        return Response({"signal_id": signal.pk, "position_id": position.pk}, status.HTTP_202_ACCEPTED)


class TradeViewSet(Facts[Position]):
    """My trades, open and closed (DSH-13)."""

    queryset = Position.objects.none()
    serializer_class = TradeSerializer
    filterset_class = filters.PositionFilter
    ordering_fields = ("opened_at", "closed_at", "realized_pnl")

    def get_queryset(self) -> QuerySet[Position]:
        return queries.own_positions(person(self.request))
