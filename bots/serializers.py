"""The bots' API: what is accepted, what is answered. The secret is never among the answers."""

from datetime import timedelta
from typing import Any

from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from accounts.models import User
from bots import lifecycle
from bots.models import Bot, BotStatus
from bots.preview import stop_is_beyond_liquidation
from bots.secrets import LONGEST_OVERLAP, refuse_blank
from bots.webhook_message import webhook_url
from config.strict import StrictFields

SETTINGS = (
    "name",
    "description",
    "market_type",
    "master_webhook_path",
    "default_leverage",
    "default_margin_usd",
    "default_stop_loss_pct",
    "default_take_profit_pct",
    "default_margin_mode",
    "allow_no_stop",
    "opposite_policy",
    "same_side_policy",
    "max_signal_age_s",
    "duplicate_window_s",
    "quota_per_minute",
)
FIGURES = ("total_subscribers", "total_signals_sent", "closed_trades", "avg_win_rate", "avg_pnl_pct")


def warnings_about(bot: Bot) -> list[dict[str, str]]:
    """What a manager should know of the present defaults; nothing here stops them."""
    if not stop_is_beyond_liquidation(bot.market_type, bot.default_leverage, bot.default_stop_loss_pct):
        return []
    text = _("With these defaults a position is liquidated before its stop loss is reached.")
    return [{"code": "stop_beyond_liquidation", "detail": text}]


class SecretField(serializers.CharField):
    """A secret exactly as typed, up to 255 characters (BOT-06)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=255, trim_whitespace=False, write_only=True, style={"input_type": "password"}, **kwargs
        )
        self.validators.append(refuse_blank)


class WarningSerializer(serializers.Serializer[dict[str, str]]):
    code = serializers.CharField()
    detail = serializers.CharField()


class BotSerializer(serializers.ModelSerializer[Bot]):
    """A bot as its manager sees it."""

    bot_id = serializers.UUIDField(source="id", read_only=True)
    manager_id = serializers.UUIDField(read_only=True)
    webhook_url = serializers.SerializerMethodField()
    previous_secret_until = serializers.DateTimeField(read_only=True, allow_null=True)
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Bot
        fields = (
            "id",
            "bot_id",
            "manager_id",
            "status",
            *SETTINGS,
            "webhook_url",
            "previous_secret_until",
            *FIGURES,
            "warnings",
            "archived_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_webhook_url(self, bot: Bot) -> str:
        return webhook_url(bot)

    def get_warnings(self, bot: Bot) -> WarningSerializer(many=True):  # type: ignore[valid-type]
        return warnings_about(bot)


class BotSettingsSerializer(StrictFields, serializers.ModelSerializer[Bot]):
    """The settings of a bot; ranges and the unique path are those of the model (BOT-02…10)."""

    class Meta:
        model = Bot
        fields: tuple[str, ...] = SETTINGS
        extra_kwargs = {
            "description": {"max_length": 5000},
            "master_webhook_path": {
                "validators": [
                    UniqueValidator(Bot.objects.all(), message=gettext_lazy("Another bot uses this webhook path.")),
                    *(
                        rule
                        for rule in Bot._meta.get_field("master_webhook_path").validators
                        if isinstance(rule, RegexValidator)
                    ),
                ]
            },
        }


class NewBotSerializer(BotSettingsSerializer):
    """A bot to be made (BOT-01)."""

    master_secret = SecretField()

    class Meta(BotSettingsSerializer.Meta):
        fields = (*SETTINGS, "master_secret")


class BotChangesSerializer(BotSettingsSerializer):
    """Changes of a bot (BOT-14). `status` pauses and resumes; archiving is DELETE, the secret has its own call."""

    status = serializers.ChoiceField(choices=[BotStatus.ACTIVE, BotStatus.PAUSED], required=False)

    class Meta(BotSettingsSerializer.Meta):
        fields = (*SETTINGS, "status")

    def save_changes(self, bot: Bot, *, user: User, request: HttpRequest) -> Bot:
        """Apply what was validated, noted as done by `user`; raises BotArchived."""
        values = dict(self.validated_data)
        status = values.pop("status", None)
        bot = lifecycle.change_bot(bot=bot, user=user, request=request, **values)
        if status is None:
            return bot
        move = lifecycle.pause_bot if status == BotStatus.PAUSED else lifecycle.resume_bot
        return move(bot=bot, user=user, request=request)


class RotationSerializer(StrictFields, serializers.Serializer[Any]):
    """A new secret, the caller's or (left out) a generated one."""

    secret = SecretField(required=False)
    overlap_minutes = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_OVERLAP / timedelta(minutes=1)), default=60
    )


class RotatedSecretSerializer(serializers.Serializer[Any]):
    """The new secret, shown this once."""

    secret = serializers.CharField()
    previous_secret_until = serializers.DateTimeField(allow_null=True)


class CloseChoiceSerializer(StrictFields, serializers.Serializer[Any]):
    """With positions open: close them now (true), or leave them to their stops (false)? (D1)"""

    close_positions = serializers.BooleanField(required=False, allow_null=True, default=None)


class WebhookSerializer(serializers.Serializer[Any]):
    """What is copied into TradingView."""

    url = serializers.CharField()
    message = serializers.CharField(help_text="For a strategy; put your secret in place of the placeholder.")
    messages = serializers.DictField(child=serializers.CharField(), help_text="For an indicator: one per action.")
