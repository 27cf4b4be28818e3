"""Who follows which bot, on which terms."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.models import LEVERAGE_RANGE, MARGIN_RANGE, STOP_LOSS_RANGE, TAKE_PROFIT_RANGE, Bot, MarginMode
from bots.ranges import AtLeast, AtMost
from exchanges.fields import percent_field
from exchanges.models import ExchangeAccount


class SubscriptionStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")


class Subscription(models.Model):
    """A client follows a bot (SUB-04…10). A custom value that is NULL means the bot's default, also after it changes (SUB-09)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="subscriptions")
    exchange_account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(max_length=10, choices=SubscriptionStatus.choices, default=SubscriptionStatus.ACTIVE)

    custom_leverage = models.PositiveSmallIntegerField(null=True, blank=True, validators=LEVERAGE_RANGE)
    custom_margin_usd = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=MARGIN_RANGE
    )
    custom_stop_loss_pct = percent_field(null=True, blank=True, validators=STOP_LOSS_RANGE)
    custom_take_profit_pct = percent_field(null=True, blank=True, validators=TAKE_PROFIT_RANGE)
    custom_margin_mode = models.CharField(max_length=10, choices=MarginMode.choices, null=True, blank=True)
    stop_loss_enabled = models.BooleanField(default=True)
    take_profit_enabled = models.BooleanField(default=True)

    max_daily_loss_usd = models.DecimalField(
        max_digits=18, decimal_places=2, default=Decimal("200.00"), validators=[AtLeast(Decimal("0.01"))]
    )
    max_concurrent_positions = models.PositiveSmallIntegerField(default=3, validators=[AtLeast(1), AtMost(100)])
    # Percent from the alert's price; NULL = 0.50 on real accounts, off on paper (P5).
    max_price_deviation_pct = percent_field(
        null=True, blank=True, validators=[AtLeast(Decimal("0.01")), AtMost(Decimal("100"))]
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["user", "bot"], name="one_subscription_per_user_and_bot")]
        indexes = [models.Index(fields=["bot", "status"], name="subscription_bot_status")]

    def __str__(self) -> str:
        return f"{str(self.id)[:8]} → {self.bot}"  # no name: managers read this too
