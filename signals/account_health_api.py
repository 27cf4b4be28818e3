"""`GET /api/v1/exchange-accounts/{id}/health`: will the next signal be traded, and if not, what mends it (B13)."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from exchanges.api import OwnAccountsView
from signals.readiness import AccountHealth, health_of_account
from subscriptions.models import Subscription
from subscriptions.preflight_texts import fix_of, headline_of, sentence_of
from subscriptions.readiness import Check, CheckState, Readiness

PLAIN = (str, int, bool)


class CheckSerializer(serializers.Serializer[Check]):
    """One question with its answer: `code` and `finding` are stable, `text` and `fix` are in the reader's language."""

    code = serializers.CharField()
    state = serializers.CharField(help_text=", ".join(CheckState))
    finding = serializers.CharField()
    text = serializers.SerializerMethodField()
    fix = serializers.SerializerMethodField(help_text="Empty where nothing is to be done.")
    params = serializers.SerializerMethodField()

    def get_text(self, check: Check) -> str:
        return sentence_of(check)

    def get_fix(self, check: Check) -> str:
        return fix_of(check)

    def get_params(self, check: Check) -> dict[str, Any]:
        """The figures behind the sentence; amounts as text."""
        return {name: _plain(value) for name, value in check.params.items()}


class ReadinessSerializer(serializers.Serializer[Readiness]):
    """`ready`: nothing known speaks against the next signal. Of `total` checks that have an answer `passed` are as they should be."""

    ready = serializers.BooleanField(source="is_ready")
    state = serializers.CharField(help_text=", ".join(CheckState))
    passed = serializers.IntegerField()
    total = serializers.IntegerField()
    checks = CheckSerializer(many=True)


class FollowingReadinessSerializer(ReadinessSerializer):
    """A subscription on the account: its checks hold those of the account too."""

    subscription_id = serializers.UUIDField()
    bot_id = serializers.UUIDField()
    bot_name = serializers.CharField()
    headline = serializers.CharField()


class AccountHealthSerializer(serializers.Serializer[AccountHealth]):
    headline = serializers.CharField()
    ready = serializers.BooleanField(source="worst.is_ready")
    state = serializers.CharField(source="worst.state", help_text=", ".join(CheckState))
    passed = serializers.IntegerField(source="account.passed")
    total = serializers.IntegerField(source="account.total")
    checks = CheckSerializer(many=True, source="account.checks")
    subscriptions = serializers.SerializerMethodField()
    egress_addresses = serializers.SerializerMethodField(
        help_text="Where our requests come from, to restrict a key to; empty: the operator has not named them."
    )

    @extend_schema_field(FollowingReadinessSerializer(many=True))
    def get_subscriptions(self, health: AccountHealth) -> list[dict[str, Any]]:
        return [_told(subscription, readiness) for subscription, readiness in health.following]

    def get_egress_addresses(self, _health: AccountHealth) -> list[str]:
        return list(settings.EGRESS_ADDRESSES)


class AccountHealthView(OwnAccountsView):
    @extend_schema(responses={200: AccountHealthSerializer})
    def get(self, request: Request, account_id: UUID) -> Response:
        """Will the next signal be traded on this account? What is known now; the exchange is not asked."""
        account = self.account(request, account_id)
        health = health_of_account(account, user=person(request), now=timezone.now())
        return Response(AccountHealthSerializer(health).data)


def _told(subscription: Subscription, readiness: Readiness) -> dict[str, Any]:
    return {
        "subscription_id": str(subscription.pk),
        "bot_id": str(subscription.bot_id),
        "bot_name": subscription.bot.name,
        "headline": headline_of(readiness),
        **ReadinessSerializer(readiness).data,
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, PLAIN):
        return value
    return value if isinstance(value, list) else value.isoformat() if hasattr(value, "isoformat") else f"{value:f}"
