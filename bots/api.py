"""`/api/v1/bots`: managers look after their own bots, administrators after all (BOT-01, 12…16, 21)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django_filters
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from bots import lifecycle
from bots.conflicts import bot_is_archived, choose_positions
from bots.models import Bot, BotStatus, MarketType
from bots.permissions import ManagesBots
from bots.queries import managed_bots
from bots.serializers import (
    BotChangesSerializer,
    BotSerializer,
    CloseChoiceSerializer,
    NewBotSerializer,
    RotatedSecretSerializer,
    RotationSerializer,
    WebhookSerializer,
)
from bots.webhook_message import ACTIONS, alert_message, webhook_url

CONFLICT = OpenApiResponse(description="The present state does not allow it; `code` says why.")
CLOSE_POSITIONS = OpenApiParameter(
    "close_positions", bool, description="With positions open: close them now, or leave them to their stops."
)


class BotFilter(django_filters.FilterSet):
    """`?status=` all, active, paused or archived (BOT-12); `?name=` is a part of the name."""

    status = django_filters.ChoiceFilter(
        choices=[("all", _("All")), *BotStatus.choices], method="filter_status", empty_label=None
    )
    market_type = django_filters.ChoiceFilter(choices=MarketType.choices)
    name = django_filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Bot
        fields = ("status", "market_type", "name")

    def filter_status(self, bots: QuerySet[Bot], name: str, value: str) -> QuerySet[Bot]:
        return bots if value == "all" else bots.filter(status=value)


@contextmanager
def answer_conflicts() -> Iterator[None]:
    """What the lifecycle refuses, as the API says it."""
    try:
        yield
    except lifecycle.BotArchived as refusal:
        raise bot_is_archived() from refusal
    except lifecycle.PositionsOpen as refusal:
        raise choose_positions(refusal.count) from refusal
    except IntegrityError as error:
        if "master_webhook_path" not in str(error):
            raise
        # taken by another request between the check and the insert
        raise ValidationError(
            {"master_webhook_path": [_("Another bot uses this webhook path.")]}, code="unique"
        ) from error


class BotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Bot]):
    """Bots: create, list, read, change, pause, resume, give a new secret, archive."""

    queryset = Bot.objects.none()
    serializer_class = BotSerializer
    permission_classes = [IsAuthenticated, ManagesBots]
    filterset_class = BotFilter
    ordering_fields = ("created_at", "name", "total_subscribers", "total_signals_sent", "avg_win_rate")
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Bot]:
        return managed_bots(person(self.request))

    @extend_schema(request=NewBotSerializer, responses={201: BotSerializer})
    def create(self, request: Request) -> Response:
        """Make a bot. The secret is stored as a digest and sealed; no call ever returns it."""
        form = NewBotSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with answer_conflicts():
            bot = lifecycle.create_bot(
                manager=person(request), user=person(request), request=request._request, **form.validated_data
            )
        return Response(BotSerializer(bot).data, status.HTTP_201_CREATED)

    @extend_schema(request=BotChangesSerializer, responses={200: BotSerializer, 409: CONFLICT})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change settings; subscribers without a value of their own follow with the next signal (SUB-09)."""
        form = BotChangesSerializer(bot := self.get_object(), data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with answer_conflicts():
            bot = form.save_changes(bot, user=person(request), request=request._request)
        return Response(BotSerializer(bot).data)

    @extend_schema(request=None, parameters=[CLOSE_POSITIONS], responses={204: None, 409: CONFLICT})
    def destroy(self, request: Request, pk: str) -> Response:
        """Archive the bot; history stays. With positions open, `close_positions` must be given, else 409 `choose_positions`."""
        self._archive(request, {**request.query_params.dict(), **read_body(request)})
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=CloseChoiceSerializer, responses={200: BotSerializer, 409: CONFLICT})
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """As DELETE, answering the archived bot."""
        return Response(BotSerializer(self._archive(request, read_body(request))).data)

    @extend_schema(request=None, responses={200: BotSerializer, 409: CONFLICT})
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Refuse opens from now on; closes still pass."""
        with answer_conflicts():
            bot = lifecycle.pause_bot(bot=self.get_object(), user=person(request), request=request._request)
        return Response(BotSerializer(bot).data)

    @extend_schema(request=None, responses={200: BotSerializer, 409: CONFLICT})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Accept opens again."""
        with answer_conflicts():
            bot = lifecycle.resume_bot(bot=self.get_object(), user=person(request), request=request._request)
        return Response(BotSerializer(bot).data)

    @extend_schema(request=RotationSerializer, responses={200: RotatedSecretSerializer, 409: CONFLICT})
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Give the bot a new secret and show it this once; the old one is accepted for `overlap_minutes`."""
        form = RotationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        overlap = timedelta(minutes=form.validated_data["overlap_minutes"])
        with answer_conflicts():
            bot, secret = lifecycle.rotate_secret(
                bot=self.get_object(),
                user=person(request),
                secret=form.validated_data.get("secret", ""),
                overlap=overlap,
                request=request._request,
            )
        return Response({"secret": secret, "previous_secret_until": bot.previous_secret_until})

    @extend_schema(responses=WebhookSerializer)
    @action(detail=True, methods=["get"])
    def webhook(self, request: Request, pk: str) -> Response:
        """The address and the messages to copy into TradingView."""
        bot = self.get_object()
        messages = {name: alert_message(name) for name in ACTIONS}
        return Response({"url": webhook_url(bot), "message": alert_message(), "messages": messages})

    def _archive(self, request: Request, choice: dict[str, Any]) -> Bot:
        bot = self.get_object()
        form = CloseChoiceSerializer(data=choice)
        form.is_valid(raise_exception=True)
        with answer_conflicts():
            return lifecycle.archive_bot(
                bot=bot,
                user=person(request),
                close_positions=form.validated_data["close_positions"],
                request=request._request,
            )


def read_body(request: Request) -> dict[str, Any]:
    """The body of a request that may have none."""
    if isinstance(request.data, dict):
        return request.data
    raise ValidationError(_("The body must be a JSON object."))
