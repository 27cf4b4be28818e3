"""What leaves us for OKX: exact paths and parameters, signed as its documentation says.

EXC-05, EXE-06, EXE-07, EXE-10, EXE-12, EXE-21; D8, D16, D25, D27.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import RefusalKind, Refused
from exchanges.types import (
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from tests.exchanges.loopback import Loopback
from tests.exchanges.okx_desk import ALGO as ALGO_PATH
from tests.exchanges.okx_desk import KEYS, connected, echoing, scripted, sent
from tests.exchanges.okx_desk import ORDER as ORDER_PATH
from tests.exchanges.okx_samples import (
    ALGO,
    ALGO_PLACED,
    BALANCE,
    BILL,
    CONFIG,
    ENTRY,
    FILL,
    ORDER,
    PLACED,
    POSITION,
    SPOT_ORDER,
    STOP,
    TARGET,
    TICKER,
    told,
)

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it
SWAP, PAIR = "BTC-USDT-SWAP", "BTC-USDT"
PENDING, CANCEL = "/api/v5/trade/orders-algo-pending", "/api/v5/trade/cancel-algos"


@pytest.fixture
async def okx(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        loopback.answer("POST", ORDER_PATH, echoing(told(PLACED), "clOrdId"))
        loopback.answer("POST", ALGO_PATH, echoing(told(ALGO_PLACED), "algoClOrdId"))
        loopback.answer("POST", "/api/v5/account/set-leverage", told({"lever": "20", "mgnMode": "isolated"}))
        yield loopback


@pytest.fixture
def account(okx: Loopback) -> ExchangeClient:
    return connected()


async def swap(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "buy"), (Side.SELL, "sell")])
@pytest.mark.parametrize("mode", list(MarginMode))
async def test_an_entry_is_one_market_order_in_contracts(
    okx: Loopback, account: ExchangeClient, side: Side, word: str, mode: MarginMode
) -> None:
    """A base quantity sent as it is would buy a hundredth."""
    await account.enter(await swap(account), side, QUANTITY, ENTRY, terms=OrderTerms(margin_mode=mode, leverage=20))

    assert sent(okx) == [
        ("POST", "trade/order",
         {"instId": SWAP, "tdMode": mode.value, "side": word, "ordType": "market", "sz": "3.1", "clOrdId": ENTRY}),
    ]  # fmt: skip


async def test_a_contract_of_millions_of_coins(okx: Loopback, account: ExchangeClient) -> None:
    market = await account.market(FUTURES, "PEPEUSDT")

    await account.enter(market, Side.BUY, Decimal(25_000_000), ENTRY)

    assert (market.quantity_step, market.contract_size) == (Decimal(1_000_000), Decimal(10_000_000))
    assert sent(okx)[-1][2]["sz"] == "2.5"


async def test_markets_are_read_in_base_units_and_only_live_ones(account: ExchangeClient) -> None:
    market = await swap(account)

    assert (market.price_step, market.quantity_step, market.min_quantity, market.max_leverage) == (
        Decimal("0.1"), Decimal("0.0001"), Decimal("0.0001"), 100,
    )  # fmt: skip
    assert type(market.max_leverage) is int  # ccxt has it from a text
    assert sorted(one.key for one in await account.markets(FUTURES)) == ["BTCUSDT", "PEPEUSDT"]
    assert [(one.id, one.quantity_step) for one in await account.markets(SPOT)] == [(PAIR, Decimal("1E-8"))]


async def test_stop_and_target_are_two_reduce_only_algos_on_the_mark_price(
    okx: Loopback, account: ExchangeClient
) -> None:
    """D8, D25: each with an id of its own, for this position's own quantity."""
    placed = await account.place_protection(await swap(account), PositionSide.LONG, QUANTITY, LEGS)

    shared = {"instId": SWAP, "tdMode": "isolated", "side": "sell", "ordType": "conditional", "sz": "3.1", "reduceOnly": True}  # fmt: skip
    stop = {"slTriggerPx": "93805.9", "slTriggerPxType": "mark", "slOrdPx": "-1", "algoClOrdId": STOP, "clOrdId": STOP}
    target = {"tpTriggerPx": "102853.2", "tpTriggerPxType": "mark", "tpOrdPx": "-1", "algoClOrdId": TARGET, "clOrdId": TARGET}  # fmt: skip
    assert sorted(sent(okx), key=str) == sorted(
        [("POST", "trade/order-algo", shared | stop), ("POST", "trade/order-algo", shared | target)], key=str
    )
    assert {leg: answer.client_order_id for leg, answer in placed.items()} == {Leg.STOP: STOP, Leg.TARGET: TARGET}  # type: ignore[union-attr]


async def test_a_reduction_names_its_positions_margin_mode(okx: Loopback, account: ExchangeClient) -> None:
    """Isolated and cross positions of one symbol live side by side."""
    await account.reduce(await swap(account), PositionSide.SHORT, QUANTITY, ENTRY, margin_mode=MarginMode.CROSS)

    assert sent(okx)[-1][2] == {
        "instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "3.1", "clOrdId": ENTRY, "reduceOnly": True,
    }  # fmt: skip


async def test_a_hedge_account_says_position_side_with_everything(okx: Loopback) -> None:
    """D16; `reduceOnly` is ignored there."""
    account = connected(PositionMode.HEDGE)
    market = await swap(account)

    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.place_protection(market, PositionSide.SHORT, QUANTITY, LEGS)
    await account.reduce(market, PositionSide.SHORT, QUANTITY, ENTRY)

    bodies = [body for _, _, body in sent(okx)]
    assert [(body["side"], body["posSide"], "reduceOnly" in body) for body in bodies] == [
        ("sell", "short", False), ("buy", "short", False), ("buy", "short", False), ("buy", "short", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("position_mode", "margin_mode", "sides"),
    [
        (PositionMode.ONE_WAY, MarginMode.ISOLATED, [None]),
        (PositionMode.ONE_WAY, MarginMode.CROSS, [None]),
        (PositionMode.HEDGE, MarginMode.CROSS, [None]),
        (PositionMode.HEDGE, MarginMode.ISOLATED, ["long", "short"]),
    ],
)
async def test_leverage_is_set_for_the_margin_mode_and_isolated_for_each_side(
    okx: Loopback, position_mode: PositionMode, margin_mode: MarginMode, sides: list[str | None]
) -> None:
    """EXE-06, D16"""
    account = connected(position_mode)

    await account.set_terms(await swap(account), leverage=20, margin_mode=margin_mode)

    expected: list[dict[str, str]] = [
        {"instId": SWAP, "lever": "20", "mgnMode": margin_mode.value} | ({"posSide": side} if side else {})
        for side in sides
    ]
    assert sorted(sent(okx), key=str) == [("POST", "account/set-leverage", body) for body in expected]


async def test_a_spot_purchase_names_its_cost_as_quote(okx: Loopback, account: ExchangeClient) -> None:
    """D27: without `tgtCcy` spelt out, ccxt's own call asks for that many coins."""
    await account.enter_with_cost(await account.market(SPOT, "BTCUSDT"), Decimal("100.00"), ENTRY)

    assert sent(okx) == [
        ("POST", "trade/order",
         {"instId": PAIR, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100", "tgtCcy": "quote_ccy", "clOrdId": ENTRY}),
    ]  # fmt: skip


async def test_a_spot_sale_names_its_coins(okx: Loopback, account: ExchangeClient) -> None:
    await account.reduce(await account.market(SPOT, "BTCUSDT"), PositionSide.LONG, Decimal("0.00103"), ENTRY)

    assert sent(okx)[-1][2] == {
        "instId": PAIR, "tdMode": "cash", "side": "sell", "ordType": "market", "sz": "0.00103", "tgtCcy": "base_ccy", "clOrdId": ENTRY,
    }  # fmt: skip


async def test_on_spot_the_stop_stands_alone_on_the_last_price(okx: Loopback, account: ExchangeClient) -> None:
    market = await account.market(SPOT, "BTCUSDT")

    placed = await account.place_protection(market, PositionSide.LONG, Decimal("0.00103"), LEGS)

    assert sent(okx) == [
        ("POST", "trade/order-algo",
         {"instId": PAIR, "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "0.00103", "slTriggerPx": "93805.9",
          "slTriggerPxType": "last", "slOrdPx": "-1", "algoClOrdId": STOP, "clOrdId": STOP}),
    ]  # fmt: skip
    assert placed[Leg.TARGET].code == "one_leg_only"  # type: ignore[union-attr]


async def test_look_ups_and_cancellations_ask_by_client_order_id(okx: Loopback, account: ExchangeClient) -> None:
    futures, spot = await swap(account), await account.market(SPOT, "BTCUSDT")
    okx.answer("GET", ORDER_PATH, lambda asked: told(SPOT_ORDER if asked.params["instId"] == PAIR else ORDER))
    okx.answer("GET", ALGO_PATH, told(ALGO))
    okx.answer("GET", PENDING, lambda asked: told(*([ALGO] if asked.params["ordType"] == "conditional" else [])))
    okx.answer("POST", CANCEL, told({"algoId": ALGO["algoId"], "algoClOrdId": "", "sCode": "0", "sMsg": ""}))

    entry, purchase = await account.find_order(futures, ENTRY), await account.find_order(spot, ENTRY)
    stop = await account.find_protection(futures, STOP)
    cancelled = await account.cancel_protection(futures, [STOP])
    standing = await account.standing_protection(futures)

    asked = sent(okx)
    assert asked[:4] == [
        ("GET", "trade/order", {"instId": SWAP, "clOrdId": ENTRY}),
        ("GET", "trade/order", {"instId": PAIR, "clOrdId": ENTRY}),
        ("GET", "trade/order-algo", {"algoClOrdId": STOP}),
        ("POST", "trade/cancel-algos", [{"instId": SWAP, "algoClOrdId": STOP}]),
    ]
    assert sorted(asked[4:], key=str) == [
        ("GET", "trade/orders-algo-pending", {"ordType": kind, "instType": "SWAP", "instId": SWAP})
        for kind in ("conditional", "oco")
    ]
    assert entry is not None
    assert purchase is not None
    assert (entry.filled_quantity, entry.average_price, entry.quantity) == (QUANTITY, Decimal("95234.5"), QUANTITY)
    assert (purchase.filled_quantity, purchase.fee, purchase.fee_currency, purchase.quantity) == (
        Decimal("0.00104998"), Decimal("0.00000104998"), "BTC", None,
    )  # fmt: skip
    assert stop is not None
    assert standing == [stop]
    assert (stop.client_order_id, stop.trigger_price, stop.quantity) == (STOP, Decimal("93805.9"), QUANTITY)
    assert cancelled == {STOP: None}


async def test_a_triggered_leg_tells_the_order_that_it_became(okx: Loopback, account: ExchangeClient) -> None:
    """EXE-16"""
    okx.answer("GET", ALGO_PATH, told(ALGO | {"state": "effective", "ordId": "77", "ordIdList": ["77"]}))
    okx.answer("GET", ORDER_PATH, told(ORDER | {"ordId": "77", "clOrdId": "", "avgPx": "93801"}))

    stop = await account.find_protection(await swap(account), STOP)

    assert sent(okx)[-1] == ("GET", "trade/order", {"instId": SWAP, "ordId": "77"})
    assert stop is not None
    assert (stop.client_order_id, stop.triggered_order_id, stop.filled_quantity, stop.average_price) == (
        STOP, "77", QUANTITY, Decimal(93801),
    )  # fmt: skip


async def test_what_is_not_there_is_said_with_a_code_or_an_empty_list(okx: Loopback, account: ExchangeClient) -> None:
    """D4"""
    okx.answer("GET", ORDER_PATH, {"code": "51603", "data": [], "msg": "Order does not exist"})
    okx.answer("GET", ALGO_PATH, told())

    assert await account.find_order(await swap(account), ENTRY) is None
    assert await account.find_protection(await swap(account), STOP) is None


async def test_positions_balances_and_prices_are_read_in_base_units(okx: Loopback, account: ExchangeClient) -> None:
    short = POSITION | {"instId": "PEPE-USDT-SWAP", "pos": "-0.5", "mgnMode": "cross", "posId": "2"}
    hedged = POSITION | {"pos": "2", "posSide": "short", "posId": "3"}
    okx.answer("GET", "/api/v5/account/positions", told(POSITION, short, hedged, POSITION | {"pos": "0"}))
    okx.answer("GET", "/api/v5/account/balance", told(BALANCE))
    okx.answer("GET", "/api/v5/market/ticker", told(TICKER))
    okx.answer("GET", "/api/v5/market/tickers", told(TICKER, TICKER | {"instId": "NEW-USDT-SWAP", "last": ""}))

    held = await account.positions(FUTURES)
    futures, spot = await account.balances(FUTURES), await account.balances(SPOT)

    assert [(one.market_key, one.side, one.quantity, one.leverage, one.margin_mode) for one in held] == [
        ("BTCUSDT", PositionSide.LONG, Decimal("0.031"), 20, MarginMode.ISOLATED),
        ("PEPEUSDT", PositionSide.SHORT, Decimal(5_000_000), 20, MarginMode.CROSS),
        ("BTCUSDT", PositionSide.SHORT, Decimal("0.02"), 20, MarginMode.ISOLATED),
    ]
    assert (held[0].mark_price, held[0].liquidation_price) == (Decimal("95310.2"), Decimal("90950.1"))
    assert [(one.currency, one.total, one.free) for one in futures] == [
        ("USDT", Decimal("1002.3467"), Decimal("852.4")), ("BTC", Decimal("0.0005"), Decimal("0.0004")),
    ]  # fmt: skip
    assert [(one.currency, one.total, one.free) for one in spot] == [
        ("USDT", Decimal(1000), Decimal(850)), ("BTC", Decimal("0.0005"), Decimal("0.0004")),
    ]  # fmt: skip
    assert await account.price(await swap(account)) == Decimal("95234.5")
    assert await account.prices(FUTURES) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.best_bid_ask(await swap(account)) == (Decimal("95234.5"), Decimal("95234.6"))


async def test_fills_are_asked_page_by_page_back_in_time(okx: Loopback, account: ExchangeClient) -> None:
    """A page holds 100; what is younger than three days comes from the list that knows it at once."""
    now = time.time_ns() // 1_000_000
    page = [FILL | {"tradeId": str(1000 - number), "ts": str(now - number * 10)} for number in range(100)]
    rest = [page[-1], FILL | {"tradeId": "7", "ts": str(now - 5000)}]
    okx.answer("GET", "/api/v5/trade/fills-history", told(*page), told(*rest))

    fills = await account.fills(await swap(account))

    first, second = (body for _, path, body in sent(okx) if path == "trade/fills-history")
    assert (first["instType"], first["instId"], first["limit"], "end" in first) == ("SWAP", SWAP, "100", False)
    assert second["end"] == str(now - 99 * 10 + 1)
    assert [fill.trade_id for fill in fills][:3] == ["7", "901", "902"]
    assert len(fills) == 101
    assert (fills[0].quantity, fills[0].fee, fills[0].realized_pnl, fills[0].side) == (
        QUANTITY, Decimal("1.47613475"), Decimal("-44.2835"), Side.SELL,
    )  # fmt: skip


@pytest.mark.parametrize(("days", "path"), [(2, "trade/fills"), (4, "trade/fills-history")])
async def test_what_is_younger_than_three_days_comes_from_the_list_that_knows_it_at_once(
    okx: Loopback, account: ExchangeClient, days: int, path: str
) -> None:
    okx.answer("GET", f"/api/v5/{path}", told(FILL | {"ts": str(time.time_ns() // 1_000_000)}))

    fills = await account.fills(await swap(account), since=datetime.now(UTC) - timedelta(days=days))

    assert [asked for _, asked, _ in sent(okx)] == [path]
    assert [fill.trade_id for fill in fills] == [FILL["tradeId"]]


@pytest.mark.parametrize(("days", "path"), [(1, "account/bills"), (30, "account/bills-archive")])
async def test_funding_is_read_from_the_bills(okx: Loopback, account: ExchangeClient, days: int, path: str) -> None:
    """An isolated position pays from its own margin, a cross one from the wallet."""
    since = datetime.now(UTC) - timedelta(days=days)
    okx.answer("GET", f"/api/v5/{path}", told(BILL, BILL | {"billId": "2", "balChg": "0.5", "posBalChg": "0"}))

    payments = await account.funding(since)

    begin = str(int(since.timestamp() * 1000))
    assert sent(okx) == [("GET", path, {"instType": "SWAP", "type": "8", "begin": begin, "limit": "100"})]
    assert [(one.market_key, one.amount, one.currency) for one in payments] == [
        ("BTCUSDT", Decimal("-0.2952"), "USDT"), ("BTCUSDT", Decimal("0.5"), "USDT"),
    ]  # fmt: skip


async def test_an_order_is_void_three_seconds_after_it_was_signed(okx: Loopback, account: ExchangeClient) -> None:
    """Header expTime: what is lost on its way cannot come to life behind a second one. Algo orders know no such thing."""
    market = await swap(account)
    before = time.time_ns() // 1_000_000

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.place_protection(market, PositionSide.LONG, QUANTITY, LEGS[:1])

    deadline = int(okx.to(ORDER_PATH)[0].headers["exptime"])
    assert before + 3000 <= deadline <= time.time_ns() // 1_000_000 + 3000
    assert "exptime" not in okx.to(ALGO_PATH)[0].headers
    assert account.venue.features.resend_after_s == 4


async def test_every_signed_request_bears_key_passphrase_and_a_good_signature(
    okx: Loopback, account: ExchangeClient
) -> None:
    market = await swap(account)
    okx.answer("GET", ORDER_PATH, told(ORDER))

    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    await account.find_order(market, ENTRY)

    for asked in okx.asked[1:]:
        stamp = asked.headers["ok-access-timestamp"]
        text = stamp + asked.method + asked.path + (f"?{asked.query}" if asked.query else "") + asked.body
        expected = base64.b64encode(hmac.new(KEYS.secret_key.encode(), text.encode(), hashlib.sha256).digest())
        assert asked.headers["ok-access-sign"] == expected.decode()
        assert asked.headers["ok-access-key"] == KEYS.api_key
        assert asked.headers["ok-access-passphrase"] == KEYS.passphrase
        assert "x-simulated-trading" not in asked.headers


@pytest.mark.parametrize(
    ("variant", "host"),
    [("", "www.okx.com"), ("global", "www.okx.com"), ("eea", "eea.okx.com"), ("us", "us.okx.com")],
)
@pytest.mark.parametrize("testnet", [False, True])
async def test_each_region_has_its_host_and_demo_its_header(
    okx: Loopback, variant: str, host: str, testnet: bool
) -> None:
    """EXE-21"""
    account = connected(variant=variant, testnet=testnet)

    await account.enter_with_cost(await account.market(SPOT, "BTCUSDT"), Decimal(100), ENTRY)

    assert {asked.headers["x-exchange-host"] for asked in okx.asked} == {host}
    assert {asked.headers.get("x-simulated-trading") for asked in okx.asked} == {"1" if testnet else None}


@pytest.mark.parametrize(
    ("config", "variant", "expected"),
    [
        ({}, "", (True, True, True, False, False, PositionMode.ONE_WAY)),
        ({"perm": "read_only"}, "", (True, False, False, False, False, PositionMode.ONE_WAY)),
        ({"perm": "read_only,trade,withdraw", "ip": "1.2.3.4,5.6.7.8"}, "eea", (True, True, True, True, True, PositionMode.ONE_WAY)),
        ({"acctLv": "1", "posMode": ""}, "", (True, True, False, False, False, PositionMode.ONE_WAY)),
        ({"acctLv": "3", "posMode": "long_short_mode"}, "", (True, False, True, False, False, PositionMode.HEDGE)),
        ({}, "us", (True, True, False, False, False, PositionMode.ONE_WAY)),
    ],
)  # fmt: skip
async def test_what_the_exchange_says_of_the_key(
    okx: Loopback, config: dict[str, Any], variant: str, expected: tuple[Any, ...]
) -> None:
    """EXC-19, EXC-21; multi-currency and portfolio accounts trade spot on margin, which we do not."""
    okx.answer("GET", "/api/v5/account/config", told(CONFIG | config))

    told_of = await connected(variant=variant).key_report()

    assert (
        told_of.can_read, told_of.can_trade_spot, told_of.can_trade_futures, told_of.can_withdraw, told_of.ip_restricted,
        told_of.position_mode,
    ) == expected  # fmt: skip


async def test_a_key_of_another_region_is_refused_in_the_exchanges_words(okx: Loopback) -> None:
    okx.answer("GET", "/api/v5/account/config", (401, {"msg": "API key doesn't exist", "code": "50119"}))

    with pytest.raises(Refused) as caught:
        await connected(variant="eea").key_report()

    assert (caught.value.kind, caught.value.code, caught.value.message) == (
        RefusalKind.CREDENTIALS, "50119", "API key doesn't exist",
    )  # fmt: skip
