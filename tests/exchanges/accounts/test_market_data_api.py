"""Candles, order book and ticker over the API: questions that a worker answers, kept for a moment. EXC-15, EXC-16; RSK-20's data."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from exchanges import market_loading
from exchanges.market_answering import tell_market
from exchanges.market_questions import TICKER, Question, find
from exchanges.market_source import Source
from exchanges.types import MarketType
from simulator.testing import RunningSimulator, run_simulator

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/exchanges/paper"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[RunningSimulator]:
    """One of its own: its clock is set here."""
    with run_simulator() as simulator:
        simulator.control.settings(slippage_bp="0", spread_bp="2")
        yield simulator


@pytest.fixture(autouse=True)
def nothing_kept(sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer of an earlier test."""
    monkeypatch.setattr(market_loading, "_books", {})
    with redis.Redis.from_url(django_settings.REDIS_URL) as server:
        for key in server.scan_iter("batuta:told:*"):
            server.delete(key)
    sim.control.set_price("BTCUSDT", "95000")


@pytest.fixture
def reader(worker: None, api: APIClient) -> APIClient:
    return api


def questions(sim: RunningSimulator, path: str) -> int:
    return sum(one["path"] == path for one in sim.control.requests())


def test_candles_are_those_that_are_over(
    reader: APIClient, sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_next_minute = 65_000 - int(time.time() * 1000) % 60_000
    for number, prices in enumerate((("3000", "3100", "2900", "3050"), ("3060",), ("3070",))):
        sim.control.set_clock(to_next_minute + number * 60_000)
        for price in prices:
            sim.control.set_price("ETHUSDT", price)
    ahead = timedelta(milliseconds=to_next_minute + 120_000)
    monkeypatch.setattr(Source, "now", property(lambda _self: datetime.now(UTC) + ahead))

    answer = reader.get(f"{PATH}/candles", {"symbol": "ETH/USDT:USDT", "timeframe": "1m", "limit": 2})

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert {name: told[name] for name in ("exchange", "symbol", "market_type", "timeframe")} == {
        "exchange": "paper", "symbol": "ETHUSDT", "market_type": "futures", "timeframe": "1m",
    }  # fmt: skip
    assert [{name: value for name, value in row.items() if name != "opened_at"} for row in told["candles"]] == [
        {"open": "3000", "high": "3100", "low": "2900", "close": "3050", "volume": "0"},
        {"open": "3060", "high": "3060", "low": "3060", "close": "3060", "volume": "0"},
    ]
    first, second = (datetime.fromisoformat(row["opened_at"]) for row in told["candles"])
    assert second - first == timedelta(minutes=1)
    assert (first.second, first.microsecond) == (0, 0)


@pytest.mark.parametrize(("market_type", "size"), [("futures", "120"), ("spot", "100")])
def test_an_order_book_is_told_with_its_sides(reader: APIClient, market_type: str, size: str) -> None:
    answer = reader.get(f"{PATH}/orderbook", {"symbol": "BTCUSDT", "type": market_type, "limit": 5})

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["market_type"] == market_type
    assert told["bids"] == [{"price": "94990.5", "quantity": size}]
    assert told["asks"] == [{"price": "95009.5", "quantity": size}]


def test_a_ticker_tells_the_spread(reader: APIClient) -> None:
    answer = reader.get(f"{PATH}/ticker", {"symbol": "BTCUSDT.P"})

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert {name: told[name] for name in ("last", "bid", "ask", "spread_pct", "base_volume", "quote_volume")} == {
        "last": "95000", "bid": "94990.5", "ask": "95009.5", "spread_pct": "0.02", "base_volume": "0", "quote_volume": "0",
    }  # fmt: skip


def test_many_readers_are_one_request(reader: APIClient, sim: RunningSimulator) -> None:
    asked = {"symbol": "BTCUSDT", "timeframe": "5m"}

    answers = [reader.get(f"{PATH}/candles", asked | {"limit": limit}) for limit in (10, 50, 200)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert questions(sim, "/fapi/v1/klines") <= 2  # (the second where the first found a period without any candle)
    with redis.Redis.from_url(django_settings.REDIS_URL) as server:
        (kept,) = list(server.scan_iter("batuta:told:candles:*"))
        assert 0 < server.pttl(kept) <= 301_500  # until the candle of now is over


@pytest.mark.parametrize(
    ("path", "status", "code", "text"),
    [
        ("candles?symbol=NONEUSDT", 404, "unknown_symbol", "does not trade"),
        ("ticker?symbol=NONEUSDT", 404, "unknown_symbol", "does not trade"),
        ("candles?symbol=BTCUSDT&timeframe=7m", 400, "invalid_choice", "1m, 3m, 5m"),
        ("candles?symbol=BTCUSDT&timeframe=soon", 400, "invalid", "1m, 1h or 1d"),
        ("candles?symbol=BTCUSDT&limit=1001", 400, "invalid", "limit"),
        ("orderbook?symbol=BTCUSDT&limit=0", 400, "invalid", "limit"),
        ("orderbook?symbol=BTC;USDT", 400, "invalid_symbol", "Not a symbol"),
        ("orderbook", 400, "invalid", "symbol"),
        ("ticker?symbol=BTCUSDT&type=options", 400, "invalid", "type"),
        ("ticker?symbol=BTCUSDT&since=1", 400, "invalid", "since"),
    ],
)
def test_wrong_questions_are_told_so(reader: APIClient, path: str, status: int, code: str, text: str) -> None:
    answer = reader.get(f"{PATH}/{path}", headers=ENGLISH)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert text in answer.content.decode()


def test_an_exchange_is_asked_for_what_it_has_only(api: APIClient) -> None:
    no_futures = api.get("/api/v1/exchanges/mercado/ticker?symbol=BTCBRL.P", headers=ENGLISH)
    nowhere = api.get("/api/v1/exchanges/atlantis/ticker?symbol=BTCUSDT", headers=ENGLISH)

    assert (no_futures.status_code, no_futures.json()["errors"][0]["field"]) == (400, "type")
    assert "One of: spot." in no_futures.json()["detail"]
    assert (nowhere.status_code, nowhere.json()["detail"]) == (404, "Exchange atlantis not supported")


def test_an_exchange_that_is_down_is_said_to_be(reader: APIClient, sim: RunningSimulator) -> None:
    reader.get(f"{PATH}/ticker", {"symbol": "BTCUSDT", "type": "spot"})  # its list of markets is known
    sim.control.add_fault("drop_before", path="/fapi/v1/ticker/24hr")

    answer = reader.get(f"{PATH}/ticker", {"symbol": "BTCUSDT"})

    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")
    assert int(answer["Retry-After"]) >= 1


def test_without_a_worker_the_reader_is_asked_to_come_again(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchanges.market_questions.WAIT_S", 0.3)

    answer = api.get(f"{PATH}/ticker", {"symbol": "BTCUSDT"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_nobody_but_a_signed_in_person_may_ask(sim: RunningSimulator, transactional_db: None) -> None:
    assert APIClient().get(f"{PATH}/ticker", {"symbol": "BTCUSDT"}).status_code == 401


def test_a_person_has_a_quota(reader: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchanges.market_data_api.QUOTA", "2/m")

    answers = [reader.get(f"{PATH}/ticker", {"symbol": "BTCUSDT"}).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_the_paths_of_the_spec_answer_too(reader: APIClient) -> None:
    assert reader.get("/api/exchanges/paper/ticker/?symbol=BTCUSDT").status_code == 200


def test_a_question_that_nobody_waits_for_is_left_alone(sim: RunningSimulator) -> None:
    question = Question(TICKER, "paper", MarketType.FUTURES, "BTCUSDT")
    before = len(sim.control.requests())

    tell_market(str(question))

    assert Question.read(str(question)) == question
    assert (find(question), len(sim.control.requests())) == (None, before)


def test_without_redis_the_reader_is_asked_to_come_again(api: APIClient, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = api.get(f"{PATH}/ticker", {"symbol": "BTCUSDT"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
