"""What a manager offers: a bot, its defaults and policies, its webhook address and secret."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.ranges import AtLeast, AtMost
from exchanges.fields import percent_field


class MarketType(models.TextChoices):
    FUTURES = "futures", _("Futures")
    SPOT = "spot", _("Spot")


class BotStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ARCHIVED = "archived", _("Archived")


class MarginMode(models.TextChoices):
    ISOLATED = "isolated", _("Isolated")
    CROSS = "cross", _("Cross")


class OppositePolicy(models.TextChoices):
    """What an opposite signal does to an open position (D10)."""

    REVERSE = "reverse", _("Close, then open the other side")
    CLOSE_ONLY = "close_only", _("Close only")
    IGNORE = "ignore", _("Ignore")


class SameSidePolicy(models.TextChoices):
    """What a signal of the same side does to an open position (D10)."""

    IGNORE = "ignore", _("Ignore")
    ADD = "add", _("Add to the position")


LEVERAGE_RANGE = [AtLeast(1), AtMost(125)]
MARGIN_RANGE = [AtLeast(Decimal("10")), AtMost(Decimal("1000000"))]
STOP_LOSS_RANGE = [AtLeast(Decimal("0.1")), AtMost(Decimal("100"))]
TAKE_PROFIT_RANGE = [AtLeast(Decimal("0.1")), AtMost(Decimal("1000"))]


class Bot(models.Model):
    """A bot (BOT-01…11). Its secret is kept twice: a keyed digest to compare with, and sealed (SEC-09); never plain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bots", verbose_name=_("manager")
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    market_type = models.CharField(
        _("market type"), max_length=10, choices=MarketType.choices, default=MarketType.FUTURES
    )
    status = models.CharField(_("status"), max_length=10, choices=BotStatus.choices, default=BotStatus.ACTIVE)

    master_webhook_path = models.CharField(
        _("webhook path"),
        max_length=255,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", _("Use letters, digits, hyphens, underscores and dots."))
        ],
    )
    secret_digest = models.CharField(max_length=64, editable=False)
    secret_sealed = models.BinaryField(editable=False)
    secret_wrapped_key = models.BinaryField(editable=False)
    secret_key_id = models.CharField(max_length=40, editable=False)
    previous_secret_digest = models.CharField(max_length=64, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)

    default_leverage = models.PositiveSmallIntegerField(_("default leverage"), default=10, validators=LEVERAGE_RANGE)
    default_margin_usd = models.DecimalField(
        _("default margin (USD)"), max_digits=18, decimal_places=2, default=Decimal("50.00"), validators=MARGIN_RANGE
    )
    default_stop_loss_pct = percent_field(
        verbose_name=_("default stop loss (%)"), default=Decimal("2.50"), validators=STOP_LOSS_RANGE
    )
    default_take_profit_pct = percent_field(
        verbose_name=_("default take profit (%)"), default=Decimal("5.00"), validators=TAKE_PROFIT_RANGE
    )
    default_margin_mode = models.CharField(
        _("default margin mode"), max_length=10, choices=MarginMode.choices, default=MarginMode.ISOLATED
    )
    allow_no_stop = models.BooleanField(_("clients may switch stop loss and take profit off"), default=False)
    opposite_policy = models.CharField(
        _("on an opposite signal"), max_length=10, choices=OppositePolicy.choices, default=OppositePolicy.REVERSE
    )
    same_side_policy = models.CharField(
        _("on a signal of the same side"), max_length=10, choices=SameSidePolicy.choices, default=SameSidePolicy.IGNORE
    )
    max_signal_age_s = models.PositiveIntegerField(
        _("oldest signal executed (s)"), default=60, validators=[AtLeast(5), AtMost(3600)]
    )
    duplicate_window_s = models.PositiveIntegerField(_("duplicate window (s)"), default=20, validators=[AtMost(3600)])
    quota_per_minute = models.PositiveIntegerField(
        _("signals per minute"), default=10, validators=[AtLeast(1), AtMost(600)]
    )

    # Aggregated at the end of each broadcast and when the books of its trades are closed (BOT-20), never written by an execution.
    total_subscribers = models.PositiveIntegerField(default=0, editable=False)
    total_signals_sent = models.PositiveIntegerField(default=0, editable=False)
    closed_trades = models.PositiveIntegerField(default=0, editable=False)
    avg_win_rate = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(0), editable=False)
    avg_pnl_pct = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0), editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def webhook_url_path(self) -> str:
        return f"/api/v1/bots/webhook/master/{self.master_webhook_path}"
