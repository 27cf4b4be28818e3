"""What KuCoin's answers mean, each as documented: orders, legs, positions, balances, trades, keys. EXC-16, EXE-16; D4, D8."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.types import Balance, KeyReport, MarginMode, MarketType, OrderState, PositionMode, PositionSide, Side
from tests.exchanges.kucoin_desk import API, BY_ID, SPOT_BY_ID, connected, pair, scripted, swap
from tests.exchanges.kucoin_samples import (
    ACCOUNTS,
    API_KEY,
    ENTRY,
    FILL,
    ORDER,
    OVERVIEW,
    POSITION,
    SPOT_FILL,
    SPOT_ORDER,
    STANDING,
    STOP,
    page,
    told,
)
from tests.exchanges.loopback import Loopback

QUANTITY = Decimal("0.031")


@pytest.fixture
async def kucoin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        yield loopback


@pytest.fixture
def account(kucoin: Loopback) -> ExchangeClient:
    return connected()


@pytest.mark.parametrize(
    ("said", "state", "filled", "average"),
    [
        ({}, OrderState.FILLED, "0.031", "95234.5"),
        ({"avgDealPrice": "0"}, OrderState.FILLED, "0.031", "95234.5"),  # then from what was paid
        ({"dealSize": 20, "dealValue": "1904.69", "cancelExist": True}, OrderState.CANCELLED, "0.020", "95234.5"),
        ({"dealSize": 0, "dealValue": "0", "cancelExist": True}, OrderState.CANCELLED, "0", None),
        ({"status": "open", "dealSize": 0, "dealValue": "0"}, OrderState.OPEN, "0", None),
        ({"status": "open", "dealSize": 30, "dealValue": "2857.035"}, OrderState.PARTIAL, "0.030", "95234.5"),
    ],
)
async def test_what_became_of_an_order_say_its_sizes(
    kucoin: Loopback, account: ExchangeClient, said: dict[str, Any], state: OrderState, filled: str, average: str | None
) -> None:
    kucoin.answer("GET", BY_ID, told(ORDER | said))

    found = await account.find_order(await swap(account), ENTRY)

    assert found is not None
    assert (found.state, found.filled_quantity, found.average_price) == (
        state, Decimal(filled), Decimal(average) if average else None,
    )  # fmt: skip
    assert (found.client_order_id, found.quantity, found.triggered_order_id) == (ENTRY, QUANTITY, "")


async def test_a_triggered_leg_keeps_its_ids(kucoin: Loopback, account: ExchangeClient) -> None:
    """EXE-16"""
    fired = {"stopTriggered": True, "status": "done", "dealSize": 31, "dealValue": "2907.831", "avgDealPrice": "93801"}
    kucoin.answer("GET", BY_ID, told(STANDING | fired), told(STANDING), told(STANDING | {"status": "done"}))
    market = await swap(account)

    one, waiting, cancelled = [await account.find_protection(market, STOP) for _ in range(3)]

    assert one is not None
    assert waiting is not None
    assert cancelled is not None
    assert (one.client_order_id, one.triggered_order_id, one.state, one.filled_quantity, one.average_price) == (
        STOP, STANDING["id"], OrderState.FILLED, QUANTITY, Decimal(93801),
    )  # fmt: skip
    assert (waiting.state, waiting.triggered_order_id, waiting.trigger_price) == (
        OrderState.OPEN,
        "",
        Decimal("93805.9"),
    )
    assert (cancelled.state, cancelled.triggered_order_id) == (OrderState.CANCELLED, "")


@pytest.mark.parametrize(
    ("said", "state", "filled", "quantity"),
    [
        ({}, OrderState.FILLED, "0.00105003", None),
        ({"side": "sell", "size": "0.00105003", "funds": "0"}, OrderState.FILLED, "0.00105003", "0.00105003"),
        ({"side": "sell", "size": "0.002", "funds": "0"}, OrderState.CANCELLED, "0.00105003", "0.002"),
        ({"dealSize": "0", "dealFunds": "0"}, OrderState.CANCELLED, "0", None),
        ({"active": True}, OrderState.PARTIAL, "0.00105003", None),
        ({"active": True, "dealSize": "0", "dealFunds": "0"}, OrderState.OPEN, "0", None),
    ],
)
async def test_a_purchase_by_cost_is_filled_with_what_it_bought(
    kucoin: Loopback,
    account: ExchangeClient,
    said: dict[str, Any],
    state: OrderState,
    filled: str,
    quantity: str | None,
) -> None:
    """D27: the fee is in quote currency there."""
    kucoin.answer("GET", f"{SPOT_BY_ID}/{ENTRY}", told(SPOT_ORDER | said))

    found = await account.find_order(await pair(account), ENTRY)

    assert found is not None
    assert (found.state, found.filled_quantity, found.quantity) == (
        state, Decimal(filled), Decimal(quantity) if quantity else None,
    )  # fmt: skip
    assert found.average_price == (Decimal("95234.5") if found.filled_quantity else None)
    assert (found.fee, found.fee_currency) == (Decimal("0.099999082035"), "USDT")


async def test_positions_are_read_in_base_units(kucoin: Loopback, account: ExchangeClient) -> None:
    cross = {"currentQty": -2, "marginMode": "CROSS", "leverage": 10, "liquidationPrice": 0}
    hedged = {"currentQty": -3, "positionSide": "SHORT"}
    other = {"symbol": "NEWUSDTM", "currentQty": 7}
    kucoin.answer(
        "GET",
        f"{API}/positions",
        told([POSITION, POSITION | cross, POSITION | hedged, POSITION | other, POSITION | {"currentQty": 0}]),
    )

    held = await account.positions(MarketType.FUTURES)

    assert [(one.market_key, one.side, one.quantity, one.leverage, one.margin_mode) for one in held] == [
        ("BTCUSDT", PositionSide.LONG, QUANTITY, 20, MarginMode.ISOLATED),
        ("BTCUSDT", PositionSide.SHORT, Decimal("0.002"), 10, MarginMode.CROSS),
        ("BTCUSDT", PositionSide.SHORT, Decimal("0.003"), 20, MarginMode.ISOLATED),
        ("NEWUSDTM", PositionSide.LONG, Decimal(7), 20, MarginMode.ISOLATED),
    ]
    assert (held[0].entry_price, held[0].mark_price, held[0].unrealized_pnl, held[0].liquidation_price) == (
        Decimal("95234.5"), Decimal("95310.2"), Decimal("2.3467"), Decimal("90950.1"),
    )  # fmt: skip
    assert held[1].liquidation_price is None
    assert kucoin.to(f"{API}/positions")[0].params == {"currency": "USDT"}


async def test_balances_are_equity_in_futures_and_the_trading_account_on_spot(
    kucoin: Loopback, account: ExchangeClient
) -> None:
    kucoin.answer("GET", f"{API}/account-overview", told(OVERVIEW), told(OVERVIEW | {"accountEquity": 0}))
    kucoin.answer("GET", f"{API}/accounts", told(ACCOUNTS))

    assert await account.balances(MarketType.FUTURES) == [
        Balance("USDT", Decimal("852.4"), Decimal("149.9467"), Decimal("1002.3467"))
    ]
    assert await account.balances(MarketType.FUTURES) == []
    assert await account.balances(MarketType.SPOT) == [
        Balance("USDT", Decimal(20), Decimal("6.66759503"), Decimal("26.66759503"))
    ]
    assert kucoin.to(f"{API}/accounts")[0].params == {"type": "trade"}


async def test_trades(kucoin: Loopback, account: ExchangeClient) -> None:
    kucoin.answer("GET", f"{API}/fills", page(FILL, FILL | {"tradeId": "2", "symbol": "ETHUSDTM"}))
    kucoin.answer("GET", f"{API}/hf/fills", told({"items": [SPOT_FILL], "lastId": SPOT_FILL["id"]}))

    (future,) = await account.fills(await swap(account))
    (spot,) = await account.fills(await pair(account))

    assert (future.trade_id, future.exchange_order_id, future.side, future.quantity, future.price) == (
        "1828954878212", "284486580251463680", Side.SELL, QUANTITY, Decimal("95234.5"),
    )  # fmt: skip
    assert (future.fee, future.fee_currency, future.realized_pnl) == (Decimal("1.7713617"), "USDT", None)
    assert (spot.trade_id, spot.side, spot.quantity, spot.fee, spot.fee_currency) == (
        "19814995255305", Side.BUY, Decimal("0.00105003"), Decimal("0.099999082035"), "USDT",
    )  # fmt: skip
    assert future.filled_at == spot.filled_at
    assert future.filled_at.isoformat() == "2025-11-21T04:40:00.125000+00:00"


async def test_prices(kucoin: Loopback, account: ExchangeClient) -> None:
    ticker = {"symbol": "XBTUSDTM", "price": "95234.5", "bestBidPrice": "95234.5", "bestAskPrice": "95234.6"}
    level = {"time": 1, "price": "95230.1", "size": "1", "bestBid": "95230", "bestAsk": "95230.1"}
    listed = {"symbol": "BTC-USDT", "last": "95230.1", "buy": "95230", "sell": "95230.1"}
    kucoin.answer("GET", f"{API}/ticker", told(ticker))
    kucoin.answer("GET", f"{API}/allTickers", told([ticker, ticker | {"symbol": "NEWUSDTM"}]))
    kucoin.answer("GET", f"{API}/market/orderbook/level1", told(level))
    kucoin.answer(
        "GET",
        f"{API}/market/allTickers",
        told({"time": 1, "ticker": [listed, listed | {"symbol": "N-USDT", "last": None}]}),
    )

    futures, spot = await swap(account), await pair(account)

    assert (await account.price(futures), await account.price(spot)) == (Decimal("95234.5"), Decimal("95230.1"))
    assert await account.best_bid_ask(futures) == (Decimal("95234.5"), Decimal("95234.6"))
    assert await account.best_bid_ask(spot) == (Decimal(95230), Decimal("95230.1"))
    assert await account.prices(MarketType.FUTURES) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.prices(MarketType.SPOT) == {"BTCUSDT": Decimal("95230.1")}


@pytest.mark.parametrize(("told_mode", "mode"), [(0, PositionMode.ONE_WAY), (1, PositionMode.HEDGE)])
async def test_the_position_mode_is_the_accounts(kucoin: Loopback, told_mode: int, mode: PositionMode) -> None:
    kucoin.answer("GET", "/api/v2/position/getPositionMode", told({"positionMode": told_mode}))

    assert await connected(None).read_position_mode() is mode


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, KeyReport(True, True, True, False, True, None)),
        ({"permission": "General"}, KeyReport(True, False, False, False, True, None)),
        (
            {"permission": "General,Spot,InnerTransfer", "ipWhitelist": ""},
            KeyReport(True, True, False, False, False, None),
        ),
        ({"permission": "General,Futures,Transfer"}, KeyReport(True, False, True, True, True, None)),
    ],
)
async def test_what_the_exchange_says_of_the_key(kucoin: Loopback, said: dict[str, Any], expected: KeyReport) -> None:
    """EXC-19, EXC-21: "Transfer" leads out of the exchange, "InnerTransfer" does not."""
    kucoin.answer("GET", f"{API}/user/api-key", told(API_KEY | said))

    assert await connected(None).key_report() == expected
    assert {asked.headers["x-exchange-host"] for asked in kucoin.to(f"{API}/user/api-key")} == {"api.kucoin.com"}
