"""Our client at a simulated OKX, where the contract suite does not reach: orders that come too late, orders of the client's own."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from exchanges import addresses, client, market_loading, shared_prices
from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown
from exchanges.types import Credentials, Leg, MarketType, OrderState, PositionMode, PositionSide, ProtectionLeg, Side
from simulator.testing import RunningSimulator
from tests.exchanges.okx_samples import ENTRY, STOP, TARGET
from tests.simulator.okx_desk import PAIR, STANDARD, SWAP, Raw, calm, okx_simulator

QUANTITY = Decimal("0.031")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with okx_simulator() as simulator:
        yield simulator


@pytest.fixture
async def okx(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningSimulator]:
    monkeypatch.setattr(addresses, "_addresses", {"okx": running.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield calm(running)
    await client.close_all()


@pytest.fixture
def raw(okx: RunningSimulator) -> Raw:
    return Raw(okx, okx.control.create_account(**STANDARD))


@pytest.fixture
def account(raw: Raw) -> ExchangeClient:
    keys = Credentials(raw.keys["api_key"], raw.keys["secret"], raw.keys["passphrase"], "global")
    return client.connect("okx", keys, testnet=False, position_mode=PositionMode.ONE_WAY)


async def test_an_order_that_arrives_after_its_deadline_never_comes_to_life(
    okx: RunningSimulator, account: ExchangeClient, raw: Raw
) -> None:
    """D4: from then on the same order may be sent again. OKX by itself would take it for thirty seconds."""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.measure_clock(MarketType.FUTURES)
    rule = okx.control.add_fault("hold_before", leg="entry", count=1, window="acceptance")
    with pytest.raises(OutcomeUnknown):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY, timeout=0.5)
    okx.control.wait_held(rule)

    okx.control.set_clock(int(account.venue.features.resend_after_s * 1000))
    okx.control.release(rule)

    assert await account.find_order(market, ENTRY) is None
    assert okx.control.account(raw.keys["api_key"])["positions"] == []
    (held,) = okx.control.requests(api_key=raw.keys["api_key"], leg="entry")
    assert held["code"] == 50036


async def test_orders_of_the_clients_own_are_told_and_left_alone(account: ExchangeClient, raw: Raw) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    own = {
        "instId": SWAP, "tdMode": "isolated", "side": "sell", "ordType": "oco", "sz": "1", "reduceOnly": True,
        "slTriggerPx": "90000", "slOrdPx": "-1", "tpTriggerPx": "99000", "tpOrdPx": "-1",
    }  # fmt: skip
    assert raw.post("trade/order-algo", own)[1]["code"] == "0"
    legs = [ProtectionLeg(Leg.STOP, STOP, Decimal(93000)), ProtectionLeg(Leg.TARGET, TARGET, Decimal(99000))]
    await account.place_protection(market, PositionSide.LONG, QUANTITY, legs)

    told = await account.standing_protection(market)
    cancelled = await account.cancel_protection(market, [STOP, TARGET])
    left = await account.standing_protection(market)

    assert sorted((one.client_order_id, one.trigger_price, one.quantity) for one in told) == [
        ("", Decimal(90000), Decimal("0.01")), (STOP, Decimal(93000), QUANTITY), (TARGET, Decimal(99000), QUANTITY),
    ]  # fmt: skip
    assert cancelled == {STOP: None, TARGET: None}
    assert [(one.client_order_id, one.state) for one in left] == [("", OrderState.OPEN)]


async def test_one_wallet_is_told_for_swaps_and_for_spot(account: ExchangeClient, raw: Raw) -> None:
    """OKX has one account for both: what spot spends is missing on the swaps' side too."""
    await account.enter_with_cost(await account.market(MarketType.SPOT, "BTCUSDT"), Decimal(200), ENTRY)

    told = {
        market_type: {one.currency: one.total for one in await account.balances(market_type)}
        for market_type in MarketType
    }

    assert raw.get(f"trade/order?instId={PAIR}&clOrdId={ENTRY}")[1]["data"][0]["state"] == "filled"
    assert told[MarketType.SPOT]["USDT"] == told[MarketType.FUTURES]["USDT"] == Decimal("9800.00755")
    assert told[MarketType.SPOT]["BTC"] == Decimal("0.1020979")
