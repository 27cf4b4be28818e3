"""What accounts hold: our positions, and what is held beside them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.readable import exact
from bots.models import Bot, MarginMode, MarketType
from exchanges.fields import money_field, price_field, quantity_field
from exchanges.models import ExchangeAccount
from signals.strategy_sources import strategy_field
from subscriptions.models import Subscription


class Position(models.Model):
    """What a subscription holds (or held) on a symbol, from the exchange's fills (D13). Quantity in base units, positive."""

    class Side(models.TextChoices):
        LONG = "long", _("Long")
        SHORT = "short", _("Short")

    class PositionStatus(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, db_index=False, related_name="positions")
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
    # Of the signal whose entry opened it: whatever it brings is that strategy's (ORD-02).
    strategy_source = strategy_field()

    # `quantity` is what is held now (0 when closed); `opened_quantity` what was bought or sold in all to open it.
    quantity = quantity_field()
    opened_quantity = quantity_field()
    entry_price = price_field()
    exit_price = price_field(null=True, blank=True)
    stop_price = price_field(null=True, blank=True)
    target_price = price_field(null=True, blank=True)
    realized_pnl = money_field(default=0)  # in USD, net of fees and funding
    # Quote currency for one US dollar when it was entered; 1 where the quote is a dollar coin.
    usd_rate = price_field(default=1, db_default=1)
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
            models.Index(fields=["fills_booked_at"], condition=Q(status="closed"), name="position_booked"),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {exact(self.opened_quantity)} {self.symbol_key}"


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
