"""What leaves for WhiteBIT, request by request, and how its documented answers are read. EXC-11; D27, D28; D30.

Requests as docs.whitebit.com shows them; the signature is computed here anew from "hex(HMAC_SHA512(payload, key=api_secret))".
"""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import addresses, client, market_loading, shared_books, shared_prices
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
    OrderState,
    PositionSide,
    ProtectionLeg,
    Side,
)
from exchanges.venues.whitebit_spot import Nonces
from tests.exchanges import whitebit_samples as samples
from tests.exchanges.loopback import Asked, Loopback

KEYS = Credentials(api_key="3f786850e387550fdab836ed7e6dc881", secret_key="canary-secret-7f3a")
SPOT, LONG = MarketType.SPOT, PositionSide.LONG
D = Decimal
V4 = "/api/v4"
ORDER, STOP, CANCEL = f"{V4}/order/market", f"{V4}/order/stop_market", f"{V4}/order/cancel"
ACTIVE, CLOSED = f"{V4}/orders", f"{V4}/trade-account/order/history"
DEALS, BALANCE = f"{V4}/trade-account/executed-history", f"{V4}/trade-account/balance"
TICKER, TIME = "/api/v1/public/ticker", f"{V4}/public/time"


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", f"{V4}/public/markets", samples.MARKETS)
    server.answer("GET", TICKER, samples.TICKER)
    monkeypatch.setattr(addresses, "_addresses", {"whitebit": server.url})
    monkeypatch.setattr(shared_books, "_url", "")
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield server
    await client.close_all()
    await server.stop()


@pytest.fixture
def account(exchange: Loopback) -> ExchangeClient:
    return client.connect("whitebit", KEYS, testnet=False, position_mode=None)


@pytest.fixture
async def market(account: ExchangeClient) -> Market:
    return await account.market(SPOT, "BTCUSDT")


def one(server: Loopback, path: str) -> Asked:
    (asked,) = server.to(path)
    return asked


def said(asked: Asked) -> dict[str, Any]:
    """What a private request says, once it is seen that it is signed, of now, and good for five seconds only."""
    body: dict[str, Any] = json.loads(asked.body)
    payload = asked.headers["x-txc-payload"]
    assert asked.method == "POST"
    assert base64.b64decode(payload).decode() == asked.body
    assert asked.headers["x-txc-apikey"] == KEYS.api_key
    assert (
        asked.headers["x-txc-signature"] == hmac.new(KEYS.secret_key.encode(), payload.encode(), "sha512").hexdigest()
    )
    assert body.pop("request") == asked.path
    assert abs(int(body.pop("nonce")) - time.time() * 1000) < 5000
    assert body.pop("nonceWindow") is True
    return body


def test_there_is_no_demo() -> None:
    with pytest.raises(Unsupported):
        client.connect("whitebit", KEYS, testnet=True, position_mode=None)


def test_a_nonce_is_said_once_and_follows_the_clock() -> None:
    nonces = Nonces()
    told = [int(nonces.params_at(now)["nonce"]) for now in (1000, 1000, 1001, 5000, 4999, 1000)]

    assert told == [1000, 1001, 1002, 5000, 5001, 1000]


async def test_markets_are_spot_pairs_that_are_traded(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    assert market == Market(
        symbol="BTC/USDT", id="BTC_USDT", key="BTCUSDT", market_type=SPOT, base="BTC", quote="USDT", price_step=D("0.01"),
        quantity_step=D("0.000001"), min_quantity=D("0.00001"), max_market_quantity=None, min_notional=D("5.05"),
        contract_size=D(1),
    )  # fmt: skip
    assert [found.id for found in await account.markets(SPOT)] == ["BTC_USDT"]
    assert [(asked.path, asked.query) for asked in exchange.asked] == [(f"{V4}/public/markets", "")]


async def test_prices(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("GET", f"{V4}/public/ticker", samples.TICKERS)
    exchange.answer("GET", f"{V4}/public/orderbook/BTC_USDT", samples.ORDERBOOK)

    assert await account.price(market) == D("9419.55")
    assert (await account.prices(SPOT))["BTCUSDT"] == D("9164.09")
    assert await account.best_bid_ask(market) == (D("9181.19"), D("9184.41"))
    assert one(exchange, TICKER).query == "market=BTC_USDT"
    assert one(exchange, f"{V4}/public/orderbook/BTC_USDT").query == "limit=1"
    assert all("x-txc-apikey" not in asked.headers for asked in exchange.asked)
    assert {asked.headers["x-exchange-host"] for asked in exchange.asked} == {"whitebit.com"}


async def test_a_purchase_by_cost(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """ "amount" is money for a purchase, on the step of money. The answer's FILLED is not believed."""
    exchange.answer("POST", ORDER, samples.PLACED)

    answer = await account.enter_with_cost(market, D("50.129"), samples.ENTRY_ID)

    assert said(one(exchange, ORDER)) == {
        "market": "BTC_USDT", "side": "buy", "amount": "50.12", "clientOrderId": samples.ENTRY_ID,
    }  # fmt: skip
    assert (answer.client_order_id, answer.exchange_order_id) == (samples.ENTRY_ID, "4180284841")
    assert (answer.state, answer.filled_quantity, answer.average_price) == (OrderState.OPEN, 0, None)


async def test_a_sale(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ORDER, samples.PLACED | {"clientOrderId": samples.EXIT_ID})

    await account.reduce(market, LONG, D("0.00124"), samples.EXIT_ID)

    assert said(one(exchange, ORDER)) == {
        "market": "BTC_USDT", "side": "sell", "amount": "0.00124", "clientOrderId": samples.EXIT_ID,
    }  # fmt: skip


async def test_an_answer_for_another_order_proves_nothing(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", ORDER, samples.PLACED | {"clientOrderId": "another"})

    with pytest.raises(OutcomeUnknown):
        await account.enter_with_cost(market, D(50), samples.ENTRY_ID)


async def test_the_stop_stands_and_the_target_is_left_to_us(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", STOP, samples.PLACED_STOP)
    legs = [
        ProtectionLeg(Leg.STOP, samples.STOP_ID, D("9000.5")),
        ProtectionLeg(Leg.TARGET, samples.STOP_ID[:-1] + "t", D(12000)),
    ]

    placed = await account.place_protection(market, LONG, D("0.001"), legs)

    assert said(one(exchange, STOP)) == {
        "market": "BTC_USDT", "side": "sell", "amount": "0.001", "clientOrderId": samples.STOP_ID,
        "activation_price": "9000.5",
    }  # fmt: skip
    stop = placed[Leg.STOP]
    assert not isinstance(stop, Exception)
    assert (stop.state, stop.exchange_order_id) == (OrderState.OPEN, "4180284842")
    assert isinstance(placed[Leg.TARGET], Unsupported)


async def test_a_passed_stop_is_not_sent(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """It would go off at once: the price is looked at first."""
    placed = await account.place_protection(
        market, LONG, D("0.001"), [ProtectionLeg(Leg.STOP, samples.STOP_ID, D("9419.55"))]
    )

    stop = placed[Leg.STOP]
    assert isinstance(stop, Refused)
    assert stop.kind is RefusalKind.WOULD_TRIGGER
    assert exchange.to(STOP) == []


async def test_what_stands(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """Active orders are open whatever their status says; a client's limit order is no protection."""
    exchange.answer("POST", ACTIVE, [samples.ACTIVE_LIMIT, samples.ACTIVE_STOP])

    (stop,) = await account.standing_protection(market)

    assert said(one(exchange, ACTIVE)) == {"market": "BTC_USDT", "limit": "100"}
    assert (stop.client_order_id, stop.state, stop.trigger_price, stop.quantity) == (
        samples.STOP_ID, OrderState.OPEN, D(40000), D("0.001"),
    )  # fmt: skip


async def test_a_full_page_of_active_orders_does_not_say_what_stands(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", ACTIVE, [samples.ACTIVE_LIMIT] * 100)

    with pytest.raises(OutcomeUnknown):
        await account.standing_protection(market)


@pytest.mark.parametrize("shape", [lambda row: {"BTC_USDT": [row]}, lambda row: {"records": [row]}, lambda row: [row]])
async def test_a_filled_order_is_found_among_the_closed_ones(
    exchange: Loopback, account: ExchangeClient, market: Market, shape: Any
) -> None:
    exchange.answer("POST", ACTIVE, [])
    exchange.answer("POST", CLOSED, shape(samples.BOUGHT))

    found = await account.find_order(market, samples.ENTRY_ID)

    named = {"market": "BTC_USDT", "clientOrderId": samples.ENTRY_ID}
    assert said(one(exchange, ACTIVE)) == named
    assert said(one(exchange, CLOSED)) == named
    assert found is not None
    assert (found.state, found.filled_quantity, found.average_price) == (OrderState.FILLED, D("0.00125"), D(39990))
    assert (found.fee, found.fee_currency, found.quantity) == (D("0.00000125"), "BTC", None)


NO_HISTORY = (422, samples.refusal(30, "orderHistory", "OrderHistory was not found."))


@pytest.mark.parametrize("nothing", [NO_HISTORY, [], {}, {"BTC_USDT": []}, {"BTC_USDT": [samples.SOLD]}])
async def test_an_order_that_no_list_has_is_not_there(
    exchange: Loopback, account: ExchangeClient, market: Market, nothing: Any
) -> None:
    exchange.answer("POST", ACTIVE, [])
    exchange.answer("POST", CLOSED, nothing)

    assert await account.find_order(market, samples.ENTRY_ID) is None


@pytest.mark.parametrize("odd", ["nothing", {"BTC_USDT": {}}, [None], None, {"BTC_USDT": [samples.BOUGHT] * 2}])
async def test_a_list_that_is_none_is_no_proof_of_absence(
    exchange: Loopback, account: ExchangeClient, market: Market, odd: Any
) -> None:
    exchange.answer("POST", ACTIVE, [])
    exchange.answer("POST", CLOSED, (200, json.dumps(odd)))

    with pytest.raises(OutcomeUnknown):
        await account.find_order(market, samples.ENTRY_ID)


@pytest.mark.parametrize(
    ("row", "state", "filled"),
    [
        (samples.STOPPED, OrderState.FILLED, D("0.00124")),
        (samples.CANCELLED_STOP, OrderState.CANCELLED, D(0)),
        (samples.CANCELLED_STOP | {"status": "AUTO_CANCELED_USER_MARGIN"}, OrderState.CANCELLED, D(0)),
        (samples.CANCELLED_STOP | {"status": "CANCELLED"}, OrderState.CANCELLED, D(0)),
    ],
)
async def test_a_stop_that_no_longer_stands(
    exchange: Loopback, account: ExchangeClient, market: Market, row: dict[str, Any], state: OrderState, filled: Decimal
) -> None:
    """A triggered stop keeps its name: it tells itself what was sold. Its trigger is spelt in another way."""
    exchange.answer("POST", ACTIVE, [])
    exchange.answer("POST", CLOSED, {"BTC_USDT": [row]})

    found = await account.find_protection(market, samples.STOP_ID)

    assert found is not None
    assert (found.state, found.filled_quantity, found.trigger_price) == (state, filled, D(40000))


async def test_an_active_order_in_part_filled(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer(
        "POST", ACTIVE, [samples.ACTIVE_STOP | {"dealStock": "0.0004", "dealMoney": "16", "left": "0.0006"}]
    )

    found = await account.find_protection(market, samples.STOP_ID)

    assert found is not None
    assert (found.state, found.filled_quantity, found.average_price) == (OrderState.PARTIAL, D("0.0004"), D(40000))
    assert exchange.to(CLOSED) == []


async def test_a_stop_is_cancelled_by_our_id_alone(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", CANCEL, samples.PLACED_STOP | {"status": "CANCELED"})

    outcome = await account.cancel_protection(market, [samples.STOP_ID])

    assert outcome == {samples.STOP_ID: None}
    assert said(one(exchange, CANCEL)) == {"market": "BTC_USDT", "clientOrderId": samples.STOP_ID}


async def test_a_stop_that_is_gone_is_told(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    gone = samples.refusal(2, "orderId", "Unexecuted order was not found.", message="Inner validation failed")
    exchange.answer("POST", CANCEL, (400, gone))

    outcome = await account.cancel_protection(market, [samples.STOP_ID])

    error = outcome[samples.STOP_ID]
    assert isinstance(error, Refused)
    assert error.kind is RefusalKind.NOT_FOUND


@pytest.mark.parametrize("answer", [[samples.DEAL], {"BTC_USDT": [samples.DEAL]}])
async def test_trades(exchange: Loopback, account: ExchangeClient, market: Market, answer: Any) -> None:
    """Times in seconds; the fee's coin is told."""
    exchange.answer("POST", DEALS, answer)
    since = datetime.now(UTC) - timedelta(hours=1)

    (fill,) = await account.fills(market, since=since)

    asked = {"market": "BTC_USDT", "limit": "100", "startDate": str(int(since.timestamp()))}
    assert said(one(exchange, DEALS)) == asked
    assert fill == ExchangeFill(
        trade_id="8846967538", exchange_order_id="4180284841", market_key="BTCUSDT", side=Side.BUY, price=D(39990),
        quantity=D("0.00125"), fee=D("0.00000125"), fee_currency="BTC", realized_pnl=None,
        filled_at=datetime(2025, 2, 11, 21, 51, 51, 387000, UTC), client_order_id=samples.ENTRY_ID,
    )  # fmt: skip


def deal(number: int) -> dict[str, Any]:
    return samples.DEAL | {"id": number, "time": 1739310000 + number}


async def test_trades_of_more_than_a_page_are_read_to_the_oldest(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    def page(asked: Asked) -> Any:
        last = int(json.loads(asked.body).get("endDate", 2**40))
        return [deal(number) for number in range(250, 0, -1) if 1739310000 + number <= last][:100]

    exchange.answer("POST", DEALS, page)

    fills = await account.fills(market, since=datetime.now(UTC) - timedelta(days=1))

    assert [int(fill.trade_id) for fill in fills] == list(range(1, 251))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            samples.BALANCES,
            [Balance("BTC", D("0.123"), D(1), D("1.123")), Balance("USDT", D(3013), D(100), D(3113))],
        ),
        ([], []),
        ({}, []),
    ],
)
async def test_balances_and_what_is_told_of_a_key(
    exchange: Loopback, account: ExchangeClient, answer: Any, expected: list[Balance]
) -> None:
    exchange.answer("POST", BALANCE, answer)

    assert await account.balances(SPOT) == expected
    assert await account.key_report() == KeyReport(
        can_read=True, can_trade_spot=None, can_trade_futures=None, can_withdraw=None, ip_restricted=None,
        position_mode=None,
    )  # fmt: skip
    assert [said(asked) for asked in exchange.to(BALANCE)] == [{}, {}]


async def test_a_nonce_off_the_exchanges_clock_is_sent_once_more(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """F33: by the exchange's time, whole seconds in the middle of what they can mean."""
    late = {"code": 10, "message": "Your nonce is more than 5 seconds lesser than the current nonce"}
    exchange.answer("GET", TIME, lambda _: {"time": int(time.time()) + 60})
    exchange.answer("POST", ORDER, (401, late), samples.PLACED)

    await account.enter_with_cost(market, D(50), samples.ENTRY_ID)

    first, second = (int(json.loads(asked.body)["nonce"]) for asked in exchange.to(ORDER))
    assert 58_000 < second - first < 63_000
