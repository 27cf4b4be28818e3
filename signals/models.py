"""What happened: Signal, Execution, Order, Fill, Position. Facts, written by `receive`, `ledger` and `reconcile` only."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bots.models import Bot, MarginMode, MarketType
from exchanges.fields import money_field, percent_field, price_field, quantity_field
from exchanges.models import ExchangeAccount
from signals.states import IN_FLIGHT, UNSETTLED, Action, Protection, State, Status, status_of
from subscriptions.models import Subscription


class SignalStatus(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")


class Signal(models.Model):
    """An alert that was stored (WHK-09, 10). A refused one executes nothing and says why. `price` as the alert gave it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="signals")
    ticker = models.CharField(max_length=50)
    symbol_key = models.CharField(max_length=50)
    action = models.CharField(max_length=10, choices=Action.choices)
    price = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    source = models.CharField(max_length=20, default="tradingview")
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    payload = models.JSONField(default=dict)
    alert_time = models.DateTimeField(null=True, blank=True)
    # The order in which signals take effect (D9): the alert's time where given, else arrival.
    effective_at = models.DateTimeField()
    duplicate_key = models.CharField(max_length=64, db_index=True)
    duplicate_for_ever = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=SignalStatus.choices, default=SignalStatus.ACCEPTED)
    refusal_code = models.CharField(max_length=50, blank=True)
    refusal_params = models.JSONField(default=dict, blank=True)
    is_test = models.BooleanField(default=False)
    # False for a close of single positions (a client's button, a cancelled subscription): it supersedes nobody else's opens.
    is_broadcast = models.BooleanField(default=True)
    duplicates = models.PositiveIntegerField(default=0)

    total_subscribers = models.PositiveIntegerField(default=0)
    successful_executions = models.PositiveIntegerField(default=0)
    failed_executions = models.PositiveIntegerField(default=0)
    skipped_executions = models.PositiveIntegerField(default=0)
    broadcast_duration_ms = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["bot", "-created_at"], name="signal_bot_time"),
            models.Index(fields=["bot", "duplicate_key", "-created_at"], name="signal_duplicate"),
            models.Index(fields=["bot", "-effective_at"], name="signal_bot_effective"),
            models.Index(fields=["created_at"], condition=Q(completed_at=None), name="signal_running"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.ticker}"


class Position(models.Model):
    """What a subscription holds (or held) on a symbol, from the exchange's fills (D13). Quantity in base units, positive."""

    class Side(models.TextChoices):
        LONG = "long", _("Long")
        SHORT = "short", _("Short")

    class PositionStatus(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="positions")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="positions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="positions")
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="positions")
    exchange = models.CharField(max_length=50)
    market_type = models.CharField(max_length=10, choices=MarketType.choices)
    symbol_key = models.CharField(max_length=50)
    side = models.CharField(max_length=5, choices=Side.choices)
    status = models.CharField(max_length=6, choices=PositionStatus.choices, default=PositionStatus.OPEN)
    leverage = models.PositiveSmallIntegerField(default=1)
    margin_mode = models.CharField(max_length=10, choices=MarginMode.choices, default=MarginMode.ISOLATED)

    # `quantity` is what is held now (0 when closed); `opened_quantity` what was bought or sold in all to open it.
    quantity = quantity_field()
    opened_quantity = quantity_field()
    entry_price = price_field()
    exit_price = price_field(null=True, blank=True)
    stop_price = price_field(null=True, blank=True)
    target_price = price_field(null=True, blank=True)
    realized_pnl = money_field(default=0)  # net of fees and funding
    fees = money_field(default=0)
    funding = money_field(default=0)  # paid, in USD; negative = received
    funding_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    exit_reason = models.CharField(max_length=50, blank=True)

    # `effective_at` of the newest signal that opened or added (D9): an older close does not touch it.
    effective_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    protected_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Milliseconds that the position stood without the stop that was configured for it (D7).
    unprotected_ms = models.PositiveIntegerField(default=0)
    fills_booked_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "symbol_key"], condition=Q(status="open"), name="one_open_position_per_symbol"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="position_quantity_not_negative"),
        ]
        indexes = [
            models.Index(fields=["account", "symbol_key"], condition=Q(status="open"), name="position_open_account"),
            models.Index(fields=["bot", "symbol_key"], condition=Q(status="open"), name="position_open_bot"),
            models.Index(fields=["subscription", "closed_at"], name="position_subscription_closed"),
            models.Index(fields=["symbol_key"], condition=Q(status="open"), name="position_open_symbol"),
            models.Index(fields=["account"], condition=Q(fills_booked_at=None), name="position_unbooked"),
            models.Index(fields=["opened_at"], name="position_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol_key}"


class Execution(models.Model):
    """One subscriber's share of a signal (EXE-17, 18): the outbox row, the state, the stamps and the reason.

    Moves follow `signals.states.MOVES`; every move is one conditional UPDATE in `signals.ledger`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="executions")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="executions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="executions")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="executions")
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="executions")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="executions")
    action = models.CharField(max_length=10, choices=Action.choices)
    # '*' for close_all, which concerns every symbol.
    symbol_key = models.CharField(max_length=50)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    protection = models.CharField(max_length=6, choices=Protection.choices, default=Protection.NONE)
    rank = models.PositiveIntegerField(default=0)

    # The terms that were effective (EXE-01), and what was computed from them.
    leverage = models.PositiveSmallIntegerField(null=True, blank=True)
    margin_usd = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    stop_loss_pct = percent_field(null=True, blank=True)
    take_profit_pct = percent_field(null=True, blank=True)
    margin_mode = models.CharField(max_length=10, blank=True)
    price_at_send = price_field(null=True, blank=True)
    requested_quantity = quantity_field(null=True, blank=True)

    exchange_order_id = models.CharField(max_length=64, blank=True)
    executed_price = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    executed_quantity = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    stop_loss_order_id = models.CharField(max_length=64, blank=True)
    take_profit_order_id = models.CharField(max_length=64, blank=True)
    # Computed (half-up to 0.01, EXE-15) and as sent (on the exchange's tick, D26).
    stop_loss_price = price_field(null=True, blank=True)
    take_profit_price = price_field(null=True, blank=True)
    stop_loss_sent_price = price_field(null=True, blank=True)
    take_profit_sent_price = price_field(null=True, blank=True)

    reason_code = models.CharField(max_length=50, blank=True)
    reason_params = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.CharField(max_length=500, blank=True)

    attempts = models.PositiveSmallIntegerField(default=0)
    # The fence: every takeover raises it, every write by a worker names it.
    lease_epoch = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    # The worker that holds the lease (`signals.ledger.presence`); without one only the time speaks for it.
    lease_owner = models.BigIntegerField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    filled_at = models.DateTimeField(null=True, blank=True)
    protected_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    execution_time_ms = models.PositiveIntegerField(null=True, blank=True)
    unprotected_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("execution")
        verbose_name_plural = _("executions")
        ordering = ["-created_at", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["signal", "subscription"], name="one_execution_per_signal_and_subscription"
            ),
            models.UniqueConstraint(
                fields=["account", "symbol_key"],
                condition=Q(state__in=IN_FLIGHT),
                name="one_in_flight_per_account_symbol",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="execution_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["signal", "rank"], name="execution_signal"),
            models.Index(fields=["user", "-created_at"], name="execution_user_time"),
            models.Index(fields=["subscription", "-created_at"], name="execution_subscription_time"),
            models.Index(fields=["bot", "-created_at"], name="execution_bot_time"),
            models.Index(fields=["created_at"], condition=Q(state__in=UNSETTLED), name="execution_unsettled"),
            models.Index(fields=["subscription"], condition=Q(state__in=UNSETTLED), name="execution_unsettled_sub"),
            models.Index(fields=["signal"], condition=Q(state__in=UNSETTLED), name="execution_unsettled_signal"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.symbol_key} {self.state}"

    @property
    def status(self) -> Status:
        return status_of(self.state, self.reason_code)


class OrderStatus(models.TextChoices):
    """PLANNED = the row stands, the bytes may have left; the rest is what the exchange said."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    PARTIAL = "partial", _("Partly filled")
    FILLED = "filled", _("Filled")
    CANCELLED = "cancelled", _("Cancelled")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Not confirmed")
    EXPIRED = "expired", _("Expired")
    NOT_PLACED = "not_placed", _("Not placed")


class OrderLeg(models.TextChoices):
    ENTRY = "entry", _("Entry")
    STOP = "stop", _("Stop loss")
    TARGET = "target", _("Take profit")
    EXIT = "exit", _("Exit")


class Order(models.Model):
    """One order that we meant to send, written before its bytes leave (ORD-01, 03). Quantity in base units."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="orders")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="orders")
    symbol_key = models.CharField(max_length=50)
    market_type = models.CharField(max_length=10, choices=MarketType.choices)
    leg = models.CharField(max_length=6, choices=OrderLeg.choices)
    attempt = models.PositiveSmallIntegerField(default=1)
    client_order_id = models.CharField(max_length=36, unique=True)
    exchange_order_id = models.CharField(max_length=64, blank=True)
    # The market order that a triggered stop or target became.
    triggered_order_id = models.CharField(max_length=64, blank=True)
    side = models.CharField(max_length=4, choices=[("buy", _("Buy")), ("sell", _("Sell"))])
    kind = models.CharField(max_length=20)
    reduce_only = models.BooleanField(default=False)
    quantity = quantity_field()
    trigger_price = price_field(null=True, blank=True)
    status = models.CharField(max_length=10, choices=OrderStatus.choices, default=OrderStatus.PLANNED)
    filled_quantity = quantity_field(default=0)
    average_price = price_field(null=True, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    strategy_source = models.CharField(max_length=20, default="signal")
    context = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["execution"], name="order_execution"),
            models.Index(fields=["account", "exchange_order_id"], name="order_account_exchange_id"),
            models.Index(
                fields=["account", "triggered_order_id"],
                condition=~Q(triggered_order_id=""),
                name="order_account_triggered_id",
            ),
            models.Index(
                fields=["account"], condition=Q(status__in=("planned", "open", "partial", "unknown")), name="order_live"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.leg} {self.client_order_id}"


class Fill(models.Model):
    """One trade as the exchange reported it: the source of positions, fees and realized P&L (D13)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="fills")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="fills")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="fills")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="fills")
    market_type = models.CharField(max_length=10, choices=MarketType.choices)
    symbol_key = models.CharField(max_length=50)
    trade_id = models.CharField(max_length=64)
    exchange_order_id = models.CharField(max_length=64)
    side = models.CharField(max_length=4)
    price = price_field()
    quantity = quantity_field()
    fee = price_field(default=0)
    fee_currency = models.CharField(max_length=20, blank=True)
    fee_usd = money_field(default=0)
    realized_pnl = money_field(null=True, blank=True)
    filled_at = models.DateTimeField()
    booked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("fill")
        verbose_name_plural = _("fills")
        ordering = ["-filled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "market_type", "symbol_key", "trade_id"], name="one_row_per_trade"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-filled_at"], name="fill_user_time"),
            models.Index(fields=["position"], name="fill_position"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol_key} at {self.price}"


class Funding(models.Model):
    """One funding payment of an account (`amount` < 0: paid), and the position that it was for, where one of ours was open."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="fundings")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="fundings")
    symbol_key = models.CharField(max_length=50)
    payment_id = models.CharField(max_length=64)
    amount = money_field()
    currency = models.CharField(max_length=20)
    paid_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "payment_id"], name="one_row_per_funding_payment")]
        indexes = [models.Index(fields=["position"], name="funding_position")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.symbol_key}"


class ForeignHolding(models.Model):
    """What an account holds on a symbol beside Batuta's positions (opened by hand), as last seen; long positive (D25)."""

    account = models.ForeignKey(ExchangeAccount, on_delete=models.CASCADE, related_name="foreign_holdings")
    market_type = models.CharField(max_length=10, choices=MarketType.choices)
    symbol_key = models.CharField(max_length=50)
    quantity = quantity_field()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "market_type", "symbol_key"], name="one_foreign_holding_per_symbol"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.symbol_key}"


class Lease(models.Model):
    """Who does a job that one process in the whole fleet does, and until when. A holder that freezes loses it by time."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100)
    is_preferred = models.BooleanField(default=False)
    until = models.DateTimeField()
    # Since when there has been a holder without a long gap.
    since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class ExecutionEvent(models.Model):
    """One line of an execution's timeline: what was tried and how it went. Texts are made from code and params when read."""

    id = models.BigAutoField(primary_key=True)
    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="events")
    code = models.CharField(max_length=50)
    params = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["execution", "at"], name="event_execution")]

    def __str__(self) -> str:
        return self.code
