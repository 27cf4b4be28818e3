"""What leaves for an exchange that limits, bans or fails: counted at the exchange itself (I11, F18, F19, F34, EXC-18, D22).

A real simulator process over HTTP, a real Valkey, and for "every process" a second one.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from http.client import HTTPConnection
from uuid import uuid4

import pytest
from django.conf import settings

from exchanges import budget_store, client, doors
from exchanges.client import ExchangeClient
from exchanges.client_ids import client_order_id
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.health import Standing, exchange_states
from exchanges.limits import Priority, at_most
from exchanges.types import (
    Credentials,
    Leg,
    Market,
    MarketType,
    OrderAnswer,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from simulator.testing import RunningSimulator

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
QUANTITY = Decimal("0.031")
NOBODY = "b6ep2hxkqxqkcqsle"


@pytest.fixture
async def sim(stand_in: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningSimulator]:
    stand_in.control.settings(weight_limit="0")
    # what is counted to the unit must not hang on how busy the machine is
    monkeypatch.setattr(budget_store, "SECONDS", 5.0)
    monkeypatch.setattr(budget_store, "FIRST_SECONDS", 5.0)
    doors.configure(settings.REDIS_URL)
    yield stand_in
    await client.close_all()
    stand_in.control.clear_faults()
    doors.configure(settings.REDIS_URL)


def connect(sim: RunningSimulator, venue: str = "binance") -> ExchangeClient:
    made = sim.control.create_account()
    keys = Credentials(made["api_key"], made["secret"])
    return client.connect(venue, keys, testnet=False, position_mode=PositionMode.ONE_WAY)


def met(sim: RunningSimulator, fault_id: int) -> int:
    """How many requests a rule has met."""
    return next(int(rule["fired"]) for rule in sim.control.faults() if rule["id"] == fault_id)


def used_weight(sim: RunningSimulator) -> int:
    host, _, port = sim.url.removeprefix("http://").partition(":")
    connection = HTTPConnection(host, int(port))
    connection.request("GET", "/fapi/v1/time")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return int(answer.headers["X-MBX-USED-WEIGHT-1M"]) - 1


async def everything(account: ExchangeClient, market: Market) -> dict[str, object]:
    """Every kind of request there is; what came of each."""
    execution = uuid4()
    legs = [ProtectionLeg(Leg.STOP, client_order_id(execution, Leg.STOP, 1), Decimal(90000))]
    asked = {
        "enter": account.enter(market, Side.BUY, QUANTITY, client_order_id(execution, Leg.ENTRY, 1)),
        "reduce": account.reduce(market, PositionSide.LONG, QUANTITY, client_order_id(execution, Leg.EXIT, 1)),
        "protect": account.place_protection(market, PositionSide.LONG, QUANTITY, legs),
        "cancel": account.cancel_protection(market, [legs[0].client_order_id]),
        "find": account.find_order(market, NOBODY),
        "standing": account.standing_protection(market),
        "positions": account.positions(FUTURES),
        "balances": account.balances(SPOT),
        "fills": account.fills(market),
        "key": account.key_report(),
        "price": account.price(market, max_age_s=0),
        "prices": account.prices(FUTURES),
        "markets": account.markets(SPOT),
        "public": client.public("binance").prices(FUTURES),
    }
    outcomes = await asyncio.gather(*asked.values(), return_exceptions=True)
    return dict(zip(asked, outcomes, strict=True))


def errors_in(outcome: object) -> list[object]:
    return list(outcome.values()) if isinstance(outcome, dict) else [outcome]


async def wait_for_minute(seconds: float) -> None:
    """So that a whole test lies within one window."""
    left = 60 - time.time() % 60
    if left < seconds:
        await asyncio.sleep(left + 0.1)


async def test_nothing_at_all_is_sent_during_a_ban(sim: RunningSimulator) -> None:
    """F19, I11"""
    account = connect(sim)
    market = await account.market(FUTURES, "BTCUSDT")
    ban = sim.control.ban("120")
    with pytest.raises(Refused) as caught:
        await account.find_order(market, NOBODY)
    assert caught.value.kind is RefusalKind.RATE_LIMIT

    outcomes = await everything(account, market)

    assert met(sim, ban) == 1
    for name, outcome in outcomes.items():
        for error in errors_in(outcome):
            assert isinstance(error, NotSent), name
            assert error.retry_after_s > 110
    (state,) = exchange_states()
    assert (state.state, state.exchange.split("@")[0]) == (Standing.BANNED, "binance")


async def test_a_ban_of_one_exchange_leaves_the_others_running(sim: RunningSimulator) -> None:
    account, other = connect(sim), connect(sim, "paper")
    markets = [await one.market(FUTURES, "BTCUSDT") for one in (account, other)]
    fault = sim.control.add_fault("answer_before", status=418, count=1, headers={"Retry-After": "60"})
    with pytest.raises(Refused):
        await account.find_order(markets[0], NOBODY)

    assert await other.find_order(markets[1], NOBODY) is None
    assert met(sim, fault) == 1


SECOND_PROCESS = """
import asyncio, sys
from exchanges import addresses, budget_store, client, doors
from exchanges.errors import ExchangeError
from exchanges.types import MarketType
addresses.configure({"binance": sys.argv[1]})
doors.configure(sys.argv[2])
async def main():
    try:
        await client.public("binance").market(MarketType.FUTURES, "BTCUSDT")
    except ExchangeError as error:
        print(type(error).__name__, error.code)
    finally:
        await client.close_all()
asyncio.run(main())
"""


async def test_a_process_that_starts_during_a_ban_sends_nothing(sim: RunningSimulator) -> None:
    account = connect(sim)
    market = await account.market(FUTURES, "BTCUSDT")
    ban = sim.control.ban("60")
    with pytest.raises(Refused):
        await account.find_order(market, NOBODY)
    await asyncio.sleep(0.1)

    words = (sys.executable, "-c", SECOND_PROCESS, sim.url, settings.REDIS_URL)
    second = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
    said, _ = await second.communicate()

    assert said == b"NotSent banned\n"
    assert met(sim, ban) == 1


async def test_a_limit_is_waited_out_and_a_stop_is_placed_as_soon_as_it_ends(sim: RunningSimulator) -> None:
    """F18"""
    account = connect(sim)
    market = await account.market(FUTURES, "BTCUSDT")
    execution = uuid4()
    await account.enter(market, Side.BUY, QUANTITY, client_order_id(execution, Leg.ENTRY, 1))
    sim.control.add_fault("answer_before", status=429, count=1, headers={"Retry-After": "1"})
    legs = [ProtectionLeg(Leg.STOP, client_order_id(execution, Leg.STOP, 1), Decimal(90000))]
    started = time.monotonic()

    first = await account.place_protection(market, PositionSide.LONG, QUANTITY, legs, timeout=3)
    second = await account.place_protection(market, PositionSide.LONG, QUANTITY, legs, timeout=3)

    assert isinstance(first[Leg.STOP], Refused)
    assert isinstance(second[Leg.STOP], OrderAnswer)
    assert 0.99 < time.monotonic() - started < 1.5


async def test_requests_stay_under_four_fifths_of_the_limit(sim: RunningSimulator) -> None:
    """I11, P17: a thousand accounts asking at once are not cut off by the exchange, and exits still find room."""
    doors.configure(settings.REDIS_URL, limited_stand_ins={"binance"})
    await wait_for_minute(15)
    account = connect(sim)
    market = await account.market(FUTURES, "BTCUSDT")
    before = used_weight(sim)
    sim.control.settings(weight_limit=str(2400 + before))

    async def ask(priority: Priority) -> object:
        try:
            with at_most(priority):
                return await account.find_order(market, NOBODY)
        except ExchangeError as error:
            return error

    outcomes = await asyncio.gather(*(ask(Priority.BACKGROUND) for _ in range(1300)))
    outcomes += await asyncio.gather(*(ask(Priority.ENTRY) for _ in range(800)))
    refused = [outcome for outcome in outcomes if outcome is not None]
    exits = await asyncio.gather(*(ask(Priority.CLOSE) for _ in range(200)))

    assert {type(outcome) for outcome in refused} == {NotSent}
    assert exits == [None] * 200
    assert 1680 + 200 - 60 <= used_weight(sim) - before <= 1920
    await asyncio.sleep(1.1)  # the last counts are told a second later
    (state,) = exchange_states()
    assert state.used_percent is not None
    assert Decimal(76) <= state.used_percent <= Decimal(80)
    assert state.requests_per_minute >= 1800


async def test_maintenance_opens_the_breaker_and_a_probe_closes_it(sim: RunningSimulator) -> None:
    """EXC-18"""
    accounts = [connect(sim) for _ in range(3)]
    market = await accounts[0].market(FUTURES, "BTCUSDT")
    rule = sim.control.maintain("600")
    for _ in range(3):
        for account in accounts:
            with pytest.raises((OutcomeUnknown, NotSent)):
                await account.find_order(market, NOBODY)
    sent = met(sim, rule)

    outcomes = await asyncio.gather(
        *(account.balances(FUTURES) for account in accounts for _ in range(20)), return_exceptions=True
    )

    assert {(type(outcome), getattr(outcome, "code", "")) for outcome in outcomes} <= {
        (NotSent, "down"),
        (OutcomeUnknown, "http_503"),
    }
    assert met(sim, rule) - sent <= 3
    assert [state.state for state in exchange_states()] == [Standing.DOWN]

    sim.control.clear_faults()
    deadline = time.monotonic() + 12
    while time.monotonic() < deadline:
        try:
            assert await accounts[0].find_order(market, NOBODY) is None
            break
        except NotSent as error:
            await asyncio.sleep(min(error.retry_after_s, 0.3))
    await asyncio.sleep(0.2)
    assert [state.state for state in exchange_states()] == [Standing.RUNNING]


async def test_reads_are_tried_three_times_and_orders_once(sim: RunningSimulator) -> None:
    """EXC-18"""
    account = connect(sim)
    market = await account.market(FUTURES, "BTCUSDT")

    twice = sim.control.add_fault("answer_before", path="/fapi/v1/order", method="GET", status=502, count=2)
    assert await account.find_order(market, NOBODY) is None
    for_ever = sim.control.add_fault("answer_before", path="/fapi/v3/positionRisk", status=502)
    with pytest.raises(OutcomeUnknown):
        await account.positions(FUTURES)
    order = sim.control.add_fault("answer_before", path="/fapi/v1/order", method="POST", status=502)
    with pytest.raises(OutcomeUnknown):
        await account.enter(market, Side.BUY, QUANTITY, client_order_id(uuid4(), Leg.ENTRY, 1))

    assert [met(sim, rule) for rule in (twice, for_ever, order)] == [2, 3, 1]


@pytest.mark.parametrize(("offset_ms", "is_off"), [(300, False), (-7000, True)])
async def test_the_clocks_difference_is_measured_and_told(sim: RunningSimulator, offset_ms: int, is_off: bool) -> None:
    """F33: signed requests go by the exchange's clock, whatever ours says."""
    sim.control.set_clock(offset_ms)
    try:
        account = connect(sim)
        skew = await account.measure_clock(FUTURES)
        market = await account.market(FUTURES, "BTCUSDT")
        rule = sim.control.add_fault("delay_before", path="/fapi/v1/order", delay_ms=0)
        assert await account.find_order(market, NOBODY) is None
        assert met(sim, rule) == 1  # not refused for its timestamp first
        await asyncio.sleep(0.1)
        told = [(state.clock_skew_ms, state.clock_is_off) for state in exchange_states()]
    finally:
        sim.control.set_clock(0)
        await client.public("binance").measure_clock(FUTURES)

    assert abs(skew - offset_ms) < 50
    assert told == [(skew, is_off)]


async def test_an_account_whose_keys_are_refused_costs_three_requests(sim: RunningSimulator) -> None:
    """F34"""
    account, other = connect(sim), connect(sim)
    market = await account.market(FUTURES, "BTCUSDT")
    body = json.dumps({"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})
    api_key = account._credentials.api_key
    rule = sim.control.add_fault("answer_before", api_key=api_key, status=401, body=body)

    for _ in range(10):
        with pytest.raises(Refused) as caught:
            await account.standing_protection(market)
        assert caught.value.kind is RefusalKind.CREDENTIALS

    assert met(sim, rule) == 3
    assert await other.standing_protection(market) == []
