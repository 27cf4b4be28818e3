"""What leaves for Coinbase, request by request, its tokens verified with the public key, and how its documented answers are
read. EXC-06; D27, D28, F33."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.types import (
    Balance,
    Credentials,
    ExchangeFill,
    KeyReport,
    Leg,
    Market,
    MarketType,
    OrderAnswer,
    OrderState,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.coinbase_answers import read_order
from tests.exchanges import coinbase_samples as samples
from tests.exchanges.coinbase_desk import (
    ACCOUNTS,
    API,
    CANCEL,
    FILLS,
    KEY,
    KEYS,
    LIST,
    ORDERS,
    PEM,
    PUBLIC,
    connected,
    said,
    scripted,
    token_of,
)
from tests.exchanges.loopback import Asked, Loopback

SPOT = MarketType.SPOT
D = Decimal
OF_THE_PAIR = {"product_ids": "BTC-USD", "limit": "100"}


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as server:
        yield server


@pytest.fixture
def account(exchange: Loopback) -> ExchangeClient:
    return connected()


@pytest.fixture
async def market(account: ExchangeClient) -> Market:
    return await account.market(SPOT, "BTCUSD")


def one(server: Loopback, path: str) -> Asked:
    (asked,) = server.to(path)
    return asked


def test_there_is_no_demo_and_no_order_of_two_legs() -> None:
    venue = client.public("coinbase").venue
    assert venue.features.holds_both_legs(SPOT) is False
    assert venue.credential_fields[1].accepts(PEM)
    with pytest.raises(Unsupported):
        client.connect("coinbase", KEYS, testnet=True, position_mode=None)


async def test_markets(account: ExchangeClient, market: Market) -> None:
    assert market == Market(
        symbol="BTC/USD", id="BTC-USD", key="BTCUSD", market_type=SPOT, base="BTC", quote="USD", price_step=D("0.01"),
        quantity_step=D("1E-8"), min_quantity=D("1E-8"), max_market_quantity=D(3400), min_notional=D(1), contract_size=D(1),
    )  # fmt: skip
    assert {found.key for found in await account.markets(SPOT)} == {"BTCUSD", "ETHBTC"}


async def test_prices(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("GET", f"{PUBLIC}/BTC-USD", samples.PRODUCTS["products"][0])
    exchange.answer("GET", f"{API}/market/product_book", samples.BOOK)

    assert await account.price(market) == D("67060.12")
    assert await account.prices(SPOT) == {"BTCUSD": D("67060.12"), "ETHBTC": D("0.0312")}
    assert await account.best_bid_ask(market) == (D("67059.99"), D("67060.13"))
    assert exchange.to(PUBLIC)[-1].query == "product_type=SPOT"
    assert one(exchange, f"{API}/market/product_book").query == "product_id=BTC-USD&limit=1"
    assert {asked.headers["x-exchange-host"] for asked in exchange.asked} == {"api.coinbase.com"}
    assert not any("authorization" in asked.headers for asked in exchange.asked)


async def test_a_purchase_by_cost(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ORDERS, samples.placed(samples.ENTRY))

    answer = await account.enter_with_cost(market, D("200.129"), samples.ENTRY)

    assert said(one(exchange, ORDERS)) == {
        "client_order_id": samples.ENTRY, "product_id": "BTC-USD", "side": "BUY",
        "order_configuration": {"market_market_ioc": {"quote_size": "200.12"}},
    }  # fmt: skip
    assert (answer.client_order_id, answer.exchange_order_id) == (samples.ENTRY, "11111-00000-000000")
    assert (answer.state, answer.filled_quantity, answer.average_price) == (OrderState.OPEN, 0, None)


async def test_a_cost_in_coins_keeps_its_decimals(exchange: Loopback, account: ExchangeClient) -> None:
    exchange.answer("POST", ORDERS, samples.placed(samples.ENTRY))

    await account.enter_with_cost(await account.market(SPOT, "ETHBTC"), D("0.0012345678912"), samples.ENTRY)

    assert said(one(exchange, ORDERS))["order_configuration"] == {"market_market_ioc": {"quote_size": "0.00123456"}}


async def test_a_sale(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ORDERS, samples.placed(samples.EXIT, "SELL"))

    await account.reduce(market, PositionSide.LONG, D("0.00296640"), samples.EXIT)

    assert said(one(exchange, ORDERS)) == {
        "client_order_id": samples.EXIT, "product_id": "BTC-USD", "side": "SELL",
        "order_configuration": {"market_market_ioc": {"base_size": "0.0029664"}},
    }  # fmt: skip


async def test_the_stop_has_a_limit_at_which_it_fills_at_any_price(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """A tenth below the trigger, on the tick; for the target there is no order beside it."""
    exchange.answer("POST", ORDERS, samples.placed(samples.STOP, "SELL"))
    legs = [ProtectionLeg(Leg.STOP, samples.STOP, D("65000.05")), ProtectionLeg(Leg.TARGET, "t", D(80000))]

    placed = await account.place_protection(market, PositionSide.LONG, D("0.00296642"), legs)

    assert said(one(exchange, ORDERS)) == {
        "client_order_id": samples.STOP, "product_id": "BTC-USD", "side": "SELL",
        "order_configuration": {
            "stop_limit_stop_limit_gtc": {
                "base_size": "0.00296642", "limit_price": "58500.04", "stop_price": "65000.05",
                "stop_direction": "STOP_DIRECTION_STOP_DOWN",
            }
        },
    }  # fmt: skip
    stop = placed[Leg.STOP]
    assert isinstance(stop, OrderAnswer)
    assert (stop.client_order_id, stop.exchange_order_id) == (samples.STOP, "11111-00000-000000")
    assert isinstance(placed[Leg.TARGET], Unsupported)


async def test_tokens_bear_the_exchanges_time(exchange: Loopback, account: ExchangeClient) -> None:
    """F33: signed by the exchange's clock, an hour ahead of ours here."""
    now_ms = int(time.time() * 1000) + 3_600_000
    exchange.answer("GET", f"{API}/time", samples.TIME | {"epochMillis": str(now_ms)})
    exchange.answer("GET", KEY, samples.KEY)

    await account.measure_clock(SPOT)
    await account.key_report()

    assert abs(token_of(one(exchange, KEY))["nbf"] - now_ms / 1000) <= 3


@pytest.mark.parametrize("pasted", [PEM.replace("\n", "\\n"), PEM.replace("\n", "\r\n"), PEM.strip()])
async def test_a_key_may_be_pasted_as_its_file_has_it(exchange: Loopback, pasted: str) -> None:
    exchange.answer("GET", KEY, samples.KEY)

    await connected(Credentials(KEYS.api_key, pasted)).key_report()

    token_of(one(exchange, KEY))


async def test_a_key_that_is_none_is_refused_before_anything_leaves(exchange: Loopback) -> None:
    with pytest.raises(Refused) as caught:
        await connected(Credentials(KEYS.api_key, PEM[:100])).key_report()

    assert caught.value.kind is RefusalKind.CREDENTIALS
    assert exchange.to(KEY) == []


async def test_an_order_is_found_among_the_newest(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("GET", LIST, samples.listed(samples.BY_HAND, samples.SOLD, samples.BOUGHT, has_next=True))

    found = await account.find_order(market, samples.ENTRY)

    assert said(one(exchange, LIST)) == OF_THE_PAIR
    assert found is not None
    assert replace(found, raw={}) == OrderAnswer(
        client_order_id=samples.ENTRY, exchange_order_id="0000-000000-000001", state=OrderState.FILLED,
        filled_quantity=D("0.00296642"), average_price=D("67060.12"), fee=D("1.193580"), fee_currency="USD",
    )  # fmt: skip


async def test_a_stop_that_has_stood_for_long_is_found_among_the_open(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """Not there either: it is not there."""
    standing, newest = samples.listed(samples.STANDING), samples.listed(samples.BOUGHT)
    exchange.answer("GET", LIST, lambda asked: standing if "order_status" in asked.params else newest)

    stop = await account.find_protection(market, samples.STOP)
    missing = await account.find_order(market, samples.EXIT)

    assert stop is not None
    assert (stop.exchange_order_id, stop.state) == ("0000-000000-000003", OrderState.OPEN)
    assert (stop.quantity, stop.trigger_price) == (D("0.00296642"), D(65000))
    assert missing is None
    assert said(exchange.to(LIST)[1]) == OF_THE_PAIR | {"order_status": "OPEN"}


@pytest.mark.parametrize(
    ("told", "state", "filled"),
    [
        ({}, OrderState.FILLED, "0.00296642"),
        ({"status": "PENDING", "filled_size": "0"}, OrderState.OPEN, "0"),
        ({"status": "QUEUED", "filled_size": ""}, OrderState.OPEN, "0"),
        ({"status": "OPEN"}, OrderState.PARTIAL, "0.00296642"),
        ({"status": "CANCEL_QUEUED", "filled_size": "0"}, OrderState.OPEN, "0"),
        ({"status": "CANCELLED"}, OrderState.CANCELLED, "0.00296642"),
        ({"status": "EXPIRED", "filled_size": "0"}, OrderState.EXPIRED, "0"),
        ({"status": "FAILED", "filled_size": "0"}, OrderState.REFUSED, "0"),
        ({"status": "FILLED", "filled_size": "0"}, None, ""),
        ({"status": "UNKNOWN_ORDER_STATUS"}, None, ""),
    ],
)
async def test_states(market: Market, told: dict[str, str], state: OrderState | None, filled: str) -> None:
    if state is None:
        with pytest.raises((KeyError, ValueError)):
            read_order(samples.BOUGHT | told, market)
    else:
        answer = read_order(samples.BOUGHT | told, market)
        assert (answer.state, answer.filled_quantity) == (state, D(filled))


async def test_only_conditional_orders_stand_as_protection(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    standing = samples.listed(samples.BY_HAND, samples.STANDING, samples.BRACKET)
    exchange.answer("GET", LIST, lambda asked: standing if asked.params["order_status"] == "OPEN" else samples.listed())

    stop, bracket = await account.standing_protection(market)

    assert sorted(said(asked)["order_status"] for asked in exchange.to(LIST)) == ["OPEN", "PENDING"]
    assert (stop.client_order_id, stop.trigger_price, stop.quantity) == (samples.STOP, D(65000), D("0.00296642"))
    assert (bracket.client_order_id, bracket.trigger_price) == (samples.BRACKET["client_order_id"], D(60000))


async def test_a_stop_is_cancelled_by_the_exchanges_id(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    standing = samples.listed(samples.STANDING)
    exchange.answer("GET", LIST, lambda asked: standing if asked.params["order_status"] == "OPEN" else samples.listed())
    exchange.answer("POST", CANCEL, samples.CANCELLED)

    outcome = await account.cancel_protection(market, [samples.STOP, samples.EXIT])

    assert said(one(exchange, CANCEL)) == {"order_ids": ["0000-000000-000003"]}
    assert outcome[samples.STOP] is None
    gone = outcome[samples.EXIT]
    assert isinstance(gone, Refused)
    assert gone.kind is RefusalKind.NOT_FOUND


async def test_trades(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    told = [
        samples.fill("2026-11-21T18:59:59.223456789Z", entry_id="e3", side="SELL"),
        samples.fill("2026-11-21T18:59:59Z", entry_id="e2", size="67.06012", size_in_quote=True),
        samples.fill("2026-11-21T18:59:58Z", entry_id="e1", trade_type="CORRECTION"),
        samples.fill("2026-11-21T18:59:57Z", entry_id="e0", product_id="ETH-USD"),
    ]
    exchange.answer("GET", FILLS, {"fills": told, "cursor": ""})
    since = datetime.now(UTC).replace(microsecond=500_000) - timedelta(days=1)

    fills = await account.fills(market, since=since)

    assert said(one(exchange, FILLS)) == {
        "product_ids": "BTC-USD", "limit": "100", "sort_by": "TRADE_TIME",
        "start_sequence_timestamp": f"{since:%Y-%m-%dT%H:%M:%S}.499Z",
    }  # fmt: skip
    first = ExchangeFill(
        trade_id="e2", exchange_order_id="0000-000000-000001", market_key="BTCUSD", side=Side.BUY, price=D("67060.12"),
        quantity=D("0.001"), fee=D("1.25"), fee_currency="USD", realized_pnl=None,
        filled_at=datetime(2026, 11, 21, 18, 59, 59, tzinfo=UTC),
    )  # fmt: skip
    second = replace(
        first, trade_id="e3", side=Side.SELL, filled_at=datetime(2026, 11, 21, 18, 59, 59, 223456, UTC)
    )  # fmt: skip
    assert fills == [first, second]


async def test_a_full_page_of_trades_is_followed_by_older_ones(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)

    def row(n: int) -> dict[str, Any]:
        return samples.fill((start + timedelta(seconds=n)).isoformat(), entry_id=f"e{n:03}")

    newest, rest = [row(n) for n in range(130, 30, -1)], [row(n) for n in range(31, 0, -1)]
    exchange.answer("GET", FILLS, {"fills": newest, "cursor": "1"}, {"fills": rest, "cursor": ""})

    fills = await account.fills(market, since=start)

    assert [fill.trade_id for fill in fills] == [f"e{n:03}" for n in range(1, 131)]
    edge = start + timedelta(seconds=31)
    assert exchange.to(FILLS)[1].params["end_sequence_timestamp"] == f"{edge:%Y-%m-%dT%H:%M:%S}.001Z"


async def test_balances_are_read_to_the_last_page(exchange: Loopback, account: ExchangeClient) -> None:
    first = samples.accounts(samples.account("BTC", "1.23", "0.27"), samples.account("ETH", "0", "0"), cursor="789100")
    rest = samples.accounts(samples.account("USD", "1000.50", "0"))
    exchange.answer("GET", ACCOUNTS, lambda asked: rest if "cursor" in asked.params else first)

    assert await account.balances(SPOT) == [
        Balance("BTC", D("1.23"), D("0.27"), D("1.50")),
        Balance("USD", D("1000.50"), D(0), D("1000.50")),
    ]
    assert [said(asked) for asked in exchange.to(ACCOUNTS)] == [{"limit": "250"}, {"limit": "250", "cursor": "789100"}]


async def test_what_a_key_may_do(exchange: Loopback, account: ExchangeClient) -> None:
    exchange.answer("GET", KEY, samples.KEY, samples.KEY | {"can_trade": False, "can_transfer": True})

    assert await account.key_report() == KeyReport(True, True, None, False, None, None)
    assert await account.key_report() == KeyReport(True, False, None, True, None, None)
    assert {asked.query for asked in exchange.to(KEY)} == {""}


async def test_more_open_orders_than_are_told_prove_nothing(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("GET", LIST, samples.listed(*[samples.BY_HAND] * 100, has_next=True, cursor="1"))

    with pytest.raises(OutcomeUnknown):
        await account.standing_protection(market)
