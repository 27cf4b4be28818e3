"""How the lists of the API are filtered."""

from datetime import UTC
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.fields import IsoDateTimeField

from signals.models import Execution, Fill, Order, OrderLeg, OrderStatus, Position, Signal, SignalStatus
from signals.queries import BY_STATUS
from signals.states import Action, State, Status
from signals.strategy_sources import StrategySource


class MomentField(IsoDateTimeField):
    """A moment in UTC: the database takes no offset beyond ±15:59, which ISO 8601 allows."""

    def to_python(self, value: Any) -> Any:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else moment
        except OverflowError as error:  # beyond the years 1 to 9999
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField


class InTime(django_filters.FilterSet):
    """`?since=` and `?until=`, ISO 8601, on the field in `moment`."""

    since = MomentFilter(method="from_moment")
    until = MomentFilter(method="to_moment")
    moment = "created_at"

    def from_moment(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(**{f"{self.moment}__gte": value})

    def to_moment(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(**{f"{self.moment}__lt": value})


class SignalFilter(InTime):
    bot = django_filters.UUIDFilter(field_name="bot_id")
    status = django_filters.ChoiceFilter(choices=SignalStatus.choices)
    action = django_filters.ChoiceFilter(choices=Action.choices)
    symbol = django_filters.CharFilter(field_name="symbol_key", lookup_expr="iexact")
    is_test = django_filters.BooleanFilter()
    strategy = django_filters.ChoiceFilter(field_name="strategy_source", choices=StrategySource.choices)

    class Meta:
        model = Signal
        fields = ("bot", "status", "action", "symbol", "is_test", "strategy")


class ExecutionFilter(InTime):
    signal = django_filters.UUIDFilter(field_name="signal_id")
    subscription = django_filters.UUIDFilter(field_name="subscription_id")
    bot = django_filters.UUIDFilter(field_name="bot_id")
    position = django_filters.UUIDFilter(field_name="position_id")
    status = django_filters.ChoiceFilter(choices=Status.choices, method="filter_status")
    state = django_filters.ChoiceFilter(choices=State.choices)
    action = django_filters.ChoiceFilter(choices=Action.choices)
    reason = django_filters.CharFilter(field_name="reason_code")
    symbol = django_filters.CharFilter(field_name="symbol_key", lookup_expr="iexact")
    strategy = django_filters.ChoiceFilter(field_name="signal__strategy_source", choices=StrategySource.choices)

    class Meta:
        model = Execution
        fields = (
            "signal",
            "subscription",
            "bot",
            "position",
            "status",
            "state",
            "action",
            "reason",
            "symbol",
            "strategy",
        )

    def filter_status(self, rows: QuerySet[Execution], name: str, value: str) -> QuerySet[Execution]:
        return rows.filter(BY_STATUS[value])


class OrderFilter(InTime):
    execution = django_filters.UUIDFilter(field_name="execution_id")
    signal = django_filters.UUIDFilter(field_name="execution__signal_id")
    position = django_filters.UUIDFilter(field_name="position_id")
    bot = django_filters.UUIDFilter(field_name="execution__bot_id")
    status = django_filters.ChoiceFilter(choices=OrderStatus.choices)
    leg = django_filters.ChoiceFilter(choices=OrderLeg.choices)
    symbol = django_filters.CharFilter(field_name="symbol_key", lookup_expr="iexact")
    strategy = django_filters.ChoiceFilter(field_name="strategy_source", choices=StrategySource.choices)

    class Meta:
        model = Order
        fields = ("execution", "signal", "position", "bot", "status", "leg", "symbol", "strategy")


class FillFilter(InTime):
    order = django_filters.UUIDFilter(field_name="order_id")
    position = django_filters.UUIDFilter(field_name="position_id")
    symbol = django_filters.CharFilter(field_name="symbol_key", lookup_expr="iexact")
    moment = "filled_at"

    class Meta:
        model = Fill
        fields = ("order", "position", "symbol")


class PositionFilter(InTime):
    status = django_filters.ChoiceFilter(choices=Position.PositionStatus.choices)
    side = django_filters.ChoiceFilter(choices=Position.Side.choices)
    bot = django_filters.UUIDFilter(field_name="bot_id")
    subscription = django_filters.UUIDFilter(field_name="subscription_id")
    account = django_filters.UUIDFilter(field_name="account_id")
    symbol = django_filters.CharFilter(field_name="symbol_key", lookup_expr="iexact")
    strategy = django_filters.ChoiceFilter(field_name="strategy_source", choices=StrategySource.choices)
    closed_since = MomentFilter(field_name="closed_at", lookup_expr="gte")
    closed_until = MomentFilter(field_name="closed_at", lookup_expr="lt")
    moment = "opened_at"

    class Meta:
        model = Position
        fields = ("status", "side", "bot", "subscription", "account", "symbol", "strategy")
