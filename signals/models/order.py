"""What we sent to the exchanges, written before its bytes left."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bots.models import MarketType
from exchanges.fields import price_field, quantity_field
from exchanges.models import ExchangeAccount
from signals.models.execution import Execution
from signals.models.position import Position
from signals.states import LIVE_ORDERS, OrderStatus
from signals.strategy_sources import strategy_field


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
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, db_index=False, related_name="orders")
    symbol_key = models.CharField(max_length=50)
    market_type = models.CharField(max_length=10, choices=MarketType.choices)
    leg = models.CharField(max_length=6, choices=OrderLeg.choices)
    attempt = models.PositiveIntegerField(default=1)
    client_order_id = models.CharField(max_length=36)
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
    strategy_source = strategy_field()
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
        # `unique=True` would make a second index, for LIKE, which is written with every order and never read.
        constraints = [models.UniqueConstraint(fields=["client_order_id"], name="one_order_per_client_order_id")]
        indexes = [
            models.Index(fields=["account", "exchange_order_id"], name="order_account_exchange_id"),
            models.Index(
                fields=["account", "triggered_order_id"],
                condition=~Q(triggered_order_id=""),
                name="order_account_triggered_id",
            ),
            models.Index(fields=["account"], condition=Q(status__in=LIVE_ORDERS), name="order_live"),
        ]

    def __str__(self) -> str:
        return f"{self.leg} {self.client_order_id}"
