"""What leaves us for Binance: exact paths and parameters, equal to what ccxt's unified calls send, signed the same.

EXE-07, EXE-10, EXE-12; D8, D16, D25, D27.
"""

import hashlib
import hmac
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.ccxt_clones import clone, template
from exchanges.client import ExchangeClient
from exchanges.registry import get_venue
from exchanges.types import Leg, MarginMode, MarketType, OrderTerms, PositionMode, PositionSide, ProtectionLeg, Side
from tests.exchanges.binance_samples import ALGO_ORDER, FUTURES_INFO, MARKET_ORDER, SPOT_INFO, SPOT_ORDER
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import Asked, Loopback

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslt"
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it


def named_as_asked(sample: dict[str, Any], *fields: str) -> Callable[[Asked], dict[str, Any]]:
    return lambda asked: (
        sample | {field: asked.params.get("newClientOrderId") or asked.params.get("clientAlgoId") for field in fields}
    )


@pytest.fixture(autouse=True)
def answers(loopback: Loopback) -> None:
    loopback.answer("POST", "/fapi/v1/order", named_as_asked(MARKET_ORDER, "clientOrderId"))
    loopback.answer("POST", "/fapi/v1/algoOrder", named_as_asked(ALGO_ORDER, "clientAlgoId"))
    loopback.answer("POST", "/api/v3/order", named_as_asked(SPOT_ORDER, "clientOrderId"))
    loopback.answer("POST", "/fapi/v1/leverage", {"leverage": 20, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"})
    loopback.answer("POST", "/fapi/v1/marginType", {"code": 200, "msg": "success"})


def sent(loopback: Loopback) -> list[tuple[str, str, dict[str, str]]]:
    return [(a.method, a.path, a.unsigned) for a in loopback.asked if "exchangeInfo" not in a.path]


async def unified(
    loopback: Loopback, market_type: MarketType, symbol: str, *args: Any
) -> tuple[str, str, dict[str, str]]:
    """What ccxt's own create_order sends for it."""
    venue = get_venue("binance")
    lean = clone(venue, market_type, KEYS, testnet=False)
    lean.number = float  # as ccxt comes: its own calls do not all understand Decimal markets
    lean.set_markets(await lean.fetch_markets())
    await lean.create_order(symbol, *args)
    return sent(loopback)[-1]


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "BUY"), (Side.SELL, "SELL")])
async def test_a_futures_entry_is_one_market_order(
    loopback: Loopback, account: ExchangeClient, side: Side, word: str
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    await account.enter(market, side, QUANTITY, ENTRY)

    assert sent(loopback) == [
        ("POST", "/fapi/v1/order",
         {"symbol": "BTCUSDT", "side": word, "type": "MARKET", "quantity": "0.031", "newOrderRespType": "RESULT",
          "newClientOrderId": ENTRY, "recvWindow": "3000"}),
    ]  # fmt: skip


async def test_an_entry_equals_the_unified_order(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    ours = sent(loopback)[-1]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000}
    theirs = await unified(loopback, MarketType.FUTURES, market.symbol, "market", "buy", QUANTITY, None, params)

    assert ours == theirs


async def test_a_stop_and_a_target_equal_the_unified_orders(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS)
    ours = sent(loopback)[-2:]

    shared = {"reduceOnly": "true", "workingType": "MARK_PRICE", "priceProtect": "true", "recvWindow": 3000}
    theirs = [
        await unified(loopback, MarketType.FUTURES, market.symbol, "market", "sell", QUANTITY, None, shared | one)
        for one in (
            {"stopLossPrice": "93805.9", "clientOrderId": STOP},
            {"takeProfitPrice": "102853.2", "clientOrderId": TARGET},
        )
    ]

    assert sorted(ours, key=str) == sorted(theirs, key=str)


async def test_protection_is_reduce_only_for_its_own_quantity_on_the_mark_price(
    loopback: Loopback, account: ExchangeClient
) -> None:
    """D8, D25: closePosition would take another bot's position along."""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    await account.place_protection(market, PositionSide.SHORT, QUANTITY, LEGS)

    shared = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.031", "reduceOnly": "true",
              "workingType": "MARK_PRICE", "priceProtect": "true", "newOrderRespType": "RESULT", "recvWindow": "3000"}  # fmt: skip
    assert sorted(sent(loopback), key=str) == sorted(
        [
            ("POST", "/fapi/v1/algoOrder",
             shared | {"type": "STOP_MARKET", "triggerPrice": "93805.9", "clientAlgoId": STOP}),
            ("POST", "/fapi/v1/algoOrder",
             shared | {"type": "TAKE_PROFIT_MARKET", "triggerPrice": "102853.2", "clientAlgoId": TARGET}),
        ],
        key=str,
    )  # fmt: skip


async def test_a_reduction_can_only_reduce(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.reduce(market, PositionSide.LONG, QUANTITY, ENTRY)
    ours = sent(loopback)[-1]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000, "reduceOnly": "true"}
    theirs = await unified(loopback, MarketType.FUTURES, market.symbol, "market", "sell", QUANTITY, None, params)

    assert ours == theirs
    assert (ours[2]["reduceOnly"], ours[2]["side"]) == ("true", "SELL")


async def test_a_hedge_account_says_position_side_instead_of_reduce_only(loopback: Loopback) -> None:
    """D16"""
    account = client.connect("binance", KEYS, testnet=False, position_mode=PositionMode.HEDGE)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.place_protection(market, PositionSide.SHORT, QUANTITY, LEGS)
    await account.reduce(market, PositionSide.SHORT, QUANTITY, ENTRY)

    told = [(params["side"], params["positionSide"], "reduceOnly" in params) for _, _, params in sent(loopback)]
    assert told == [("SELL", "SHORT", False), ("BUY", "SHORT", False), ("BUY", "SHORT", False), ("BUY", "SHORT", False)]
    params = {"clientOrderId": ENTRY, "recvWindow": 3000, "hedged": True, "reduceOnly": True}
    assert sent(loopback)[-1] == await unified(
        loopback, MarketType.FUTURES, market.symbol, "market", "buy", QUANTITY, None, params
    )


async def test_terms_are_two_calls(loopback: Loopback, account: ExchangeClient) -> None:
    """EXE-06, D16"""
    market = await account.market(MarketType.FUTURES, "BTCUSDT")

    await account.set_terms(market, leverage=20, margin_mode=MarginMode.CROSS)

    assert sorted(sent(loopback), key=str) == [
        ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": "20", "recvWindow": "10000"}),
        ("POST", "/fapi/v1/marginType", {"symbol": "BTCUSDT", "marginType": "CROSSED", "recvWindow": "10000"}),
    ]


async def test_a_spot_purchase_names_its_cost(loopback: Loopback, account: ExchangeClient) -> None:
    """D27"""
    market = await account.market(MarketType.SPOT, "BTCUSDT")
    await account.enter_with_cost(market, Decimal("100.00"), ENTRY)
    ours = sent(loopback)[-1]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000, "cost": "100"}
    theirs = await unified(loopback, MarketType.SPOT, market.symbol, "market", "buy", None, None, params)

    assert ours[2].pop("quoteOrderQty") == "100"
    assert Decimal(theirs[2].pop("quoteOrderQty")) == 100
    assert ours == theirs


async def test_a_spot_sale_is_a_market_order(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.SPOT, "BTCUSDT")
    await account.reduce(market, PositionSide.LONG, Decimal("0.00103"), ENTRY)
    ours = sent(loopback)[-1]

    params = {"clientOrderId": ENTRY, "recvWindow": 3000}
    theirs = await unified(loopback, MarketType.SPOT, market.symbol, "market", "sell", Decimal("0.00103"), None, params)

    assert ours == theirs


async def test_spot_protection_is_one_order_list(loopback: Loopback, account: ExchangeClient) -> None:
    market = await account.market(MarketType.SPOT, "BTCUSDT")

    await account.place_protection(market, PositionSide.LONG, Decimal("0.00103"), LEGS)

    assert sent(loopback) == [
        ("POST", "/api/v3/orderList/oco",
         {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.00103", "listClientOrderId": STOP[:-1] + "o",
          "aboveType": "TAKE_PROFIT", "aboveClientOrderId": TARGET, "aboveStopPrice": "102853.2",
          "belowType": "STOP_LOSS", "belowClientOrderId": STOP, "belowStopPrice": "93805.9",
          "newOrderRespType": "FULL", "recvWindow": "3000"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("leg", "word", "field"), [(0, "STOP_LOSS", "stopLossPrice"), (1, "TAKE_PROFIT", "takeProfitPrice")]
)
async def test_a_single_spot_leg_equals_the_unified_order(
    loopback: Loopback, account: ExchangeClient, leg: int, word: str, field: str
) -> None:
    market = await account.market(MarketType.SPOT, "BTCUSDT")
    await account.place_protection(market, PositionSide.LONG, Decimal("0.00103"), [LEGS[leg]])
    ours = sent(loopback)[-1]

    params = {"clientOrderId": LEGS[leg].client_order_id, "recvWindow": 3000, field: str(LEGS[leg].trigger_price)}
    theirs = await unified(loopback, MarketType.SPOT, market.symbol, "market", "sell", Decimal("0.00103"), None, params)
    theirs[2]["newOrderRespType"] = "FULL"  # ccxt asks for RESULT here; FULL is that and the fills

    assert ours[2].pop("stopPrice") == theirs[2].pop("stopPrice").rstrip("0")
    assert ours == theirs
    assert ours[2]["type"] == word


async def test_look_ups_and_cancellations_ask_by_client_order_id(loopback: Loopback, account: ExchangeClient) -> None:
    futures, spot = (
        await account.market(MarketType.FUTURES, "BTCUSDT"),
        await account.market(MarketType.SPOT, "BTCUSDT"),
    )
    loopback.answer("GET", "/fapi/v1/order", MARKET_ORDER)
    loopback.answer("GET", "/api/v3/order", SPOT_ORDER)
    loopback.answer("GET", "/fapi/v1/algoOrder", ALGO_ORDER)
    loopback.answer(
        "DELETE", "/fapi/v1/algoOrder", {"algoId": 1, "clientAlgoId": STOP, "code": "200", "msg": "success"}
    )
    loopback.answer("GET", "/fapi/v1/openAlgoOrders", [ALGO_ORDER])

    await account.find_order(futures, ENTRY)
    await account.find_order(spot, ENTRY)
    await account.find_protection(futures, STOP)
    await account.cancel_protection(futures, [STOP])
    await account.standing_protection(futures)

    window = {"recvWindow": "10000"}
    assert sent(loopback) == [
        ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "origClientOrderId": ENTRY} | window),
        ("GET", "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": ENTRY} | window),
        ("GET", "/fapi/v1/algoOrder", {"clientAlgoId": STOP} | window),
        ("DELETE", "/fapi/v1/algoOrder", {"clientAlgoId": STOP} | window),
        ("GET", "/fapi/v1/openAlgoOrders", {"symbol": "BTCUSDT"} | window),
    ]


async def test_every_signed_request_bears_key_timestamp_and_a_good_signature(
    loopback: Loopback, account: ExchangeClient
) -> None:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("GET", "/fapi/v1/order", MARKET_ORDER)

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.find_order(market, ENTRY)

    for asked in loopback.asked[1:]:
        text, _, signature = (asked.body or asked.query).rpartition("&signature=")
        assert signature == hmac.new(KEYS.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
        assert asked.headers["x-mbx-apikey"] == KEYS.api_key
        assert asked.headers["x-exchange-host"] == "fapi.binance.com"


async def test_our_call_signs_what_the_implicit_method_signs(
    account: ExchangeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Lean.call` leaves out ccxt's plumbing, nothing else."""
    lean = account._clones[MarketType.FUTURES]
    monkeypatch.setattr(type(lean), "nonce", lambda self: 1763700000000)
    seen: list[tuple[Any, ...]] = []

    async def exchange(self: Any, door: object, url: str, method: str, headers: Any, body: Any, seconds: float) -> Any:
        seen.append((url, method, headers, body))

    monkeypatch.setattr(type(lean), "_exchange", exchange)
    market = next(iter((await _book(account)).values()))
    calls = [
        lean_call.call
        for lean_call in get_venue("binance")
        .dialects[MarketType.FUTURES]
        .protection(market, PositionSide.LONG, QUANTITY, LEGS, OrderTerms())
    ]

    for call in calls:
        await lean.call(call, 1)
        await getattr(lean, call.endpoint)(dict(call.params))

    assert seen[0] == seen[1]
    assert seen[2] == seen[3]


async def _book(account: ExchangeClient) -> dict[str, Any]:
    from exchanges.market_loading import make_book

    lean = account._clones[MarketType.FUTURES]
    return make_book(
        [lean.parse_market(raw) for raw in FUTURES_INFO["symbols"][:1]], MarketType.FUTURES, loaded_at=0
    ).by_key


async def test_testnet_talks_to_the_demo_hosts(loopback: Loopback) -> None:
    """EXE-21"""
    account = client.connect("binance", KEYS, testnet=True, position_mode=PositionMode.ONE_WAY)
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.market(MarketType.SPOT, "BTCUSDT")

    assert [asked.headers["x-exchange-host"] for asked in loopback.asked] == [
        "demo-fapi.binance.com",
        "demo-fapi.binance.com",
        "demo-api.binance.com",
    ]


async def test_accounts_share_nothing_that_is_theirs(loopback: Loopback) -> None:
    one = client.connect("binance", KEYS, testnet=False, position_mode=PositionMode.ONE_WAY)
    other_keys = type(KEYS)(api_key="o" * 64, secret_key="another")
    other = client.connect("binance", other_keys, testnet=False, position_mode=PositionMode.ONE_WAY)
    market = await one.market(MarketType.FUTURES, "BTCUSDT")

    await one.enter(market, Side.BUY, QUANTITY, ENTRY)
    await other.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert [asked.headers["x-mbx-apikey"] for asked in loopback.asked[1:]] == ["k" * 64, "o" * 64]
    first, second = one._clones[MarketType.FUTURES], other._clones[MarketType.FUTURES]
    assert first.options is not second.options
    assert template(one.venue, MarketType.FUTURES, testnet=False).apiKey in (None, "")


def test_the_samples_are_what_the_lists_are_made_of() -> None:
    assert [row["symbol"] for row in SPOT_INFO["symbols"]] == ["BTCUSDT"]
