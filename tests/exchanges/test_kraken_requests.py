"""What leaves for Kraken, request by request, signed (checked by code of our own), and how its documented answers are read.
EXC-06; D27, D28, F33."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.client import ExchangeClient
from exchanges.errors import NotSent, OutcomeUnknown, Unsupported
from exchanges.types import (
    Balance,
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
from exchanges.venues.kraken_answers import read_order
from tests.exchanges import kraken_samples as samples
from tests.exchanges.kraken_desk import ADD, BALANCE, CANCEL, CLOSED, KEY, KEYS, OPEN, TRADES, connected, said, scripted
from tests.exchanges.loopback import Asked, Loopback

SPOT = MarketType.SPOT
D = Decimal


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


def test_there_is_no_demo_and_no_order_ends_another() -> None:
    assert client.public("kraken").venue.features.holds_both_legs(SPOT) is False
    with pytest.raises(Unsupported):
        client.connect("kraken", KEYS, testnet=True, position_mode=None)


async def test_markets_bear_the_names_that_all_know(account: ExchangeClient, market: Market) -> None:
    assert market == Market(
        symbol="BTC/USD", id="XXBTZUSD", key="BTCUSD", market_type=SPOT, base="BTC", quote="USD", price_step=D("0.1"),
        quantity_step=D("1E-8"), min_quantity=D("0.00005"), max_market_quantity=None, min_notional=D("0.5"),
        contract_size=D(1), max_leverage=3,
    )  # fmt: skip
    assert {found.key for found in await account.markets(SPOT)} == {"BTCUSD", "ETHBTC", "XTZUSD"}


async def test_prices(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("GET", "/0/public/Ticker", lambda asked: samples.TICKER if asked.params else samples.TICKERS)
    exchange.answer("GET", "/0/public/Depth", samples.BOOK)

    assert await account.price(market) == D("30303.20000")
    assert await account.prices(SPOT) == {"BTCUSD": D("30303.20000"), "ETHBTC": D("0.06155"), "XTZUSD": D("0.8512")}
    assert await account.best_bid_ask(market) == (D("30297.00000"), D("30384.10000"))
    assert [asked.query for asked in exchange.to("/0/public/Ticker")] == ["pair=XXBTZUSD", ""]
    assert one(exchange, "/0/public/Depth").query == "pair=XXBTZUSD&count=1"
    assert {asked.headers["x-exchange-host"] for asked in exchange.asked} == {"api.kraken.com"}
    assert not any("api-key" in asked.headers for asked in exchange.asked)


async def test_a_purchase_by_cost(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ADD, samples.PLACED)

    answer = await account.enter_with_cost(market, D("200.129"), samples.ENTRY)

    assert said(one(exchange, ADD)) == {
        "pair": "XXBTZUSD", "type": "buy", "volume": "200.12", "cl_ord_id": samples.ENTRY, "ordertype": "market",
        "oflags": "fciq,viqc",
    }  # fmt: skip
    assert (answer.client_order_id, answer.exchange_order_id) == (samples.ENTRY, "OUF4EM-FRGI2-MQMWZD")
    assert (answer.state, answer.filled_quantity, answer.average_price) == (OrderState.OPEN, 0, None)


async def test_a_cost_in_coins_keeps_its_decimals(exchange: Loopback, account: ExchangeClient) -> None:
    exchange.answer("POST", ADD, samples.PLACED)

    await account.enter_with_cost(await account.market(SPOT, "ETHBTC"), D("0.0012345678912"), samples.ENTRY)

    assert said(one(exchange, ADD))["volume"] == "0.00123456"


async def test_a_sale(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", ADD, samples.PLACED)

    await account.reduce(market, PositionSide.LONG, D("0.00660460"), samples.EXIT)

    assert said(one(exchange, ADD)) == {
        "pair": "XXBTZUSD", "type": "sell", "volume": "0.0066046", "cl_ord_id": samples.EXIT, "ordertype": "market",
        "oflags": "fciq",
    }  # fmt: skip


async def test_the_stop_sells_at_the_market_and_the_target_is_not_placed(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", ADD, samples.PLACED)
    legs = [ProtectionLeg(Leg.STOP, samples.STOP, D("29000.1")), ProtectionLeg(Leg.TARGET, "t", D(40000))]

    placed = await account.place_protection(market, PositionSide.LONG, D("0.00660463"), legs)

    assert said(one(exchange, ADD)) == {
        "pair": "XXBTZUSD", "type": "sell", "volume": "0.00660463", "cl_ord_id": samples.STOP, "ordertype": "stop-loss",
        "price": "29000.1", "trigger": "last", "oflags": "fciq",
    }  # fmt: skip
    stop = placed[Leg.STOP]
    assert isinstance(stop, OrderAnswer)
    assert (stop.client_order_id, stop.exchange_order_id) == (samples.STOP, "OUF4EM-FRGI2-MQMWZD")
    assert isinstance(placed[Leg.TARGET], Unsupported)


async def test_an_order_is_refused_when_it_arrives_late(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """`deadline`: five seconds by the exchange's clock, of the moment at which it is signed."""
    exchange.answer("POST", ADD, samples.PLACED)
    skew = await account.measure_clock(SPOT)

    await account.enter_with_cost(market, D(200), samples.ENTRY)

    deadline = datetime.fromisoformat(one(exchange, ADD).params["deadline"])
    now = samples.TIME["result"]["unixtime"] + 0.5
    assert skew < -1000  # the sample's clock stands still, years ago
    assert 4.5 <= deadline.timestamp() - now <= 6.5
    assert one(exchange, ADD).params["deadline"].endswith("Z")
    assert account.venue.features.resend_after_s == 6


async def test_numbers_rise_whatever_the_clock_says_and_whoever_asks(exchange: Loopback) -> None:
    """Several clients of a key in one process; a clock that is set back sets no number back."""
    exchange.answer("POST", BALANCE, samples.BALANCES)
    clients = [connected() for _ in range(3)]

    await asyncio.gather(*(one.balances(SPOT) for one in clients for _ in range(5)))
    await clients[0].measure_clock(SPOT)
    await clients[0].balances(SPOT)

    nonces = [int(asked.params["nonce"]) for asked in exchange.to(BALANCE)]
    assert len(set(nonces)) == 16
    assert nonces[-1] == max(nonces)
    assert abs(nonces[-1] / 1e6 - datetime.now(UTC).timestamp()) < 60


async def test_a_number_out_of_turn_is_asked_again_with_the_next_one(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    """Two processes of a key overtook one another: refused before it was looked at, so the order goes out once more."""
    exchange.answer("POST", ADD, samples.error("EAPI:Invalid nonce"), samples.PLACED)

    answer = await account.enter_with_cost(market, D(200), samples.ENTRY)

    first, second = exchange.to(ADD)
    assert answer.exchange_order_id == "OUF4EM-FRGI2-MQMWZD"
    assert int(second.params["nonce"]) > int(first.params["nonce"])
    assert said(first) == said(second)


async def test_who_is_not_in_charge_sends_nothing(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    account.may_write = lambda: False

    with pytest.raises(NotSent):
        await account.enter_with_cost(market, D(200), samples.ENTRY)
    assert exchange.to(ADD) == []


async def test_a_filled_order_is_among_the_closed(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", OPEN, samples.OPEN)
    exchange.answer("POST", CLOSED, samples.CLOSED)

    found = await account.find_order(market, samples.ENTRY)

    assert found is not None
    assert replace(found, raw={}) == OrderAnswer(
        client_order_id=samples.ENTRY, exchange_order_id="O6YDQ5-LOMWU-37YKEE", state=OrderState.FILLED,
        filled_quantity=D("0.00660463"), average_price=D("30300.0"), fee=D("0.80048"), fee_currency="USD",
    )  # fmt: skip
    assert said(one(exchange, CLOSED)) == {"cl_ord_id": samples.ENTRY, "without_count": "true"}
    assert exchange.to(OPEN) == []


async def test_the_newest_order_of_an_id_counts(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    """A closed order's id is accepted again."""
    later = samples.BOUGHT | {"opentm": 1688666999.1, "vol_exec": "0.00660000", "cost": "199.98000"}
    exchange.answer("POST", OPEN, samples.NONE_OPEN)
    exchange.answer("POST", CLOSED, samples.told({"closed": {"OLATER": later, "OFIRST": samples.BOUGHT}}))

    found = await account.find_order(market, samples.ENTRY)

    assert found is not None
    assert (found.exchange_order_id, found.filled_quantity) == ("OLATER", D("0.00660000"))


async def test_an_order_in_neither_list_is_not_there(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", OPEN, samples.OPEN)
    exchange.answer("POST", CLOSED, samples.NONE_CLOSED)

    assert await account.find_order(market, samples.ENTRY) is None
    assert said(one(exchange, OPEN)) == {"cl_ord_id": samples.ENTRY}


async def test_an_order_that_is_closed_between_two_questions_is_found(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", OPEN, samples.NONE_OPEN)
    exchange.answer("POST", CLOSED, samples.NONE_CLOSED, samples.CLOSED)

    found = await account.find_order(market, samples.ENTRY)

    assert found is not None
    assert found.state is OrderState.FILLED


@pytest.mark.parametrize(
    ("told", "state", "filled"),
    [
        ({"vol_exec": "200.12000000"}, OrderState.FILLED, "0.00660462"),  # as the documentation had it before
        ({"vol_exec": "200.119"}, OrderState.FILLED, "0.00660458"),
        ({"status": "canceled", "vol_exec": "0", "cost": "0", "price": "0"}, OrderState.CANCELLED, "0"),
        ({"status": "pending", "vol_exec": "0", "cost": "0", "price": "0"}, OrderState.OPEN, "0"),
        ({"status": "expired", "vol_exec": "0", "cost": "0", "price": "0"}, OrderState.EXPIRED, "0"),
        ({"status": "open", "oflags": "fciq", "vol_exec": "0.1"}, OrderState.PARTIAL, "0.1"),
        ({"status": "closed", "vol_exec": "0"}, None, ""),
        ({"vol_exec": "1.5"}, None, ""),
        ({"status": "new"}, None, ""),
    ],
)
async def test_what_was_bought_by_cost_is_a_quantity(
    market: Market, told: dict[str, str], state: OrderState | None, filled: str
) -> None:
    row = samples.BOUGHT | {"txid": "O1"} | told
    if state is None:
        with pytest.raises((KeyError, ValueError)):
            read_order(row, market)
    else:
        answer = read_order(row, market)
        assert (answer.state, answer.filled_quantity) == (state, D(filled))


async def test_only_conditional_orders_of_the_pair_stand(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    listed = samples.OPEN["result"]["open"] | {"OTRAIL": samples.TRAILING}
    exchange.answer("POST", OPEN, samples.told({"open": listed}))

    stop, trailing = await account.standing_protection(market)

    assert said(one(exchange, OPEN)) == {}
    assert (stop.client_order_id, stop.exchange_order_id) == (samples.STOP, "OSTOP1-AAAAA-AAAAAA")
    assert (stop.state, stop.quantity, stop.trigger_price) == (OrderState.OPEN, D("0.00660463"), D("29000.1"))
    assert (trailing.client_order_id, trailing.trigger_price) == ("", None)


async def test_a_triggered_stop_tells_itself_what_it_sold(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    sold = samples.STANDING | {"status": "closed", "vol_exec": "0.00660463", "price": "28990.2", "misc": "stopped"}
    exchange.answer("POST", OPEN, samples.NONE_OPEN)
    exchange.answer("POST", CLOSED, samples.told({"closed": {"OSTOP1-AAAAA-AAAAAA": sold}}))

    stop = await account.find_protection(market, samples.STOP)

    assert stop is not None
    assert (stop.state, stop.filled_quantity, stop.average_price) == (OrderState.FILLED, D("0.00660463"), D("28990.2"))
    assert stop.quantity == D("0.00660463")


async def test_a_stop_is_cancelled_by_our_id(exchange: Loopback, account: ExchangeClient, market: Market) -> None:
    exchange.answer("POST", CANCEL, samples.CANCELLED)

    assert await account.cancel_protection(market, [samples.STOP]) == {samples.STOP: None}
    assert said(one(exchange, CANCEL)) == {"cl_ord_id": samples.STOP}


async def test_trades_are_told_newest_first_for_all_pairs(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", TRADES, samples.TRADES)
    since = datetime.now(UTC).replace(microsecond=0)

    fills = await account.fills(market, since=since)

    assert said(one(exchange, TRADES)) == {"without_count": "true", "start": str(int(since.timestamp()) - 1)}
    assert fills == [
        ExchangeFill(
            trade_id="TCWJEG-FL4SZ-3FKGH6", exchange_order_id="O6YDQ5-LOMWU-37YKEE", market_key="BTCUSD", side=Side.SELL,
            price=D("30010.00000"), quantity=D("0.01000000"), fee=D("1.20040"), fee_currency="USD", realized_pnl=None,
            filled_at=datetime(2023, 7, 6, 18, 22, 49, 639000, UTC),
        ),
        ExchangeFill(
            trade_id="THVRQM-33VKH-UCI7BS", exchange_order_id="O6YDQ5-LOMWU-37YKEE", market_key="BTCUSD", side=Side.BUY,
            price=D("30010.00000"), quantity=D("0.02000000"), fee=D("2.40080"), fee_currency="USD", realized_pnl=None,
            filled_at=datetime(2023, 7, 6, 18, 23, 16, 880000, UTC),
        ),
    ]  # fmt: skip


async def test_a_full_page_is_followed_by_older_ones(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    start = int(datetime.now(UTC).timestamp())
    page = {f"T{n}": samples.trade(start + n + 0.25) for n in range(50, 100)}
    rest = {f"T{n}": samples.trade(start + n + 0.25) for n in range(48, 51)}
    exchange.answer("POST", TRADES, samples.told({"trades": page}), samples.told({"trades": rest}))

    fills = await account.fills(market, since=datetime.fromtimestamp(start, UTC))

    assert [fill.trade_id for fill in fills] == [f"T{n}" for n in range(48, 100)]
    assert [asked.params.get("end") for asked in exchange.to(TRADES)] == [None, str(start + 51)]


async def test_balances_are_told_by_the_names_that_markets_bear(exchange: Loopback, account: ExchangeClient) -> None:
    exchange.answer("POST", BALANCE, samples.BALANCES)

    assert await account.balances(SPOT) == [
        Balance("USD", D("17185.4500"), D("8249.7600"), D("25435.2100")),
        Balance("BTC", D("0.4012000000"), D("0.8423000000"), D("1.2435000000")),
        Balance("USDT", D("15.0"), D(0), D("15.0")),
        Balance("ETH.S", D(2), D(0), D(2)),
    ]
    assert said(one(exchange, BALANCE)) == {}


def permissions(*names: str, **more: Any) -> dict[str, Any]:
    return samples.told(samples.KEY["result"] | {"permissions": list(names)} | more)


@pytest.mark.parametrize(
    ("answer", "report"),
    [
        (samples.KEY, KeyReport(True, True, None, False, False, None)),
        (
            permissions("query-funds", "withdraw-funds", ip_allowlist=["203.0.113.9"]),
            KeyReport(False, False, None, True, True, None),
        ),
        (
            permissions("query-funds", "query-open-trades", "query-closed-trades", "modify-trades"),
            KeyReport(True, False, None, False, False, None),  # it could not cancel
        ),
    ],
)
async def test_what_a_key_may_do(
    exchange: Loopback, account: ExchangeClient, answer: dict[str, Any], report: KeyReport
) -> None:
    exchange.answer("POST", KEY, answer)

    assert await account.key_report() == report


async def test_where_a_key_tells_nothing_of_itself_it_may_still_read(
    exchange: Loopback, account: ExchangeClient
) -> None:
    exchange.answer("POST", KEY, samples.error("EGeneral:Unknown method"))
    exchange.answer("POST", BALANCE, samples.BALANCES)

    assert await account.key_report() == KeyReport(True, None, None, None, None, None)


async def test_an_order_that_was_only_validated_is_no_order(
    exchange: Loopback, account: ExchangeClient, market: Market
) -> None:
    exchange.answer("POST", ADD, samples.told({"descr": {"order": "buy 200.12000000 XBTUSD @ market"}}))

    with pytest.raises(OutcomeUnknown):
        await account.enter_with_cost(market, D(200), samples.ENTRY)
