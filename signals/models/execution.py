"""What each subscriber's share of a signal became, and its timeline."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from bots.models import Bot
from exchanges.fields import percent_field, price_field, quantity_field
from exchanges.models import ExchangeAccount
from signals.models.position import Position
from signals.models.signal import Signal
from signals.states import IN_FLIGHT, UNSETTLED, Action, Protection, State, Status, status_of
from subscriptions.models import Subscription


class Execution(models.Model):
    """One subscriber's share of a signal (EXE-17, 18): the outbox row, the state, the stamps and the reason.

    Moves follow `signals.states.MOVES`; every move is one conditional UPDATE in `signals.ledger`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Each of five moves writes every index anew, so there is none beside those below that begin with the same column.
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, db_index=False, related_name="executions")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, db_index=False, related_name="executions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="executions"
    )
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, db_index=False, related_name="executions")
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
    # Quote currency for one US dollar when it was sent: what `margin_usd` was turned into.
    usd_rate = price_field(default=1, db_default=1)
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

    attempts = models.PositiveIntegerField(default=0)
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

    # How many positions of others its exits closed, where that was asked (`signals.queries.count_closed`).
    closed_count: int = 0

    class Meta:
        verbose_name = _("execution")
        verbose_name_plural = _("executions")
        ordering = ["-created_at", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["signal", "subscription"], name="one_execution_per_signal_and_subscription"
            ),
            models.UniqueConstraint(
                "account",
                "symbol_key",
                # close_all is one per subscription: that of another bot on the account does not wait for it (D1)
                Case(When(symbol_key="*", then=F("subscription")), default=F("account")),
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
