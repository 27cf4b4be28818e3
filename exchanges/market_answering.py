"""Answering the web process's questions for market data, in a worker (`market_questions`)."""

import asyncio
import time
from datetime import datetime
from decimal import Decimal

from exchanges import client, market_data, market_questions
from exchanges.errors import ExchangeError, RefusalKind, Refused, Unsupported, seconds_to_wait
from exchanges.limits import Priority, at_most
from exchanges.market_questions import CANDLES, ORDER_BOOK, Question, Told
from exchanges.raw_values import plain
from exchanges.timeframes import shortest

# A ticker and a book are good for so long, and so is an exchange's "no".
MOMENT_S = 2.0
LONGEST_S = 3600.0
SETTLING_S = 1.5  # a candle is told a second after its end


def tell_market(text: str) -> None:
    """Ask the exchange and leave its answer for whoever waits; a question that is answered or given up is left alone."""
    question = Question.read(text)
    if market_questions.find(question) is not None or not market_questions.is_awaited(question):
        return
    told, good_for_s = asyncio.run(_ask(question))
    market_questions.tell(question, told, good_for_s=good_for_s)


async def _ask(question: Question) -> tuple[Told, float]:
    try:
        with at_most(Priority.BACKGROUND):
            return await _told(question)
    except ExchangeError as error:
        return _refusal(question, error), MOMENT_S
    finally:
        await client.close_all()


async def _told(question: Question) -> tuple[Told, float]:
    data = market_data.of(question.venue_id)
    market = await data.market(question.market_type, question.key)
    if question.kind == CANDLES:
        candles = await data.candles(market, question.timeframe, limit=question.count)
        rows = [
            [_text(one.opened_at), *map(plain, (one.open, one.high, one.low, one.close, one.volume))] for one in candles
        ]
        return {"candles": rows}, _until_next(question.timeframe)
    if question.kind == ORDER_BOOK:
        book = await data.order_book(market, question.count)
        sides = {
            side: [[plain(price), plain(quantity)] for price, quantity in levels]
            for side, levels in (("bids", book.bids), ("asks", book.asks))
        }
        return {**sides, "told_at": _text(book.told_at) if book.told_at else None}, MOMENT_S
    ticker = await data.ticker(market)
    names = ("last", "bid", "ask", "high", "low", "base_volume", "quote_volume")
    told = {name: _plain_or_none(getattr(ticker, name)) for name in names}
    spread_pct = None if ticker.spread_pct is None else plain(round(ticker.spread_pct, 6))
    return {**told, "spread_pct": spread_pct}, MOMENT_S


def _until_next(timeframe: str) -> float:
    """Until the candle of now is over; of long ones, at most an hour."""
    step = shortest(timeframe).total_seconds()
    return min(step - time.time() % step + SETTLING_S, LONGEST_S)


def _refusal(question: Question, error: ExchangeError) -> Told:
    if isinstance(error, Refused) and error.kind is RefusalKind.UNKNOWN_SYMBOL:
        return {"error": "unknown_symbol"}
    if isinstance(error, Unsupported) and error.code == "timeframe":
        venue = market_data.of(question.venue_id).venue
        return {"error": "timeframe", "timeframes": market_data.timeframes(venue, question.market_type)}
    if isinstance(error, Unsupported):
        return {"error": "unsupported"}
    return {"error": "exchange_unavailable", "retry_after_s": max(1, round(seconds_to_wait(error)))}


def _plain_or_none(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
