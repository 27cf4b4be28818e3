"""Lists of markets, shared by all processes through Redis: one process asks the exchange, the others read what it found.

A convenience: without Redis every process asks for itself. Runs in the loading thread's own loop, off the path of orders.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import uuid4

import orjson
import redis.asyncio
from redis.asyncio.client import Redis

from exchanges.addresses import address_of
from exchanges.types import Market, MarketType

log = logging.getLogger(__name__)

KEPT_S = 2 * 3600
LOADING_S = 20.0  # a turn ends by itself after that
PATIENCE_S = 3.0  # whoever waits longer for the one that loads, loads too: it may have died with its turn
LOOK_AGAIN_S = 0.1
CLOCKS_APART_S = 60.0
CONNECT_S, ANSWER_S = 0.25, 2.0
DECIMALS = frozenset(one.name for one in fields(Market) if "Decimal" in str(one.type))

_url = ""


def configure(redis_url: str) -> None:
    """Says where the processes share their lists ("": nowhere)."""
    global _url  # noqa: PLW0603 -- set once, when the process starts
    _url = redis_url


@dataclass(frozen=True, slots=True)
class SharedBook:
    """A list as another process found it; `ambiguous` keys name more than one market, `loaded_at` in seconds since the epoch."""

    markets: list[Market]
    ambiguous: list[str]
    loaded_at: float


def book_name(venue_id: str, market_type: str, *, testnet: bool = False, variant: str = "") -> str:
    """The name of a list; the address that stands in for the exchange belongs to it, for its markets are others."""
    return ":".join(
        filter(None, (venue_id, market_type, "demo" if testnet else "", variant, address_of(venue_id) or ""))
    )


def key_of(name: str) -> str:
    """Where a list is kept in Redis."""
    return f"batuta:book:{name}"


def open_book(packed: bytes) -> SharedBook | None:
    """The list in what is kept; None when it is none."""
    try:
        told = orjson.loads(zlib.decompress(packed))
        book = SharedBook([_unpack(row) for row in told["markets"]], list(told["ambiguous"]), float(told["loaded_at"]))
        if not book.markets or book.loaded_at > time.time() + CLOCKS_APART_S:
            raise ValueError("no list of now")
        return book
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, zlib.error):
        log.warning("what is kept is not a list of markets: it is loaded anew")
        return None


class Shelf:
    """The shared list of one venue, market type, demo and variant (`name`)."""

    def __init__(self, name: str, line: "Redis | None") -> None:
        self._key, self._line, self._token = key_of(name), line, uuid4().hex

    async def read(self, *, not_before: float) -> SharedBook | None:
        """The list, if it was loaded at `not_before` (seconds since the epoch) or later."""
        packed = await self._try("get", self._key)
        book = open_book(packed) if packed else None
        return book if book is not None and book.loaded_at >= not_before else None

    async def write(self, book: SharedBook) -> None:
        rows = [_pack(market) for market in book.markets]
        told = {"loaded_at": book.loaded_at, "markets": rows, "ambiguous": book.ambiguous}
        await self._try("set", self._key, zlib.compress(orjson.dumps(told)), ex=KEPT_S)

    async def wait_for_turn(self, *, not_before: float) -> SharedBook | None:
        """None: it is ours to load. Else what another process has loaded meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            is_ours = await self._try("set", f"{self._key}:loading", self._token, nx=True, px=int(LOADING_S * 1000))
            if is_ours or self._line is None or time.monotonic() > deadline:
                return None
            await asyncio.sleep(LOOK_AGAIN_S)
            found = await self.read(not_before=not_before)
            if found is not None:
                return found

    async def end_turn(self) -> None:
        """Ours only: by now it may be another's."""
        if await self._try("get", f"{self._key}:loading") == self._token.encode():
            await self._try("delete", f"{self._key}:loading")

    async def _try(self, command: str, *arguments: Any, **named: Any) -> Any:
        if self._line is None:
            return None
        try:
            async with asyncio.timeout(ANSWER_S):
                return await getattr(self._line, command)(*arguments, **named)
        except (redis.RedisError, OSError, TimeoutError) as error:
            log.warning("lists of markets are not shared: %s", error)
            self._line = None  # for this load
            return None


@asynccontextmanager
async def shelf(name: str) -> AsyncIterator[Shelf]:
    """The shelf of this name, for the length of one load."""
    line: Redis | None = Redis.from_url(_url, socket_connect_timeout=CONNECT_S) if _url else None
    try:
        yield Shelf(name, line)
    finally:
        if line is not None:
            try:
                await line.aclose()
            except (redis.RedisError, OSError):
                log.warning("a connection to Redis could not be closed", exc_info=True)


def _pack(market: Market) -> dict[str, Any]:
    return {
        name: str(value) if name in DECIMALS and value is not None else value for name, value in asdict(market).items()
    }


def _unpack(row: dict[str, Any]) -> Market:
    values: dict[str, Any] = {
        name: Decimal(value) if name in DECIMALS and value is not None else value for name, value in row.items()
    }
    return Market(**{**values, "market_type": MarketType(row["market_type"])})
