"""The subscribe dialog (SUB-11, RSK-06): an account, a choice per parameter, the risk limits. Ranges are the model's."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.consents import has_accepted
from accounts.models import ConsentKind, User
from bots.models import Bot, MarginMode, MarketType
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.places import place_of
from exchanges.queries import own_accounts
from exchanges.registry import get_venue
from front.forms.look import PageForm, dress
from subscriptions import rules
from subscriptions.models import Subscription

DEFAULT, OWN, OFF = "default", "own", "off"
# The parameters that are the bot's default or the client's own value, and the model's column of each.
PARAMETERS = {
    "leverage": "custom_leverage",
    "margin": "custom_margin_usd",
    "stop_loss": "custom_stop_loss_pct",
    "take_profit": "custom_take_profit_pct",
    "margin_mode": "custom_margin_mode",
}
RANGE = (MinValueValidator, MaxValueValidator)
LIMITS = ("max_daily_loss_usd", "max_concurrent_positions")
PRICE_GUARD = "max_price_deviation_pct"


class AccountChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: ExchangeAccount) -> str:
        return f"{obj.name} ({place_of(obj)})"


def _column(name: str, **kwargs: Any) -> Any:
    """The form field of a model column with the model's own range, so that one answer tells everything that is wrong."""
    column: Any = Subscription._meta.get_field(name)
    field = column.formfield(**kwargs)
    others = [validator for validator in field.validators if not isinstance(validator, RANGE)]
    field.validators = [*others, *(validator for validator in column.validators if isinstance(validator, RANGE))]
    return field


class FollowForm(PageForm):
    """`settings()` gives what `subscriptions.lifecycle` takes. A parameter's checkbox means "my own value"."""

    exchange_account = AccountChoice(
        queryset=ExchangeAccount.objects.none(), label=gettext_lazy("Exchange account"), empty_label=None
    )
    risk_accepted = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        user: User,
        bot: Bot,
        subscription: Subscription | None = None,
        asks_risk: bool = False,
        **kwargs: Any,
    ) -> None:
        self.user, self.bot, self.asks_risk = user, bot, asks_risk
        super().__init__(*args, initial=_initial(bot, subscription), **kwargs)
        accounts = own_accounts(user).filter(is_active=True, status=AccountStatus.VERIFIED).order_by("-is_main", "name")
        fitting = [row.pk for row in accounts if get_venue(row.exchange).trades(bot.market_type, row.variant)]
        if subscription is not None:  # also while its keys are refused: editing must not change the account silently
            accounts = own_accounts(user).order_by("-is_main", "name")
            fitting.append(subscription.exchange_account_id)
        self.fields["exchange_account"].queryset = accounts.filter(pk__in=fitting)  # type: ignore[attr-defined]
        self._add_parameters()

    def _add_parameters(self) -> None:
        for name, column in PARAMETERS.items():
            self.fields[f"own_{name}"] = forms.BooleanField(required=False)
            self.fields[column] = _column(column, required=False)
        self.fields["custom_margin_mode"] = forms.ChoiceField(choices=MarginMode.choices, required=False)
        self.fields["stop_loss_off"] = forms.BooleanField(required=False)
        self.fields["take_profit_off"] = forms.BooleanField(required=False)
        for column in LIMITS:
            self.fields[column] = _column(column)
        self.fields["own_price_guard"] = forms.BooleanField(required=False)
        self.fields[PRICE_GUARD] = _column(PRICE_GUARD, required=False)
        self._dress()

    def _dress(self) -> None:
        for name, field in self.fields.items():
            if name.startswith("own_"):
                field.widget.attrs["data-reveals"] = f"part_{name.removeprefix('own_')}"
        if self.bot.market_type == MarketType.SPOT:
            for name in ("own_leverage", "custom_leverage", "own_margin_mode", "custom_margin_mode"):
                del self.fields[name]
        dress(self)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name, column in [*PARAMETERS.items(), ("price_guard", PRICE_GUARD)]:
            if not data.get(f"own_{name}"):
                self.errors.pop(column, None)  # typed, but not wanted
            elif data.get(column) in (None, "") and column not in self.errors:
                self.add_error(column, ValidationError(_("Type your own value, or take the bot's."), code="required"))
        self._judge_terms()
        if self.asks_risk and self._needs_risk_notice(data) and not data.get("risk_accepted"):
            self.add_error("risk_accepted", _("Accept the risk notice to trade with real money."))
        return data

    def _judge_terms(self) -> None:
        """The rules that look at several values, on what could be read: all that is wrong is told at once."""
        try:
            rules.check_terms(Subscription(user=self.user, bot=self.bot, **self.settings()))
        except ValidationError as error:
            unread = {"custom_leverage", "custom_stop_loss_pct"} & set(self.errors)
            if not unread or "custom_stop_loss_pct" not in error.message_dict:
                self.take_errors(error)

    def _needs_risk_notice(self, data: dict[str, Any]) -> bool:
        """Real money is traded, and this person has not accepted the risk notice yet (D24)."""
        account: ExchangeAccount | None = data.get("exchange_account")
        is_real = account is not None and rules.trades_real_money(account)
        return is_real and not has_accepted(self.user, ConsentKind.RISK)

    def accepts_risk_now(self) -> bool:
        """Whether this form is the first word on the risk notice."""
        return self._needs_risk_notice(self.cleaned_data)

    def settings(self) -> dict[str, Any]:
        """The chosen values: None where the bot's default holds."""
        data = self.cleaned_data
        values: dict[str, Any] = {
            column: data.get(column) if data.get(f"own_{name}") else None for name, column in PARAMETERS.items()
        }
        values |= {column: data[column] for column in LIMITS if column in data}
        values[PRICE_GUARD] = data.get(PRICE_GUARD) if data.get("own_price_guard") else None
        values["stop_loss_enabled"] = not data.get("stop_loss_off")
        values["take_profit_enabled"] = not data.get("take_profit_off")
        return values

    def take_errors(self, error: ValidationError) -> None:
        """Show the refusals of `subscriptions.rules` at their fields."""
        names = {
            "exchange_account_id": "exchange_account",
            "stop_loss_enabled": "stop_loss_off",
            "take_profit_enabled": "take_profit_off",
        }
        for field, messages in error.message_dict.items():
            name = names.get(field, field)
            self.add_error(name if name in self.fields else None, messages)


def _initial(bot: Bot, subscription: Subscription | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "custom_leverage": bot.default_leverage,
        "custom_margin_usd": bot.default_margin_usd,
        "custom_stop_loss_pct": bot.default_stop_loss_pct,
        "custom_take_profit_pct": bot.default_take_profit_pct,
        "custom_margin_mode": bot.default_margin_mode,
        "max_daily_loss_usd": Decimal("200.00"),
        "max_concurrent_positions": 3,
        PRICE_GUARD: Decimal("0.50"),
    }
    if subscription is None:
        return values
    values["exchange_account"] = subscription.exchange_account_id
    for name, column in [*PARAMETERS.items(), ("price_guard", PRICE_GUARD)]:
        own = getattr(subscription, column)
        values[f"own_{name}"] = own is not None
        values[column] = values[column] if own is None else own
    values |= {column: getattr(subscription, column) for column in LIMITS}
    values["stop_loss_off"] = not subscription.stop_loss_enabled
    values["take_profit_off"] = not subscription.take_profit_enabled
    return values
