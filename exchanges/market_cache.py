"""What the workers know of markets and prices, shared through Redis with processes that never talk to an exchange.

Workers publish, pages read. Everything here is a convenience: a value that is missing or old is simply not known, and
nothing that trades relies on it.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from exchanges.types import Market

log = logging.getLogger(__name__)

MARKETS_FOR_S = 24 * 3600
PRICES_FOR_S = 120


@dataclass(frozen=True, slots=True)
class Minimum:
    """The smallest order of a symbol: `min_quantity` in base units, `min_notional` in quote currency.

    `quantity_step`, in base units, is what quantities are cut to, `price_step` (the tick) what prices lie on; zero where it is
    not known.
    """

    symbol_key: str
    min_quantity: Decimal
    min_notional: Decimal
    max_leverage: int | None
    quantity_step: Decimal = Decimal(0)
    price_step: Decimal = Decimal(0)


def publish_markets(venue_id: str, market_type: str, markets: Iterable[Market], *, testnet: bool = False) -> None:
    """Make the limits of these markets known for a day."""
    limits = {
        market.key: json.dumps(
            [
                str(market.min_quantity),
                str(market.min_notional),
                market.max_leverage,
                str(market.quantity_step),
                str(market.price_step),
            ]
        )
        for market in markets
    }
    _publish(_name("markets", venue_id, market_type, testnet), limits, MARKETS_FOR_S)


def publish_prices(venue_id: str, market_type: str, prices: Mapping[str, Decimal], *, testnet: bool = False) -> None:
    """Make these last prices (symbol key → price) known for two minutes."""
    texts = {key: str(price) for key, price in prices.items()}
    _publish(_name("prices", venue_id, market_type, testnet), texts, PRICES_FOR_S)


def read_minimums(
    venue_id: str, market_type: str, symbol_keys: Iterable[str], *, testnet: bool = False
) -> dict[str, Minimum]:
    """The limits that are known of these symbols."""
    found = _read(_name("markets", venue_id, market_type, testnet), list(symbol_keys))
    minimums = {}
    for key, text in found.items():
        quantity, notional, leverage, *steps = json.loads(text)  # published by an older worker: without the steps
        minimums[key] = Minimum(key, Decimal(quantity), Decimal(notional), leverage, *map(Decimal, steps))
    return minimums


def markets_are_known(venue_id: str, market_type: str, *, testnet: bool = False) -> bool:
    """Whether there is a list: then a symbol that is not in it is not traded there."""
    try:
        return bool(server(settings.REDIS_URL).exists(_name("markets", venue_id, market_type, testnet)))
    except redis.RedisError:
        return False


def read_prices(
    venue_id: str, market_type: str, symbol_keys: Iterable[str], *, testnet: bool = False
) -> dict[str, Decimal]:
    """The last prices that are known of these symbols, at most two minutes old."""
    found = _read(_name("prices", venue_id, market_type, testnet), list(symbol_keys))
    return {key: Decimal(text) for key, text in found.items()}


def _name(kind: str, venue_id: str, market_type: str, testnet: bool) -> str:
    return f"batuta:{kind}:{venue_id}:{market_type}{':testnet' if testnet else ''}"


@lru_cache(maxsize=1)
def server(url: str) -> Any:  # the client's own types leave open whether answers are awaitable
    """Redis for what is not on the path of orders; a second is the longest that it holds anyone up."""
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, decode_responses=True)


def _publish(name: str, values: Mapping[str, str], seconds: int) -> None:
    if not values:
        return
    try:
        with server(settings.REDIS_URL).pipeline() as pipe:
            pipe.hset(name, mapping=dict(values))
            pipe.expire(name, seconds)
            pipe.execute()
    except redis.RedisError as error:  # the pages show an older value; what trades does not depend on it
        log.warning("%s could not be published: %s", name, error)


def _read(name: str, keys: list[str]) -> dict[str, str]:
    if not keys:
        return {}
    try:
        values = server(settings.REDIS_URL).hmget(name, keys)
    except redis.RedisError:
        log.warning("%s could not be read", name, exc_info=True)
        return {}
    return {key: value for key, value in zip(keys, values, strict=True) if value is not None}
