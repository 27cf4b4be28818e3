"""What leaves us for Gate: exact paths and bodies, signed as its documentation says.

EXC-06, EXE-06, EXE-07, EXE-10, EXE-12, EXE-21; D8, D16, D25.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import Unsupported
from exchanges.types import Leg, MarginMode, MarketType, OrderTerms, PositionMode, PositionSide, ProtectionLeg, Side
from tests.exchanges.gate_desk import (
    ACCOUNTS,
    FUTURES,
    ORDERS,
    TRIGGERS,
    connected,
    echoing,
    is_well_signed,
    scripted,
    sent,
    swap,
)
from tests.exchanges.gate_samples import ACCOUNT, ENTRY, ORDER, STOP, TARGET, TRIGGER, TRIGGER_PLACED
from tests.exchanges.loopback import Loopback

LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it


def market_order(size: int | str, client_id: str = ENTRY, contract: str = "BTC_USDT") -> dict[str, Any]:
    return {"contract": contract, "size": size, "price": "0", "tif": "ioc", "text": f"t-{client_id}"}


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("POST", ORDERS, echoing(ORDER))
        loopback.answer("POST", TRIGGERS, (201, TRIGGER_PLACED))
        yield loopback


@pytest.fixture
def account(gate: Loopback) -> ExchangeClient:
    return connected()


async def test_markets_are_read_in_base_units_and_only_trading_ones(account: ExchangeClient) -> None:
    market, sol = await swap(account), await swap(account, "SOLUSDT")

    assert (market.price_step, market.quantity_step, market.min_quantity, market.max_leverage) == (
        Decimal("0.1"), Decimal("0.0001"), Decimal("0.0001"), 100,
    )  # fmt: skip
    assert (sol.quantity_step, sol.min_quantity) == (Decimal("0.1"), Decimal("0.1"))
    keys = sorted(one.key for one in await account.markets(MarketType.FUTURES))
    assert keys == ["BTCUSDT", "PEPEUSDT", "SOLUSDT"]


@pytest.mark.parametrize(("side", "size"), [(Side.BUY, 310), (Side.SELL, -310)])
@pytest.mark.parametrize("mode", list(PositionMode))
async def test_an_entry_is_a_signed_number_of_contracts_at_price_zero(
    gate: Loopback, side: Side, size: int, mode: PositionMode
) -> None:
    """D16: one-way and hedge accounts are told the same."""
    account = connected(mode)

    answer = await account.enter(await swap(account), side, QUANTITY, ENTRY, terms=OrderTerms(leverage=20))

    assert sent(gate) == [("POST", "orders", market_order(size))]
    assert (answer.client_order_id, answer.filled_quantity, answer.average_price) == (
        ENTRY, QUANTITY, Decimal("95234.5"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "contract", "quantity", "size"),
    [
        ("PEPEUSDT", "PEPE_USDT", Decimal(50_000_000), 5),
        ("SOLUSDT", "SOL_USDT", Decimal("2.50"), "2.5"),
        ("SOLUSDT", "SOL_USDT", Decimal("3.0"), 3),
    ],
)
async def test_contracts_of_many_coins_and_of_parts(
    gate: Loopback, account: ExchangeClient, key: str, contract: str, quantity: Decimal, size: int | str
) -> None:
    await account.enter(await swap(account, key), Side.BUY, quantity, ENTRY)

    assert sent(gate)[-1][2] == market_order(size, contract=contract)
    assert gate.to(ORDERS)[0].headers["x-gate-size-decimal"] == "1"


@pytest.mark.parametrize(("side", "size"), [(PositionSide.LONG, -310), (PositionSide.SHORT, 310)])
@pytest.mark.parametrize("mode", list(PositionMode))
async def test_a_reduction_can_only_make_the_position_smaller(
    gate: Loopback, side: PositionSide, size: int, mode: PositionMode
) -> None:
    account = connected(mode)

    await account.reduce(await swap(account), side, QUANTITY, ENTRY)

    assert sent(gate) == [("POST", "orders", market_order(size) | {"reduce_only": True})]


@pytest.mark.parametrize(
    ("side", "size", "stop_rule", "target_rule"), [(PositionSide.LONG, -310, 2, 1), (PositionSide.SHORT, 310, 1, 2)]
)
@pytest.mark.parametrize("mode", list(PositionMode))
async def test_stop_and_target_are_two_reduce_only_orders_on_the_mark_price_that_never_expire(
    gate: Loopback, side: PositionSide, size: int, stop_rule: int, target_rule: int, mode: PositionMode
) -> None:
    """D8, D25: each with our id, for this position's own quantity."""
    account = connected(mode)

    placed = await account.place_protection(await swap(account), side, QUANTITY, LEGS)

    def trigger(price: str, rule: int) -> dict[str, Any]:
        return {"strategy_type": 0, "price_type": 1, "price": price, "rule": rule, "expiration": 0}

    expected = [
        {"initial": market_order(size, STOP) | {"reduce_only": True}, "trigger": trigger("93805.9", stop_rule)},
        {"initial": market_order(size, TARGET) | {"reduce_only": True}, "trigger": trigger("102853.2", target_rule)},
    ]
    assert sorted(sent(gate), key=str) == sorted([("POST", "price_orders", body) for body in expected], key=str)
    assert {leg: answer.client_order_id for leg, answer in placed.items()} == {Leg.STOP: STOP, Leg.TARGET: TARGET}  # type: ignore[union-attr]


async def test_a_stop_for_a_part_of_a_contract_says_it_as_amount(gate: Loopback, account: ExchangeClient) -> None:
    leg = ProtectionLeg(Leg.STOP, STOP, Decimal(120))

    await account.place_protection(await swap(account, "SOLUSDT"), PositionSide.LONG, Decimal("2.5"), [leg])

    initial = sent(gate)[0][2]["initial"]
    assert (initial["amount"], "size" in initial) == ("-2.5", False)


@pytest.mark.parametrize(
    ("mode", "margin", "path", "query"),
    [
        (PositionMode.ONE_WAY, MarginMode.ISOLATED, "positions", {"leverage": "20"}),
        (PositionMode.ONE_WAY, MarginMode.CROSS, "positions", {"leverage": "0", "cross_leverage_limit": "20"}),
        (PositionMode.HEDGE, MarginMode.ISOLATED, "dual_comp/positions", {"leverage": "20"}),
        (PositionMode.HEDGE, MarginMode.CROSS, "dual_comp/positions", {"leverage": "0", "cross_leverage_limit": "20"}),
    ],
)
async def test_leverage_zero_is_cross_margin(
    gate: Loopback, mode: PositionMode, margin: MarginMode, path: str, query: dict[str, str]
) -> None:
    """EXE-06"""
    gate.answer("POST", f"{FUTURES}/{path}/BTC_USDT/leverage", {})
    account = connected(mode)

    await account.set_terms(await swap(account), leverage=20, margin_mode=margin)

    assert sent(gate) == [("POST", f"{path}/BTC_USDT/leverage", query)]
    assert is_well_signed(gate.asked[-1])


async def test_an_order_is_asked_for_by_its_text_and_then_looked_for_among_those_that_ended(
    gate: Loopback, account: ExchangeClient
) -> None:
    gate.answer("GET", f"{ORDERS}/t-{ENTRY}", (404, {"label": "ORDER_NOT_FOUND", "message": "Order not found"}), ORDER)
    gate.answer("GET", ORDERS, [ORDER | {"text": "t-another"}, ORDER])
    market = await swap(account)

    second, first = await account.find_order(market, ENTRY), await account.find_order(market, ENTRY)

    assert sent(gate) == [
        ("GET", f"orders/t-{ENTRY}", {}),
        ("GET", "orders", {"contract": "BTC_USDT", "status": "finished", "limit": "100"}),
        ("GET", f"orders/t-{ENTRY}", {}),
    ]
    assert second == first
    assert first is not None
    assert (first.exchange_order_id, first.quantity) == ("15675394", QUANTITY)


async def test_what_neither_question_finds_is_not_there(gate: Loopback, account: ExchangeClient) -> None:
    """D4"""
    label = {"label": "CLIENT_ID_NOT_FOUND", "message": f"Order with client ID t-{ENTRY} not found"}
    gate.answer("GET", f"{ORDERS}/t-{ENTRY}", (400, label))
    gate.answer("GET", ORDERS, [ORDER | {"text": "t-another"}])
    gate.answer("GET", TRIGGERS, [])
    market = await swap(account)

    assert await account.find_order(market, ENTRY) is None
    assert await account.find_protection(market, STOP) is None


async def test_legs_are_found_in_the_lists_and_cancelled_by_the_exchanges_id(
    gate: Loopback, account: ExchangeClient
) -> None:
    gate.answer("GET", TRIGGERS, [TRIGGER | {"id": 1, "initial": TRIGGER["initial"] | {"text": "web"}}, TRIGGER])  # type: ignore[operator]
    gate.answer("DELETE", f"{TRIGGERS}/1432329", TRIGGER | {"status": "finished", "finish_as": "cancelled"})
    market = await swap(account)

    stop = await account.find_protection(market, STOP)
    cancelled = await account.cancel_protection(market, [STOP, TARGET])

    listed = {"contract": "BTC_USDT", "status": "open", "limit": "100"}
    assert sent(gate) == [
        ("GET", "price_orders", listed),
        ("GET", "price_orders", listed),
        ("DELETE", "price_orders/1432329", {}),
    ]
    assert stop is not None
    assert (stop.client_order_id, stop.trigger_price, stop.quantity) == (STOP, Decimal("93805.9"), QUANTITY)
    assert (cancelled[STOP], getattr(cancelled[TARGET], "kind", None)) == (None, "not_found")


async def test_a_triggered_leg_tells_the_order_that_it_became(gate: Loopback, account: ExchangeClient) -> None:
    """EXE-16"""
    ended = TRIGGER | {"status": "finished", "finish_as": "succeeded", "trade_id": 77}
    gate.answer("GET", TRIGGERS, lambda asked: [ended] if asked.params["status"] == "finished" else [])
    gate.answer("GET", f"{ORDERS}/77", ORDER | {"id": 77, "text": f"t-{STOP}", "size": "-310", "fill_price": "93801"})

    stop = await account.find_protection(await swap(account), STOP)

    assert [path for _, path, _ in sent(gate)] == ["price_orders", "price_orders", "orders/77"]
    assert stop is not None
    assert (stop.client_order_id, stop.triggered_order_id, stop.filled_quantity, stop.average_price) == (
        STOP, "77", QUANTITY, Decimal(93801),
    )  # fmt: skip


async def test_trades_are_asked_for_by_whole_seconds(gate: Loopback, account: ExchangeClient) -> None:
    gate.answer("GET", f"{FUTURES}/my_trades_timerange", [])
    since = datetime.now(UTC) - timedelta(days=10)

    await account.fills(await swap(account), since=since)

    first, second = (query for _, _, query in sent(gate))
    start = int(since.timestamp())
    assert first == {"contract": "BTC_USDT", "limit": "1000", "from": str(start), "to": first["to"]}
    assert int(first["to"]) - start in (7 * 86400, 7 * 86400 + 1)
    assert (second["from"], "to" in second) == (str(start + 7 * 86400), False)


async def test_funding_is_read_from_the_account_book(gate: Loopback, account: ExchangeClient) -> None:
    gate.answer("GET", f"{FUTURES}/account_book", [])
    since = datetime.now(UTC) - timedelta(days=1)

    await account.funding(since)

    assert sent(gate) == [
        ("GET", "account_book", {"type": "fund", "from": str(int(since.timestamp())), "limit": "1000"})
    ]


async def test_an_order_is_void_three_seconds_after_it_was_signed(gate: Loopback, account: ExchangeClient) -> None:
    """Header x-gate-exptime: what is lost on its way cannot come to life behind a second one. Triggers know no such thing."""
    market = await swap(account)
    before = time.time_ns() // 1_000_000

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS[:1])

    deadline = int(gate.to(ORDERS)[0].headers["x-gate-exptime"])
    assert before + 3000 <= deadline <= time.time_ns() // 1_000_000 + 3000
    assert "x-gate-exptime" not in gate.to(TRIGGERS)[0].headers
    assert account.venue.features.resend_after_s == 4


@pytest.mark.parametrize(
    ("testnet", "host"), [(False, "api.gateio.ws"), (True, "api-testnet.gateapi.io")], ids=["live", "testnet"]
)
async def test_every_private_request_is_signed_for_its_host(gate: Loopback, testnet: bool, host: str) -> None:
    """EXE-21"""
    account = connected(testnet=testnet)
    market = await swap(account)
    gate.answer("GET", f"{ORDERS}/t-{ENTRY}", ORDER)
    gate.answer("GET", ACCOUNTS, ACCOUNT)
    gate.answer("GET", TRIGGERS, [])

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.find_order(market, ENTRY)
    await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS)
    await account.standing_protection(market)
    await account.balances(MarketType.FUTURES)

    assert {asked.headers["x-exchange-host"] for asked in gate.asked} == {host}
    assert [is_well_signed(asked) for asked in gate.asked[1:]] == [True] * 6


async def test_spot_is_not_offered_since_its_stops_end_by_themselves(gate: Loopback, account: ExchangeClient) -> None:
    """EXE-12: nothing is bought whose stop could go without a word."""
    with pytest.raises(Unsupported):
        await account.market(MarketType.SPOT, "BTCUSDT")

    assert account.venue.market_types == (MarketType.FUTURES,)
    assert gate.asked == []
