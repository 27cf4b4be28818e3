"""Forms of bot managers: a bot, its new secret, a signal by hand. Ranges are the model's (BOT-02…10)."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from bots.market_types import check_market_type
from bots.models import Bot, MarketType
from bots.secrets import LONGEST_OVERLAP, refuse_blank
from bots.serializers import SETTINGS
from bots.webhook_path import SuggestsPath
from front.forms.look import PageForm, dress
from signals.payload import MAX_PRICE, TICKER_FORM
from signals.states import Action


class BotForm(forms.ModelForm):
    """A bot's settings. Saved by `bots.lifecycle`, never by this form."""

    description = forms.CharField(
        label=_("Description"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )

    class Meta:
        model = Bot
        fields = SETTINGS
        error_messages: ClassVar = {"master_webhook_path": {"unique": _("Another bot uses this webhook path.")}}
        help_texts = {
            "master_webhook_path": _("The end of the webhook's address, for example scalper-btc-5min."),
            "default_leverage": _("1 to 125. Spot bots trade without leverage."),
            "default_margin_usd": _("What one signal puts in, at least 10 USD."),
            "default_stop_loss_pct": _("Percent of the price, 0.1 to 100."),
            "default_take_profit_pct": _("Percent of the price, 0.1 to 1000."),
            "max_signal_age_s": _("An older signal is not executed. Closes always are."),
            "duplicate_window_s": _("The same body within it is one signal; 0 switches it off."),
            "quota_per_minute": _("Signals over it are refused. Closes always pass."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean_market_type(self) -> str:
        wanted: str = self.cleaned_data["market_type"]
        check_market_type(self.instance, wanted)
        return wanted


class NewBotForm(SuggestsPath, BotForm):
    """A bot to be made; without a secret one is generated."""

    master_secret = forms.CharField(
        label=_("Secret"),
        max_length=255,
        required=False,
        strip=False,
        validators=[refuse_blank],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("It must be in every alert. Leave it empty and a strong one is made. It is shown once."),
    )


class RotationForm(PageForm):
    """A new secret; the old one is accepted for a while, so that alerts can be changed without losing a signal."""

    HOURS = (0, 1, 24, int(LONGEST_OVERLAP / timedelta(hours=1)))

    overlap_hours = forms.TypedChoiceField(
        label=_("The old secret works for"),
        coerce=int,
        initial=1,
        choices=[
            (0, _("no longer at all")),
            (1, _("one more hour")),
            (24, _("one more day")),
            (HOURS[-1], _("one more week")),
        ],
    )


class SignalForm(PageForm):
    """A signal by hand, on the same way as an alert."""

    ticker = forms.CharField(
        label=_("Symbol"),
        max_length=50,
        initial="BTCUSDT",
        validators=[RegexValidator(TICKER_FORM, _("Use letters, digits and : / . _ - only."))],
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )
    action = forms.ChoiceField(label=_("Action"), choices=Action.choices)
    price = forms.DecimalField(
        label=_("Price"),
        required=False,
        min_value=0,
        max_value=int(MAX_PRICE),
        decimal_places=8,
        help_text=_("Compared with the exchange's price before an entry is sent."),
    )
    is_test = forms.BooleanField(label=_("A test: on paper accounts only"), required=False, initial=True)

    def __init__(self, *args: Any, bot: Bot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bot.market_type == MarketType.SPOT:
            self.fields["ticker"].help_text = _("On spot, sell sells what this bot bought.")
