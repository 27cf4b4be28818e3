"""A client's account at an exchange, its sealed keys, and what was last set there."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exchanges.fields import money_field


class AccountStatus(models.TextChoices):
    CHECKING = "checking", _("Checking")
    VERIFIED = "verified", _("Verified")
    INVALID = "invalid", _("Keys refused")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")


class ExchangeAccount(models.Model):
    """An account at an exchange (EXC-01). Keys are sealed by `exchanges.vault`, one data key per row (D17).

    `is_active` is the client's switch; `status` is what the exchange said of the keys. Opens go only to active, verified accounts.
    Deleting is soft (`deleted_at`): history stays, the sealed keys are destroyed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exchange_accounts")
    exchange = models.CharField(_("exchange"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    testnet = models.BooleanField(_("testnet / demo"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_main = models.BooleanField(_("main account"), default=False)
    status = models.CharField(max_length=20, choices=AccountStatus.choices, default=AccountStatus.CHECKING)
    # A stable code of why the account is not verified, and the exchange's own words.
    status_code = models.CharField(max_length=50, blank=True)
    status_detail = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    position_mode = models.CharField(max_length=10, blank=True)
    can_withdraw = models.BooleanField(null=True)
    ip_restricted = models.BooleanField(null=True)
    # What the exchange said this key may trade when it was last asked; NULL where it does not tell.
    can_trade_spot = models.BooleanField(null=True)
    can_trade_futures = models.BooleanField(null=True)
    # Which kind of account or region the keys are of, where the exchange has several (`Venue.variants`); as sealed with the keys.
    variant = models.CharField(max_length=20, blank=True, editable=False)

    sealed_keys = models.BinaryField(blank=True, editable=False)
    wrapped_data_key = models.BinaryField(blank=True, editable=False)
    key_id = models.CharField(max_length=40, blank=True, editable=False)
    key_last4 = models.CharField(max_length=4, blank=True, editable=False)
    key_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    key_version = models.PositiveIntegerField(default=1, editable=False)

    start_balance = money_field(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("exchange account")
        verbose_name_plural = _("exchange accounts")
        ordering = ["-is_main", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_main=True, deleted_at=None), name="one_main_account_per_user"
            ),
            # one key, one account: two rows over one balance would each believe that it is theirs
            models.UniqueConstraint(
                fields=["key_fingerprint"],
                condition=Q(deleted_at=None) & ~Q(key_fingerprint=""),
                name="one_live_account_per_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.exchange})"


class SymbolSetting(models.Model):
    """What was last set on a symbol of an account, so that leverage and margin mode are sent only when they differ (D16)."""

    account = models.ForeignKey(ExchangeAccount, on_delete=models.CASCADE, related_name="symbol_settings")
    market_type = models.CharField(max_length=10)
    symbol_key = models.CharField(max_length=50)
    leverage = models.PositiveSmallIntegerField(null=True)
    margin_mode = models.CharField(max_length=10, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "market_type", "symbol_key"], name="one_setting_per_account_symbol"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol_key} {self.leverage}x {self.margin_mode}"


class VenuePause(models.Model):
    """New entries on one kind of market of an exchange are left out while this stands (B14); closes and stops go on.

    `by_canary`: lifted by the next run of the canary that passes; else by an administrator only.
    """

    exchange = models.CharField(max_length=50)
    market_type = models.CharField(max_length=10)
    reason = models.CharField(max_length=50)
    detail = models.CharField(max_length=500, blank=True)
    by_canary = models.BooleanField(default=False)
    paused_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pause of an exchange")
        verbose_name_plural = _("pauses of exchanges")
        ordering = ["-paused_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "market_type"], condition=Q(lifted_at=None), name="one_pause_per_market_type"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exchange} {self.market_type}"


class CanaryRun(models.Model):
    """One daily test trade at an exchange, with what each step said. Its row is there before its entry leaves.

    `may_hold`: something it entered may still stand there; the next run leaves it first, found by the ids that follow from `run_id`.
    """

    run_id = models.UUIDField(default=uuid.uuid4, editable=False)
    exchange = models.CharField(max_length=50)
    market_type = models.CharField(max_length=10)
    symbol = models.CharField(max_length=50, blank=True)
    may_hold = models.BooleanField(default=False)
    verdict = models.CharField(max_length=20)
    detail = models.CharField(max_length=500, blank=True)
    steps = models.JSONField(default=list)
    at_demo_hosts = models.BooleanField(default=False)
    run_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-run_at"]
        indexes = [models.Index(fields=["exchange", "market_type", "-run_at"], name="canary_exchange_time")]

    def __str__(self) -> str:
        return f"{self.exchange} {self.market_type} {self.verdict}"


class BalanceSnapshot(models.Model):
    """An account's value at a time, in USD: the points of the equity curve. Written when balances are read."""

    account = models.ForeignKey(ExchangeAccount, on_delete=models.CASCADE, related_name="snapshots")
    taken_at = models.DateTimeField()
    equity = money_field()
    free = money_field()
    balances = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["account", "-taken_at"], name="snapshot_account_time")]

    def __str__(self) -> str:
        return f"{self.equity} at {self.taken_at}"


class KeyCandidate(models.Model):
    """Keys that wait for the exchange's word: new ones of a new account, or those that shall replace the present ones.

    Sealed for the account's row, so that accepting them only moves columns. A refused candidate keeps the reason and
    loses the keys.
    """

    account = models.OneToOneField(ExchangeAccount, on_delete=models.CASCADE, related_name="candidate")
    sealed_keys = models.BinaryField(blank=True, editable=False)
    wrapped_data_key = models.BinaryField(blank=True, editable=False)
    key_id = models.CharField(max_length=40, blank=True, editable=False)
    key_last4 = models.CharField(max_length=4, editable=False)
    key_fingerprint = models.CharField(max_length=64, editable=False)
    make_main = models.BooleanField(default=False)
    refusal_code = models.CharField(max_length=50, blank=True)
    refusal_detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"…{self.key_last4}"
