"""What was alerted and stored: the signal."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bots.models import Bot
from signals.states import Action
from signals.strategy_sources import strategy_field


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
    strategy_source = strategy_field()
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
