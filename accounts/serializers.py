"""What the account API takes and gives. Secrets go in and never come out."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import LANGUAGES, Consent, ConsentKind, User
from accounts.time_zones import known_time_zones
from config.strict import StrictFields


class PasswordField(serializers.CharField):
    """A password as typed; never shown."""

    def __init__(self) -> None:
        super().__init__(max_length=128, trim_whitespace=False, write_only=True, style={"input_type": "password"})


def must_be_true(value: bool) -> None:
    """LEG-05: required consents are refused unless they are true."""
    if not value:
        raise serializers.ValidationError(_("This must be accepted."), code="must_be_accepted")


class UserSerializer(serializers.ModelSerializer[User]):
    email_verified = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "email", "name", "role", "language", "time_zone", "email_verified", "date_joined"]
        read_only_fields = fields

    def get_email_verified(self, user: User) -> bool:
        return user.email_verified_at is not None


class ProfileSerializer(StrictFields, serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["name", "language", "time_zone"]
        extra_kwargs = {"name": {"required": True}, "language": {"required": True}, "time_zone": {"required": True}}

    def validate_time_zone(self, value: str) -> str:
        if value not in known_time_zones():
            raise serializers.ValidationError(_("This time zone is not known."), code="unknown_time_zone")
        return value


class RegisterSerializer(StrictFields):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    name = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, default="pt-br")
    terms_accepted = serializers.BooleanField(validators=[must_be_true])
    privacy_accepted = serializers.BooleanField(validators=[must_be_true])
    marketing_accepted = serializers.BooleanField(required=False, default=False)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class RegisteredSerializer(TokenPairSerializer):
    user = UserSerializer()


class LoginSerializer(StrictFields):
    # not an EmailField: what could be no address is refused like any wrong one
    email = serializers.CharField(max_length=254)
    password = PasswordField()


class RefreshSerializer(StrictFields):
    refresh = serializers.CharField(max_length=4096)


class PasswordChangeSerializer(StrictFields):
    old_password = PasswordField()
    new_password = PasswordField()


class PasswordResetSerializer(StrictFields):
    email = serializers.EmailField(max_length=254)


class PasswordResetConfirmSerializer(StrictFields):
    uid = serializers.CharField(max_length=64)
    token = serializers.CharField(max_length=128)
    new_password = PasswordField()


class EmailVerifySerializer(StrictFields):
    token = serializers.CharField(max_length=1024)


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["kind", "version", "accepted", "created_at", "ip_address", "user_agent"]
        read_only_fields = fields


class ConsentChoicesSerializer(StrictFields):
    terms_accepted = serializers.BooleanField(required=False)
    privacy_accepted = serializers.BooleanField(required=False)
    risk_accepted = serializers.BooleanField(required=False)
    marketing_accepted = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, bool]) -> dict[ConsentKind, bool]:
        if not attrs:
            raise serializers.ValidationError(_("Nothing was chosen."), code="empty")
        return {ConsentKind(name.removesuffix("_accepted")): accepted for name, accepted in attrs.items()}


class SectionSerializer(serializers.Serializer[Any]):
    heading = serializers.CharField()
    paragraphs = serializers.ListField(child=serializers.CharField())


class LegalDocumentSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    version = serializers.CharField()
    language = serializers.CharField()
    title = serializers.CharField()
    sections = SectionSerializer(many=True)
    digest = serializers.CharField()
