"""The admin's forms of a bot: its settings, a new secret, the choice that archiving asks for."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
)

from bots.market_types import check_market_type
from bots.models import Bot
from bots.secrets import LONGEST_OVERLAP, refuse_blank
from bots.webhook_path import SuggestsPath

# The preview follows these as they are typed (BOT-18); nothing else of the form is sent along, least of all the secret.
PREVIEWED = (
    "market_type", "default_leverage", "default_margin_usd", "default_stop_loss_pct", "default_take_profit_pct",
)  # fmt: skip


class BotForm(forms.ModelForm):
    """A bot's settings; ranges and the unique path are the model's."""

    class Meta:
        model = Bot
        error_messages: ClassVar = {"master_webhook_path": {"unique": _("Another bot uses this webhook path.")}}
        fields: tuple[str, ...] = (
            "name", "description", "market_type", "master_webhook_path", "default_leverage", "default_margin_usd",
            "default_stop_loss_pct", "default_take_profit_pct", "default_margin_mode", "allow_no_stop", "opposite_policy",
            "same_side_policy", "max_signal_age_s", "duplicate_window_s", "quota_per_minute", "manager",
        )  # fmt: skip

    def clean_market_type(self) -> str:
        wanted: str = self.cleaned_data["market_type"]
        check_market_type(self.instance, wanted)
        return wanted


class NewBotForm(SuggestsPath, BotForm):
    """A bot to be made; without a secret of one's own one is drawn, and shown once."""

    master_secret = forms.CharField(
        label=_("Webhook secret"),
        max_length=255,
        strip=False,
        validators=[refuse_blank],
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty and a strong one is made. It is shown once, after saving."),
    )


class RotationForm(forms.Form):
    """A new secret."""

    secret = forms.CharField(
        label=_("New secret"),
        max_length=255,
        strip=False,
        validators=[refuse_blank],
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty and a strong one is made."),
    )
    overlap_minutes = forms.IntegerField(
        label=_("Accept the old secret for (minutes)"),
        min_value=0,
        max_value=int(LONGEST_OVERLAP / timedelta(minutes=1)),
        initial=60,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    @property
    def overlap(self) -> timedelta:
        return timedelta(minutes=self.cleaned_data["overlap_minutes"])


class ArchiveForm(forms.Form):
    """Close the open positions now, or leave them to their stops? Asked only where positions are open (D1)."""

    close_positions = forms.TypedChoiceField(
        label=_("Open positions"),
        choices=[
            ("", _("Choose")),
            ("yes", _("Close them now, at market")),
            ("no", _("Leave them to their stop loss and take profit")),
        ],
        coerce=lambda text: text == "yes",
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )

    def __init__(self, *args: Any, open_positions: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["close_positions"].required = open_positions > 0
        if not open_positions:
            del self.fields["close_positions"]

    @property
    def choice(self) -> bool | None:
        answer: bool | None = self.cleaned_data.get("close_positions")
        return answer


class PreviewForm(BotForm):
    """What the preview needs; incomplete or wrong input simply has no preview."""

    class Meta(BotForm.Meta):
        fields = PREVIEWED
