"""What leaves us for Bitget's classic futures, and what is read there: exact paths and bodies, as its documentation says.

EXC-05, EXE-06, EXE-07, EXE-10, EXE-12, EXE-16, EXE-21; D8, D16, D25.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from exchanges.client import ExchangeClient
from exchanges.types import (
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderState,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from tests.exchanges.bitget_desk import (
    DETAIL,
    KEYS,
    MIX,
    ORDER,
    TPSL,
    accepting,
    bodies,
    connected,
    scripted,
    sent,
)
from tests.exchanges.bitget_samples import (
    ACCEPTED,
    ENTRY,
    STOP,
    TARGET,
    ok,
    refused,
)
from tests.exchanges.bitget_samples import ORDER as TOLD
from tests.exchanges.loopback import Loopback

FUTURES = MarketType.FUTURES
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it
PRODUCT = {"productType": "USDT-FUTURES"}
NAMED = PRODUCT | {"symbol": "BTCUSDT"}


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        for path in (ORDER, TPSL):
            loopback.answer("POST", path, accepting)
        for path in ("set-margin-mode", "set-leverage"):
            loopback.answer("POST", f"{MIX}account/{path}", ok({"symbol": "BTCUSDT", "marginCoin": "USDT"}))
        yield loopback


@pytest.fixture
def account(bitget: Loopback) -> ExchangeClient:
    return connected()


async def btc(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "buy"), (Side.SELL, "sell")])
@pytest.mark.parametrize(("mode", "mode_word"), [(MarginMode.ISOLATED, "isolated"), (MarginMode.CROSS, "crossed")])
async def test_an_entry_is_one_market_order(
    bitget: Loopback, account: ExchangeClient, side: Side, word: str, mode: MarginMode, mode_word: str
) -> None:
    answer = await account.enter(await btc(account), side, QUANTITY, ENTRY, terms=OrderTerms(margin_mode=mode))

    assert sent(bitget) == [
        ("POST", ORDER,
         NAMED | {"marginCoin": "USDT", "marginMode": mode_word, "orderType": "market", "size": "0.031", "clientOid": ENTRY,
                  "side": word}),
    ]  # fmt: skip
    assert (answer.client_order_id, answer.exchange_order_id, answer.state, answer.filled_quantity) == (
        ENTRY, ACCEPTED["orderId"], OrderState.OPEN, 0,
    )  # fmt: skip


async def test_a_reduction_can_only_reduce(bitget: Loopback, account: ExchangeClient) -> None:
    market = await btc(account)

    await account.reduce(market, LONG, QUANTITY, ENTRY)
    await account.reduce(market, SHORT, QUANTITY, ENTRY, margin_mode=MarginMode.CROSS)

    assert [(told["side"], told["reduceOnly"], told["marginMode"], "tradeSide" in told) for told in bodies(bitget)] == [
        ("sell", "YES", "isolated", False), ("buy", "YES", "crossed", False),
    ]  # fmt: skip


async def test_a_hedge_account_names_the_positions_side_and_what_becomes_of_it(bitget: Loopback) -> None:
    """A long is closed with side buy and tradeSide close ("Place Order")."""
    account = connected(PositionMode.HEDGE)
    market = await btc(account)

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.reduce(market, LONG, QUANTITY, ENTRY)
    await account.reduce(market, SHORT, QUANTITY, ENTRY)
    await account.place_protection(market, SHORT, QUANTITY, LEGS[:1])

    *orders, stop = bodies(bitget)
    assert [(told["side"], told["tradeSide"], "reduceOnly" in told) for told in orders] == [
        ("buy", "open", False), ("sell", "open", False), ("buy", "close", False), ("sell", "close", False),
    ]  # fmt: skip
    assert stop["holdSide"] == "short"


@pytest.mark.parametrize(("side", "held"), [(LONG, "buy"), (SHORT, "sell")])
async def test_stop_and_target_are_two_orders_on_the_mark_price_that_close_at_the_market(
    bitget: Loopback, account: ExchangeClient, side: PositionSide, held: str
) -> None:
    """D8, D25: each with an id of its own, for this position's own quantity."""
    placed = await account.place_protection(await btc(account), side, QUANTITY, LEGS)

    shared = NAMED | {
        "marginCoin": "USDT", "holdSide": held, "size": "0.031", "triggerType": "mark_price", "executePrice": "0",
    }  # fmt: skip
    stop = {"planType": "loss_plan", "triggerPrice": "93805.9", "clientOid": STOP}
    target = {"planType": "profit_plan", "triggerPrice": "102853.2", "clientOid": TARGET}
    assert sorted(sent(bitget), key=str) == sorted(
        [("POST", TPSL, shared | stop), ("POST", TPSL, shared | target)], key=str
    )
    assert {leg: answer.client_order_id for leg, answer in placed.items()} == {Leg.STOP: STOP, Leg.TARGET: TARGET}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("position_mode", "margin_mode", "word", "sides"),
    [
        (PositionMode.ONE_WAY, MarginMode.ISOLATED, "isolated", [None]),
        (PositionMode.HEDGE, MarginMode.CROSS, "crossed", [None]),
        (PositionMode.HEDGE, MarginMode.ISOLATED, "isolated", ["long", "short"]),
    ],
)
async def test_the_margin_mode_is_set_then_its_leverage(
    bitget: Loopback, position_mode: PositionMode, margin_mode: MarginMode, word: str, sides: list[str | None]
) -> None:
    """EXE-06: in this order, for leverage is kept by margin mode; isolated on a hedge account, by side."""
    account = connected(position_mode)

    await account.set_terms(await btc(account), leverage=20, margin_mode=margin_mode)

    shared = NAMED | {"marginCoin": "USDT"}
    assert sent(bitget) == [
        ("POST", f"{MIX}account/set-margin-mode", shared | {"marginMode": word}),
        *(
            ("POST", f"{MIX}account/set-leverage", shared | {"leverage": "20"} | ({"holdSide": side} if side else {}))
            for side in sides
        ),
    ]


async def test_terms_that_are_in_force_already_are_no_error(bitget: Loopback, account: ExchangeClient) -> None:
    bitget.answer("POST", f"{MIX}account/set-leverage", refused("45054", "No change in leverage"))

    await account.set_terms(await btc(account), leverage=20, margin_mode=MarginMode.CROSS)

    assert len(sent(bitget)) == 2


@pytest.mark.parametrize("testnet", [False, True])
async def test_every_signed_request_bears_key_passphrase_and_a_good_signature(bitget: Loopback, testnet: bool) -> None:
    """Base64 of HMAC SHA256 over time, method, path with query, and body; demo trading is a header. EXE-21"""
    account = connected(testnet=testnet)
    market = await btc(account)
    bitget.answer("GET", DETAIL, ok(TOLD))

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.find_order(market, ENTRY)

    signed = [*bitget.to(ORDER), *bitget.to(DETAIL)]
    assert len(signed) == 2
    for asked in signed:
        stamp = asked.headers["access-timestamp"]
        text = stamp + asked.method + asked.path + (f"?{asked.query}" if asked.query else "") + asked.body
        expected = base64.b64encode(hmac.new(KEYS.secret_key.encode(), text.encode(), hashlib.sha256).digest())
        assert asked.headers["access-sign"] == expected.decode()
        assert abs(int(stamp) - time.time_ns() // 1_000_000) < 5000
        assert (asked.headers["access-key"], asked.headers["access-passphrase"]) == (KEYS.api_key, KEYS.passphrase)
        assert "x-channel-api-code" not in asked.headers
        assert asked.headers["x-exchange-host"] == "api.bitget.com"
        assert asked.headers.get("paptrading") == ("1" if testnet else None)
