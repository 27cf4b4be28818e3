"""The client against the simulated exchange, which checks signatures, timestamps, steps, margin and reduce-only.

EXE-06…EXE-16, EXC-08, EXC-16; D8, D16, D21, D25, D27. Real processes, real HTTP, ccxt's own signing.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

import pytest

from exchanges import addresses, client, market_loading
from exchanges.client import ExchangeClient
from exchanges.client_ids import client_order_id
from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.pools import pool
from exchanges.types import (
    Balance,
    Credentials,
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderState,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from simulator.testing import RunningSimulator

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
QUANTITY = Decimal("0.031")


@dataclass
class Trader:
    client: ExchangeClient
    api_key: str
    execution: object

    def id(self, leg: Leg, attempt: int = 1) -> str:
        return client_order_id(self.execution, leg, attempt)  # type: ignore[arg-type]

    def legs(self, stop: str, target: str) -> list[ProtectionLeg]:
        return [
            ProtectionLeg(Leg.STOP, self.id(Leg.STOP), Decimal(stop)),
            ProtectionLeg(Leg.TARGET, self.id(Leg.TARGET), Decimal(target)),
        ]


# every venue whose dialect the simulator speaks, and its demo hosts
@pytest.fixture(params=[("paper", False), ("binance", False), ("binance", True)], ids=["paper", "live", "demo"])
def trader(sim: RunningSimulator, request: pytest.FixtureRequest) -> Trader:
    venue, testnet = request.param
    environment = "demo" if testnet else "live"
    made = sim.control.create_account(wallet={"USDT": "1000"}, coins={"USDT": "1000"}, environment=environment)
    keys = Credentials(made["api_key"], made["secret"])
    connected = client.connect(venue, keys, testnet=testnet, position_mode=PositionMode.ONE_WAY)
    return Trader(connected, made["api_key"], uuid4())


@pytest.fixture
async def futures(trader: Trader) -> Market:
    return await trader.client.market(FUTURES, "BTCUSDT")


@pytest.fixture
async def spot(trader: Trader) -> Market:
    return await trader.client.market(SPOT, "BTCUSDT")


async def enter_and_protect(trader: Trader, market: Market) -> OrderAnswer:
    await trader.client.set_terms(market, leverage=10, margin_mode=MarginMode.ISOLATED)
    entry = await trader.client.enter(market, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))
    legs = trader.legs("93805.9", "102853.2")
    placed = await trader.client.place_protection(market, LONG, entry.filled_quantity, legs)
    assert all(isinstance(answer, OrderAnswer) for answer in placed.values()), placed
    return entry


async def test_an_entry_is_filled_protected_and_read_back(trader: Trader, futures: Market) -> None:
    """EXE-12, EXE-16: one position, two open orders."""
    entry = await enter_and_protect(trader, futures)

    assert (entry.state, entry.filled_quantity, entry.average_price) == (
        OrderState.FILLED,
        QUANTITY,
        Decimal("95234.5"),
    )
    assert [(p.market_key, p.side, p.quantity, p.entry_price, p.leverage, p.margin_mode)
            for p in await trader.client.positions(FUTURES)] == [
        ("BTCUSDT", LONG, QUANTITY, Decimal("95234.5"), 10, MarginMode.ISOLATED)
    ]  # fmt: skip
    standing = await trader.client.standing_protection(futures)
    assert {(one.client_order_id, one.trigger_price, one.quantity, one.state) for one in standing} == {
        (trader.id(Leg.STOP), Decimal("93805.9"), QUANTITY, OrderState.OPEN),
        (trader.id(Leg.TARGET), Decimal("102853.2"), QUANTITY, OrderState.OPEN),
    }
    found = await trader.client.find_order(futures, trader.id(Leg.ENTRY))
    assert found is not None
    assert (found.exchange_order_id, found.average_price) == (entry.exchange_order_id, entry.average_price)


async def test_a_short_is_entered_and_reduced(trader: Trader, futures: Market) -> None:
    await trader.client.enter(futures, Side.SELL, QUANTITY, trader.id(Leg.ENTRY))

    answer = await trader.client.reduce(futures, SHORT, Decimal("0.011"), trader.id(Leg.EXIT))

    assert (answer.state, answer.filled_quantity) == (OrderState.FILLED, Decimal("0.011"))
    assert [(p.side, p.quantity) for p in await trader.client.positions(FUTURES)] == [(SHORT, Decimal("0.020"))]


async def test_reducing_what_is_flat_is_refused(trader: Trader, futures: Market) -> None:
    with pytest.raises(Refused) as caught:
        await trader.client.reduce(futures, LONG, QUANTITY, trader.id(Leg.EXIT))

    assert caught.value.kind is RefusalKind.REDUCE_ONLY


async def test_a_triggered_stop_tells_its_order_and_its_fill(
    sim: RunningSimulator, trader: Trader, futures: Market
) -> None:
    await enter_and_protect(trader, futures)

    sim.control.move_price("BTCUSDT", "93000")
    stop = await trader.client.find_protection(futures, trader.id(Leg.STOP))
    target = await trader.client.find_protection(futures, trader.id(Leg.TARGET))
    fills = await trader.client.fills(futures)

    assert stop is not None
    assert (stop.state, stop.filled_quantity, stop.average_price) == (OrderState.FILLED, QUANTITY, Decimal("93805.9"))
    assert [(f.side, f.quantity, f.price) for f in fills] == [
        (Side.BUY, QUANTITY, Decimal("95234.5")),
        (Side.SELL, QUANTITY, Decimal("93805.9")),
    ]
    assert stop.triggered_order_id == fills[1].exchange_order_id
    assert fills[1].realized_pnl == (Decimal("93805.9") - Decimal("95234.5")) * QUANTITY
    assert all(fill.fee > 0 and fill.fee_currency == "USDT" for fill in fills)
    assert await trader.client.positions(FUTURES) == []
    assert target is not None
    assert target.state in (OrderState.OPEN, OrderState.EXPIRED, OrderState.CANCELLED)


async def test_protection_is_cancelled_once(trader: Trader, futures: Market) -> None:
    """D8"""
    await enter_and_protect(trader, futures)
    ids = [trader.id(Leg.STOP), trader.id(Leg.TARGET)]

    first = await trader.client.cancel_protection(futures, ids)
    second = await trader.client.cancel_protection(futures, ids)

    assert first == dict.fromkeys(ids)
    assert [error.kind for error in second.values()] == [RefusalKind.NOT_FOUND] * 2  # type: ignore[union-attr]
    assert await trader.client.standing_protection(futures) == []
    stop = await trader.client.find_protection(futures, ids[0])
    assert stop is not None
    assert stop.state is OrderState.CANCELLED


async def test_what_was_never_sent_is_positively_not_found(trader: Trader, futures: Market, spot: Market) -> None:
    for market in (futures, spot):
        assert await trader.client.find_order(market, trader.id(Leg.ENTRY)) is None
        assert await trader.client.find_protection(market, trader.id(Leg.STOP)) is None


async def test_a_stop_that_the_price_has_passed_would_trigger(trader: Trader, futures: Market) -> None:
    await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))

    placed = await trader.client.place_protection(futures, LONG, QUANTITY, trader.legs("96000", "102853.2"))

    assert placed[Leg.STOP].kind is RefusalKind.WOULD_TRIGGER  # type: ignore[union-attr]
    assert isinstance(placed[Leg.TARGET], OrderAnswer)


async def test_a_hedge_account_is_found_out_and_obeyed(sim: RunningSimulator, trader: Trader, futures: Market) -> None:
    """D16: we believe one-way, the account is set to hedge."""
    lean = trader.client._lean(FUTURES)
    await lean.fapiPrivatePostPositionSideDual({"dualSidePosition": "true"})

    await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))
    placed = await trader.client.place_protection(futures, LONG, QUANTITY, trader.legs("93805.9", "102853.2"))
    await trader.client.reduce(futures, LONG, Decimal("0.001"), trader.id(Leg.EXIT))

    assert trader.client.position_mode is PositionMode.HEDGE
    assert all(isinstance(answer, OrderAnswer) for answer in placed.values())
    assert [(p.side, p.quantity) for p in await trader.client.positions(FUTURES)] == [(LONG, Decimal("0.030"))]


async def test_terms_are_set_again_without_complaint(trader: Trader, futures: Market) -> None:
    for _ in range(2):
        await trader.client.set_terms(futures, leverage=20, margin_mode=MarginMode.CROSS)

    await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))
    position = (await trader.client.positions(FUTURES))[0]
    assert (position.leverage, position.margin_mode) == (20, MarginMode.CROSS)


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [
        ("1", RefusalKind.INSUFFICIENT_MARGIN),
        ("0.0005", RefusalKind.MARKET_RULES),
        ("0.001", RefusalKind.BELOW_MINIMUM),
    ],
)
async def test_the_exchanges_own_limits_are_its_refusals(
    sim: RunningSimulator, trader: Trader, futures: Market, quantity: str, kind: RefusalKind
) -> None:
    with pytest.raises(Refused) as caught:
        await trader.client.enter(futures, Side.BUY, Decimal(quantity), trader.id(Leg.ENTRY))

    assert caught.value.kind is kind
    assert await trader.client.positions(FUTURES) == []


async def test_too_much_leverage_is_refused(trader: Trader, futures: Market) -> None:
    with pytest.raises(Refused) as caught:
        await trader.client.set_terms(futures, leverage=200, margin_mode=MarginMode.ISOLATED)

    assert caught.value.kind is RefusalKind.LEVERAGE


@pytest.mark.parametrize("wrong", ["key", "secret"])
async def test_wrong_keys_are_told(sim: RunningSimulator, trader: Trader, futures: Market, wrong: str) -> None:
    keys = Credentials("x" * 64 if wrong == "key" else trader.api_key, "y" * 64)
    venue, testnet = trader.client.venue.id, trader.client.testnet
    stranger = client.connect(venue, keys, testnet=testnet, position_mode=PositionMode.ONE_WAY)

    for attempt in (stranger.key_report(), stranger.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))):
        with pytest.raises(Refused) as caught:
            await attempt
        assert caught.value.kind is RefusalKind.CREDENTIALS


async def test_live_keys_are_not_demo_keys(sim: RunningSimulator) -> None:
    """EXE-21"""
    made = sim.control.create_account(environment="live")
    keys = Credentials(made["api_key"], made["secret"])
    market = await client.public("binance", testnet=True).market(FUTURES, "BTCUSDT")

    with pytest.raises(Refused) as caught:
        await client.connect("binance", keys, testnet=True, position_mode=PositionMode.ONE_WAY).enter(
            market, Side.BUY, QUANTITY, "b6ep2hxkqxqkcqsle"
        )

    assert caught.value.kind is RefusalKind.CREDENTIALS


async def test_a_key_is_reported_with_its_rights(sim: RunningSimulator) -> None:
    """EXC-21"""
    made = sim.control.create_account(permissions={"spot": False, "withdrawals": True})
    keys = Credentials(made["api_key"], made["secret"])

    report = await client.connect("paper", keys, testnet=False, position_mode=None).key_report()

    assert (report.can_trade_spot, report.can_trade_futures, report.can_withdraw) == (False, True, True)
    assert report.position_mode is PositionMode.ONE_WAY


async def test_balances(trader: Trader, futures: Market) -> None:
    assert await trader.client.balances(FUTURES) == [Balance("USDT", Decimal(1000), Decimal(0), Decimal(1000))]
    assert await trader.client.balances(SPOT) == [Balance("USDT", Decimal(1000), Decimal(0), Decimal(1000))]

    await trader.client.set_terms(futures, leverage=10, margin_mode=MarginMode.ISOLATED)
    await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))

    usdt = (await trader.client.balances(FUTURES))[0]
    assert usdt.total == usdt.free + usdt.used
    assert usdt.used == Decimal("295.22695")


async def test_prices(sim: RunningSimulator, trader: Trader, futures: Market) -> None:
    """EXE-04"""
    assert await trader.client.price(futures) == Decimal("95234.5")
    assert (await trader.client.prices(FUTURES))["BTCUSDT"] == Decimal("95234.5")
    assert (await trader.client.prices(SPOT))["BTCUSDT"] == Decimal("95234.5")
    assert await trader.client.best_bid_ask(futures) is not None


# spot
async def test_a_spot_purchase_is_protected_by_an_order_list(
    sim: RunningSimulator, trader: Trader, spot: Market
) -> None:
    """D27: for the quantity received net of fee."""
    entry = await trader.client.enter_with_cost(spot, Decimal("200"), trader.id(Leg.ENTRY))
    net = entry.filled_quantity - entry.fee
    net -= net % spot.quantity_step

    placed = await trader.client.place_protection(spot, LONG, net, trader.legs("93805.9", "102853.2"))

    assert entry.fee_currency == "BTC"
    assert {leg: answer.trigger_price for leg, answer in placed.items()} == {  # type: ignore[union-attr]
        Leg.STOP: Decimal("93805.9"),
        Leg.TARGET: Decimal("102853.2"),
    }
    standing = await trader.client.standing_protection(spot)
    assert {(one.client_order_id, one.quantity) for one in standing} == {
        (trader.id(Leg.STOP), net),
        (trader.id(Leg.TARGET), net),
    }

    sim.control.move_price("BTCUSDT", "103000")
    target = await trader.client.find_protection(spot, trader.id(Leg.TARGET))
    stop = await trader.client.find_protection(spot, trader.id(Leg.STOP))
    assert target is not None
    assert stop is not None
    assert (target.state, target.filled_quantity) == (OrderState.FILLED, net)
    assert stop.state in (OrderState.EXPIRED, OrderState.CANCELLED)
    assert [(fill.side, fill.quantity) for fill in await trader.client.fills(spot)] == [
        (Side.BUY, entry.filled_quantity),
        (Side.SELL, net),
    ]
    assert target.triggered_order_id == (await trader.client.fills(spot))[1].exchange_order_id


async def test_spot_is_closed_by_cancelling_the_list_and_selling(trader: Trader, spot: Market) -> None:
    entry = await trader.client.enter_with_cost(spot, Decimal("200"), trader.id(Leg.ENTRY))
    net = entry.filled_quantity - entry.fee
    net -= net % spot.quantity_step
    await trader.client.place_protection(spot, LONG, net, trader.legs("93805.9", "102853.2"))
    ids = [trader.id(Leg.STOP), trader.id(Leg.TARGET)]

    with pytest.raises(Refused) as caught:  # the list holds the coins
        await trader.client.reduce(spot, LONG, net, trader.id(Leg.EXIT))
    outcome = await trader.client.cancel_protection(spot, ids)
    sold = await trader.client.reduce(spot, LONG, net, trader.id(Leg.EXIT, 2))

    assert caught.value.kind is RefusalKind.INSUFFICIENT_MARGIN
    assert outcome == dict.fromkeys(ids)
    assert (sold.state, sold.filled_quantity) == (OrderState.FILLED, net)
    assert await trader.client.standing_protection(spot) == []


async def test_a_single_spot_stop(trader: Trader, spot: Market) -> None:
    entry = await trader.client.enter_with_cost(spot, Decimal("200"), trader.id(Leg.ENTRY))
    net = entry.filled_quantity - entry.fee
    net -= net % spot.quantity_step

    placed = await trader.client.place_protection(spot, LONG, net, trader.legs("93805.9", "102853.2")[:1])

    assert isinstance(placed[Leg.STOP], OrderAnswer)
    assert await trader.client.cancel_protection(spot, [trader.id(Leg.STOP)]) == {trader.id(Leg.STOP): None}


# faults
async def test_a_lost_answer_is_unknown_and_the_order_is_found(
    sim: RunningSimulator, trader: Trader, futures: Market
) -> None:
    """D4: the order stands; asking by client order id settles it."""
    sim.control.add_fault("drop_after", leg="entry", api_key=trader.api_key, count=1)

    with pytest.raises(OutcomeUnknown):
        await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))

    found = await trader.client.find_order(futures, trader.id(Leg.ENTRY))
    assert found is not None
    assert (found.state, found.filled_quantity) == (OrderState.FILLED, QUANTITY)


async def test_a_lost_request_is_unknown_and_positively_not_found(
    sim: RunningSimulator, trader: Trader, futures: Market
) -> None:
    sim.control.add_fault("drop_before", leg="entry", api_key=trader.api_key, count=1)

    with pytest.raises(OutcomeUnknown):
        await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))

    assert await trader.client.find_order(futures, trader.id(Leg.ENTRY)) is None


async def test_a_late_answer_is_unknown(sim: RunningSimulator, trader: Trader, futures: Market) -> None:
    sim.control.add_fault("delay_after", leg="entry", api_key=trader.api_key, count=1, delay_ms=700)

    with pytest.raises(OutcomeUnknown):
        await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY), timeout=0.3)

    assert await trader.client.find_order(futures, trader.id(Leg.ENTRY)) is not None


@pytest.mark.parametrize(("status", "body"), [(200, ""), (200, "<html>"), (502, "<html>"), (503, "")])
async def test_a_faulty_answer_to_a_placed_order_is_unknown(
    sim: RunningSimulator, trader: Trader, futures: Market, status: int, body: str
) -> None:
    sim.control.add_fault("answer_after", leg="entry", api_key=trader.api_key, count=1, status=status, body=body)

    with pytest.raises(OutcomeUnknown):
        await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))

    assert await trader.client.find_order(futures, trader.id(Leg.ENTRY)) is not None


async def test_a_stop_that_fails_leaves_the_target(sim: RunningSimulator, trader: Trader, futures: Market) -> None:
    await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))
    sim.control.add_fault("answer_before", leg="stop", api_key=trader.api_key, count=1, code=-4015, message="?")

    placed = await trader.client.place_protection(futures, LONG, QUANTITY, trader.legs("93805.9", "102853.2"))

    assert isinstance(placed[Leg.STOP], Refused)
    assert isinstance(placed[Leg.TARGET], OrderAnswer)


async def test_a_clock_that_is_off_is_set_and_the_order_goes_through(
    sim: RunningSimulator, trader: Trader, futures: Market
) -> None:
    sim.control.set_clock(90_000)
    try:
        answer = await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))
    finally:
        sim.control.set_clock(0)
        trader.client._lean(FUTURES).clock.ahead_ms = 0

    assert answer.state is OrderState.FILLED


async def test_a_simulator_that_is_gone_means_not_sent(
    monkeypatch: pytest.MonkeyPatch, trader: Trader, futures: Market
) -> None:
    monkeypatch.setattr(addresses, "_addresses", {"paper": "http://127.0.0.1:1", "binance": "http://127.0.0.1:1"})

    with pytest.raises(NotSent):
        await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))


async def test_accounts_are_kept_apart(sim: RunningSimulator, trader: Trader, futures: Market) -> None:
    """EXC-08"""
    other = sim.control.create_account()
    keys = Credentials(other["api_key"], other["secret"])
    second = client.connect("paper", keys, testnet=False, position_mode=PositionMode.ONE_WAY)

    await trader.client.enter(futures, Side.BUY, QUANTITY, trader.id(Leg.ENTRY))

    assert len(await trader.client.positions(FUTURES)) == 1
    assert await second.positions(FUTURES) == []


async def test_a_warmed_up_client_has_markets_prices_and_connections(sim: RunningSimulator) -> None:
    await client.warm_up(["paper"])

    assert set(market_loading._books) == {("paper", FUTURES, False, ""), ("paper", SPOT, False, "")}
    assert pool().open_connections >= 16
