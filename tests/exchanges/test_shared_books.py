"""One load of markets per venue for all processes: shared through a real Redis, and without it everyone loads alone. EXC-11, P17."""

import asyncio
import time
import zlib
from decimal import Decimal

import orjson
import pytest
from django.conf import settings

from exchanges import client, market_loading, shared_books
from exchanges.errors import ExchangeError
from exchanges.shared_books import SharedBook, shelf
from exchanges.types import MarketType
from tests.exchanges.loopback import Loopback
from tests.exchanges.markets import any_market

FUTURES = MarketType.FUTURES


@pytest.fixture(autouse=True)
def valkey(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_books, "_url", settings.REDIS_URL)


def as_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_loading, "_books", {})


async def test_the_second_process_asks_nobody(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await client.public("binance").markets(FUTURES)
    as_another_process(monkeypatch)

    second = await client.public("binance").markets(FUTURES)

    assert second == first
    assert len(loopback.asked) == 1


async def test_processes_that_ask_at_once_cause_one_load(loopback: Loopback) -> None:
    """Each load runs in a thread with a loop and a connection of its own, as in processes of their own."""
    loopback.delay = 0.3
    venue = client.public("binance").venue
    kind = (FUTURES, False, "")

    books = await asyncio.gather(*(market_loading._load(venue, kind, time.time() - 60) for _ in range(4)))

    assert [sorted(book.by_key) for book in books] == [sorted(books[0].by_key)] * 4
    assert len(loopback.asked) == 1


async def test_a_list_older_than_wanted_is_loaded_anew(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    market = await client.public("binance").market(FUTURES, "BTCUSDT")
    as_another_process(monkeypatch)
    monkeypatch.setattr(market_loading, "JUST_LOADED_S", 0.0)

    await client.public("binance").market(FUTURES, "BTCUSDT")
    await client.public("binance").fresh_market(market)

    assert len(loopback.asked) == 2


async def test_a_failed_load_leaves_the_turn_to_the_next(loopback: Loopback) -> None:
    good = loopback.script.pop(("GET", "/fapi/v1/exchangeInfo"))
    with pytest.raises(ExchangeError):
        await client.public("binance").markets(FUTURES)
    loopback.script["GET", "/fapi/v1/exchangeInfo"] = good

    began = time.monotonic()
    assert await client.public("binance").markets(FUTURES)
    assert time.monotonic() - began < 5


async def test_every_field_comes_back_as_it_was() -> None:
    spot, futures = any_market(MarketType.SPOT), any_market(FUTURES, contract_size="0.01")

    async with shelf("somewhere") as place:
        await place.write(SharedBook([spot, futures], ["ABC"], 1000.5))
        found = await place.read(not_before=1000.0)
        too_old = await place.read(not_before=1001.0)

    assert found == SharedBook([spot, futures], ["ABC"], 1000.5)
    assert isinstance(found.markets[1].contract_size, Decimal)
    assert too_old is None


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1"])
async def test_without_redis_everyone_loads_alone(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(shared_books, "_url", url)

    await client.public("binance").markets(FUTURES)
    as_another_process(monkeypatch)
    await client.public("binance").markets(FUTURES)

    assert len(loopback.asked) == 2


@pytest.mark.parametrize(
    "told",
    [
        {"markets": ["x"], "ambiguous": [], "loaded_at": 1.0},
        {"markets": [], "ambiguous": [], "loaded_at": 1.0},
        {"markets": [], "ambiguous": None, "loaded_at": "now"},
        {"markets": [{"key": "BTCUSDT", "market_type": "futures"}], "ambiguous": [], "loaded_at": 1.0},
        [1],
    ],
)
def test_what_is_no_list_of_markets_is_not_taken_for_one(told: object) -> None:
    assert shared_books.open_book(zlib.compress(orjson.dumps(told))) is None


def test_a_list_of_tomorrow_is_not_believed() -> None:
    market = shared_books._pack(any_market(FUTURES))
    told = {"markets": [market], "ambiguous": [], "loaded_at": time.time() + 3600}

    assert shared_books.open_book(zlib.compress(orjson.dumps(told))) is None
