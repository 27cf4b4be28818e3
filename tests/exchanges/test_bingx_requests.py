"""What leaves us for BingX: exact paths and parameters, equal to what ccxt's unified calls send, signed the same.

EXE-06, EXE-07, EXE-10, EXE-12; EXC-05; D8, D16, D25, D27.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest

from exchanges import addresses, client
from exchanges.ccxt_clones import clone
from exchanges.client import ExchangeClient
from exchanges.registry import get_venue
from exchanges.types import (
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderState,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from tests.exchanges import bingx_samples as samples
from tests.exchanges.bingx_samples import ENTRY, STOP, TARGET, good
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import Asked, Loopback

LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it
SWAP, SPOT = "/openApi/swap/v2", "/openApi/spot/v1"
LISTS = (f"{SWAP}/quote/contracts", f"{SPOT}/common/symbols", "/openApi/cswap/v1/market/contracts")


ID_FIELDS = ("clientOrderId", "clientOrderID", "newClientOrderId")


def named_as_asked(row: dict[str, Any], field: str, wrap: Callable[[Any], Any]) -> Callable[[Asked], Any]:
    return lambda asked: good(
        wrap(row | {field: next(asked.params[name] for name in ID_FIELDS if name in asked.params)})
    )


@pytest.fixture(autouse=True)
def answers(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_addresses", {"bingx": loopback.url})
    loopback.answer("GET", LISTS[0], samples.CONTRACTS)
    loopback.answer("GET", LISTS[1], samples.SYMBOLS)
    loopback.answer("GET", LISTS[2], good([]))
    placed = {name: value for name, value in samples.PLACED_ROW.items() if name != "clientOrderID"}
    loopback.answer("POST", f"{SWAP}/trade/order", named_as_asked(placed, "clientOrderId", lambda row: {"order": row}))
    loopback.answer("POST", f"{SPOT}/trade/order", named_as_asked(samples.SPOT_PLACED_ROW, "clientOrderID", dict))
    loopback.answer("POST", f"{SWAP}/trade/leverage", good({"leverage": 20, "symbol": "BTC-USDT"}))
    loopback.answer("POST", f"{SWAP}/trade/marginType", {"code": 0, "msg": ""})


@pytest.fixture
def account(loopback: Loopback) -> ExchangeClient:
    return client.connect("bingx", KEYS, testnet=False, position_mode=PositionMode.ONE_WAY)


@pytest.fixture
async def futures(account: ExchangeClient) -> Market:
    return await account.market(MarketType.FUTURES, "BTCUSDT")


@pytest.fixture
async def spot(account: ExchangeClient) -> Market:
    return await account.market(MarketType.SPOT, "BTCUSDT")


PRICE_PATH = "/openApi/spot/v1/ticker/24hr"


def sent(loopback: Loopback) -> list[tuple[str, str, dict[str, str]]]:
    return [(a.method, a.path, a.unsigned) for a in loopback.asked if a.path not in LISTS]


async def unified(loopback: Loopback, market_type: MarketType, *args: Any) -> dict[str, str]:
    """What ccxt's own create_order sends for it."""
    lean = clone(get_venue("bingx"), market_type, KEYS, testnet=False)
    lean.number = float  # as ccxt comes: its own calls do not all understand Decimal markets
    lean.set_markets(await lean.fetch_markets())
    await lean.create_order(*args)
    return sent(loopback)[-1][2]


def with_our_field(params: dict[str, str]) -> dict[str, str]:
    """ccxt writes clientOrderID; the documentation has had clientOrderId since 2025-04-25."""
    return {"clientOrderId" if name == "clientOrderID" else name: value for name, value in params.items()}


# futures
async def test_the_list_of_contracts_is_one_request_and_its_numbers_are_exact(
    loopback: Loopback, futures: Market
) -> None:
    assert [asked.path for asked in loopback.asked] == [LISTS[0]]
    assert (futures.id, futures.price_step, futures.quantity_step) == ("BTC-USDT", Decimal("0.1"), Decimal("0.0001"))
    assert (futures.min_quantity, futures.min_notional, futures.contract_size) == (Decimal("0.0001"), 2, 1)


async def test_a_contract_that_is_not_open_to_the_api_is_not_traded(account: ExchangeClient) -> None:
    assert [market.key for market in await account.markets(MarketType.FUTURES)] == ["BTCUSDT"]


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "BUY"), (Side.SELL, "SELL")])
async def test_a_futures_entry_is_one_market_order(
    loopback: Loopback, account: ExchangeClient, futures: Market, side: Side, word: str
) -> None:
    await account.enter(futures, side, QUANTITY, ENTRY)

    assert sent(loopback) == [
        ("POST", f"{SWAP}/trade/order",
         {"symbol": "BTC-USDT", "side": word, "positionSide": "BOTH", "type": "MARKET", "quantity": "0.031",
          "clientOrderId": ENTRY, "recvWindow": "3000"}),
    ]  # fmt: skip


async def test_an_entry_equals_the_unified_order(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    await account.enter(futures, Side.BUY, QUANTITY, ENTRY)
    ours = sent(loopback)[-1][2]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000}
    theirs = await unified(loopback, MarketType.FUTURES, futures.symbol, "market", "buy", 0.031, None, params)

    assert ours == with_our_field(theirs)


async def test_a_reduction_equals_the_unified_order(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    await account.reduce(futures, PositionSide.LONG, QUANTITY, ENTRY)
    ours = sent(loopback)[-1][2]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000, "reduceOnly": True}
    theirs = await unified(loopback, MarketType.FUTURES, futures.symbol, "market", "sell", 0.031, None, params)

    assert ours == with_our_field(theirs)
    assert (ours["side"], ours["positionSide"], ours["reduceOnly"]) == ("SELL", "BOTH", "true")


async def test_protection_is_two_reduce_only_orders_for_its_own_quantity_on_the_mark_price(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    """D8, D25: closePosition would take another bot's position along."""
    placed = await account.place_protection(futures, PositionSide.SHORT, QUANTITY, LEGS)

    shared = {"symbol": "BTC-USDT", "side": "BUY", "positionSide": "BOTH", "quantity": "0.031", "reduceOnly": "true",
              "workingType": "MARK_PRICE", "recvWindow": "3000"}  # fmt: skip
    path = f"{SWAP}/trade/order"
    assert sorted(sent(loopback), key=str) == sorted(
        [
            ("POST", path, shared | {"type": "STOP_MARKET", "stopPrice": "93805.9", "clientOrderId": STOP}),
            ("POST", path, shared | {"type": "TAKE_PROFIT_MARKET", "stopPrice": "102853.2", "clientOrderId": TARGET}),
        ],
        key=str,
    )
    assert {leg: answer.state for leg, answer in placed.items()} == {  # type: ignore[union-attr]
        Leg.STOP: OrderState.OPEN,
        Leg.TARGET: OrderState.OPEN,
    }


async def test_legs_equal_the_unified_orders(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    await account.place_protection(futures, PositionSide.LONG, QUANTITY, LEGS)
    ours = [params for _, _, params in sent(loopback)[-2:]]

    shared = {"workingType": "MARK_PRICE", "recvWindow": 3000, "reduceOnly": True}
    theirs = [
        await unified(loopback, MarketType.FUTURES, futures.symbol, "market", "sell", 0.031, None, shared | one)
        for one in (
            {"stopLossPrice": "93805.9", "clientOrderId": STOP},
            {"takeProfitPrice": "102853.2", "clientOrderId": TARGET},
        )
    ]

    assert sorted(ours, key=str) == sorted(map(with_our_field, theirs), key=str)


async def test_a_leg_whose_id_is_not_echoed_is_an_open_question(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    """The documentation says that ids are for LIMIT and MARKET only: a stop without one could not be found again."""
    loopback.answer(
        "POST", f"{SWAP}/trade/order", good({"order": samples.PLACED_ROW | {"clientOrderId": "", "clientOrderID": ""}})
    )

    placed = await account.place_protection(futures, PositionSide.LONG, QUANTITY, LEGS)

    assert [getattr(error, "code", "") for error in placed.values()] == ["leg_missing", "leg_missing"]


async def test_a_hedge_account_says_position_side_instead_of_reduce_only(loopback: Loopback) -> None:
    """D16"""
    account = client.connect("bingx", KEYS, testnet=False, position_mode=PositionMode.HEDGE)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.place_protection(market, PositionSide.SHORT, QUANTITY, LEGS)
    await account.reduce(market, PositionSide.SHORT, QUANTITY, ENTRY)

    told = [(params["side"], params["positionSide"], "reduceOnly" in params) for _, _, params in sent(loopback)]
    assert told == [("SELL", "SHORT", False), ("BUY", "SHORT", False), ("BUY", "SHORT", False), ("BUY", "SHORT", False)]
    params = {"clientOrderId": ENTRY, "recvWindow": 3000, "hedged": True, "reduceOnly": True}
    ours = sent(loopback)[-1][2]
    theirs = await unified(loopback, MarketType.FUTURES, market.symbol, "market", "buy", 0.031, None, params)
    assert ours == with_our_field(theirs)


@pytest.mark.parametrize(("mode", "sides"), [(PositionMode.ONE_WAY, ["BOTH"]), (PositionMode.HEDGE, ["LONG", "SHORT"])])
async def test_terms_are_the_margin_mode_and_then_the_leverage_of_each_side(
    loopback: Loopback, mode: PositionMode, sides: list[str]
) -> None:
    """EXE-06, D16"""
    account = client.connect("bingx", KEYS, testnet=False, position_mode=mode)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    await account.set_terms(market, leverage=20, margin_mode=MarginMode.CROSS)

    assert sent(loopback) == [
        ("POST", f"{SWAP}/trade/marginType", {"symbol": "BTC-USDT", "marginType": "CROSSED"}),
        *(("POST", f"{SWAP}/trade/leverage", {"symbol": "BTC-USDT", "leverage": "20", "side": side}) for side in sides),
    ]


async def test_look_ups_and_cancellations_ask_by_client_order_id(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    """ccxt's own fetch_order would ask for `orderId=None`."""
    loopback.answer("GET", f"{SWAP}/trade/order", samples.STOP_ORDER)
    loopback.answer("GET", f"{SWAP}/trade/openOrders", good({"orders": [samples.STOP_ROW, samples.ORDER_ROW]}))
    loopback.answer("DELETE", f"{SWAP}/trade/order", good({"order": samples.STOP_ROW | {"status": "CANCELLED"}}))

    found = await account.find_order(futures, STOP)
    await account.find_protection(futures, STOP)
    standing = await account.standing_protection(futures)
    await account.cancel_protection(futures, [STOP])

    asked = {"symbol": "BTC-USDT", "clientOrderId": STOP}
    assert sent(loopback) == [
        ("GET", f"{SWAP}/trade/order", asked),
        ("GET", f"{SWAP}/trade/order", asked),
        ("GET", f"{SWAP}/trade/openOrders", {"symbol": "BTC-USDT"}),
        ("DELETE", f"{SWAP}/trade/order", asked),
    ]
    assert found is not None
    assert (found.state, found.exchange_order_id) == (OrderState.OPEN, "1741440894764281857")
    assert [(one.client_order_id, one.trigger_price, one.quantity) for one in standing] == [
        (STOP, Decimal("93805.9"), Decimal("0.0310"))
    ]


async def test_the_answer_tells_the_fill_where_it_has_one(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    fill = {"status": "FILLED", "avgPrice": "95234.5", "executedQty": "0.031"}
    rows = [samples.PLACED_ROW, samples.PLACED_ROW | fill, samples.PLACED_ROW | fill | {"avgPrice": "0.0"}]
    loopback.answer("POST", f"{SWAP}/trade/order", *(good({"order": row}) for row in rows))

    told = [await account.enter(futures, Side.BUY, QUANTITY, ENTRY) for _ in rows]

    assert [(one.state, one.filled_quantity, one.average_price) for one in told] == [
        (OrderState.OPEN, 0, None),
        (OrderState.FILLED, Decimal("0.031"), Decimal("95234.5")),
        (OrderState.OPEN, 0, None),
    ]


async def test_what_a_futures_account_holds_is_read(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    loopback.answer("GET", f"{SWAP}/user/positions", good([samples.POSITION_ROW]))
    loopback.answer("GET", "/openApi/swap/v3/user/balance", samples.BALANCES)
    loopback.answer("GET", f"{SWAP}/trade/fillHistory", good({"fill_history_orders": [samples.FILL_ROW], "total": 1}))

    (position,) = await account.positions(MarketType.FUTURES)
    (balance,) = await account.balances(MarketType.FUTURES)
    (fill,) = await account.fills(futures)

    assert (position.market_key, position.side, position.quantity) == ("BTCUSDT", PositionSide.LONG, Decimal("0.0310"))
    assert (position.entry_price, position.leverage, position.margin_mode) == (
        Decimal("95234.5"),
        20,
        MarginMode.ISOLATED,
    )
    assert position.liquidation_price == Decimal("90903.169146")
    assert (balance.currency, balance.total, balance.free) == ("USDT", Decimal("196.7431"), Decimal("193.7609"))
    assert (fill.trade_id, fill.quantity, fill.fee, fill.fee_currency) == (
        "241512",
        Decimal("0.0310"),
        Decimal("1.476135"),
        "USDT",
    )
    assert fill.filled_at.isoformat() == "2025-11-21T04:40:00.123000+00:00"
    params = sent(loopback)[-1][2]
    assert len(loopback.to(f"{SWAP}/trade/fillHistory")) == 2
    assert (params["symbol"], params["pageIndex"], params["pageSize"]) == ("BTC-USDT", "1", "1000")
    assert int(params["endTs"]) - int(params["startTs"]) == 7 * 86_400_000


async def test_a_short_of_a_one_way_account_is_read_by_its_sign_where_no_side_is_told(
    loopback: Loopback, account: ExchangeClient
) -> None:
    rows = [{"positionSide": "BOTH", "positionAmt": "-0.0310"}, {"positionSide": "SHORT"}, {"positionAmt": "0.0000"}]
    loopback.answer("GET", f"{SWAP}/user/positions", good([samples.POSITION_ROW | row for row in rows]))

    held = await account.positions(MarketType.FUTURES)

    assert [(one.side, one.quantity) for one in held] == [(PositionSide.SHORT, Decimal("0.0310"))] * 2


async def test_funding_is_read(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    loopback.answer("GET", f"{SWAP}/user/income", samples.INCOME)

    (payment,) = await account.funding(datetime(2025, 11, 21, tzinfo=UTC))

    assert (payment.market_key, payment.amount, payment.currency) == ("BTCUSDT", Decimal("-0.2952"), "USDT")
    assert sent(loopback)[-1][2] == {"incomeType": "FUNDING_FEE", "startTime": "1763683200000", "limit": "1000"}


# spot
async def test_a_spot_purchase_names_its_cost(loopback: Loopback, account: ExchangeClient, spot: Market) -> None:
    """D27"""
    answer = await account.enter_with_cost(spot, Decimal("100.00"), ENTRY)
    ours = sent(loopback)[-1]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000, "cost": 100}
    theirs = await unified(loopback, MarketType.SPOT, spot.symbol, "market", "buy", None, None, params)

    assert (spot.price_step, spot.quantity_step, spot.min_notional) == (Decimal("0.01"), Decimal("0.00001"), 5)
    assert spot.min_quantity == spot.quantity_step  # ccxt tells no least quantity: minQty is "deprecated"
    assert ours == (
        "POST", f"{SPOT}/trade/order",
        {"symbol": "BTC-USDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "100", "newClientOrderId": ENTRY,
         "recvWindow": "3000"},
    )  # fmt: skip
    assert Decimal(theirs.pop("quoteOrderQty")) == Decimal(ours[2].pop("quoteOrderQty"))
    assert ours[2] == theirs
    # the answer tells no fee: the order is asked
    assert (answer.state, answer.filled_quantity, answer.exchange_order_id) == (
        OrderState.OPEN,
        0,
        "1735963671248581632",
    )


async def test_a_spot_sale_and_a_spot_stop_equal_the_unified_orders(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    """The price is asked before the stop, which above it would be a take profit there."""
    quantity = Decimal("0.00104")
    loopback.answer("GET", PRICE_PATH, good([{"symbol": "BTC-USDT", "lastPrice": 95234.5}]))
    await account.reduce(spot, PositionSide.LONG, quantity, ENTRY)
    await account.place_protection(spot, PositionSide.LONG, quantity, LEGS)
    assert [path for method, path, _ in sent(loopback) if method == "GET"] == [PRICE_PATH]
    ours = [params for method, _, params in sent(loopback) if method == "POST"]

    sale, stop = {"clientOrderId": ENTRY, "recvWindow": 3000}, {"clientOrderId": STOP, "recvWindow": 3000}
    theirs = [
        await unified(loopback, MarketType.SPOT, spot.symbol, "market", "sell", 0.00104, None, params)
        for params in (sale, stop | {"stopLossPrice": "93805.9"})
    ]

    assert ours == theirs
    assert ours[1]["type"] == "TAKE_STOP_MARKET"


async def test_spot_orders_are_found_by_client_id_and_cancelled_by_the_exchanges(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    """Client ids are known for two hours only."""
    loopback.answer("GET", f"{SPOT}/trade/query", samples.SPOT_ORDER)
    loopback.answer("GET", f"{SPOT}/trade/openOrders", good({"orders": [samples.SPOT_STOP_ROW, samples.SPOT_ROW]}))
    loopback.answer("POST", f"{SPOT}/trade/cancel", good(samples.SPOT_STOP_ROW | {"status": "CANCELED"}))

    found = await account.find_order(spot, ENTRY)
    outcome = await account.cancel_protection(spot, [STOP])

    assert found is not None
    assert (found.filled_quantity, found.average_price, found.fee, found.fee_currency) == (
        Decimal("0.00105"),
        Decimal("95234.5"),
        Decimal("0.00000105"),
        "BTC",
    )
    assert outcome == {STOP: None}
    assert sent(loopback) == [
        ("GET", f"{SPOT}/trade/query", {"symbol": "BTC-USDT", "clientOrderID": ENTRY}),
        ("GET", f"{SPOT}/trade/openOrders", {"symbol": "BTC-USDT"}),
        ("POST", f"{SPOT}/trade/cancel", {"symbol": "BTC-USDT", "orderId": "1735963671248581633"}),
    ]


async def test_what_a_spot_account_holds_is_read(loopback: Loopback, account: ExchangeClient, spot: Market) -> None:
    loopback.answer("GET", f"{SPOT}/account/balance", samples.ASSETS)
    loopback.answer("GET", f"{SPOT}/trade/myTrades", good({"fills": [samples.SPOT_FILL_ROW]}))

    (balance,) = await account.balances(MarketType.SPOT)
    fills = await account.fills(spot)

    assert (balance.currency, balance.free) == ("USDT", Decimal("566773.193402631"))
    assert balance.total == Decimal("567017.37956528488994")
    assert [(fill.side, fill.quantity, fill.fee, fill.fee_currency) for fill in fills] == [
        (Side.BUY, Decimal("0.00105"), Decimal("0.00000105"), "BTC")
    ]


# keys, hosts, signatures
async def test_the_key_report_tells_what_the_key_may_do(loopback: Loopback, account: ExchangeClient) -> None:
    """EXC-19, EXC-21"""
    loopback.answer("GET", "/openApi/swap/v1/positionSide/dual", good({"dualSidePosition": "true"}))
    loopback.answer("GET", "/openApi/v1/account/apiPermissions", samples.PERMISSIONS)

    report = await account.key_report()

    assert (report.can_read, report.can_trade_spot, report.can_trade_futures) == (True, True, True)
    assert (report.can_withdraw, report.ip_restricted, report.position_mode) == (False, True, PositionMode.HEDGE)


async def test_a_key_that_may_withdraw_says_so(loopback: Loopback, account: ExchangeClient) -> None:
    loopback.answer("GET", "/openApi/swap/v1/positionSide/dual", good({"dualSidePosition": False}))
    rights = samples.PERMISSIONS | {"permissions": [2, 5], "ipAddresses": []}
    loopback.answer("GET", "/openApi/v1/account/apiPermissions", rights)

    report = await account.key_report()

    assert (report.can_trade_spot, report.can_trade_futures) == (False, False)
    assert (report.can_withdraw, report.ip_restricted) == (True, False)


async def test_testnet_talks_to_the_demo_host_in_virtual_coins(loopback: Loopback) -> None:
    """EXE-21: VST is what demo contracts settle in; they are quoted in USDT."""
    account = client.connect("bingx", KEYS, testnet=True, position_mode=PositionMode.ONE_WAY)
    vst = [samples.BALANCES["data"][0] | {"asset": "VST"}]
    loopback.answer("GET", "/openApi/swap/v3/user/balance", good(vst))
    loopback.answer("GET", "/openApi/swap/v1/positionSide/dual", good({"dualSidePosition": "false"}))

    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    (balance,) = await account.balances(MarketType.FUTURES)
    report = await account.key_report()

    assert {asked.headers["x-exchange-host"] for asked in loopback.asked} == {"open-api-vst.bingx.com"}
    assert (balance.currency, balance.total) == ("USDT", Decimal("196.7431"))
    assert (report.can_read, report.can_trade_spot, report.can_trade_futures) == (True, False, True)


async def test_every_signed_request_bears_key_timestamp_and_a_good_signature(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    """HMAC SHA256 over the parameters in alphabetical order, not encoded ("Signature authentication")."""
    loopback.answer("GET", f"{SWAP}/trade/order", samples.ORDER)
    loopback.answer("DELETE", f"{SWAP}/trade/order", samples.ORDER)

    await account.enter(futures, Side.BUY, QUANTITY, ENTRY)
    await account.find_order(futures, ENTRY)
    await account.cancel_protection(futures, [ENTRY])

    for asked in loopback.asked[1:]:
        text, _, signature = asked.query.rpartition("&signature=")
        pairs = parse_qsl(text, strict_parsing=True)
        canonical = "&".join(f"{name}={value}" for name, value in sorted(pairs))
        assert signature == hmac.new(KEYS.secret_key.encode(), canonical.encode(), hashlib.sha256).hexdigest()
        assert asked.params["timestamp"].isdigit()
        assert asked.body == ""
        assert (asked.headers["x-bx-apikey"], asked.headers["x-exchange-host"]) == (KEYS.api_key, "open-api.bingx.com")


async def test_what_is_seen_of_the_market_is_one_ticker(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    row = {"symbol": "BTC-USDT", "lastPrice": "95234.5", "bidPrice": "95234.4", "askPrice": "95234.6"}
    loopback.answer(
        "GET", f"{SWAP}/quote/ticker", good(row), good([row, row | {"symbol": "NEW-USDT", "lastPrice": ""}])
    )
    loopback.answer("GET", f"{SPOT}/ticker/24hr", good([row | {"lastPrice": 95234.51}]))
    futures = await account.market(MarketType.FUTURES, "BTCUSDT")

    assert await account.best_bid_ask(futures) == (Decimal("95234.4"), Decimal("95234.6"))
    assert await account.prices(MarketType.FUTURES) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.price(spot) == Decimal("95234.51")
