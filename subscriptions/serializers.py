"""The subscriptions' API: what is accepted, what is answered."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.readable import exact, money
from bots.models import Bot
from bots.serializers import FIGURES
from config.strict import StrictFields
from exchanges.models import ExchangeAccount
from subscriptions import lifecycle
from subscriptions.lifecycle import SETTINGS
from subscriptions.minimums import SizeWarning
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.terms import effective_terms

DEFAULTS = (
    "default_leverage",
    "default_margin_usd",
    "default_stop_loss_pct",
    "default_take_profit_pct",
    "default_margin_mode",
    "allow_no_stop",
)


class OfferedBotSerializer(serializers.ModelSerializer[Bot]):
    """A bot as a client sees it before following (SUB-01): what it is, its figures, its default terms."""

    bot_id = serializers.UUIDField(source="id", read_only=True)
    is_subscribed = serializers.SerializerMethodField()
    subscription_id = serializers.UUIDField(source="own_subscription_id", read_only=True, allow_null=True)

    class Meta:
        model = Bot
        fields = (
            "id", "bot_id", "name", "description", "market_type", "status", *FIGURES, *DEFAULTS,
            "is_subscribed", "subscription_id", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_is_subscribed(self, bot: Bot) -> bool:
        return getattr(bot, "own_status", None) in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)


class TermsSerializer(serializers.Serializer[Any]):
    """Effective terms (EXE-01). Percent of the price; null = switched off."""

    leverage = serializers.IntegerField()
    margin_usd = serializers.DecimalField(18, 2)
    stop_loss_pct = serializers.DecimalField(6, 2, allow_null=True)
    take_profit_pct = serializers.DecimalField(6, 2, allow_null=True)
    margin_mode = serializers.CharField()


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """One of my subscriptions: settings as chosen (null = the bot's default) and as they take effect."""

    subscription_id = serializers.UUIDField(source="id", read_only=True)
    bot_id = serializers.UUIDField(read_only=True)
    bot_name = serializers.CharField(source="bot.name", read_only=True)
    bot_status = serializers.CharField(source="bot.status", read_only=True)
    market_type = serializers.CharField(source="bot.market_type", read_only=True)
    exchange_account_id = serializers.UUIDField(read_only=True)
    exchange_account_name = serializers.CharField(source="exchange_account.name", read_only=True)
    exchange = serializers.CharField(source="exchange_account.exchange", read_only=True)
    effective = serializers.SerializerMethodField()

    class Meta:
        model = Subscription
        fields: tuple[str, ...] = (
            "id", "subscription_id", "bot_id", "bot_name", "bot_status", "market_type", "exchange_account_id",
            "exchange_account_name", "exchange", "status", *SETTINGS, "effective", "created_at", "updated_at",
            "cancelled_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_effective(self, subscription: Subscription) -> TermsSerializer:
        return TermsSerializer(effective_terms(subscription.bot, subscription)).data  # type: ignore[return-value]


class SettingsSerializer(StrictFields, serializers.ModelSerializer[Subscription]):
    """What a client sets; ranges are the model's."""

    exchange_account_id = serializers.PrimaryKeyRelatedField(
        queryset=ExchangeAccount.objects.filter(deleted_at=None),
        source="exchange_account",
        pk_field=serializers.UUIDField(),
    )

    class Meta:
        model = Subscription
        fields: tuple[str, ...] = ("exchange_account_id", *SETTINGS)


class NewSubscriptionSerializer(SettingsSerializer):
    """To follow a bot (SUB-04)."""

    bot_id = serializers.PrimaryKeyRelatedField(
        queryset=Bot.objects.all(), source="bot", pk_field=serializers.UUIDField()
    )

    class Meta(SettingsSerializer.Meta):
        fields = ("bot_id", *SettingsSerializer.Meta.fields)
        validators: list[
            Any
        ] = []  # (user, bot) is unique by `lifecycle.subscribe`, which takes cancelled ones up again


class ChangesSerializer(SettingsSerializer):
    """Changes (SUB-05). `status` pauses and resumes; cancelling is DELETE."""

    status = serializers.ChoiceField(choices=[SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED], required=False)

    class Meta(SettingsSerializer.Meta):
        fields = (*SettingsSerializer.Meta.fields, "status")

    @transaction.atomic
    def save_changes(self, subscription: Subscription, request: HttpRequest) -> Subscription:
        """Apply what was validated, all of it or nothing; raises what `lifecycle` raises."""
        values = dict(self.validated_data)
        status = values.pop("status", None)
        if values:
            subscription = lifecycle.change_subscription(subscription=subscription, request=request, **values)
        if status == SubscriptionStatus.PAUSED:
            return lifecycle.pause_subscription(subscription=subscription, request=request)
        if status == SubscriptionStatus.ACTIVE:
            return lifecycle.resume_subscription(subscription=subscription, request=request)
        return subscription


class CheckSerializer(StrictFields, serializers.ModelSerializer[Subscription]):
    """The question "would this work?": an account, and the own values that one thinks of."""

    exchange_account_id = serializers.UUIDField()
    symbol = serializers.RegexField(r"^[A-Za-z0-9]{2,30}\Z", required=False)

    class Meta:
        model = Subscription
        fields = ("exchange_account_id", "symbol", *SETTINGS)


class SizeWarningSerializer(serializers.Serializer[SizeWarning]):
    code = serializers.CharField()
    symbol = serializers.CharField(source="symbol_key")
    value = serializers.DecimalField(28, 8)
    limit = serializers.DecimalField(28, 8)
    detail = serializers.SerializerMethodField()

    def get_detail(self, warning: SizeWarning) -> str:
        texts = {
            "too_small": _("%(symbol)s: these terms trade %(value)s, the exchange's minimum is %(limit)s."),
            "leverage_too_high": _(
                "%(symbol)s: the exchange allows %(limit)sx leverage, these terms ask for %(value)sx."
            ),
            "balance_too_small": _("The account has %(value)s free, one trade needs a margin of %(limit)s."),
        }
        written = exact if warning.code == "leverage_too_high" else money
        params = {"symbol": warning.symbol_key, "value": written(warning.value), "limit": written(warning.limit)}
        return texts[warning.code] % params


class CheckResultSerializer(serializers.Serializer[Any]):
    """The effective terms and what would keep them from trading; an empty list means that nothing is known against it."""

    terms = TermsSerializer()
    warnings = SizeWarningSerializer(many=True)
