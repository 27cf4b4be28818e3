"""What the exchanges booked: trades and funding payments."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.models import MarketType
from exchanges.fields import money_field, price_field, quantity_field
from exchanges.models import ExchangeAccount
from signals.models.order import Order
from signals.models.position import Position


class Fill(models.Model):
    """One trade as the exchange reported it: the source of positions, fees and realized P&L (D13)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, db_index=False, related_name="fills")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="fills")
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
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol_key} at {self.price}"


class Funding(models.Model):
    """A position's `share` of a funding payment of its account (`amount`, the whole of it; < 0: paid); without a position where
    none of ours was open."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(ExchangeAccount, on_delete=models.PROTECT, related_name="fundings")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="fundings")
    symbol_key = models.CharField(max_length=50)
    payment_id = models.CharField(max_length=64)
    amount = money_field()
    currency = models.CharField(max_length=20)
    paid_at = models.DateTimeField()
    share = models.DecimalField(max_digits=14, decimal_places=10, default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "payment_id", "position"],
                nulls_distinct=False,
                name="one_share_of_a_funding_payment",
            ),
        ]
        indexes = [models.Index(fields=["position"], name="funding_position")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.symbol_key}"
