"""What a subscription must keep before it is saved. Each rule raises a ValidationError with field, code and a sentence."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.consents import has_accepted
from accounts.models import ConsentKind, User
from accounts.readable import exact
from bots.models import Bot, BotStatus
from bots.preview import stop_is_beyond_liquidation
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.registry import get_venue
from subscriptions.models import Subscription
from subscriptions.terms import effective_terms

HUNDRED, THOUSANDTH = Decimal(100), Decimal("0.001")


def check_bot(bot: Bot) -> None:
    """Only an active bot can be subscribed to."""
    if bot.status != BotStatus.ACTIVE:
        raise _refusal("bot_id", "bot_not_active", _("This bot is not active: you can subscribe when it is."))


def check_account(account: ExchangeAccount, *, user: User, bot: Bot) -> None:
    """The account can follow the bot (`check_place`), and the risk notice was accepted before real money is traded (D24)."""
    check_place(account, user=user, bot=bot)
    if trades_real_money(account) and not has_accepted(user, ConsentKind.RISK):
        text = _("Accept the risk notice before you trade with real money.")
        raise _refusal("exchange_account_id", "risk_not_accepted", text)


def trades_real_money(account: ExchangeAccount) -> bool:
    """Neither paper nor an exchange's test environment."""
    return not (get_venue(account.exchange).features.is_paper or account.testnet)


def check_place(account: ExchangeAccount, *, user: User, bot: Bot) -> None:
    """The account is the subscriber's own, active, verified, and its exchange trades the bot's market."""
    if account.user_id != user.pk or account.deleted_at is not None:
        raise _refusal("exchange_account_id", "does_not_exist", _("You have no such exchange account."))
    if not account.is_active:
        raise _refusal("exchange_account_id", "account_inactive", _("This exchange account is switched off."))
    if account.status != AccountStatus.VERIFIED:
        text = _("The keys of this exchange account are not verified yet. Check the account first.")
        raise _refusal("exchange_account_id", "account_not_verified", text)
    venue = get_venue(account.exchange)
    if bot.market_type not in venue.market_types:
        text = _("This exchange does not trade the market of this bot.")
        raise _refusal("exchange_account_id", "market_not_offered", text)
    if not venue.trades(bot.market_type, account.variant):
        text = _("Accounts of this kind do not trade the market of this bot here. Choose another account.")
        raise _refusal("exchange_account_id", "market_not_offered", text)


def check_terms(subscription: Subscription) -> None:
    """Every value is inside its range (D11, 0 included), and the stop loss can work (D26).

    Ranges are checked on the own values; the stop is checked on what is effective, since a default may not fit an own leverage.
    """
    subscription.clean_fields(exclude=["user", "bot", "exchange_account"])
    bot = subscription.bot
    if not bot.allow_no_stop:
        _check_that_both_stand(subscription)
    terms = effective_terms(bot, subscription)
    if terms.stop_loss_pct is not None and stop_is_beyond_liquidation(
        bot.market_type, terms.leverage, terms.stop_loss_pct
    ):
        text = _(
            "A stop loss %(stop)s %% away cannot work with %(leverage)sx leverage: the position would be liquidated before"
            " the price is %(liquidation)s %% away. Lower the leverage or set the stop loss closer."
        )
        params = {
            "stop": exact(terms.stop_loss_pct),
            "leverage": terms.leverage,
            # a digit more than a stop has, so that two values that differ do not look the same
            "liquidation": exact((HUNDRED / terms.leverage).quantize(THOUSANDTH)),
        }
        raise _refusal("custom_stop_loss_pct", "stop_unreachable", text, **params)


def _check_that_both_stand(subscription: Subscription) -> None:
    refused: dict[str, list[ValidationError]] = {}
    if not subscription.stop_loss_enabled:
        text = _("This bot does not allow trading without a stop loss.")
        refused |= _refusal("stop_loss_enabled", "stop_required", text).error_dict
    if not subscription.take_profit_enabled:
        text = _("This bot does not allow trading without a take profit.")
        refused |= _refusal("take_profit_enabled", "target_required", text).error_dict
    if refused:
        raise ValidationError(refused)


def _refusal(field: str, code: str, text: object, **params: object) -> ValidationError:
    return ValidationError({field: ValidationError(text, code=code, params=params or None)})  # type: ignore[arg-type]
