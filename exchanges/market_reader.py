"""ccxt's unified calls for market data, on a lean clone of a template that knows the one market that is asked for.

ccxt wants its own list of markets for these calls. It is not loaded a second time: the market is put together from ours, which all
processes share, so that reading candles costs no memory and the templates that trade know nothing of it.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchanges.ccxt_clones import Lean, ccxt_errors
from exchanges.dialect import Call, read_answer
from exchanges.doors import door_of
from exchanges.errors import ExchangeError, OutcomeUnknown, Unsupported
from exchanges.limits import Priority, of_read
from exchanges.market_facts import PLAYED, DayCall, Facts, facts_of
from exchanges.market_source import Source
from exchanges.market_values import Candle, OrderBook, PriceLevel, Ticker
from exchanges.raw_values import decimal, decimal_or_none, moment
from exchanges.timeframes import is_timeframe, longest, shortest, starts_on_calendar
from exchanges.types import Market, MarketType
from exchanges.venue import Venue

ONE = Decimal(1)


class Reader(Lean):
    """Mixed in before a template's class: a question of a weight and length of its own, and the raw answer kept for its reading."""

    seconds_left: float  # (ccxt has a function `seconds`)
    weight_asked: int
    answered: Any

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        door = door_of(self.venue, testnet=self.goes_to_demo)
        seconds = await door.admit(
            self.market_type, "", weight=self.weight_asked, is_order=False, priority=of_read(Priority.QUERY), seconds=self.seconds_left
        )  # fmt: skip
        self.answered = await self._exchange(door, url, method, headers, body, seconds)
        return self.answered

    def parse_order_book_bid_ask(
        self, level: Any, price_key: Any = 0, quantity_key: Any = 1, _time_or_count: Any = 2
    ) -> list[Decimal | None]:
        """ccxt makes numbers of floating point of these, and of these only."""
        return [self.safe_number(level, price_key), self.safe_number(level, quantity_key)]  # type: ignore[attr-defined]


class CcxtSource(Source):
    """An exchange that ccxt's class speaks to."""

    def __init__(self, venue: Venue, market_type: MarketType, *, testnet: bool) -> None:
        super().__init__(venue, market_type, testnet=testnet)
        self.facts = facts_of(venue.dialect(market_type).ccxt_id, market_type)
        self.options: dict[str, Any] = deepcopy(
            self.original.options
        )  # ccxt writes into it, the templates' stays as it is
        template_class = type(self.original)
        self.reader_class = type(f"Reader_{template_class.__name__}", (Reader, template_class), {})
        self.timeframes = _timeframes(venue, self.facts, self.original)

    def page_of(self, timeframe: str) -> int:
        span = self.facts.most_span
        return min(self.facts.page, span // longest(timeframe) - 1) if span else self.facts.page

    async def candles_from(
        self, market: Market, timeframe: str, since: datetime, count: int, seconds: float
    ) -> list[Candle]:
        factor = _factor(market, in_contracts=self.facts.candles_in_contracts)
        # (ccxt's class for Bybit asks for weeks from the next multiple of their length on)
        if self.facts.overlaps or starts_on_calendar(timeframe):
            since, count = since - longest(timeframe), count + 1
        more = {}
        if self.facts.end is not None:
            name, unit_ms = self.facts.end
            more = {name: (_ms(since + count * shortest(timeframe)) - 1) // unit_ms}
        reader = self._reader(market, seconds, self.facts.candles_weight)
        rows = await _asked(reader.fetch_ohlcv(market.symbol, timeframe, _ms(since), count, more))
        if not rows and not _tells_none(reader.answered):
            raise OutcomeUnknown("The exchange's answer could not be read", code="unreadable")
        return read_answer(rows, lambda told: [_candle(row, factor) for row in told])

    async def order_book(self, market: Market, depth: int, seconds: float) -> OrderBook:
        factor = _factor(market, in_contracts=self.facts.book_in_contracts)
        length = next((one for one in self.facts.depths if one >= depth), None) if self.facts.depths else depth
        told = await _asked(
            self._reader(market, seconds, self.facts.book_weight).fetch_order_book(market.symbol, length)
        )

        def read(book: Mapping[str, Any]) -> OrderBook:
            bids, asks = (tuple(_level(row, factor) for row in book[side][:depth]) for side in ("bids", "asks"))
            if not bids and not asks:
                raise ValueError("neither side was told")
            return OrderBook(bids, asks, moment(book["timestamp"]) if book["timestamp"] else None)

        return read_answer(told, read)

    async def ticker(self, market: Market, seconds: float) -> Ticker:
        factor = _factor(market, in_contracts=self.facts.ticker_in_contracts)
        reader = self._reader(market, seconds, self.facts.ticker_weight)
        if (day := self.facts.day) is not None:
            raw = await reader.call(Call(day.endpoint, {day.parameter: market.id}), seconds, of_read(Priority.QUERY))
            return read_answer(raw, lambda told: _day(told.get("data", told), day, factor))
        told = await _asked(reader.fetch_ticker(market.symbol))
        return read_answer(told, lambda one: _ticker(one, factor, self.facts.ticker_base_field))

    def _reader(self, market: Market, seconds: float, weight: int) -> Any:
        """A clone for one question, in microseconds."""
        made: Any = object.__new__(self.reader_class)
        made.__dict__.update(self.original.__dict__)
        known = _as_ccxt_knows_it(made, market)
        made.options, made.markets, made.markets_by_id = self.options, {market.symbol: known}, {market.id: [known]}
        made.seconds_left, made.weight_asked, made.answered = seconds, weight, None
        return made


def _as_ccxt_knows_it(reader: Any, market: Market) -> Any:
    is_spot = market.market_type is MarketType.SPOT
    kind = {"type": "spot", "spot": True, "swap": False, "contract": False}
    if not is_spot:
        kind = {"type": "swap", "spot": False, "swap": True, "contract": True, "linear": True, "inverse": False}
        kind |= {"settle": market.quote, "settleId": market.quote.lower(), "contractSize": market.contract_size}
    return reader.safe_market_structure(
        {
            "id": market.id,
            "symbol": market.symbol,
            "base": market.base,
            "baseId": market.base,
            "quote": market.quote,
            "quoteId": market.quote,
            "future": False,
            "option": False,
            "active": True,
            "precision": {"price": market.price_step, "amount": market.quantity_step / market.contract_size},
            "info": {},
            **kind,
        }
    )


def _timeframes(venue: Venue, facts: Facts, original: Any) -> list[str]:
    """What the class lists for this kind of market; a name may be missing or None there."""
    listed: Any = original.options if facts.timeframes_option else original.timeframes
    for name in facts.timeframes_option:
        listed = listed[name]
    names = {name for name, theirs in listed.items() if theirs is not None and is_timeframe(name)} - facts.without
    if venue.features.is_paper:
        names &= PLAYED
    return sorted(names, key=shortest)


async def _asked(question: Any) -> Any:
    """What ccxt makes of the answer. Our errors pass; any of its own says that it could not make sense of it."""
    try:
        return await question
    except ExchangeError:
        raise
    except ccxt_errors.NotSupported as e:
        raise Unsupported("The exchange has no such call here", code="market_data") from e
    except Exception as e:
        raise OutcomeUnknown("The exchange's answer could not be read", code="unreadable") from e


def _tells_none(answer: Any) -> bool:
    """Whether the answer holds an empty list: an answer that ccxt finds no candles in proves nothing by itself."""
    if isinstance(answer, dict):
        return any(_tells_none(value) for value in answer.values())
    return answer == []


def _factor(market: Market, *, in_contracts: bool | None) -> Decimal:
    """What a told quantity is multiplied with to be in base units."""
    if in_contracts is None and market.contract_size != ONE:
        text = "Nobody has looked up whether this exchange tells quantities in contracts"
        raise Unsupported(text, code="contracts")
    return market.contract_size if in_contracts else ONE


def _candle(row: list[Any], factor: Decimal) -> Candle:
    opened, high, low, close, volume = (_number(value) for value in row[1:6])
    return Candle(moment(row[0]), opened, high, low, close, volume * factor)


def _level(row: list[Any], factor: Decimal) -> PriceLevel:
    return PriceLevel(_number(row[0]), _number(row[1]) * factor)


def _ticker(told: Mapping[str, Any], factor: Decimal, base_field: str) -> Ticker:
    base: Decimal | None = told["baseVolume"]
    if base_field:
        base = decimal(told["info"][base_field])
    return Ticker(
        last=_number(told["last"]),
        bid=told["bid"],
        ask=told["ask"],
        high=told["high"],
        low=told["low"],
        base_volume=base if base is None else base * factor,
        quote_volume=told["quoteVolume"],
    )


def _day(told: Mapping[str, Any], day: DayCall, factor: Decimal) -> Ticker:
    """Best bid and ask are asked for by themselves."""
    return Ticker(
        last=decimal(told[day.last]),
        bid=None,
        ask=None,
        high=decimal_or_none(told[day.high]) if day.high else None,
        low=decimal_or_none(told[day.low]) if day.low else None,
        base_volume=decimal(told[day.base_volume]) * factor,
        quote_volume=decimal(told[day.quote_volume]),
    )


def _number(value: Any) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise ValueError("not a number")
    return value


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000 + at.microsecond // 1000
