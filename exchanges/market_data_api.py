"""`/api/v1/exchanges/{exchange}/candles`, `/orderbook` and `/ticker`: market data of any exchange, in the same words (EXC-15, EXC-16)."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import person, too_many, valid
from accounts.quotas import wait_for_quota
from config.problems import FieldProblem, Problem
from exchanges.market_questions import CANDLES, ORDER_BOOK, TICKER, Question, Told, ask
from exchanges.registry import UnknownVenue, get_venue
from exchanges.symbols import MAX_LENGTH, normalize_ticker
from exchanges.timeframes import is_timeframe
from exchanges.types import MarketType
from exchanges.venue import Venue

QUOTA = "120/m"
# What is asked of an exchange, whatever a reader wants of it: so that the answers serve many.
CANDLES_ASKED, LEVELS_ASKED = (200, 1000), (20, 100)


def number(*, allow_null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(40, 20, normalize_output=True, allow_null=allow_null)


class MarketSerializer(serializers.Serializer[Any]):
    """Which market: `symbol` in any of the forms of an alert, `type` where the symbol does not say it."""

    symbol = serializers.CharField(max_length=MAX_LENGTH)
    type = serializers.ChoiceField(choices=[one.value for one in MarketType], required=False)


class CandlesWantedSerializer(MarketSerializer):
    timeframe = serializers.CharField(max_length=5, default="1h")
    limit = serializers.IntegerField(min_value=1, max_value=CANDLES_ASKED[-1], default=100)

    def validate_timeframe(self, text: str) -> str:
        if not is_timeframe(text):
            raise serializers.ValidationError(_("Not a time frame such as 1m, 1h or 1d."), "invalid_choice")
        return text


class OrderBookWantedSerializer(MarketSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=LEVELS_ASKED[-1], default=20)


class CandleSerializer(serializers.Serializer[Any]):
    """A period that is over. `volume` in base units."""

    opened_at = serializers.DateTimeField()
    open = number()
    high = number()
    low = number()
    close = number()
    volume = number()


class MarketToldSerializer(serializers.Serializer[Any]):
    exchange = serializers.CharField()
    symbol = serializers.CharField()
    market_type = serializers.CharField()


class CandlesSerializer(MarketToldSerializer):
    """Oldest first; the candle of now is left out."""

    timeframe = serializers.CharField()
    candles = CandleSerializer(many=True)


class LevelSerializer(serializers.Serializer[Any]):
    """`quantity` in base units."""

    price = number()
    quantity = number()


class OrderBookSerializer(MarketToldSerializer):
    """The best price first."""

    bids = LevelSerializer(many=True)
    asks = LevelSerializer(many=True)
    told_at = serializers.DateTimeField(allow_null=True)


class TickerSerializer(MarketToldSerializer):
    """`high`, `low` and volumes of 24 hours; null is what the exchange does not tell. `spread_pct` in percent of the middle."""

    last = number()
    bid = number(allow_null=True)
    ask = number(allow_null=True)
    high = number(allow_null=True)
    low = number(allow_null=True)
    base_volume = number(allow_null=True)
    quote_volume = number(allow_null=True)
    spread_pct = number(allow_null=True)


UNAVAILABLE = OpenApiResponse(description="The exchange does not answer, or no worker does; `code` says which.")
NOT_TRADED = OpenApiResponse(description="No such exchange, or it does not trade this.")


class MarketView(APIView):
    permission_classes = (IsAuthenticated,)

    def told(self, request: Request, exchange: str, wanted: type[MarketSerializer], kind: str) -> tuple[Told, Told]:
        """What was wanted, completed, and what was told. Raises the problem in any other case."""
        venue = _venue(exchange)
        values = valid(wanted(data=request.query_params.dict()))
        key, market_type = _market(venue, values)
        if seconds := wait_for_quota(request._request, "market_data", QUOTA, key=str(person(request).pk)):
            raise too_many(seconds)
        asked = {CANDLES: CANDLES_ASKED, ORDER_BOOK: LEVELS_ASKED}.get(kind)
        count = next(number for number in asked if number >= values["limit"]) if asked else 0
        told = ask(Question(kind, venue.id, market_type, key, values.get("timeframe", ""), count))
        if told is None:
            raise Problem(503, "unavailable", _("Try again in a moment."))
        if "error" in told:
            raise _problem(told)
        return values | {"exchange": venue.id, "symbol": key, "market_type": market_type.value}, told


class Candles(MarketView):
    @extend_schema(
        parameters=[CandlesWantedSerializer], responses={200: CandlesSerializer, 404: NOT_TRADED, 503: UNAVAILABLE}
    )
    def get(self, request: Request, exchange: str) -> Response:
        """The last candles of a market, only such as are over."""
        wanted, told = self.told(request, exchange, CandlesWantedSerializer, CANDLES)
        names = ("opened_at", "open", "high", "low", "close", "volume")
        rows = [dict(zip(names, row, strict=True)) for row in told["candles"][-wanted["limit"] :]]
        return Response(CandlesSerializer(wanted | {"candles": rows}).data)


class OrderBook(MarketView):
    @extend_schema(
        parameters=[OrderBookWantedSerializer], responses={200: OrderBookSerializer, 404: NOT_TRADED, 503: UNAVAILABLE}
    )
    def get(self, request: Request, exchange: str) -> Response:
        """What stands in the order book, at most two seconds ago."""
        wanted, told = self.told(request, exchange, OrderBookWantedSerializer, ORDER_BOOK)
        sides = {
            side: [{"price": price, "quantity": quantity} for price, quantity in told[side][: wanted["limit"]]]
            for side in ("bids", "asks")
        }
        return Response(OrderBookSerializer(wanted | sides | {"told_at": told["told_at"]}).data)


class Ticker(MarketView):
    @extend_schema(parameters=[MarketSerializer], responses={200: TickerSerializer, 404: NOT_TRADED, 503: UNAVAILABLE})
    def get(self, request: Request, exchange: str) -> Response:
        """Last price, spread and the volume of 24 hours, at most two seconds ago."""
        wanted, told = self.told(request, exchange, MarketSerializer, TICKER)
        return Response(TickerSerializer(wanted | told).data)


def _venue(exchange: str) -> Venue:
    try:
        return get_venue(exchange)
    except UnknownVenue:
        raise NotFound(_("Exchange %(exchange)s not supported") % {"exchange": exchange}) from None


def _market(venue: Venue, wanted: Told) -> tuple[str, MarketType]:
    """Key and kind of market: as asked for, or else as the symbol says, or else the exchange's first kind (futures)."""
    try:
        key, said = normalize_ticker(wanted["symbol"])
    except ValueError:
        raise FieldProblem({"symbol": _("Not a symbol.")}, "invalid_symbol") from None
    market_type = MarketType(wanted["type"]) if "type" in wanted else said or venue.market_types[0]
    if market_type not in venue.market_types:
        choices = ", ".join(venue.market_types)
        raise FieldProblem({"type": _("One of: %(choices)s.") % {"choices": choices}}, "invalid_choice")
    return key, market_type


def _problem(told: Told) -> Problem:
    """The problem in a worker's answer."""
    code = told["error"]
    if code == "unknown_symbol":
        return Problem(404, code, _("The exchange does not trade this symbol."))
    if code == "timeframe":
        choices = ", ".join(told["timeframes"])
        return FieldProblem({"timeframe": _("One of: %(choices)s.") % {"choices": choices}}, "invalid_choice")
    if code == "unsupported":
        return Problem(400, code, _("The exchange has no such market data."))
    problem = Problem(503, code, _("The exchange does not answer at the moment."))
    problem.wait = told["retry_after_s"]  # type: ignore[attr-defined] # becomes Retry-After
    return problem
