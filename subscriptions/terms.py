"""The terms on which one client trades: the client's own values where set, else the bot's defaults (EXE-01…03). Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from bots.models import MarketType

T = TypeVar("T")


class BotDefaults(Protocol):
    """What a bot says: `bots.models.Bot`, or any record with its columns."""

    @property
    def market_type(self) -> str: ...
    @property
    def default_leverage(self) -> int: ...
    @property
    def default_margin_usd(self) -> Decimal: ...
    @property
    def default_stop_loss_pct(self) -> Decimal: ...
    @property
    def default_take_profit_pct(self) -> Decimal: ...
    @property
    def default_margin_mode(self) -> str: ...
    @property
    def allow_no_stop(self) -> bool: ...


class OwnValues(Protocol):
    """What a client chose: `subscriptions.models.Subscription`, or any record with its columns. None = the bot's default."""

    @property
    def custom_leverage(self) -> int | None: ...
    @property
    def custom_margin_usd(self) -> Decimal | None: ...
    @property
    def custom_stop_loss_pct(self) -> Decimal | None: ...
    @property
    def custom_take_profit_pct(self) -> Decimal | None: ...
    @property
    def custom_margin_mode(self) -> str | None: ...
    @property
    def stop_loss_enabled(self) -> bool: ...
    @property
    def take_profit_enabled(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Percent of the price, margin in USD; None = switched off (D11, D26)."""

    leverage: int
    margin_usd: Decimal
    stop_loss_pct: Decimal | None
    take_profit_pct: Decimal | None
    margin_mode: str


def effective_terms(bot: BotDefaults, subscription: OwnValues) -> Terms:
    """What this client trades on now. Spot has no leverage (EXE-10); without the bot's leave stop loss and take profit stay on (D11)."""
    stop_is_off = bot.allow_no_stop and not subscription.stop_loss_enabled
    target_is_off = bot.allow_no_stop and not subscription.take_profit_enabled
    stop = _first(subscription.custom_stop_loss_pct, bot.default_stop_loss_pct)
    target = _first(subscription.custom_take_profit_pct, bot.default_take_profit_pct)
    leverage = _first(subscription.custom_leverage, bot.default_leverage)
    return Terms(
        leverage=1 if bot.market_type == MarketType.SPOT else leverage,
        margin_usd=_first(subscription.custom_margin_usd, bot.default_margin_usd),
        stop_loss_pct=None if stop_is_off else stop,
        take_profit_pct=None if target_is_off else target,
        margin_mode=_first(subscription.custom_margin_mode, bot.default_margin_mode),
    )


def _first(own: T | None, default: T) -> T:
    return default if own is None else own
