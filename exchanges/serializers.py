"""What the exchange-account API takes and gives. Keys go in and never come out; only the last 4 characters show (EXC-20)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.strict import StrictFields
from exchanges.candidates import KEY_FIELDS
from exchanges.models import BalanceSnapshot, ExchangeAccount
from exchanges.paper import MAX_BALANCE, MIN_BALANCE
from exchanges.reasons import text_of
from exchanges.registry import UnknownVenue, get_venue
from exchanges.venue import CredentialField, Venue

KEY_LENGTH = 1024  # a PEM key is longer than a shared secret


class KeyField(serializers.CharField):
    """A key as it was pasted: surrounding blanks go. What it may hold, the venue's field says (`CredentialField.accepts`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=KEY_LENGTH, write_only=True, style={"input_type": "password"}, **kwargs)


class KeysSerializer(StrictFields):
    """Keys as the venue wants them: what it requires must be there, what it has not must not (EXC-04)."""

    api_key = KeyField()
    secret_key = KeyField()
    passphrase = KeyField(required=False)
    variant = serializers.CharField(max_length=20, required=False)

    def check_keys(self, attrs: dict[str, Any], venue: Venue) -> dict[str, str]:
        wanted = {field.name: field for field in venue.credential_fields}
        given = {name: field.choices[0][0] for name, field in wanted.items() if field.choices}
        given |= {name: attrs[name] for name in KEY_FIELDS if attrs.get(name)}
        missing = [name for name, field in wanted.items() if field.required and name not in given]
        if missing:
            text = serializers.ErrorDetail(gettext("This exchange needs this field."), code="required")
            raise serializers.ValidationError({name: [text] for name in missing})
        if surplus := [name for name in given if name not in wanted]:
            text = serializers.ErrorDetail(gettext("This exchange does not use this field."), code="not_used")
            raise serializers.ValidationError({name: [text] for name in surplus})
        if wrong := [name for name, text in given.items() if not wanted[name].accepts(text)]:
            raise serializers.ValidationError({name: [_refusal_of(wanted[name])] for name in wrong})
        return given


def _refusal_of(field: CredentialField) -> serializers.ErrorDetail:
    if field.choices:
        text = gettext("One of: %(choices)s.") % {"choices": ", ".join(value for value, _label in field.choices)}
        return serializers.ErrorDetail(text, code="invalid_choice")
    return serializers.ErrorDetail(gettext("Only letters, digits and signs, without blanks."), code="invalid_key")


class ReplaceKeysSerializer(KeysSerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        return self.check_keys(attrs, get_venue(self.context["account"].exchange))


class NewAccountSerializer(KeysSerializer):
    name = serializers.CharField(max_length=100)
    exchange = serializers.CharField(max_length=50)
    testnet = serializers.BooleanField(required=False, default=False)
    is_main = serializers.BooleanField(required=False, default=False)

    def validate_exchange(self, value: str) -> str:
        """EXC-07, word for word."""
        try:
            return get_venue(value).id
        except UnknownVenue as error:
            raise serializers.ValidationError(
                _("Exchange %(exchange)s not supported") % {"exchange": value}, code="exchange_not_supported"
            ) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        venue = get_venue(attrs["exchange"])
        if attrs["testnet"] and venue.features.demo == "none":
            raise serializers.ValidationError({"testnet": _("This exchange has no testnet.")}, code="no_testnet")
        keys = self.check_keys(attrs, venue)
        return {name: attrs[name] for name in ("name", "exchange", "testnet", "is_main")} | {"keys": keys}


class ChangeAccountSerializer(StrictFields):
    name = serializers.CharField(max_length=100, required=False)
    is_active = serializers.BooleanField(required=False)
    is_main = serializers.BooleanField(required=False)

    def validate_is_main(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(_("Make another account the main one instead."), code="one_main_account")
        return value


class StartBalanceField(serializers.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, min_value=MIN_BALANCE, max_value=MAX_BALANCE, **kwargs)


class PaperAccountSerializer(StrictFields):
    start_balance = StartBalanceField(required=False, default=Decimal(10_000))
    name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    is_main = serializers.BooleanField(required=False, default=False)


class PaperResetSerializer(StrictFields):
    start_balance = StartBalanceField(required=False)


class DeleteAccountSerializer(serializers.Serializer[Any]):
    close_positions = serializers.BooleanField(required=False, allow_null=True, default=None)


class AccountSerializer(serializers.ModelSerializer[ExchangeAccount]):
    """An account with its state in words. `pending_keys`: new keys wait for the exchange's word."""

    status_text = serializers.SerializerMethodField()
    is_paper = serializers.SerializerMethodField()
    pending_keys = serializers.SerializerMethodField()

    class Meta:
        model = ExchangeAccount
        fields = [
            "id",
            "name",
            "exchange",
            "variant",
            "testnet",
            "is_paper",
            "is_active",
            "is_main",
            "status",
            "status_code",
            "status_text",
            "pending_keys",
            "checked_at",
            "position_mode",
            "can_withdraw",
            "can_trade_spot",
            "can_trade_futures",
            "ip_restricted",
            "key_last4",
            "start_balance",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_status_text(self, account: ExchangeAccount) -> str:
        return text_of(account.status_code)

    def get_is_paper(self, account: ExchangeAccount) -> bool:
        try:
            return get_venue(account.exchange).features.is_paper
        except UnknownVenue:
            return False

    def get_pending_keys(self, account: ExchangeAccount) -> bool:
        candidate = getattr(account, "candidate", None)
        return candidate is not None and not candidate.refusal_code


class AccountCoinSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    free = serializers.CharField()
    used = serializers.CharField()
    total = serializers.CharField()
    usd_value = serializers.CharField(allow_null=True)
    markets = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))


class BalancesSerializer(serializers.ModelSerializer[BalanceSnapshot]):
    balances = AccountCoinSerializer(many=True)

    class Meta:
        model = BalanceSnapshot
        fields = ["taken_at", "equity", "free", "balances"]
        read_only_fields = fields


class CredentialFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # the field's name is an attribute of Field
    secret = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    help_text = serializers.CharField()  # type: ignore[assignment]
    choices = serializers.SerializerMethodField()

    def get_choices(self, field: CredentialField) -> list[str]:
        """What it may be, where it is one of a few."""
        return [value for value, _label in field.choices]


class VenueSerializer(serializers.Serializer[Any]):
    """An exchange that can be connected, and what its form asks."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # the field's name is an attribute of Field
    market_types = serializers.ListField(child=serializers.CharField())
    credential_fields = CredentialFieldSerializer(many=True)
    has_testnet = serializers.SerializerMethodField()
    is_paper = serializers.SerializerMethodField()

    def get_has_testnet(self, venue: Venue) -> bool:
        return venue.features.demo != "none"

    def get_is_paper(self, venue: Venue) -> bool:
        return venue.features.is_paper
