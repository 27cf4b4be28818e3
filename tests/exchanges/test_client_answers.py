"""What the client makes of good answers: orders, protection, positions, balances, trades, keys (EXC-16, EXE-14, EXE-16)."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient, public
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    KeyReport,
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderState,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from tests.exchanges.binance_samples import ALGO_ORDER, MARKET_ORDER, SPOT_ORDER
from tests.exchanges.loopback import Asked, Loopback

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsle", "b6ep2hxkqxqkcqsls", "b6ep2hxkqxqkcqslt"
NOT_FOUND = (400, {"code": -2013, "msg": "Order does not exist."})
UNKNOWN_ORDER = (400, {"code": -2011, "msg": "Unknown order sent."})
BAD_KEY = (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})


@pytest.fixture
async def futures(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


@pytest.fixture
async def spot(account: ExchangeClient) -> Market:
    return await account.market(SPOT, "BTCUSDT")


def told(answer: OrderAnswer | None) -> tuple[Any, ...]:
    assert answer is not None
    return (answer.state, answer.filled_quantity, answer.average_price)


# orders
async def test_a_filled_entry(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    loopback.answer("POST", "/fapi/v1/order", MARKET_ORDER)

    answer = await account.enter(futures, Side.BUY, Decimal("0.031"), ENTRY)

    assert answer == OrderAnswer(
        client_order_id=ENTRY, exchange_order_id="22542179", state=OrderState.FILLED, filled_quantity=Decimal("0.031"),
        average_price=Decimal("95234.5"), quantity=Decimal("0.031"), raw=MARKET_ORDER,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "executed", "state"),
    [("NEW", "0", OrderState.OPEN), ("PARTIALLY_FILLED", "0.01", OrderState.PARTIAL), ("CANCELED", "0.01", OrderState.CANCELLED),
     ("EXPIRED", "0.01", OrderState.EXPIRED), ("EXPIRED_IN_MATCH", "0", OrderState.EXPIRED), ("REJECTED", "0", OrderState.REFUSED)],
)  # fmt: skip
async def test_every_state_of_an_order(
    loopback: Loopback, account: ExchangeClient, futures: Market, status: str, executed: str, state: OrderState
) -> None:
    price = "95000.0" if Decimal(executed) else "0.00000"
    loopback.answer(
        "GET", "/fapi/v1/order", MARKET_ORDER | {"status": status, "executedQty": executed, "avgPrice": price}
    )

    assert told(await account.find_order(futures, ENTRY)) == (state, Decimal(executed), Decimal(price) or None)


async def test_an_order_is_positively_not_found(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    loopback.answer("GET", "/fapi/v1/order", NOT_FOUND)
    loopback.answer("GET", "/fapi/v1/algoOrder", NOT_FOUND)

    assert await account.find_order(futures, ENTRY) is None
    assert await account.find_protection(futures, STOP) is None


async def test_an_order_that_could_not_be_asked_for_is_not_missing(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    loopback.answer("GET", "/fapi/v1/order", (503, ""))

    with pytest.raises(OutcomeUnknown):
        await account.find_order(futures, ENTRY)


async def test_a_spot_purchase_tells_gross_quantity_and_fee(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    """D27: protection is for the quantity received net of fee."""
    loopback.answer("POST", "/api/v3/order", SPOT_ORDER)

    answer = await account.enter_with_cost(spot, Decimal("100"), ENTRY)

    assert told(answer) == (OrderState.FILLED, Decimal("0.00104"), Decimal("99.04388") / Decimal("0.00104"))
    assert (answer.fee, answer.fee_currency) == (Decimal("0.00000104"), "BTC")


async def test_a_spot_fee_in_two_coins_tells_the_bought_coins_share(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    fills = [
        {"price": "95234", "qty": "0.001", "commission": "0.00001", "commissionAsset": "BNB", "tradeId": 1},
        {"price": "95234", "qty": "0.00004", "commission": "0.00000004", "commissionAsset": "BTC", "tradeId": 2},
    ]
    loopback.answer("POST", "/api/v3/order", SPOT_ORDER | {"fills": fills})

    answer = await account.enter_with_cost(spot, Decimal("100"), ENTRY)

    assert (answer.fee, answer.fee_currency) == (Decimal("0.00000004"), "BTC")


async def test_what_a_market_cannot_do_is_unsupported(account: ExchangeClient, futures: Market, spot: Market) -> None:
    with pytest.raises(Unsupported):
        await account.enter_with_cost(futures, Decimal("100"), ENTRY)
    with pytest.raises(Unsupported):
        await account.enter(spot, Side.BUY, Decimal("1"), ENTRY)
    with pytest.raises(Unsupported):
        await account.set_terms(spot, leverage=2, margin_mode=MarginMode.ISOLATED)
    with pytest.raises(Unsupported):
        await account.positions(SPOT)


# terms
async def test_nothing_to_change_is_success(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    loopback.answer("POST", "/fapi/v1/leverage", {"leverage": 20, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"})
    loopback.answer("POST", "/fapi/v1/marginType", (400, {"code": -4046, "msg": "No need to change margin type."}))

    await account.set_terms(futures, leverage=20, margin_mode=MarginMode.ISOLATED)

    assert [asked.params["marginType"] for asked in loopback.to("/fapi/v1/marginType")] == ["ISOLATED"]


async def test_a_leverage_that_is_too_high_is_told(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    loopback.answer("POST", "/fapi/v1/leverage", (400, {"code": -4028, "msg": "Leverage 200 is not valid"}))
    loopback.answer("POST", "/fapi/v1/marginType", {"code": 200, "msg": "success"})

    with pytest.raises(Refused) as caught:
        await account.set_terms(futures, leverage=200, margin_mode=MarginMode.ISOLATED)

    assert caught.value.kind is RefusalKind.LEVERAGE


# protection
async def test_standing_protection_tells_everyones_orders(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    by_hand = ALGO_ORDER | {"algoId": 7, "clientAlgoId": "web_x", "quantity": "0.5", "triggerPrice": "90000"}
    loopback.answer("GET", "/fapi/v1/openAlgoOrders", [ALGO_ORDER, by_hand])

    standing = await account.standing_protection(futures)

    assert [(one.client_order_id, one.quantity, one.trigger_price, one.state) for one in standing] == [
        (STOP, Decimal("0.031"), Decimal("93805.9"), OrderState.OPEN),
        ("web_x", Decimal("0.5"), Decimal("90000"), OrderState.OPEN),
    ]


async def test_a_triggered_leg_tells_what_became_of_it(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    """FINISHED is filled or cancelled: the order that it became is asked."""
    loopback.answer("GET", "/fapi/v1/algoOrder", ALGO_ORDER | {"algoStatus": "FINISHED", "actualOrderId": "881"})
    became = MARKET_ORDER | {"orderId": 881, "status": "EXPIRED", "executedQty": "0.02", "avgPrice": "93790.00"}
    loopback.answer("GET", "/fapi/v1/order", became)

    found = await account.find_protection(futures, STOP)

    assert told(found) == (OrderState.EXPIRED, Decimal("0.02"), Decimal("93790"))
    assert found is not None
    assert (found.client_order_id, found.exchange_order_id, found.triggered_order_id) == (STOP, "2146760", "881")
    assert [asked.unsigned["orderId"] for asked in loopback.to("/fapi/v1/order")] == ["881"]


async def test_a_triggered_leg_whose_order_is_not_told_yet_is_unknown(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    loopback.answer("GET", "/fapi/v1/algoOrder", ALGO_ORDER | {"algoStatus": "TRIGGERED", "actualOrderId": "881"})
    loopback.answer("GET", "/fapi/v1/order", NOT_FOUND)

    with pytest.raises(OutcomeUnknown):
        await account.find_protection(futures, STOP)


async def test_a_leg_that_tells_its_whole_fill_needs_no_second_question(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    done = {"algoStatus": "FINISHED", "actualOrderId": "881", "actualQty": "0.031", "actualPrice": "93790.00"}
    loopback.answer("GET", "/fapi/v1/algoOrder", ALGO_ORDER | done)

    assert told(await account.find_protection(futures, STOP)) == (OrderState.FILLED, Decimal("0.031"), Decimal("93790"))
    assert loopback.to("/fapi/v1/order") == []


@pytest.mark.parametrize(
    ("status", "state"),
    [("NEW", OrderState.OPEN), ("TRIGGERING", OrderState.OPEN), ("CANCELED", OrderState.CANCELLED),
     ("EXPIRED", OrderState.EXPIRED), ("REJECTED", OrderState.REFUSED)],
)  # fmt: skip
async def test_every_state_of_a_leg(
    loopback: Loopback, account: ExchangeClient, futures: Market, status: str, state: OrderState
) -> None:
    loopback.answer("GET", "/fapi/v1/algoOrder", ALGO_ORDER | {"algoStatus": status})

    assert told(await account.find_protection(futures, STOP)) == (state, Decimal(0), None)


async def test_legs_are_cancelled_each_for_itself(loopback: Loopback, account: ExchangeClient, futures: Market) -> None:
    """D8"""

    def answer(asked: Asked) -> Any:
        done = {"algoId": 1, "clientAlgoId": STOP, "code": "200", "msg": "success"}
        return done if asked.params["clientAlgoId"] == STOP else UNKNOWN_ORDER

    loopback.answer("DELETE", "/fapi/v1/algoOrder", answer)

    outcome = await account.cancel_protection(futures, [STOP, TARGET])

    assert outcome[STOP] is None
    error = outcome[TARGET]
    assert isinstance(error, Refused)
    assert error.kind is RefusalKind.NOT_FOUND


# spot order lists
OCO_LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.9")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.2"))]


def report(client_order_id: str, kind: str, price: str, **more: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "orderId": 50 + len(kind), "orderListId": 9, "clientOrderId": client_order_id, "price": "0.0",
        "origQty": "0.00103", "executedQty": "0.0", "cummulativeQuoteQty": "0.0", "status": "NEW", "timeInForce": "GTC",
        "type": kind, "side": "SELL", "stopPrice": price,
    } | more  # fmt: skip


def order_list(**more: Any) -> dict[str, Any]:
    return {
        "orderListId": 9, "contingencyType": "OCO", "listStatusType": "EXEC_STARTED", "listOrderStatus": "EXECUTING",
        "listClientOrderId": STOP[:-1] + "o", "transactionTime": 1763700000000, "symbol": "BTCUSDT",
        "orders": [
            {"symbol": "BTCUSDT", "orderId": 59, "clientOrderId": STOP},
            {"symbol": "BTCUSDT", "orderId": 61, "clientOrderId": TARGET},
        ],
        "orderReports": [report(STOP, "STOP_LOSS", "93805.90"), report(TARGET, "TAKE_PROFIT", "102853.20")],
    } | more  # fmt: skip


async def test_an_order_list_answers_for_both_legs(loopback: Loopback, account: ExchangeClient, spot: Market) -> None:
    """D27"""
    loopback.answer("POST", "/api/v3/orderList/oco", order_list())

    placed = await account.place_protection(spot, PositionSide.LONG, Decimal("0.00103"), OCO_LEGS)

    assert {leg: (one.client_order_id, one.trigger_price, one.quantity) for leg, one in placed.items()} == {  # type: ignore[union-attr]
        Leg.STOP: (STOP, Decimal("93805.9"), Decimal("0.00103")),
        Leg.TARGET: (TARGET, Decimal("102853.2"), Decimal("0.00103")),
    }


async def test_an_order_list_that_is_refused_is_refused_for_both_legs(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    refused = {"code": -2010, "msg": "The relationship of the prices for the orders is not correct."}
    loopback.answer("POST", "/api/v3/orderList/oco", (400, refused))

    placed = await account.place_protection(spot, PositionSide.LONG, Decimal("0.00103"), OCO_LEGS)

    assert [error.kind for error in placed.values()] == [RefusalKind.WOULD_TRIGGER] * 2  # type: ignore[union-attr]


async def test_standing_spot_protection_leaves_plain_orders_out(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    limit = report("web_1", "LIMIT", "0.00000000", orderListId=-1)
    rows = [report(STOP, "STOP_LOSS", "93805.90"), report("web_2", "LIMIT_MAKER", "0.0"), limit]
    loopback.answer("GET", "/api/v3/openOrders", rows)

    assert [one.client_order_id for one in await account.standing_protection(spot)] == [STOP, "web_2"]


async def test_cancelling_one_leg_of_a_list_that_tells_both(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    loopback.answer("DELETE", "/api/v3/order", order_list(listOrderStatus="ALL_DONE"))

    assert await account.cancel_protection(spot, [STOP, TARGET]) == {STOP: None, TARGET: None}
    assert len(loopback.to("/api/v3/order")) == 1


async def test_cancelling_one_leg_of_a_list_that_tells_one(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    cancelled = report("cancel-id", "STOP_LOSS", "93805.90", status="CANCELED", origClientOrderId=STOP)
    loopback.answer("DELETE", "/api/v3/order", cancelled, UNKNOWN_ORDER)
    loopback.answer("GET", "/api/v3/order", report(TARGET, "TAKE_PROFIT", "102853.20", status="CANCELED"))

    assert await account.cancel_protection(spot, [STOP, TARGET]) == {STOP: None, TARGET: None}


async def test_a_leg_that_was_filled_is_not_called_cancelled(
    loopback: Loopback, account: ExchangeClient, spot: Market
) -> None:
    loopback.answer("DELETE", "/api/v3/order", UNKNOWN_ORDER)

    outcome = await account.cancel_protection(spot, [STOP, TARGET])

    assert [error.kind for error in outcome.values()] == [RefusalKind.NOT_FOUND] * 2  # type: ignore[union-attr]
    assert loopback.to("/api/v3/order")[0].method == "DELETE"


# holdings
POSITION = {
    "symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "-0.031", "entryPrice": "95234.5", "breakEvenPrice": "95200.0",
    "markPrice": "95000.00000000", "unRealizedProfit": "7.26950000", "liquidationPrice": "99000.1", "isolatedMargin": "147.5",
    "notional": "-2945.00000000", "marginAsset": "USDT", "isolatedWallet": "140.2", "initialMargin": "147.25",
    "maintMargin": "11.78", "positionInitialMargin": "147.25", "openOrderInitialMargin": "0", "adl": 2, "bidNotional": "0",
    "askNotional": "0", "updateTime": 1763700000000,
}  # fmt: skip


async def test_positions(loopback: Loopback, account: ExchangeClient) -> None:
    flat = POSITION | {"symbol": "ETHUSDT", "positionAmt": "0.000"}
    crossed = POSITION | {"symbol": "DELISTED", "positionAmt": "5", "isolatedMargin": "0", "liquidationPrice": "0",
                          "positionInitialMargin": "0"}  # fmt: skip
    loopback.answer("GET", "/fapi/v3/positionRisk", [POSITION, flat, crossed])

    assert await account.positions(FUTURES) == [
        ExchangePosition(
            market_key="BTCUSDT", side=PositionSide.SHORT, quantity=Decimal("0.031"), entry_price=Decimal("95234.5"),
            mark_price=Decimal("95000"), unrealized_pnl=Decimal("7.2695"), leverage=20, margin_mode=MarginMode.ISOLATED,
            liquidation_price=Decimal("99000.1"),
        ),
        ExchangePosition(
            market_key="DELISTED", side=PositionSide.LONG, quantity=Decimal("5"), entry_price=Decimal("95234.5"),
            mark_price=Decimal("95000"), unrealized_pnl=Decimal("7.2695"), leverage=None, margin_mode=MarginMode.CROSS,
            liquidation_price=None,
        ),
    ]  # fmt: skip


async def test_balances(loopback: Loopback, account: ExchangeClient) -> None:
    usdt = {
        "asset": "USDT",
        "walletBalance": "1000.5",
        "unrealizedProfit": "7.25",
        "marginBalance": "1007.75",
        "availableBalance": "860.5",
    }
    bnb = {
        "asset": "BNB",
        "walletBalance": "0.0",
        "unrealizedProfit": "0",
        "marginBalance": "0.0",
        "availableBalance": "1.4",
    }
    loopback.answer("GET", "/fapi/v3/account", {"assets": [usdt, bnb], "positions": []})
    coins = [{"asset": "BTC", "free": "0.5", "locked": "0.25"}, {"asset": "ETH", "free": "0.0", "locked": "0.0"}]
    loopback.answer("GET", "/api/v3/account", {"balances": coins})

    assert await account.balances(FUTURES) == [Balance("USDT", Decimal("860.5"), Decimal("147.25"), Decimal("1007.75"))]
    assert await account.balances(SPOT) == [Balance("BTC", Decimal("0.5"), Decimal("0.25"), Decimal("0.75"))]


async def test_fills(loopback: Loopback, account: ExchangeClient, futures: Market, spot: Market) -> None:
    trade = {
        "symbol": "BTCUSDT", "id": 698759, "orderId": 25851813, "side": "SELL", "price": "93790.00", "qty": "0.031",
        "realizedPnl": "-44.78", "marginAsset": "USDT", "quoteQty": "2907.49", "commission": "1.16299600", "commissionAsset": "USDT",
        "time": 1763700000789, "positionSide": "BOTH", "buyer": False, "maker": False,
    }  # fmt: skip
    loopback.answer("GET", "/fapi/v1/userTrades", [trade])
    mine = {"id": 5, "orderId": 28, "orderListId": -1, "price": "95234", "qty": "0.001", "quoteQty": "95.2", "commission": "0.000001",
            "commissionAsset": "BTC", "time": 1763700000001, "isBuyer": True, "isMaker": False, "isBestMatch": True}  # fmt: skip
    loopback.answer("GET", "/api/v3/myTrades", [mine])
    since = datetime.now(UTC)

    assert await account.fills(futures, since=since) == [
        ExchangeFill("698759", "25851813", "BTCUSDT", Side.SELL, Decimal("93790"), Decimal("0.031"), Decimal("1.162996"), "USDT",
                     Decimal("-44.78"), datetime(2025, 11, 21, 4, 40, 0, 789000, tzinfo=UTC)),
    ]  # fmt: skip
    assert [(fill.side, fill.fee_currency, fill.realized_pnl) for fill in await account.fills(spot, since=since)] == [
        (Side.BUY, "BTC", None)
    ]
    assert loopback.to("/fapi/v1/userTrades")[0].unsigned == {
        "symbol": "BTCUSDT", "limit": "1000", "startTime": str(int(since.timestamp() * 1000)), "recvWindow": "10000",
    }  # fmt: skip


# keys
RESTRICTIONS = {
    "ipRestrict": False, "createTime": 1698645219000, "enableReading": True, "enableWithdrawals": True, "enableInternalTransfer": False,
    "enableMargin": False, "enableFutures": True, "permitsUniversalTransfer": False, "enableVanillaOptions": False,
    "enableFixApiTrade": False, "enableFixReadOnly": True, "enableSpotAndMarginTrading": False, "enablePortfolioMarginTrading": False,
}  # fmt: skip


async def test_a_key_report_names_every_right(loopback: Loopback, account: ExchangeClient) -> None:
    """EXC-19, EXC-21: a key that may withdraw is told as such."""
    loopback.answer("GET", "/sapi/v1/account/apiRestrictions", RESTRICTIONS)
    loopback.answer("GET", "/fapi/v1/positionSide/dual", {"dualSidePosition": True})

    assert await account.key_report() == KeyReport(
        can_read=True, can_trade_spot=False, can_trade_futures=True, can_withdraw=True, ip_restricted=False,
        position_mode=PositionMode.HEDGE,
    )  # fmt: skip


async def test_where_rights_cannot_be_asked_the_account_answers(loopback: Loopback, account: ExchangeClient) -> None:
    loopback.answer("GET", "/api/v3/account", {"canTrade": True, "canWithdraw": True, "balances": []})
    loopback.answer("GET", "/fapi/v1/positionSide/dual", {"dualSidePosition": False})

    assert await account.key_report() == KeyReport(
        can_read=True, can_trade_spot=True, can_trade_futures=True, can_withdraw=None, ip_restricted=None,
        position_mode=PositionMode.ONE_WAY,
    )  # fmt: skip


async def test_a_key_for_spot_only(loopback: Loopback, account: ExchangeClient) -> None:
    loopback.answer("GET", "/sapi/v1/account/apiRestrictions", RESTRICTIONS | {"enableFutures": False})
    loopback.answer("GET", "/fapi/v1/positionSide/dual", BAD_KEY)

    told = await account.key_report()

    assert (told.can_trade_futures, told.position_mode) == (False, None)


async def test_a_wrong_key_is_refused(loopback: Loopback, account: ExchangeClient) -> None:
    for path in ("/sapi/v1/account/apiRestrictions", "/api/v3/account", "/fapi/v1/positionSide/dual"):
        loopback.answer("GET", path, BAD_KEY)

    with pytest.raises(Refused) as caught:
        await account.key_report()

    assert caught.value.kind is RefusalKind.CREDENTIALS


async def test_an_exchange_that_cannot_be_reached_says_nothing_of_the_key(
    loopback: Loopback, account: ExchangeClient
) -> None:
    loopback.answer("GET", "/sapi/v1/account/apiRestrictions", (503, ""))
    loopback.answer("GET", "/api/v3/account", (503, ""))
    loopback.answer("GET", "/fapi/v1/positionSide/dual", BAD_KEY)

    with pytest.raises(OutcomeUnknown):
        await account.key_report()


# prices
async def test_one_request_brings_the_price_for_all(
    loopback: Loopback, account: ExchangeClient, futures: Market
) -> None:
    """EXE-04"""
    loopback.delay = 0.05
    loopback.answer("GET", "/fapi/v2/ticker/price", {"symbol": "BTCUSDT", "price": "95234.50", "time": 1763700000000})

    prices = await asyncio.gather(*(account.price(futures) for _ in range(100)))
    again = await public("binance").price(futures)

    assert set(prices) | {again} == {Decimal("95234.5")}
    assert [asked.params for asked in loopback.to("/fapi/v2/ticker/price")] == [{"symbol": "BTCUSDT"}]
    assert await account.price(futures, max_age_s=0) == Decimal("95234.5")
    assert len(loopback.to("/fapi/v2/ticker/price")) == 2


async def test_all_prices_come_by_key(loopback: Loopback, account: ExchangeClient) -> None:
    rows = [
        {"symbol": "BTCUSDT", "price": "95234.50"},
        {"symbol": "OLDUSDT", "price": "1"},
        {"symbol": "BTCUSDT_261225", "price": "2"},
    ]
    loopback.answer("GET", "/fapi/v2/ticker/price", rows)

    assert await account.prices(FUTURES) == {"BTCUSDT": Decimal("95234.5")}


async def test_best_bid_and_ask(loopback: Loopback, account: ExchangeClient, futures: Market, spot: Market) -> None:
    row = {"symbol": "BTCUSDT", "bidPrice": "95234.40", "bidQty": "1", "askPrice": "95234.50", "askQty": "2"}
    loopback.answer("GET", "/fapi/v1/ticker/bookTicker", row)
    loopback.answer("GET", "/api/v3/ticker/bookTicker", row | {"askPrice": "0.00000000"})

    assert await account.best_bid_ask(futures) == (Decimal("95234.4"), Decimal("95234.5"))
    assert await account.best_bid_ask(spot) is None
