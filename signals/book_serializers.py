"""What the API answers of orders, fills, positions and trades. Facts: nothing here is ever written."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from signals.figures import unrealized_pnl
from signals.funds import funds_of
from signals.models import Fill, Order, Position
from signals.strategy_sources import StrategySource
from signals.viewer_serializers import OfBot, OfSubscriber, TellsExit


class OrderSerializer(OfSubscriber, OfBot):
    """An order as we meant it and as the exchange told it (ORD-01, 03, 07). Quantities in base units."""

    order_id = serializers.UUIDField(source="id")
    avg_fill_price = serializers.DecimalField(source="average_price", max_digits=36, decimal_places=18, allow_null=True)
    execution_id = serializers.UUIDField()
    position_id = serializers.UUIDField(allow_null=True)
    signal_id = serializers.UUIDField(source="execution.signal_id")
    bot_id = serializers.UUIDField(source="execution.bot_id")
    bot_name = serializers.CharField(source="execution.bot.name")
    blocked = serializers.SerializerMethodField(help_text="Margin held back while it may still fill (ORD-04…06).")
    invested = serializers.SerializerMethodField(help_text="Margin of what it filled and the position still holds.")

    class Meta:
        model = Order
        fields = (
            "id", "order_id", "execution_id", "position_id", "signal_id", "bot_id", "bot_name", "subscriber",
            "account_id", "symbol", "market_type", "leg", "attempt", "side", "kind", "reduce_only", "quantity",
            "trigger_price", "status", "filled_quantity", "average_price", "avg_fill_price", "client_order_id", "exchange_order_id",
            "triggered_order_id", "blocked", "invested", "strategy_source", "context", "error_code", "error_message",
            "created_at", "sent_at", "acknowledged_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = fields

    def owner_of(self, row: Order) -> User:
        return row.execution.user

    def get_blocked(self, order: Order) -> str:
        return f"{funds_of(order).blocked:.8f}"

    def get_invested(self, order: Order) -> str:
        return f"{funds_of(order).invested:.8f}"


class FillSerializer(OfSubscriber):
    """One trade as the exchange reported it (D13)."""

    order_id = serializers.UUIDField(allow_null=True)
    position_id = serializers.UUIDField(allow_null=True)
    symbol = serializers.CharField(source="symbol_key")

    class Meta:
        model = Fill
        fields = (
            "id", "order_id", "position_id", "subscriber", "account_id", "symbol", "market_type", "side", "price",
            "quantity", "fee", "fee_currency", "fee_usd", "realized_pnl", "trade_id", "exchange_order_id", "filled_at",
            "booked_at",
        )  # fmt: skip
        read_only_fields = fields


class PositionSerializer(OfSubscriber, OfBot, TellsExit):
    """What a subscription holds or held. `context["prices"]`: last price by position id, where it is known (DSH-06)."""

    position_id = serializers.UUIDField(source="id")
    subscription_id = serializers.UUIDField()
    current_price = serializers.SerializerMethodField()
    unrealized_pnl = serializers.SerializerMethodField()

    class Meta:
        model = Position
        fields = (
            "id", "position_id", "subscription_id", "bot_id", "bot_name", "subscriber", "account_id", "account_name",
            "exchange", "market_type", "symbol", "side", "status", "leverage", "margin_mode", "quantity",
            "opened_quantity", "entry_price", "exit_price", "stop_price", "target_price", "current_price",
            "unrealized_pnl", "realized_pnl", "fees", "funding", "strategy_source", "exit_reason", "exit_reason_text",
            "opened_at", "protected_at", "closed_at", "unprotected_ms",
        )  # fmt: skip
        read_only_fields = fields

    def get_current_price(self, position: Position) -> str | None:
        price = self.context.get("prices", {}).get(position.pk)
        return None if price is None else f"{price:f}"

    def get_unrealized_pnl(self, position: Position) -> str | None:
        price = self.context.get("prices", {}).get(position.pk)
        if price is None or position.status != Position.PositionStatus.OPEN:
            return None
        return f"{unrealized_pnl(position, price):.8f}"


class StrategyResultSerializer(serializers.Serializer[Any]):
    """What the closed positions of one strategy brought, in USD; `realized_pnl` is net of fees and funding (ORD-02)."""

    strategy = serializers.ChoiceField(choices=StrategySource.choices)
    name = serializers.CharField(source="label", help_text="In the reader's language.")
    closed_positions = serializers.IntegerField()
    won = serializers.IntegerField()
    win_rate = serializers.DecimalField(6, 2)
    realized_pnl = serializers.DecimalField(28, 8)
    fees = serializers.DecimalField(28, 8)
    funding = serializers.DecimalField(28, 8, help_text="Paid; negative: received.")


class TradeSerializer(OfBot, TellsExit):
    """DSH-13: an own trade, open or closed; `profit_loss` net of fees, realized so far."""

    trade_id = serializers.UUIDField(source="id")
    quantity = serializers.DecimalField(36, 18, source="opened_quantity")
    entry_time = serializers.DateTimeField(source="opened_at")
    exit_time = serializers.DateTimeField(source="closed_at", allow_null=True)
    profit_loss = serializers.DecimalField(28, 8, source="realized_pnl")

    class Meta:
        model = Position
        fields = (
            "id", "trade_id", "bot_id", "bot_name", "exchange", "market_type", "symbol", "side", "leverage", "quantity",
            "entry_price", "entry_time", "exit_price", "exit_time", "profit_loss", "fees", "status", "exit_reason",
            "exit_reason_text",
        )  # fmt: skip
        read_only_fields = fields
