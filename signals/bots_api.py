"""What a bot's manager does and sees beyond the bot itself: send a signal, a test signal, performance (issue's item 4)."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from bots.models import Bot
from bots.permissions import ManagesBots
from bots.queries import managed_bots
from config.problems import Problem
from config.strict import StrictFields
from signals.figures import figures_of_bot
from signals.manual import send_by_hand
from signals.models import Signal
from signals.queries import stats_of, visible_signals
from signals.receive import AlertRefused
from signals.serializers import SignalSerializer
from signals.states import Action


class ManualSignalSerializer(StrictFields, serializers.Serializer[Any]):
    """What an alert would say, without the secret: the manager is signed in."""

    ticker = serializers.RegexField(r"^[A-Za-z0-9.:/_-]{1,50}\Z")
    action = serializers.ChoiceField(choices=Action.choices)
    price = serializers.DecimalField(
        18, 8, min_value=Decimal("0.00000001"), required=False, allow_null=True, default=None
    )


class SymbolFiguresSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    trades = serializers.IntegerField()
    win_rate = serializers.DecimalField(6, 2)
    pnl_usd = serializers.DecimalField(28, 8)


class BotFiguresSerializer(serializers.Serializer[Any]):
    """Money in USD, over everything there ever was; `executions` by status."""

    signals = serializers.IntegerField()
    refused_signals = serializers.IntegerField()
    executions = serializers.DictField(child=serializers.IntegerField())
    closed_trades = serializers.IntegerField()
    open_positions = serializers.IntegerField()
    win_rate = serializers.DecimalField(6, 2)
    total_pnl_usd = serializers.DecimalField(28, 8)
    avg_pnl_pct = serializers.DecimalField(12, 2)
    best_trade_usd = serializers.DecimalField(28, 8, allow_null=True)
    worst_trade_usd = serializers.DecimalField(28, 8, allow_null=True)
    profit_factor = serializers.DecimalField(28, 2, allow_null=True)
    fees_usd = serializers.DecimalField(28, 8)
    avg_execution_ms = serializers.IntegerField(allow_null=True)
    slowest_execution_ms = serializers.IntegerField(allow_null=True)
    longest_unprotected_ms = serializers.IntegerField(allow_null=True)
    by_symbol = SymbolFiguresSerializer(many=True)


class OfBot(GenericAPIView[Bot]):
    """Something of one bot that the signed-in person looks after."""

    queryset = Bot.objects.none()
    permission_classes = [IsAuthenticated, ManagesBots]
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Bot]:
        return managed_bots(person(self.request))


class BotPerformance(OfBot):
    serializer_class = BotFiguresSerializer

    @extend_schema(responses=BotFiguresSerializer)
    def get(self, request: Request, pk: str) -> Response:
        """The bot's performance, from its subscribers' executions and positions."""
        return Response(BotFiguresSerializer(figures_of_bot(self.get_object())).data)


class BotSignals(OfBot):
    """The bot's signals; sending one by hand takes the same path as an alert (WHK-16)."""

    serializer_class = SignalSerializer
    is_test = False

    @extend_schema(responses=SignalSerializer(many=True))
    def get(self, request: Request, pk: str) -> Response:
        """The bot's signals, newest first, refused ones included, with their figures."""
        signals: Any = visible_signals(person(request)).filter(bot=self.get_object())
        rows: Any = self.paginate_queryset(signals) or []
        context = {**self.get_serializer_context(), "stats": stats_of(rows)}
        return self.get_paginated_response(SignalSerializer(rows, many=True, context=context).data)

    @extend_schema(request=ManualSignalSerializer, responses={202: SignalSerializer})
    def post(self, request: Request, pk: str) -> Response:
        """Send a signal to every subscriber, as an alert would."""
        return self.send(request)

    def send(self, request: Request) -> Response:
        bot = self.get_object()
        form = ManualSignalSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            received = send_by_hand(
                bot=bot, user=person(request), request=request._request, is_test=self.is_test, **form.validated_data
            )
        except AlertRefused as refused:
            raise Problem(refused.status, refused.code, refused.detail) from refused
        signal: Signal = received.signal
        context = {**self.get_serializer_context(), "stats": stats_of([signal])}
        return Response(SignalSerializer(signal, context=context).data, status.HTTP_202_ACCEPTED)


class BotTestSignal(BotSignals):
    """A signal marked as a test."""

    is_test = True
    http_method_names = ["post", "options"]

    @extend_schema(request=ManualSignalSerializer, responses={202: SignalSerializer})
    def post(self, request: Request, pk: str) -> Response:
        """Send a signal marked as a test; it takes the whole path, on paper accounts only."""
        return self.send(request)
