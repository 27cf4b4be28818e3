"""The whole client at a simulated Mercado Bitcoin: tokens that end, stops through a gap, bans, keys that may not. EXC-13; D27."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges import addresses, client, doors, market_loading, mercado_v4, shared_books, shared_prices
from exchanges.client import ExchangeClient
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Credentials, Leg, Market, MarketType, OrderAnswer, OrderState, PositionSide, ProtectionLeg
from simulator.testing import RunningSimulator, run_simulator

SPOT, LONG = MarketType.SPOT, PositionSide.LONG
D = Decimal
ENTRY, STOP, EXIT = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslx"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="mercado") as simulator:
        simulator.control.settings(slippage_bp="0", spread_bp="0")
        yield simulator


@pytest.fixture
async def sim(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningSimulator]:
    monkeypatch.setattr(addresses, "_addresses", {"mercado": running.url})
    monkeypatch.setattr(shared_books, "_url", "")
    forgotten = ((market_loading, "_books"), (shared_prices, "_quotes"), (mercado_v4, "_sessions"), (doors, "_doors"))
    for module, name in forgotten:
        monkeypatch.setattr(module, name, {})
    running.control.clear_faults()
    running.control.set_clock(0)
    running.control.set_price("BTCBRL", "500000")
    yield running
    running.control.clear_faults()
    running.control.set_clock(0)
    await client.close_all()


@pytest.fixture
def keys(sim: RunningSimulator) -> Credentials:
    made = sim.control.create_account(coins={"BRL": "1000"})
    return Credentials(made["api_key"], made["secret"])


@pytest.fixture
def account(keys: Credentials) -> ExchangeClient:
    return client.connect("mercado", keys, testnet=False, position_mode=None)


@pytest.fixture
async def market(account: ExchangeClient) -> Market:
    return await account.market(SPOT, "BTCBRL")


async def bought(account: ExchangeClient, market: Market) -> Decimal:
    """What may be sold of a purchase for 200 reais: net of the fee, which is taken from the coin."""
    await account.enter_with_cost(market, D(200), ENTRY)
    entry = await account.find_order(market, ENTRY)
    assert entry is not None
    assert (entry.state, entry.average_price, entry.fee_currency) == (OrderState.FILLED, D(500000), "BTC")
    return entry.filled_quantity - entry.fee


async def protected(account: ExchangeClient, market: Market, quantity: Decimal) -> None:
    placed = await account.place_protection(market, LONG, quantity, [ProtectionLeg(Leg.STOP, STOP, D(490000))])
    assert isinstance(placed[Leg.STOP], OrderAnswer)


async def test_all_that_is_left_after_the_fee_can_be_sold(
    sim: RunningSimulator, account: ExchangeClient, keys: Credentials, market: Market
) -> None:
    quantity = await bought(account, market)

    await account.reduce(market, LONG, quantity, EXIT)

    assert quantity == D("0.0003972")
    assert D(sim.control.account(keys.api_key)["coins"]["BTC"]) == 0
    sold = await account.find_order(market, EXIT)
    assert sold is not None
    assert (sold.state, sold.filled_quantity, sold.fee_currency) == (OrderState.FILLED, quantity, "BRL")
    assert sum(fill.fee for fill in await account.fills(market) if fill.fee_currency == "BRL") == sold.fee


@pytest.mark.parametrize(
    ("price", "state"),
    [
        ("485000", OrderState.FILLED),  # a gap: sold at the price there is
        ("430000", OrderState.OPEN),  # below the limit: what was a stop now waits for the price to come back
    ],
)
async def test_a_stop_through_a_gap(
    sim: RunningSimulator, account: ExchangeClient, market: Market, price: str, state: OrderState
) -> None:
    quantity = await bought(account, market)
    await protected(account, market, quantity)

    sim.control.set_price("BTCBRL", price)
    stop = await account.find_protection(market, STOP)

    assert stop is not None
    assert (stop.state, stop.average_price) == (state, D(price) if state is OrderState.FILLED else None)
    assert stop.triggered_order_id


async def test_a_token_that_has_ended_there_is_replaced_and_nothing_is_bought_twice(
    sim: RunningSimulator, account: ExchangeClient, keys: Credentials, market: Market
) -> None:
    await account.balances(SPOT)
    sim.control.set_clock(3_600_000)

    await bought(account, market)

    assert D(sim.control.account(keys.api_key)["coins"]["BRL"]) == 800
    orders = sim.control.requests(api_key=keys.api_key, leg="entry")
    assert [(one["status"], str(one["code"])) for one in orders] == [(401, "401"), (200, "0")]


@pytest.mark.parametrize("wrong", [("api_key", "x"), ("secret_key", "x")])
async def test_wrong_keys_are_told(
    sim: RunningSimulator, keys: Credentials, market: Market, wrong: tuple[str, str]
) -> None:
    right: dict[str, Any] = {"api_key": keys.api_key, "secret_key": keys.secret_key}
    stranger = client.connect("mercado", Credentials(**(right | dict([wrong]))), testnet=False, position_mode=None)

    for attempt in (stranger.key_report(), stranger.enter_with_cost(market, D(200), ENTRY)):
        with pytest.raises(Refused) as caught:
            await attempt
        assert caught.value.kind is RefusalKind.CREDENTIALS


async def test_a_key_that_may_only_read_is_told_when_it_trades(
    sim: RunningSimulator, account: ExchangeClient, keys: Credentials, market: Market
) -> None:
    """Before that nobody knows: the exchange says nothing of a key's rights."""
    sim.control.change_account(keys.api_key, permissions={"spot": False})

    assert (await account.key_report()).can_trade_spot is None
    with pytest.raises(Refused) as caught:
        await account.enter_with_cost(market, D(200), ENTRY)

    assert caught.value.kind is RefusalKind.CREDENTIALS


@pytest.mark.parametrize("effect", ["drop_after", "drop_before"])
async def test_a_lost_purchase_is_looked_for(
    sim: RunningSimulator, account: ExchangeClient, keys: Credentials, market: Market, effect: str
) -> None:
    sim.control.add_fault(effect, leg="entry", count=1, api_key=keys.api_key)

    with pytest.raises(OutcomeUnknown):
        await account.enter_with_cost(market, D(200), ENTRY)
    found = await account.find_order(market, ENTRY)

    assert (found is not None) is (effect == "drop_after")


async def test_a_lost_answer_to_a_token_leaves_the_order_unsent(
    sim: RunningSimulator, account: ExchangeClient, keys: Credentials, market: Market
) -> None:
    sim.control.add_fault("drop_after", path="/oauth2/token", count=1)

    with pytest.raises(NotSent):
        await account.enter_with_cost(market, D(200), ENTRY)

    assert sim.control.requests(api_key=keys.api_key, leg="entry") == []
    await bought(account, market)


async def test_a_purchase_of_less_than_the_minimum_is_an_open_question_there(
    account: ExchangeClient, market: Market
) -> None:
    """The exchange answers it with "an unexpected error"; we leave such an order out by its limits."""
    assert market.min_notional == D("0.9")
    with pytest.raises(OutcomeUnknown):
        await account.enter_with_cost(market, D("0.5"), ENTRY)
    assert await account.find_order(market, ENTRY) is None


async def test_a_ban_is_a_refusal_with_its_wait_and_nothing_is_sent_meanwhile(
    sim: RunningSimulator, account: ExchangeClient, keys: Credentials, market: Market
) -> None:
    """P17"""
    await account.balances(SPOT)
    sim.control.ban("30")

    with pytest.raises(ExchangeError) as caught:
        await account.enter_with_cost(market, D(200), ENTRY)
    with pytest.raises((NotSent, Refused)):
        await account.enter_with_cost(market, D(200), ENTRY)

    assert isinstance(caught.value, Refused)
    assert (caught.value.kind, caught.value.retry_after_s > 0) == (RefusalKind.RATE_LIMIT, True)
    assert len(sim.control.requests(api_key=keys.api_key, leg="entry")) == 1
