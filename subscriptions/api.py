"""`/api/v1/bot-subscriptions`: clients follow bots, each on their own account and terms (SUB-01…08)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from accounts.permissions import SupportReads
from bots.api import CLOSE_POSITIONS, CONFLICT, read_body
from bots.models import Bot, MarketType
from bots.serializers import CloseChoiceSerializer
from exchanges.queries import own_accounts
from subscriptions import lifecycle, rules
from subscriptions.conflicts import answer_conflicts
from subscriptions.models import Subscription, SubscriptionStatus
from subscriptions.queries import bots_on_offer, own_subscriptions, warnings_for
from subscriptions.serializers import (
    ChangesSerializer,
    CheckResultSerializer,
    CheckSerializer,
    NewSubscriptionSerializer,
    OfferedBotSerializer,
    SubscriptionSerializer,
)
from subscriptions.terms import effective_terms


class OfferFilter(django_filters.FilterSet):
    """`?market_type=`, and `?name=` as a part of the name."""

    market_type = django_filters.ChoiceFilter(choices=MarketType.choices)
    name = django_filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Bot
        fields = ("market_type", "name")


class OfferedBotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Bot]):
    """The bots that one can follow."""

    queryset = Bot.objects.none()
    serializer_class = OfferedBotSerializer
    permission_classes = [IsAuthenticated, SupportReads]
    filterset_class = OfferFilter
    ordering_fields = ("name", "created_at", "total_subscribers", "avg_win_rate", "avg_pnl_pct")
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Bot]:
        return bots_on_offer(person(self.request))

    @extend_schema(parameters=[CheckSerializer], responses=CheckResultSerializer)
    @action(detail=True, methods=["get"])
    def check(self, request: Request, pk: str) -> Response:
        """Would these terms trade on this account? The rules as errors (400), what is only doubtful as warnings."""
        bot, user = self.get_object(), person(request)
        form = CheckSerializer(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        symbol = values.pop("symbol", None)
        account = get_object_or_404(own_accounts(user), pk=values.pop("exchange_account_id"))
        thought = Subscription(user=user, bot=bot, exchange_account=account, **values)
        rules.check_account(account, user=user, bot=bot)
        rules.check_terms(thought)
        terms = effective_terms(bot, thought)
        keys = [symbol.upper()] if symbol else None
        warnings = warnings_for(bot=bot, account=account, terms=terms, symbol_keys=keys)
        return Response(CheckResultSerializer({"terms": terms, "warnings": warnings}).data)


class SubscriptionFilter(django_filters.FilterSet):
    """`?status=` active, paused or cancelled; `?bot=`."""

    status = django_filters.ChoiceFilter(choices=SubscriptionStatus.choices)
    bot = django_filters.UUIDFilter(field_name="bot_id")

    class Meta:
        model = Subscription
        fields = ("status", "bot")


class SubscriptionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Subscription]):
    """My subscriptions: subscribe, list, read, change, pause, resume, cancel.

    `answer_with` is where the room `signals` adds what happened (`signals.api.SubscriptionFacts`).
    """

    queryset = Subscription.objects.none()
    serializer_class: type[SubscriptionSerializer] = SubscriptionSerializer
    permission_classes = [IsAuthenticated, SupportReads]
    filterset_class = SubscriptionFilter
    ordering_fields = ("created_at", "status")
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Subscription]:
        return own_subscriptions(person(self.request))

    def answer_with(self, subscription: Subscription, code: int = status.HTTP_200_OK) -> Response:
        """The subscription as it stands now."""
        return Response(self.get_serializer(self.get_queryset().get(pk=subscription.pk)).data, code)

    @extend_schema(request=NewSubscriptionSerializer)
    def create(self, request: Request) -> Response:
        """Follow a bot. Values left out or null mean the bot's default, also when it changes later (SUB-09)."""
        form = NewSubscriptionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with answer_conflicts():
            subscription = lifecycle.subscribe(user=person(request), request=request._request, **form.validated_data)
        return self.answer_with(subscription, status.HTTP_201_CREATED)

    @extend_schema(request=ChangesSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change own values, limits or the account; the next signal uses them."""
        form = ChangesSerializer(subscription := self.get_object(), data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with answer_conflicts():
            subscription = form.save_changes(subscription, request._request)
        return self.answer_with(subscription)

    @extend_schema(request=None, parameters=[CLOSE_POSITIONS], responses={204: None, 409: CONFLICT})
    def destroy(self, request: Request, pk: str) -> Response:
        """Cancel; history stays. With positions open, `close_positions` must be given, else 409 `choose_positions`."""
        self._cancel(request, {**request.query_params.dict(), **read_body(request)})
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=CloseChoiceSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """As DELETE, answering the cancelled subscription."""
        return self.answer_with(self._cancel(request, read_body(request)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Receive no opens from now on; stops, targets and closes go on."""
        with answer_conflicts():
            paused = lifecycle.pause_subscription(subscription=self.get_object(), request=request._request)
            return self.answer_with(paused)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Receive opens again."""
        with answer_conflicts():
            resumed = lifecycle.resume_subscription(subscription=self.get_object(), request=request._request)
            return self.answer_with(resumed)

    def _cancel(self, request: Request, choice: dict[str, Any]) -> Subscription:
        subscription = self.get_object()
        form = CloseChoiceSerializer(data=choice)
        form.is_valid(raise_exception=True)
        with answer_conflicts():
            return lifecycle.cancel_subscription(
                subscription=subscription,
                user=person(request),
                close_positions=form.validated_data["close_positions"],
                request=request._request,
            )
