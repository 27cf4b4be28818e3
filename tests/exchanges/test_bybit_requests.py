"""What leaves us for Bybit: exact paths, bodies and headers, equal to what ccxt's unified calls send where these can say it.

EXE-06, 07, 10, 12, 16; EXC-14; D8, D16, D25, D27; P2.
"""

import hashlib
import hmac
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.ccxt_clones import clone
from exchanges.client import ExchangeClient
from exchanges.errors import RefusalKind, Refused, Unsupported
from exchanges.registry import get_venue
from exchanges.types import Leg, MarginMode, MarketType, OrderTerms, PositionMode, PositionSide, ProtectionLeg, Side
from tests.exchanges.bybit_fixtures import account, bybit, said, sent
from tests.exchanges.bybit_samples import listed, told
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import Asked, Loopback

__all__ = ["account", "bybit"]

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslt"
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it
TICKERS = "/v5/market/tickers"
CREATE, CANCEL, REALTIME, HISTORY = "/v5/order/create", "/v5/order/cancel", "/v5/order/realtime", "/v5/order/history"
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}
SHARED = LINEAR | {"orderType": "Market", "qty": "0.031", "positionIdx": 0}


def placed(asked: Asked) -> dict[str, Any]:
    return told({"orderId": "fd4300ae-7847-404e-b947-b46980a4d140", "orderLinkId": said(asked)["orderLinkId"]})


@pytest.fixture(autouse=True)
def answers(bybit: Loopback) -> None:
    bybit.answer("POST", CREATE, placed)
    bybit.answer("POST", CANCEL, placed)
    for path in ("/v5/position/set-leverage", "/v5/account/set-margin-mode"):
        bybit.answer("POST", path, told({}))
    for path in (REALTIME, HISTORY, "/v5/position/list", "/v5/execution/list"):
        bybit.answer("GET", path, listed())


async def unified(bybit: Loopback, market_type: MarketType, symbol: str, *args: Any) -> dict[str, Any]:
    """What ccxt's own create_order sends for it."""
    lean = clone(get_venue("bybit"), market_type, KEYS, testnet=False)
    lean.number = float  # as ccxt comes: its own calls do not all understand Decimal markets
    lean.set_markets(await lean.fetch_markets())
    before = len(bybit.asked)
    await lean.create_order(symbol, *args)
    assert [asked.path for asked in bybit.asked[before:]] == [CREATE]  # no probes of the account
    return sent(bybit)[-1][2]


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "Buy"), (Side.SELL, "Sell")])
async def test_an_entry_is_one_market_order(bybit: Loopback, account: ExchangeClient, side: Side, word: str) -> None:
    market = await account.market(FUTURES, "BTCUSDT")

    answer = await account.enter(market, side, QUANTITY, ENTRY)

    assert sent(bybit) == [("POST", CREATE, SHARED | {"side": word, "orderLinkId": ENTRY})]
    assert (answer.client_order_id, answer.filled_quantity, answer.average_price) == (ENTRY, Decimal(0), None)
    theirs = await unified(bybit, FUTURES, market.symbol, "market", side.value, QUANTITY, None,
                           {"clientOrderId": ENTRY, "positionIdx": 0})  # fmt: skip
    assert sent(bybit)[0][2] == theirs


async def test_the_net_goes_with_the_entry_and_belongs_to_the_position(
    bybit: Loopback, account: ExchangeClient
) -> None:
    """P2: tpslMode Full, so that it ends with the position; the mark price triggers it."""
    market = await account.market(FUTURES, "BTCUSDT")

    terms = OrderTerms(margin_mode=MarginMode.CROSS, leverage=20, net_stop=Decimal("93091.60"))
    await account.enter(market, Side.BUY, QUANTITY, ENTRY, terms=terms)

    net = {"stopLoss": "93091.6", "slTriggerBy": "MarkPrice", "slOrderType": "Market", "tpslMode": "Full"}
    assert sent(bybit) == [("POST", CREATE, SHARED | {"side": "Buy", "orderLinkId": ENTRY} | net)]


async def test_protection_is_two_conditional_orders_that_only_reduce(bybit: Loopback, account: ExchangeClient) -> None:
    """D8, D25: each for this position's own quantity, on the mark price, with an id of ours."""
    market = await account.market(FUTURES, "BTCUSDT")

    await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS)

    shared = SHARED | {"side": "Sell", "reduceOnly": True, "triggerBy": "MarkPrice"}
    stop = {"orderLinkId": STOP, "triggerPrice": "93805.9", "triggerDirection": 2, "closeOnTrigger": True}
    target = {"orderLinkId": TARGET, "triggerPrice": "102853.2", "triggerDirection": 1}
    assert sorted(sent(bybit), key=str) == sorted(
        [("POST", CREATE, shared | stop), ("POST", CREATE, shared | target)], key=str
    )
    params = {"positionIdx": 0, "triggerBy": "MarkPrice", "clientOrderId": TARGET, "takeProfitPrice": "102853.2"}
    assert shared | target == await unified(bybit, FUTURES, market.symbol, "market", "sell", QUANTITY, None, params)


async def test_a_shorts_stop_waits_for_a_higher_price(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")

    await account.place_protection(market, PositionSide.SHORT, QUANTITY, LEGS)

    told_directions = {body["orderLinkId"]: (body["side"], body["triggerDirection"]) for _, _, body in sent(bybit)}
    assert told_directions == {STOP: ("Buy", 1), TARGET: ("Buy", 2)}


async def test_a_reduction_can_only_reduce(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")

    await account.reduce(market, PositionSide.LONG, QUANTITY, ENTRY)

    assert sent(bybit) == [("POST", CREATE, SHARED | {"side": "Sell", "orderLinkId": ENTRY, "reduceOnly": True})]
    params = {"clientOrderId": ENTRY, "positionIdx": 0, "reduceOnly": True}
    theirs = await unified(bybit, FUTURES, market.symbol, "market", "sell", QUANTITY, None, params)
    assert sent(bybit)[0][2] == theirs


async def test_a_hedge_account_names_the_side_of_the_position(bybit: Loopback) -> None:
    """D16: 1 is the long side, 2 the short one, whatever the order's own side."""
    account = client.connect("bybit", KEYS, testnet=False, position_mode=PositionMode.HEDGE)
    market = await account.market(FUTURES, "BTCUSDT")

    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.place_protection(market, PositionSide.SHORT, QUANTITY, LEGS)
    await account.reduce(market, PositionSide.SHORT, QUANTITY, ENTRY)
    await account.reduce(market, PositionSide.LONG, QUANTITY, ENTRY)

    said_sides = [(body["side"], body["positionIdx"], body.get("reduceOnly")) for _, _, body in sent(bybit)]
    assert said_sides == [("Sell", 2, None), *[("Buy", 2, True)] * 3, ("Sell", 1, True)]


async def test_the_position_mode_is_that_of_the_symbol(bybit: Loopback) -> None:
    """P7: no endpoint tells it but the symbol's own, maybe empty, position."""
    account = client.connect("bybit", KEYS, testnet=False, position_mode=None)
    market = await account.market(FUTURES, "BTCUSDT")
    empty = {"symbol": "BTCUSDT", "size": "0", "side": ""}
    bybit.answer("GET", "/v5/position/list", listed(empty | {"positionIdx": 1}, empty | {"positionIdx": 2}))

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert sent(bybit) == [
        ("GET", "/v5/position/list", LINEAR),
        ("POST", CREATE, SHARED | {"side": "Buy", "orderLinkId": ENTRY, "positionIdx": 1}),
    ]


async def test_terms_are_the_accounts_margin_mode_and_then_the_symbols_leverage(
    bybit: Loopback, account: ExchangeClient
) -> None:
    """EXE-06, D16"""
    market = await account.market(FUTURES, "BTCUSDT")

    await account.set_terms(market, leverage=20, margin_mode=MarginMode.ISOLATED)
    await account.set_terms(market, leverage=7, margin_mode=MarginMode.CROSS)

    assert sent(bybit) == [
        ("POST", "/v5/account/set-margin-mode", {"setMarginMode": "ISOLATED_MARGIN"}),
        ("POST", "/v5/position/set-leverage", LINEAR | {"buyLeverage": "20", "sellLeverage": "20"}),
        ("POST", "/v5/account/set-margin-mode", {"setMarginMode": "REGULAR_MARGIN"}),
        ("POST", "/v5/position/set-leverage", LINEAR | {"buyLeverage": "7", "sellLeverage": "7"}),
    ]


async def test_what_is_settled_in_another_coin_is_not_opened(bybit: Loopback, account: ExchangeClient) -> None:
    """Positions are read by settlement coin: nobody would see this one."""
    market = await account.market(FUTURES, "BTCUSDC")

    with pytest.raises(Unsupported):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    with pytest.raises(Unsupported):
        await account.set_terms(market, leverage=5, margin_mode=MarginMode.CROSS)

    assert sent(bybit) == []


async def test_futures_are_looked_up_and_cancelled_by_our_own_id(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")

    assert await account.find_order(market, ENTRY) is None
    assert await account.find_protection(market, STOP) is None
    await account.cancel_protection(market, [STOP])
    await account.standing_protection(market)

    assert sent(bybit) == [
        ("GET", REALTIME, LINEAR | {"orderLinkId": ENTRY}),
        ("GET", HISTORY, LINEAR | {"orderLinkId": ENTRY}),
        ("GET", REALTIME, LINEAR | {"orderLinkId": STOP}),
        ("GET", HISTORY, LINEAR | {"orderLinkId": STOP}),
        ("POST", CANCEL, LINEAR | {"orderLinkId": STOP}),
        ("GET", REALTIME, LINEAR | {"orderFilter": "StopOrder", "limit": "50"}),
    ]


async def test_a_spot_purchase_names_its_cost_in_the_quote_coin(bybit: Loopback, account: ExchangeClient) -> None:
    """D27: rounded down to the finest amount that the exchange takes."""
    market = await account.market(SPOT, "BTCUSDT")

    await account.enter_with_cost(market, Decimal("100.123456789"), ENTRY)

    spot = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "orderLinkId": ENTRY}
    assert sent(bybit) == [("POST", CREATE, spot | {"qty": "100.12345678", "marketUnit": "quoteCoin"})]


async def test_a_spot_sale_is_a_market_order_in_coins(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(SPOT, "BTCUSDT")

    await account.reduce(market, PositionSide.LONG, Decimal("0.00103"), ENTRY)

    theirs = await unified(bybit, SPOT, market.symbol, "market", "sell", Decimal("0.00103"), None,
                           {"clientOrderId": ENTRY})  # fmt: skip
    assert sent(bybit)[0][2] == theirs
    assert (theirs["qty"], theirs["marketUnit"], theirs["side"]) == ("0.00103", "baseCoin", "Sell")


async def test_on_spot_only_the_stop_stands(bybit: Loopback, account: ExchangeClient) -> None:
    """D27: both would lock the coins; the target is left to our own watch."""
    market = await account.market(SPOT, "BTCUSDT")

    bybit.answer("GET", TICKERS, listed({"symbol": "BTCUSDT", "lastPrice": "95234.5"}, category="spot"))

    outcome = await account.place_protection(market, PositionSide.LONG, Decimal("0.00103"), LEGS)
    await account.standing_protection(market)
    await account.cancel_protection(market, [STOP])

    spot = {"category": "spot", "symbol": "BTCUSDT"}
    stop = {"side": "Sell", "orderType": "Market", "qty": "0.00103", "marketUnit": "baseCoin", "orderLinkId": STOP}
    assert sent(bybit) == [
        ("GET", TICKERS, spot),
        ("POST", CREATE, spot | stop | {"triggerPrice": "93805.9", "orderFilter": "tpslOrder"}),
        ("GET", REALTIME, spot | {"orderFilter": "tpslOrder", "limit": "50"}),
        ("POST", CANCEL, spot | {"orderLinkId": STOP, "orderFilter": "tpslOrder"}),
    ]
    assert isinstance(outcome[Leg.TARGET], Unsupported)


async def test_a_spot_stop_that_the_price_has_passed_is_not_sent(bybit: Loopback, account: ExchangeClient) -> None:
    """The exchange would take it for an order that waits for a rise."""
    market = await account.market(SPOT, "BTCUSDT")
    bybit.answer("GET", TICKERS, listed({"symbol": "BTCUSDT", "lastPrice": "93805.9"}, category="spot"))

    outcome = await account.place_protection(market, PositionSide.LONG, Decimal("0.00103"), LEGS[:1])

    refusal = outcome[Leg.STOP]
    assert isinstance(refusal, Refused)
    assert refusal.kind is RefusalKind.WOULD_TRIGGER
    assert [path for _, path, _ in sent(bybit)] == [TICKERS]


async def test_what_the_account_holds_is_asked_of_the_unified_account(bybit: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "BTCUSDT")
    bybit.answer("GET", "/v5/account/wallet-balance", listed({"coin": []}))

    await account.positions(FUTURES)
    await account.balances(FUTURES)
    fills = await account.fills(market)

    (positions, balances, (_, path, asked)) = sent(bybit)
    assert positions == ("GET", "/v5/position/list", {"category": "linear", "settleCoin": "USDT", "limit": "200"})
    assert balances == ("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"})
    assert (path, asked.pop("startTime").isdigit(), asked) == ("/v5/execution/list", True, LINEAR | {"limit": "100"})
    assert fills == []


async def test_the_key_is_asked_for_its_rights_and_the_symbol_for_its_mode(bybit: Loopback) -> None:
    for testnet in (False, True):
        account = client.connect("bybit", KEYS, testnet=testnet, position_mode=None)
        bybit.answer("GET", "/v5/position/list", listed({"symbol": "BTCUSDT", "size": "0", "positionIdx": 0}))
        bybit.answer("GET", "/v5/user/query-api", told({"readOnly": 0, "permissions": {}, "ips": ["*"], "uta": 1}))
        bybit.answer("GET", "/v5/account/wallet-balance", listed({"coin": []}))
        await account.key_report()

    hosts = [(asked.headers["x-exchange-host"], asked.path) for asked in bybit.asked]
    assert sorted(hosts) == [
        ("api-demo.bybit.com", "/v5/account/wallet-balance"),
        ("api-demo.bybit.com", "/v5/position/list"),
        ("api.bybit.com", "/v5/position/list"),
        ("api.bybit.com", "/v5/user/query-api"),
    ]


async def test_every_signed_request_bears_key_time_window_and_a_good_signature(
    bybit: Loopback, account: ExchangeClient
) -> None:
    market = await account.market(FUTURES, "BTCUSDT")

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.find_order(market, ENTRY)

    signed = [asked for asked in bybit.asked if "x-bapi-sign" in asked.headers]
    assert [asked.path for asked in signed] == [CREATE, REALTIME, HISTORY]
    for asked in signed:
        stamp, window = asked.headers["x-bapi-timestamp"], asked.headers["x-bapi-recv-window"]
        text = stamp + KEYS.api_key + window + (asked.body or asked.query)
        signature = hmac.new(KEYS.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
        assert (asked.headers["x-bapi-sign"], window) == (signature, "3000")
        assert (asked.headers["x-bapi-api-key"], asked.headers["x-exchange-host"]) == (KEYS.api_key, "api.bybit.com")


async def test_testnet_talks_to_the_demo_host(bybit: Loopback) -> None:
    """EXE-21"""
    account = client.connect("bybit", KEYS, testnet=True, position_mode=PositionMode.ONE_WAY)
    market = await account.market(FUTURES, "BTCUSDT")

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert {asked.headers["x-exchange-host"] for asked in bybit.asked} == {"api-demo.bybit.com"}
