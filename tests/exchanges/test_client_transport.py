"""What the wire does to an order: not sent, or unknown; never sent twice, never an error of another family (D4)."""

import asyncio
import socket
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from exchanges import addresses, ccxt_clones, client
from exchanges.client import ExchangeClient
from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.registry import get_venue
from exchanges.types import Credentials, Leg, MarketType, PositionMode, PositionSide, ProtectionLeg, Side
from exchanges.venue import DemoKind
from tests.exchanges.binance_samples import ALGO_ORDER, MARKET_ORDER
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import CLOSE, HANG, TRUNCATE, Loopback

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslt"
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.2"))]
QUANTITY = Decimal("0.031")


@pytest.mark.parametrize("fault", [CLOSE, TRUNCATE])
async def test_a_connection_lost_after_the_request_is_an_unknown_outcome(
    loopback: Loopback, account: ExchangeClient, fault: str
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", "/fapi/v1/order", fault)

    with pytest.raises(OutcomeUnknown):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY, timeout=1)

    assert len(loopback.to("/fapi/v1/order")) == 1


async def test_no_answer_in_time_is_an_unknown_outcome(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", "/fapi/v1/order", HANG)
    started = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY, timeout=0.2)

    assert 0.15 < time.monotonic() - started < 1.0
    assert len(loopback.to("/fapi/v1/order")) == 1


async def test_a_refused_connection_means_that_nothing_was_sent(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        addresses.configure({"binance": f"http://127.0.0.1:{taken.getsockname()[1]}"})

        with pytest.raises(NotSent):
            await account.enter(market, Side.BUY, QUANTITY, ENTRY)


async def test_one_legs_failure_is_its_own(loopback: Loopback, account: ExchangeClient) -> None:
    """A target that fails never delays or counts against the stop; place_protection raises for neither."""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    def answer(asked):  # type: ignore[no-untyped-def]
        return HANG if asked.params["type"] == "TAKE_PROFIT_MARKET" else ALGO_ORDER | {"clientAlgoId": STOP}

    loopback.answer("POST", "/fapi/v1/algoOrder", answer)

    placed = await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS, timeout=0.2)

    assert placed[Leg.STOP].exchange_order_id == "2146760"  # type: ignore[union-attr]
    assert type(placed[Leg.TARGET]) is OutcomeUnknown


async def test_both_legs_travel_at_once(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer(
        "POST", "/fapi/v1/algoOrder", lambda asked: ALGO_ORDER | {"clientAlgoId": asked.params["clientAlgoId"]}
    )
    loopback.delay = 0.2
    started = time.monotonic()

    placed = await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS)

    assert time.monotonic() - started < 0.35
    assert [answer.client_order_id for answer in placed.values()] == [STOP, TARGET]  # type: ignore[union-attr]


async def test_a_leg_that_the_answer_does_not_name_is_unknown(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", "/fapi/v1/algoOrder", ALGO_ORDER | {"clientAlgoId": "somebody-elses"})

    placed = await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS[:1])

    assert type(placed[Leg.STOP]) is OutcomeUnknown


async def test_a_refused_timestamp_is_sent_once_more_by_the_exchanges_clock(
    loopback: Loopback, account: ExchangeClient
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    skewed = {"code": -1021, "msg": "Timestamp for this request was 1000ms ahead of the server's time."}
    loopback.answer("POST", "/fapi/v1/order", (400, skewed), MARKET_ORDER)
    loopback.answer("GET", "/fapi/v1/time", lambda asked: {"serverTime": time.time_ns() // 1_000_000 - 90_000})

    try:
        answer = await account.enter(market, Side.BUY, QUANTITY, ENTRY)
        first, second = (int(asked.params["timestamp"]) for asked in loopback.to("/fapi/v1/order"))
    finally:
        account._clones[MarketType.FUTURES].clock.ahead_ms = 0

    assert answer.filled_quantity == QUANTITY
    assert -91_000 < second - first < -89_000


async def test_an_account_that_has_become_a_hedge_account_is_told_in_its_words(
    loopback: Loopback, account: ExchangeClient
) -> None:
    """D16: re-read the mode once; refused means that nothing was placed, so the same id is free."""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    wrong = {"code": -4061, "msg": "Order's position side does not match user's setting."}
    loopback.answer("POST", "/fapi/v1/order", (400, wrong), MARKET_ORDER)
    loopback.answer("GET", "/fapi/v1/positionSide/dual", {"dualSidePosition": True})

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert [asked.params.get("positionSide") for asked in loopback.to("/fapi/v1/order")] == [None, "LONG"]
    assert account.position_mode is PositionMode.HEDGE


async def test_a_wrong_mode_that_is_not_wrong_is_refused_without_a_second_try(
    loopback: Loopback, account: ExchangeClient
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    wrong = {"code": -4061, "msg": "Order's position side does not match user's setting."}
    loopback.answer("POST", "/fapi/v1/order", (400, wrong))
    loopback.answer("GET", "/fapi/v1/positionSide/dual", {"dualSidePosition": False})

    with pytest.raises(Refused) as caught:
        await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert caught.value.kind is RefusalKind.POSITION_MODE
    assert len(loopback.to("/fapi/v1/order")) == 1


async def test_protection_too_finds_the_right_mode(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    wrong = (400, {"code": -1106, "msg": "Parameter 'reduceonly' sent when not required."})
    loopback.answer(
        "POST",
        "/fapi/v1/algoOrder",
        lambda asked: (
            wrong if "reduceOnly" in asked.params else ALGO_ORDER | {"clientAlgoId": asked.params["clientAlgoId"]}
        ),
    )
    loopback.answer("GET", "/fapi/v1/positionSide/dual", {"dualSidePosition": True})

    placed = await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS)

    assert [answer.client_order_id for answer in placed.values()] == [STOP, TARGET]  # type: ignore[union-attr]


async def test_an_unknown_mode_is_asked_before_the_first_order_and_never_makes_it_unknown(loopback: Loopback) -> None:
    account = client.connect("binance", KEYS, testnet=False, position_mode=None)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("GET", "/fapi/v1/positionSide/dual", *[(502, "")] * 3, {"dualSidePosition": True})
    loopback.answer("POST", "/fapi/v1/order", MARKET_ORDER)

    with pytest.raises(NotSent):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert [asked.params["positionSide"] for asked in loopback.to("/fapi/v1/order")] == ["LONG"]


@pytest.mark.parametrize(
    ("api_key", "secret_key"),
    [("", "s"), ("k", ""), ("k\r\nX-Evil: 1", "s"), ("k k", "s"), ("ключ", "s"), ("k\x00", "s")],
)
def test_keys_that_cannot_be_sent_are_refused_at_once(api_key: str, secret_key: str) -> None:
    with pytest.raises(Refused) as caught:
        client.connect("binance", Credentials(api_key, secret_key), testnet=False, position_mode=None)

    assert caught.value.kind is RefusalKind.CREDENTIALS


async def test_a_secret_that_only_looks_like_a_pem_key_is_refused(loopback: Loopback) -> None:
    broken = Credentials("k", "-----BEGIN PRIVATE KEY-----" + "x" * 150)
    account = client.connect("binance", broken, testnet=False, position_mode=PositionMode.ONE_WAY)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    with pytest.raises(Refused) as caught:
        await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert caught.value.kind is RefusalKind.CREDENTIALS
    assert loopback.to("/fapi/v1/order") == []


async def test_a_request_that_cannot_be_signed_says_nothing_of_the_keys(
    loopback: Loopback, account: ExchangeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    monkeypatch.setattr(type(account._lean(MarketType.FUTURES)), "nonce", lambda self: 1 // 0)

    with pytest.raises(NotSent):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY)


async def test_testnet_where_there_is_none_never_means_live(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = get_venue("binance")
    monkeypatch.setattr(type(venue), "features", replace(venue.features, demo=DemoKind.NONE))
    monkeypatch.setattr(ccxt_clones, "_templates", {})

    with pytest.raises(Unsupported):
        client.connect("binance", KEYS, testnet=True, position_mode=PositionMode.ONE_WAY)


async def test_a_cancelled_task_is_cancelled_and_nothing_else(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", "/fapi/v1/order", HANG)
    task = asyncio.create_task(account.enter(market, Side.BUY, QUANTITY, ENTRY))
    await asyncio.sleep(0.05)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
