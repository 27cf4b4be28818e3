"""What is asked of Bitget's classic futures, and what is read there.

EXC-11, EXE-10, EXE-16; D4, D8.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.types import (
    MarginMode,
    Market,
    MarketType,
    OrderState,
    PositionSide,
    Side,
)
from tests.exchanges.bitget_desk import (
    DETAIL,
    HISTORY,
    LISTED,
    MIX,
    PENDING,
    bodies,
    connected,
    scripted,
    sent,
)
from tests.exchanges.bitget_samples import (
    BILLS,
    CONTRACTS,
    ENTRY,
    EXECUTED_PLAN,
    FILL,
    MIX_ACCOUNT,
    PLAN,
    POSITION,
    STOP,
    TARGET,
    ok,
    refused,
)
from tests.exchanges.bitget_samples import ORDER as TOLD
from tests.exchanges.loopback import Loopback

FUTURES = MarketType.FUTURES
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
QUANTITY = Decimal("0.031000000000000000")  # as a column of 36/18 gives it
PRODUCT = {"productType": "USDT-FUTURES"}
NAMED = PRODUCT | {"symbol": "BTCUSDT"}
CANCEL = f"{MIX}order/cancel-plan-order"


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


@pytest.fixture
def account(bitget: Loopback) -> ExchangeClient:
    return connected()


async def btc(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


async def test_an_order_is_asked_for_by_its_client_id(bitget: Loopback, account: ExchangeClient) -> None:
    bitget.answer("GET", DETAIL, ok(TOLD))

    entry = await account.find_order(await btc(account), ENTRY)

    assert sent(bitget) == [("GET", DETAIL, NAMED | {"clientOid": ENTRY})]
    assert entry is not None
    assert (entry.state, entry.filled_quantity, entry.average_price, entry.quantity) == (
        OrderState.FILLED, QUANTITY, Decimal("95234.5"), QUANTITY,
    )  # fmt: skip


async def test_a_leg_is_looked_for_where_it_stands_then_in_the_history(
    bitget: Loopback, account: ExchangeClient
) -> None:
    market, told = await btc(account), {"planType": "profit_loss", "clientOid": STOP}
    bitget.answer("GET", PENDING, ok({"entrustedList": None, "endId": None}))
    bitget.answer("GET", HISTORY, ok({"entrustedList": [PLAN | {"planStatus": "cancelled"}], "endId": "1"}))

    cancelled = await account.find_protection(market, STOP)
    bitget.answer("GET", HISTORY, ok({"entrustedList": [PLAN | {"clientOid": TARGET}], "endId": "1"}))
    another = await account.find_protection(market, STOP)

    assert sent(bitget) == [("GET", path, NAMED | told) for path in (PENDING, HISTORY, PENDING, HISTORY)]
    assert cancelled is not None
    assert (cancelled.state, cancelled.trigger_price) == (OrderState.CANCELLED, Decimal("93805.9"))
    assert another is None


async def test_a_triggered_leg_tells_the_order_that_it_sent(bitget: Loopback, account: ExchangeClient) -> None:
    """EXE-16: executed says that it was sent; only the order itself tells what was filled."""
    sent_id = str(EXECUTED_PLAN["executeOrderId"])
    bitget.answer("GET", PENDING, ok({"entrustedList": None}))
    bitget.answer("GET", HISTORY, ok({"entrustedList": [EXECUTED_PLAN]}))
    order = TOLD | {
        "orderId": sent_id,
        "clientOid": "1",
        "state": "partially_filled",
        "baseVolume": "0.02",
        "priceAvg": "93800",
    }
    bitget.answer("GET", DETAIL, ok(order))

    stop = await account.find_protection(await btc(account), STOP)

    assert sent(bitget)[-1] == ("GET", DETAIL, NAMED | {"orderId": sent_id})
    assert stop is not None
    assert (stop.client_order_id, stop.triggered_order_id, stop.state, stop.filled_quantity, stop.average_price) == (
        STOP, sent_id, OrderState.PARTIAL, Decimal("0.02"), Decimal(93800),
    )  # fmt: skip


async def test_a_triggered_leg_whose_order_is_not_told_yet_stays_open(
    bitget: Loopback, account: ExchangeClient
) -> None:
    bitget.answer("GET", PENDING, ok({"entrustedList": [EXECUTED_PLAN]}))
    bitget.answer("GET", DETAIL, refused("40109", "The data of the order cannot be found"))

    with pytest.raises(OutcomeUnknown):
        await account.find_protection(await btc(account), STOP)


async def test_what_stands_is_every_stop_and_target_of_the_symbol(bitget: Loopback, account: ExchangeClient) -> None:
    target = PLAN | {"planType": "profit_plan", "clientOid": TARGET, "triggerPrice": "102853.2", "orderId": "2"}
    bitget.answer("GET", PENDING, ok({"entrustedList": [PLAN, target], "endId": "2"}))

    standing = await account.standing_protection(await btc(account))

    assert sent(bitget) == [("GET", PENDING, NAMED | {"planType": "profit_loss", "limit": "100"})]
    assert [(one.client_order_id, one.trigger_price, one.quantity, one.state) for one in standing] == [
        (STOP, Decimal("93805.9"), QUANTITY, OrderState.OPEN),
        (TARGET, Decimal("102853.2"), QUANTITY, OrderState.OPEN),
    ]


async def test_a_leg_is_cancelled_by_its_own_id_and_kind(bitget: Loopback, account: ExchangeClient) -> None:
    gone = {"orderId": "", "clientOid": TARGET, "errorMsg": "notExistend"}
    bitget.answer(
        "POST",
        CANCEL,
        ok({"successList": [{"orderId": "1", "clientOid": STOP}], "failureList": []}),
        ok({"successList": [], "failureList": [gone]}),
    )

    outcome = {}
    for own_id in (STOP, TARGET):
        outcome |= await account.cancel_protection(await btc(account), [own_id])

    shared = NAMED | {"marginCoin": "USDT"}
    assert sent(bitget) == [
        ("POST", CANCEL, shared | {"planType": kind, "orderIdList": [{"orderId": "", "clientOid": own_id}]})
        for kind, own_id in (("loss_plan", STOP), ("profit_plan", TARGET))
    ]
    assert outcome[STOP] is None
    assert isinstance(outcome[TARGET], Refused)
    assert outcome[TARGET].kind is RefusalKind.NOT_FOUND


async def test_markets_are_usdt_contracts_with_their_own_steps(bitget: Loopback, account: ExchangeClient) -> None:
    pepe = CONTRACTS[0] | {
        "symbol": "1000PEPEUSDT", "baseCoin": "1000PEPE", "pricePlace": "7", "priceEndStep": "5", "volumePlace": "0",
        "sizeMultiplier": "1", "minTradeNum": "1", "maxLever": "75",
    }  # fmt: skip
    bitget.answer("GET", LISTED, lambda asked: ok([CONTRACTS[0], pepe] if asked.params == PRODUCT else []))

    markets = {one.key: one for one in await account.markets(FUTURES)}

    assert {
        key: (
            one.price_step,
            one.quantity_step,
            one.min_quantity,
            one.min_notional,
            one.max_leverage,
            one.contract_size,
        )
        for key, one in markets.items()
    } == {
        "BTCUSDT": (Decimal("0.1"), Decimal("0.0001"), Decimal("0.0001"), Decimal(5), 125, 1),
        "1000PEPEUSDT": (Decimal("0.0000005"), 1, 1, Decimal(5), 75, 1),
    }


async def test_a_contract_in_another_coin_is_not_traded(bitget: Loopback, account: ExchangeClient) -> None:
    """Its positions and balances belong to another product, which is not read."""
    bitget.answer(
        "GET", LISTED, lambda asked: ok(CONTRACTS[1:] if asked.params["productType"] == "USDC-FUTURES" else [])
    )
    market = await account.market(FUTURES, "BTCUSDC")

    with pytest.raises(Refused) as caught:
        await account.enter(market, Side.BUY, QUANTITY, ENTRY)

    assert (caught.value.kind, caught.value.code) == (RefusalKind.UNKNOWN_SYMBOL, "not_usdt")
    assert sent(bitget) == []


async def test_positions_balances_and_prices(bitget: Loopback, account: ExchangeClient) -> None:
    ticker: dict[str, Any] = {"symbol": "BTCUSDT", "lastPr": "95234.5", "askPr": "95234.6", "bidPr": "95234.5"}
    empty = POSITION | {"symbol": "ETHUSDT", "total": "0"}
    long = POSITION | {"holdSide": "long", "marginMode": "crossed", "liquidationPrice": "90000"}
    bitget.answer("GET", f"{MIX}position/all-position", ok([POSITION, long, empty]))
    bitget.answer("GET", f"{MIX}account/accounts", ok([MIX_ACCOUNT]))
    bitget.answer("GET", f"{MIX}market/ticker", ok([ticker]))
    bitget.answer("GET", f"{MIX}market/tickers", ok([ticker, {"symbol": "NEWUSDT", "lastPr": ""}]))

    held, (purse,) = await account.positions(FUTURES), await account.balances(FUTURES)

    assert sent(bitget) == [
        ("GET", f"{MIX}position/all-position", PRODUCT | {"marginCoin": "USDT"}),
        ("GET", f"{MIX}account/accounts", PRODUCT),
    ]
    assert [
        (one.market_key, one.side, one.quantity, one.entry_price, one.leverage, one.margin_mode, one.liquidation_price)
        for one in held
    ] == [
        ("BTCUSDT", SHORT, QUANTITY, Decimal("95234.5"), 20, MarginMode.ISOLATED, None),
        ("BTCUSDT", LONG, QUANTITY, Decimal("95234.5"), 20, MarginMode.CROSS, Decimal(90000)),
    ]
    assert (purse.currency, purse.total, purse.free, purse.used) == (
        "USDT", Decimal("13178.86110692"), Decimal("13168.86110692"), Decimal(10),
    )  # fmt: skip
    assert await account.price(await btc(account)) == Decimal("95234.5")
    assert await account.prices(FUTURES) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.best_bid_ask(await btc(account)) == (Decimal("95234.5"), Decimal("95234.6"))


@pytest.mark.parametrize(
    ("told", "side"),
    [
        ({"side": "sell", "tradeSide": "sell_single"}, Side.SELL),
        ({"side": "buy", "tradeSide": "open", "posMode": "hedge_mode"}, Side.BUY),
        ({"side": "buy", "tradeSide": "close", "posMode": "hedge_mode"}, Side.SELL),
        ({"side": "sell", "tradeSide": "close", "posMode": "hedge_mode"}, Side.BUY),
        ({"side": "buy", "tradeSide": "burst_close_long", "posMode": "hedge_mode"}, Side.SELL),
        ({"side": "sell", "tradeSide": "reduce_close_short", "posMode": "hedge_mode"}, Side.BUY),
    ],
)
async def test_a_fill_is_the_trade_that_it_was(
    bitget: Loopback, account: ExchangeClient, told: dict[str, str], side: Side
) -> None:
    """On a hedge account the exchange's side is the position's. Fees that were paid are told as negative amounts."""
    now = str(time.time_ns() // 1_000_000)
    bitget.answer("GET", f"{MIX}order/fills", ok({"fillList": [FILL | {"cTime": now} | told], "endId": "1"}))

    (fill,) = await account.fills(await btc(account))

    ((_, _, asked),) = sent(bitget)
    assert {name: asked[name] for name in ("productType", "symbol", "limit")} == NAMED | {"limit": "100"}
    assert (fill.side, fill.quantity, fill.price, fill.fee, fill.fee_currency, fill.realized_pnl, fill.market_key) == (
        side, QUANTITY, Decimal("93800.1"), Decimal("1.74468186"), "USDT", Decimal("-44.4664"), "BTCUSDT",
    )  # fmt: skip


async def test_funding_is_read_from_the_bills(bitget: Loopback, account: ExchangeClient) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    bitget.answer("GET", f"{MIX}account/bill", ok(BILLS))

    (payment,) = await account.funding(since)

    begin = str(int(since.timestamp() * 1000))
    assert bodies(bitget) == [PRODUCT | {"businessType": "contract_settle_fee", "startTime": begin, "limit": "100"}]
    assert (payment.market_key, payment.amount, payment.currency) == ("BTCUSDT", Decimal("-0.004992"), "USDT")
