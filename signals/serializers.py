"""What the API answers of signals and executions. Facts: nothing here is ever written."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from signals.book_serializers import OrderSerializer
from signals.funds import NOTHING, Funds
from signals.models import Execution, Signal, SignalStatus
from signals.reasons import english_reason, params_to_tell, reason_text
from signals.states import State, Status
from signals.strategy_sources import StrategySource
from signals.viewer_serializers import ForViewer, OfBot, OfSubscriber
from subscriptions.pseudonyms import may_identify

STAMPS = (
    "created_at", "queued_at", "claimed_at", "sent_at", "acknowledged_at", "filled_at", "protected_at", "completed_at",
    "closed_at",
)  # fmt: skip


class StatsSerializer(serializers.Serializer[Any]):
    """D3: total = successful + failed + skipped + queued; `duration_ms` from receipt to the last settled, 0 while it runs."""

    total_subscribers = serializers.IntegerField()
    queued = serializers.IntegerField()
    successful_executions = serializers.IntegerField()
    failed_executions = serializers.IntegerField()
    skipped_executions = serializers.IntegerField()
    duration_ms = serializers.IntegerField()


class StatField(serializers.IntegerField):
    """One of the figures in `context["stats"]`, by its name."""

    def __init__(self) -> None:
        super().__init__(read_only=True)

    def get_attribute(self, instance: Signal) -> int:
        figure: int = self.context["stats"][instance.pk][self.field_name]
        return figure


class SignalSerializer(ForViewer, OfBot):
    """A signal and what came of it. `broadcast_stats` and the flat keys are as in the webhook's answer (WHK-14, 15).

    Payload and address are for those who look after the bot. `context["stats"]`: figures by signal id.
    """

    success = serializers.SerializerMethodField()
    signal_id = serializers.UUIDField(source="id")
    is_complete = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField(help_text="Why it was refused, in the reader's language; else empty.")
    source_ip = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField()
    broadcast_stats = serializers.SerializerMethodField()
    total_subscribers = StatField()
    successful_executions = StatField()
    failed_executions = StatField()
    skipped_executions = StatField()

    class Meta:
        model = Signal
        fields = (
            "id", "signal_id", "success", "bot_id", "bot_name", "ticker", "symbol", "action", "price", "source",
            "strategy_source", "source_ip", "payload", "status", "refusal_code", "refusal_params", "refusal", "is_test", "duplicates",
            "alert_time", "broadcast_stats", "total_subscribers", "successful_executions", "failed_executions",
            "skipped_executions", "broadcast_duration_ms", "is_complete", "created_at", "completed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_success(self, signal: Signal) -> bool:
        return signal.status == SignalStatus.ACCEPTED

    def get_is_complete(self, signal: Signal) -> bool:
        return signal.completed_at is not None

    def get_refusal(self, signal: Signal) -> str:
        return reason_text(signal.refusal_code, signal.refusal_params)

    def get_source_ip(self, signal: Signal) -> str | None:
        return signal.source_ip if self.looks_after(signal.bot) else None

    def get_payload(self, signal: Signal) -> dict[str, Any] | None:
        return signal.payload if self.looks_after(signal.bot) else None

    def get_broadcast_stats(self, signal: Signal) -> StatsSerializer:
        return self.context["stats"][signal.pk]


class ExecutionSerializer(OfSubscriber, OfBot):
    """One subscriber's share of a signal (EXE-17): `state` is the machine's, `status` EXE-17's word for it (D12).

    `context["funds"]`: by execution id. `reason` is in the reader's language; `error_message` holds the canonical English
    text where the exchange said nothing.
    """

    execution_id = serializers.UUIDField(source="id")
    signal_id = serializers.UUIDField()
    subscription_id = serializers.UUIDField()
    user_id = serializers.SerializerMethodField()
    position_id = serializers.UUIDField(allow_null=True)
    ticker = serializers.CharField(source="signal.ticker")
    signal_price = serializers.DecimalField(18, 8, source="signal.price", allow_null=True)
    status = serializers.ChoiceField(choices=Status.choices)
    reason_params = serializers.SerializerMethodField(
        help_text="Without what it tells of the client's other trading, for those who may not know whose it is."
    )
    reason = serializers.SerializerMethodField()
    error_code = serializers.SerializerMethodField()
    error_message = serializers.SerializerMethodField()
    strategy_source = serializers.ChoiceField(source="signal.strategy_source", choices=StrategySource.choices)
    blocked = serializers.SerializerMethodField(help_text="Margin held back for its entry order (ORD-04…06).")
    invested = serializers.SerializerMethodField(help_text="Margin that its entry put in and the position still holds.")

    class Meta:
        model = Execution
        fields: tuple[str, ...] = (
            "id", "execution_id", "signal_id", "subscription_id", "user_id", "subscriber", "account_id", "account_name",
            "bot_id", "bot_name", "position_id", "ticker", "symbol", "action", "signal_price", "status", "state",
            "protection", "rank", "leverage", "margin_usd", "stop_loss_pct", "take_profit_pct", "margin_mode",
            "price_at_send", "requested_quantity", "strategy_source", "blocked", "invested",
            "exchange_order_id", "executed_price", "executed_quantity",
            "stop_loss_order_id", "take_profit_order_id", "stop_loss_price", "take_profit_price",
            "stop_loss_sent_price", "take_profit_sent_price", "reason_code", "reason_params", "reason", "error_code",
            "error_message", "execution_time_ms", "unprotected_ms", *STAMPS,
        )  # fmt: skip
        read_only_fields = fields

    def get_user_id(self, execution: Execution) -> UUID | None:
        return self.only_if_known(execution.user_id, execution.user_id)

    def get_blocked(self, execution: Execution) -> str:
        return f"{self._funds(execution).blocked:.8f}"

    def get_invested(self, execution: Execution) -> str:
        return f"{self._funds(execution).invested:.8f}"

    def _funds(self, execution: Execution) -> Funds:
        found: dict[UUID, Funds] = self.context["funds"]
        return found.get(execution.pk, NOTHING)

    def get_reason_params(self, execution: Execution) -> dict[str, Any]:
        knows_owner = may_identify(self.viewer, execution.user_id)
        return params_to_tell(execution.reason_code, execution.reason_params, knows_owner=knows_owner)

    def get_reason(self, execution: Execution) -> str:
        return reason_text(execution.reason_code, self.get_reason_params(execution))

    def get_error_code(self, execution: Execution) -> str:
        return execution.error_code or (execution.reason_code if _went_wrong(execution) else "")

    def get_error_message(self, execution: Execution) -> str:
        if execution.error_message or not _went_wrong(execution):
            return execution.error_message
        return english_reason(execution.reason_code, self.get_reason_params(execution))


def _went_wrong(execution: Execution) -> bool:
    return execution.status in (Status.SKIPPED, Status.FAILED) or execution.state == State.UNCONFIRMED


class TimelineLineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    code = serializers.CharField()
    text = serializers.CharField()
    since_start_ms = serializers.IntegerField()
    params = serializers.DictField()


class StampsSerializer(serializers.Serializer[Execution]):
    """The latency ledger: when each step was done; null = not reached."""

    received_at = serializers.DateTimeField(source="signal.created_at")
    queued_at = serializers.DateTimeField(allow_null=True)
    claimed_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    filled_at = serializers.DateTimeField(allow_null=True)
    protected_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class ExecutionDetailSerializer(ExecutionSerializer):
    """An execution with its orders, stamps and timeline. `context["orders"]`, `context["timeline"]`."""

    stamps = serializers.SerializerMethodField()
    orders = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    class Meta(ExecutionSerializer.Meta):
        fields = (*ExecutionSerializer.Meta.fields, "stamps", "orders", "timeline")

    def get_stamps(self, execution: Execution) -> StampsSerializer:
        return StampsSerializer(execution).data  # type: ignore[return-value]

    def get_orders(self, execution: Execution) -> OrderSerializer(many=True):  # type: ignore[valid-type]
        return OrderSerializer(self.context["orders"], many=True, context=self.context).data

    def get_timeline(self, execution: Execution) -> TimelineLineSerializer(many=True):  # type: ignore[valid-type]
        return TimelineLineSerializer(self.context["timeline"], many=True).data
