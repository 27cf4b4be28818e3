"""Market data for the web process, which never asks an exchange itself: it leaves a question, a worker's answer comes through Redis.

Answers are kept for a moment, so that many readers of one market are one request; nothing else is stored.
"""

import json
import logging
import time
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings

from accounts.ringing import ring_worker
from exchanges.addresses import address_of
from exchanges.market_cache import server
from exchanges.types import MarketType

log = logging.getLogger(__name__)

TASK = "exchanges.tell_market"
CANDLES, ORDER_BOOK, TICKER = "candles", "orderbook", "ticker"
WAIT_S = 8.0
LOOK_AGAIN_S = 0.05
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """`count` candles of a `timeframe`, or prices a side of an order book; 0 and "" where they mean nothing."""

    kind: str
    venue_id: str
    market_type: MarketType
    key: str
    timeframe: str = ""
    count: int = 0

    def __str__(self) -> str:
        return ":".join((self.kind, self.venue_id, self.market_type, self.key, self.timeframe, str(self.count)))

    @classmethod
    def read(cls, text: str) -> "Question":
        """Raises ValueError."""
        kind, venue_id, market_type, key, timeframe, count = text.split(":")
        return cls(kind, venue_id, MarketType(market_type), key, timeframe, int(count))

    @property
    def place(self) -> str:
        """Where its answer is kept; the address that stands in for the exchange belongs to it, for it tells others."""
        return f"batuta:told:{self}@{address_of(self.venue_id) or ''}"


def ask(question: Question) -> Told | None:
    """The answer, as `tell` left it; None when nobody told it in time. A worker is rung once, however many wait."""
    deadline = time.monotonic() + WAIT_S
    try:
        while (told := find(question)) is None and time.monotonic() < deadline:
            is_ours = server(settings.REDIS_URL).set(_asked(question), "1", nx=True, px=int(WAIT_S * 1000))
            if is_ours and not ring_worker(TASK, question):
                server(settings.REDIS_URL).delete(_asked(question))
                return None
            time.sleep(LOOK_AGAIN_S)
    except redis.RedisError:
        log.warning("market data could not be asked for", exc_info=True)
        return None
    return told


def find(question: Question) -> Told | None:
    """The answer that is still good. Raises redis.RedisError."""
    text = server(settings.REDIS_URL).get(question.place)
    return json.loads(text) if text else None


def is_awaited(question: Question) -> bool:
    """Whether anyone may still wait for it. Raises redis.RedisError."""
    return bool(server(settings.REDIS_URL).exists(_asked(question)))


def tell(question: Question, told: Told, *, good_for_s: float) -> None:
    """Leave an answer. Raises redis.RedisError."""
    with server(settings.REDIS_URL).pipeline() as pipe:
        pipe.set(question.place, json.dumps(told), px=int(good_for_s * 1000))
        pipe.delete(_asked(question))
        pipe.execute()


def _asked(question: Question) -> str:
    return f"{question.place}:asked"
