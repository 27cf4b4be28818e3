"""`/api/v1/exchanges/symbols` and `/api/v1/exchanges/{exchange}/pairs`: what is traded where (EXC-17)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.problems import Problem
from exchanges.market_lists import Listed, listed, traded_at
from exchanges.registry import UnknownVenue, get_venue
from exchanges.types import Market, MarketType

TYPE = OpenApiParameter("type", OpenApiTypes.STR, enum=[one.value for one in MarketType])
SEARCH = OpenApiParameter("search", OpenApiTypes.STR, description="Part of the symbol, in any case.")


class ListedSerializer(serializers.Serializer[Listed]):
    """`forms`: ways to write the symbol in an alert."""

    symbol = serializers.CharField(source="key")
    base = serializers.CharField()
    quote = serializers.CharField()
    market_type = serializers.CharField()
    forms = serializers.ListField(child=serializers.CharField())
    exchanges = serializers.ListField(child=serializers.CharField())


class PairSerializer(serializers.Serializer[Market]):
    """Quantities in base units, `min_notional` in quote currency; `exchange_symbol` is the exchange's own name."""

    symbol = serializers.CharField(source="key")
    exchange_symbol = serializers.CharField(source="id")
    base = serializers.CharField()
    quote = serializers.CharField()
    market_type = serializers.CharField()
    price_step = serializers.DecimalField(36, 18, normalize_output=True)
    quantity_step = serializers.DecimalField(36, 18, normalize_output=True)
    min_quantity = serializers.DecimalField(36, 18, normalize_output=True)
    max_market_quantity = serializers.DecimalField(36, 18, normalize_output=True, allow_null=True)
    min_notional = serializers.DecimalField(36, 18, normalize_output=True)
    contract_size = serializers.DecimalField(36, 18, normalize_output=True)
    max_leverage = serializers.IntegerField(allow_null=True)


def _wanted_type(request: Request) -> MarketType | None:
    text = request.query_params.get("type", "")
    try:
        return MarketType(text) if text else None
    except ValueError:
        wrong = serializers.ErrorDetail(
            _("One of: %(choices)s.") % {"choices": ", ".join(MarketType)}, "invalid_choice"
        )
        raise ValidationError({"type": [wrong]}) from None


def _searched(request: Request, rows: Iterable[Any]) -> list[Any]:
    part = request.query_params.get("search", "").upper().replace("/", "").replace("-", "")
    return [row for row in rows if part in row.key]


class Symbols(ListAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    serializer_class = ListedSerializer
    filter_backends = ()

    @extend_schema(parameters=[TYPE, SEARCH])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What can be traded, over all exchanges in use: symbol, kind of market, how to write it in an alert, and where."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return []
        return _searched(self.request, listed(_wanted_type(self.request)))


class Pairs(ListAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    serializer_class = PairSerializer
    filter_backends = ()

    @extend_schema(parameters=[TYPE, SEARCH])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What one exchange trades, with its steps and limits as they were last loaded (hourly). 503 while they are being loaded."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return []
        exchange, wanted = self.kwargs["exchange"], _wanted_type(self.request)
        try:
            venue = get_venue(exchange)
        except UnknownVenue:
            raise NotFound(_("Exchange %(exchange)s not supported") % {"exchange": exchange}) from None
        markets = traded_at(venue)
        if markets is None:
            text = _("The exchange's list of markets is being loaded. Ask again in a moment.")
            raise Problem(503, "markets_loading", text)
        return _searched(self.request, (market for market in markets if wanted in (None, market.market_type)))
