"""What a person is told and must not miss: stays until it is over or put aside."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bots.models import Bot
from exchanges.models import ExchangeAccount


class NoticeKind(models.TextChoices):
    """The words of `signals.troubles.TroubleKind`, that recurring work succeeds again, and `notifications.incidents`."""

    CLOSED_UNPROTECTED = "closed_unprotected", _("Position closed without a stop loss")
    ACCOUNT_ATTENTION = "account_attention", _("Account needs attention")
    FOREIGN_POSITION = "foreign_position", _("Unknown position on the account")
    FOREIGN_ORDERS = "foreign_orders", _("Unknown orders on the account")
    NET_STANDS = "net_stands", _("A stop stands that should be gone")
    WORKFLOW_FAILING = "workflow_failing", _("Recurring work fails")
    WORKFLOW_RECOVERED = "workflow_recovered", _("Recurring work succeeds again")
    ENTRIES_PAUSED = "entries_paused", _("New entries at an exchange are paused")
    SIGNALS_MISSED = "signals_missed", _("Signals were missed")
    EXECUTION_GIVEN_UP = "execution_given_up", _("An execution was given up")


OF_OPERATORS = (
    NoticeKind.WORKFLOW_FAILING,
    NoticeKind.WORKFLOW_RECOVERED,
    NoticeKind.ENTRIES_PAUSED,
    NoticeKind.SIGNALS_MISSED,
    NoticeKind.EXECUTION_GIVEN_UP,
)


class Notice(models.Model):
    """One thing told to one person, once until it is over: `subject` is the same for the same trouble.

    `bot` is set where the person is told as that bot's manager; the client then stays a pseudonym. `account` is null where it
    is about the service itself (`OF_OPERATORS`). The sentences are made
    from kind and `figures` when they are read (`notifications.texts`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30, choices=NoticeKind.choices)
    subject = models.CharField(max_length=100)
    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    account = models.ForeignKey(ExchangeAccount, on_delete=models.CASCADE, null=True, related_name="notices")
    position_id = models.UUIDField(null=True, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    # When it was last found to be so.
    seen_at = models.DateTimeField(default=timezone.now)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "subject"],
                condition=Q(resolved_at=None),
                nulls_distinct=False,
                name="told_once_until_it_is_over",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notice_user_time"),
            models.Index(fields=["kind", "subject"], condition=Q(resolved_at=None), name="notice_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_standing(self) -> bool:
        return self.resolved_at is None and self.dismissed_at is None
