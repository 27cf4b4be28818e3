"""What leaves for Mercado Bitcoin, request by request, and how its documented answers are read. EXC-13; D27, D28."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchanges import addresses, client, market_loading, mercado_v4, shared_books, shared_prices
from exchanges.client import ExchangeClient
from exchanges.errors import RefusalKind, Refused, Unsupported
from exchanges.types import (
    Balance,
    Credentials,
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
from tests.exchanges import mercado_samples as samples
from tests.exchanges.loopback import Asked, Loopback

KEYS = Credentials(api_key="3f786850e387550fdab836ed7e6dc881", secret_key="canary-secret-7f3a")
SPOT = MarketType.SPOT
D = Decimal
API = "/api/v4"
MINE = f"{API}/accounts/{samples.ACCOUNT_ID}"
ORDERS = f"{MINE}/BTC-BRL/orders"


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", f"{API}/symbols", samples.SYMBOLS)
    server.answer("GET", f"{API}/tickers", samples.TICKERS)
    server.answer("POST", "/oauth2/token", samples.TOKEN)
    server.answer("GET", f"{API}/accounts", samples.ACCOUNTS)
    monkeypatch.setattr(addresses, "_addresses", {"mercado": server.url})
    monkeypatch.setattr(shared_books, "_url", "")
    for module, name in ((market_loading, "_books"), (shared_prices, "_quotes"), (mercado_v4, "_sessions")):
        monkeypatch.setattr(module, name, {})
    monkeypatch.setattr(mercado_v4, "_symbols", {})
    yield server
    await client.close_all()
    await server.stop()


@pytest.fixture
def account(exchange: Loopback) -> ExchangeClient:
    return client.connect("mercado", KEYS, testnet=False, position_mode=None)


@pytest.fixture
async def market(account: ExchangeClient) -> Market:
    return await account.market(SPOT, "BTCBRL")


def one(server: Loopback, path: str, method: str = "GET") -> Asked:
    (asked,) = [asked for asked in server.to(path) if asked.method == method]
    return asked


def test_there_is_no_demo_and_the_docs_say_what_can_be_done() -> None:
    assert client.public("mercado").venue.features.holds_both_legs(SPOT) is False
    with pytest.raises(Unsupported):
        client.connect("mercado", KEYS, testnet=True, position_mode=None)


async def test_markets_are_read_from_columns(account: ExchangeClient, market: Market) -> None:
    """EXC-13: symbols with a hyphen. Steps and limits are told per symbol."""
    assert market == Market(
        symbol="BTC/BRL", id="BTC-BRL", key="BTCBRL", market_type=SPOT, base="BTC", quote="BRL", price_step=D("0.01"),
        quantity_step=D("1E-8"), min_quantity=D("0.00000150"), max_market_quantity=D("8.46076128"),
        min_notional=D("0.90000000"), contract_size=D(1),
    )  # fmt: skip
    ether = await account.market(SPOT, "ETHBRL")  # its step as it was told before: 1 of 1/pricescale
    assert (ether.price_step, ether.quantity_step) == (D("0.01"), D("0.0001"))
    assert {found.key for found in await account.markets(SPOT)} == {"BTCBRL", "ETHBRL"}


async def test_prices_are_asked_for_by_name(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("GET", f"{API}/BTC-BRL/orderbook", samples.ORDERBOOK)

    assert await account.price(market) == D("510000.00")
    assert await account.prices(SPOT) == {"BTCBRL": D("510000.00"), "ETHBRL": D("18300.00")}
    assert await account.best_bid_ask(market) == (D("509900.00000000"), D("510100.00000000"))
    assert [asked.query for asked in exchange.to(f"{API}/tickers")] == ["symbols=BTC-BRL", "symbols=BTC-BRL,ETH-BRL"]
    assert one(exchange, f"{API}/BTC-BRL/orderbook").query == "limit=1"
    assert all("authorization" not in asked.headers for asked in exchange.asked)
    assert {asked.headers["x-exchange-host"] for asked in exchange.asked} == {"api.mercadobitcoin.net"}


async def test_all_prices_need_the_list_of_symbols_where_this_process_has_not_read_it(exchange: Loopback) -> None:
    """Markets may come from another process's copy; the list of names is then asked for, once."""
    public = client.public("mercado")
    await public.markets(SPOT)
    mercado_v4._symbols.clear()

    await public.prices(SPOT)
    shared_prices._quotes.clear()
    await public.prices(SPOT)

    assert [asked.query for asked in exchange.to(f"{API}/tickers")] == ["symbols=BTC-BRL,ETH-BRL"] * 2
    assert len(exchange.to(f"{API}/symbols")) == 2


async def test_all_prices_are_asked_for_every_five_seconds_at_most(
    exchange: Loopback, account: ExchangeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch looks more than once a second. One symbol's price, which an entry is sized by, is always of now."""
    for _ in range(3):
        await account.prices(SPOT)
    await client.public("mercado").prices(SPOT)
    assert len(exchange.to(f"{API}/tickers")) == 1

    monkeypatch.setattr(mercado_v4, "ALL_PRICES_FOR_S", 0)
    await account.prices(SPOT)
    assert len(exchange.to(f"{API}/tickers")) == 2


async def test_a_purchase_by_cost(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """ "cost" is a number and "qty" a text; an amount has cents."""
    exchange.answer("POST", ORDERS, samples.PLACED)

    answer = await account.enter_with_cost(market, D("200.129"), samples.ENTRY_ID)

    asked = one(exchange, ORDERS, "POST")
    assert asked.body == (
        f'{{"async":false,"externalId":"{samples.ENTRY_ID}","side":"buy","type":"market","cost":200.12}}'
    )
    assert asked.headers["authorization"] == "Bearer canary.token.1"
    assert asked.headers["content-type"] == "application/json"
    assert (answer.client_order_id, answer.exchange_order_id) == (samples.ENTRY_ID, samples.PLACED["orderId"])
    assert (answer.state, answer.filled_quantity, answer.average_price) == (OrderState.OPEN, 0, None)


async def test_a_sale(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ORDERS, samples.PLACED)

    await account.reduce(market, PositionSide.LONG, D("0.00039720"), samples.EXIT_ID)

    assert json.loads(one(exchange, ORDERS, "POST").body) == {
        "async": False, "externalId": samples.EXIT_ID, "side": "sell", "type": "market", "qty": "0.0003972",
    }  # fmt: skip


async def test_the_stop_is_a_stop_limit_that_sells_at_any_price(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """Its limit is a tenth below the trigger, on the tick; for the target there is no order."""
    exchange.answer("POST", ORDERS, samples.PLACED)
    legs = [ProtectionLeg(Leg.STOP, samples.STOP_ID, D("490000.03")), ProtectionLeg(Leg.TARGET, "t", D("550000"))]

    placed = await account.place_protection(market, PositionSide.LONG, D("0.00039720"), legs)

    assert one(exchange, ORDERS, "POST").body == (
        f'{{"async":false,"externalId":"{samples.STOP_ID}","side":"sell","type":"stoplimit","qty":"0.0003972",'
        '"stopPrice":490000.03,"limitPrice":441000.02}'
    )
    stop = placed[Leg.STOP]
    assert isinstance(stop, OrderAnswer)
    assert (stop.client_order_id, stop.exchange_order_id) == (samples.STOP_ID, samples.PLACED["orderId"])
    assert isinstance(placed[Leg.TARGET], Unsupported)


async def test_a_stop_that_the_price_has_passed_is_not_sent(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    placed = await account.place_protection(
        market, PositionSide.LONG, D("0.0004"), [ProtectionLeg(Leg.STOP, samples.STOP_ID, D("510000"))]
    )

    stop = placed[Leg.STOP]
    assert isinstance(stop, Refused)
    assert stop.kind is RefusalKind.WOULD_TRIGGER
    assert exchange.to(ORDERS) == []


async def test_an_order_is_found_among_the_newest(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("GET", ORDERS, [samples.BY_HAND, samples.SOLD, samples.BOUGHT])

    found = await account.find_order(market, samples.ENTRY_ID)

    assert one(exchange, ORDERS).query == ""
    assert found is not None
    assert replace(found, raw={}) == OrderAnswer(
        client_order_id=samples.ENTRY_ID, exchange_order_id="01HCDAA7YJ68ZJ0FTEPR7DYDS1", state=OrderState.FILLED,
        filled_quantity=D("0.0004"), average_price=D("502500"),  # by quantity, not the "simple average"
        quantity=D("0.00040000"), fee=D("0.00000280"), fee_currency="BTC",
    )  # fmt: skip
    assert exchange.to(f"{MINE}/orders") == []


async def test_a_fee_that_only_the_executions_tell_is_added_up(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """What is left to protect and to sell depends on it."""
    exchange.answer("GET", ORDERS, [{name: value for name, value in samples.BOUGHT.items() if name != "fee"}])

    found = await account.find_order(market, samples.ENTRY_ID)

    assert found is not None
    assert (found.fee, found.fee_currency) == (D("0.00000280"), "BTC")


async def test_what_is_not_among_the_newest_may_still_be_open(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """A stop that has stood for long. Not there either: it is not there."""
    exchange.answer("GET", ORDERS, [samples.BOUGHT])
    exchange.answer("GET", f"{MINE}/orders", samples.LISTED)

    stop = await account.find_protection(market, samples.STOP_ID)
    missing = await account.find_order(market, samples.EXIT_ID)

    assert stop is not None
    assert (stop.client_order_id, stop.state, stop.trigger_price) == (samples.STOP_ID, OrderState.OPEN, D("490000"))
    assert missing is None
    asked = exchange.to(f"{MINE}/orders")[0]
    assert asked.params == {"symbol": "BTC-BRL", "status": "created,working", "size": "100"}


async def test_only_conditional_orders_stand_as_protection(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("GET", f"{MINE}/orders", samples.LISTED)

    (stop,) = await account.standing_protection(market)

    assert (stop.client_order_id, stop.exchange_order_id) == (samples.STOP_ID, samples.STOP["id"])
    assert (stop.quantity, stop.trigger_price, stop.state) == (D("0.00039720"), D("490000"), OrderState.OPEN)


async def test_a_triggered_stop_tells_what_became_of_it(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("GET", ORDERS, [samples.TRIGGERED])
    exchange.answer("GET", f"{ORDERS}/42", samples.BECAME)

    stop = await account.find_protection(market, samples.STOP_ID)

    assert stop is not None
    assert (stop.state, stop.filled_quantity, stop.average_price) == (OrderState.FILLED, D("0.00039720"), D("489000"))
    assert (stop.exchange_order_id, stop.triggered_order_id) == (samples.STOP["id"], "42")


@pytest.mark.parametrize(
    ("told", "state", "filled"),
    [
        ({"status": "filled", "filledQty": "0.00039720", "avgPrice": 489000}, OrderState.FILLED, "0.00039720"),
        ({"status": "cancelled"}, OrderState.CANCELLED, "0"),
    ],
)
async def test_a_stop_that_tells_all_itself_is_not_asked_on(
    exchange: Loopback, account: ExchangeClient, market: Market, told: dict[str, Any], state: OrderState, filled: str
) -> None:
    exchange.answer("GET", ORDERS, [samples.TRIGGERED | told])

    stop = await account.find_protection(market, samples.STOP_ID)

    assert stop is not None
    assert (stop.state, stop.filled_quantity) == (state, D(filled))
    assert exchange.to(f"{ORDERS}/42") == []


async def test_a_stop_is_cancelled_by_the_exchanges_own_id_and_at_once(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("GET", f"{MINE}/orders", samples.LISTED)
    exchange.answer("DELETE", f"{ORDERS}/{samples.STOP['id']}", samples.CANCELLED)

    outcome = await account.cancel_protection(market, [samples.STOP_ID])

    assert outcome == {samples.STOP_ID: None}
    assert one(exchange, f"{ORDERS}/{samples.STOP['id']}", "DELETE").query == "async=false"


async def test_trades_are_read_from_orders(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """The fee is a percentage of what was received: coins of a purchase, reais of a sale."""
    exchange.answer("GET", ORDERS, [samples.SOLD, samples.BOUGHT, samples.STOP])

    fills = await account.fills(market)

    assert [(f.trade_id, f.side, f.price, f.quantity, f.fee, f.fee_currency, f.client_order_id) for f in fills] == [
        ("16", Side.BUY, D("500000"), D("0.0003"), D("0.0000021"), "BTC", samples.ENTRY_ID),
        ("17", Side.BUY, D("510000"), D("0.0001"), D("0.0000007"), "BTC", samples.ENTRY_ID),
        ("18", Side.SELL, D("507142.86"), D("0.0004"), D("1.420000008"), "BRL", samples.EXIT_ID),
    ]
    assert fills[0].filled_at.timestamp() == 1634731027
    asked = one(exchange, ORDERS)
    assert set(asked.params) == {"has_executions", "executed_at_from"}
    assert asked.params["has_executions"] == "true"
    assert len(asked.params["executed_at_from"]) == 10  # seconds


async def test_balances_and_keys(exchange: Loopback, account: ExchangeClient) -> None:
    exchange.answer("GET", f"{MINE}/balances", samples.BALANCES)

    assert await account.balances(SPOT) == [
        Balance("BRL", D("1000.00000050"), D("300.00000300"), D("1300.00000350")),
        Balance("BTC", D("0.00039176"), D(0), D("0.00039176")),
    ]
    assert await account.key_report() == KeyReport(True, None, None, None, None, None)
