"""What leaves us for spot on Bitget's classic accounts, and what is read there. EXC-05, EXE-12, EXE-16; D4, D27."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, Market, MarketType, OrderState, PositionSide, ProtectionLeg, Side
from tests.exchanges.bitget_desk import SPOT, accepting, asked_for, connected, scripted, sent
from tests.exchanges.bitget_samples import ENTRY, SPOT_FILL, SPOT_ORDER, SPOT_PLAN, STOP, TARGET, ok, refused
from tests.exchanges.loopback import Loopback

LONG = PositionSide.LONG
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
ORDER, PLAN = f"{SPOT}trade/place-order", f"{SPOT}trade/place-plan-order"
LOOK_UP, CLOSED = f"{SPOT}trade/orderInfo", f"{SPOT}trade/history-orders"
PENDING, HISTORY = f"{SPOT}trade/current-plan-order", f"{SPOT}trade/history-plan-order"
SENT, CANCEL = f"{SPOT}trade/plan-sub-order", f"{SPOT}trade/cancel-plan-order"
NAMED = {"symbol": "BTCUSDT", "limit": "100"}
TICKERS = f"{SPOT}market/tickers"
NO_PLANS = ok({"nextFlag": False, "idLessThan": "", "orderList": None})


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        for path in (ORDER, PLAN):
            loopback.answer("POST", path, accepting)
        loopback.answer(
            "GET", TICKERS, ok([{"symbol": "BTCUSDT", "lastPr": "95234.5", "askPr": "95234.6", "bidPr": "95234.5"}])
        )
        yield loopback


@pytest.fixture
def account(bitget: Loopback) -> ExchangeClient:
    return connected()


async def btc(account: ExchangeClient) -> Market:
    return await account.market(MarketType.SPOT, "BTCUSDT")


def plans(*rows: dict[str, str]) -> dict[str, object]:
    return ok({"nextFlag": False, "idLessThan": "1", "orderList": list(rows)})


async def test_a_purchase_names_its_cost_and_a_sale_its_coins(bitget: Loopback, account: ExchangeClient) -> None:
    """D27: the size of a market purchase is in the quote coin ("Place Order"), in whole cents."""
    market = await btc(account)

    await account.enter_with_cost(market, Decimal("100.0087654321"), ENTRY)
    await account.reduce(market, LONG, Decimal("0.00103"), ENTRY)

    shared = {"symbol": "BTCUSDT", "orderType": "market", "force": "gtc", "clientOid": ENTRY}
    assert sent(bitget) == [
        ("POST", ORDER, shared | {"side": "buy", "size": "100"}),
        ("POST", ORDER, shared | {"side": "sell", "size": "0.00103"}),
    ]
    assert (market.price_step, market.quantity_step, market.min_notional) == (
        Decimal("0.01"), Decimal("0.000001"), Decimal(1),
    )  # fmt: skip


async def test_the_stop_stands_alone_as_a_plan_on_the_last_price(bitget: Loopback, account: ExchangeClient) -> None:
    placed = await account.place_protection(await btc(account), LONG, Decimal("0.001048"), LEGS)

    assert sent(bitget)[1:] == [
        ("POST", PLAN,
         {"symbol": "BTCUSDT", "side": "sell", "orderType": "market", "planType": "amount", "size": "0.001048",
          "triggerType": "fill_price", "triggerPrice": "93805.9", "clientOid": STOP}),
    ]  # fmt: skip
    assert placed[Leg.TARGET].code == "one_leg_only"  # type: ignore[union-attr]


async def test_a_stop_that_the_price_has_passed_is_not_sent(bitget: Loopback, account: ExchangeClient) -> None:
    """The side of the trigger decides what it is: above the price it would wait for a rise."""
    bitget.answer("GET", TICKERS, ok([{"symbol": "BTCUSDT", "lastPr": "93805.9", "askPr": "93806", "bidPr": "93805"}]))

    placed = await account.place_protection(await btc(account), LONG, Decimal("0.001048"), LEGS[:1])

    assert [path for _, path, _ in sent(bitget)] == [TICKERS]
    assert isinstance(placed[Leg.STOP], Refused)
    assert placed[Leg.STOP].kind is RefusalKind.WOULD_TRIGGER


async def test_an_order_is_found_by_its_client_id_and_later_in_the_history(
    bitget: Loopback, account: ExchangeClient
) -> None:
    bitget.answer("GET", LOOK_UP, asked_for({ENTRY: SPOT_ORDER}))
    bitget.answer("GET", CLOSED, ok([SPOT_ORDER | {"clientOid": TARGET}]))
    market = await btc(account)

    young, old, never = [await account.find_order(market, own_id) for own_id in (ENTRY, TARGET, STOP)]

    assert sent(bitget) == [
        ("GET", LOOK_UP, {"clientOid": ENTRY}),
        ("GET", LOOK_UP, {"clientOid": TARGET}), ("GET", CLOSED, NAMED),
        ("GET", LOOK_UP, {"clientOid": STOP}), ("GET", CLOSED, NAMED),
    ]  # fmt: skip
    assert young is not None
    assert old is not None
    assert (young.state, young.filled_quantity, young.average_price, young.quantity) == (
        OrderState.FILLED, Decimal("0.00105"), Decimal("95234.5"), None,
    )  # fmt: skip
    assert (young.fee, young.fee_currency) == (Decimal("0.00000105"), "BTC")
    assert (old.client_order_id, never) == (TARGET, None)


@pytest.mark.parametrize(
    ("told", "fee"),
    [
        ('{"newFees":{"c":0,"d":-0.02,"deduction":true,"r":0,"t":-0.02,"totalDeductionFee":0}}', ("0.02", "BGB")),
        ('{"newFees":{"c":0,"d":0,"deduction":false,"r":-0.000001,"t":-0.000001,"totalDeductionFee":0}}', ("0.000001", "BTC")),
        ('{"BTC":{"deduction":false,"feeCoinCode":"BTC","totalDeductionFee":0,"totalFee":-0.0000012}}', ("0.0000012", "BTC")),
        ("", ("0", "")),
    ],
)  # fmt: skip
async def test_an_orders_fee_is_what_was_taken_from_the_coin_or_from_bgb(
    bitget: Loopback, account: ExchangeClient, told: str, fee: tuple[str, str]
) -> None:
    bitget.answer("GET", LOOK_UP, ok([SPOT_ORDER | {"feeDetail": told}]))

    entry = await account.find_order(await btc(account), ENTRY)

    assert entry is not None
    assert (entry.fee, entry.fee_currency) == (Decimal(fee[0]), fee[1])


async def test_a_stop_is_picked_out_of_the_lists(bitget: Loopback, account: ExchangeClient) -> None:
    market = await btc(account)
    bitget.answer("GET", PENDING, plans(SPOT_PLAN | {"clientOid": "another"}, SPOT_PLAN))
    stands, listed = await account.find_protection(market, STOP), await account.standing_protection(market)
    bitget.answer("GET", PENDING, NO_PLANS)
    bitget.answer("GET", HISTORY, plans(SPOT_PLAN | {"status": "cancelled"}), NO_PLANS)
    cancelled, never = [await account.find_protection(market, STOP) for _ in range(2)]

    assert sent(bitget)[-2:] == [("GET", PENDING, NAMED), ("GET", HISTORY, NAMED)]
    assert stands is not None
    assert cancelled is not None
    assert [one.client_order_id for one in listed] == ["another", STOP]
    assert (stands.state, stands.trigger_price, stands.quantity) == (
        OrderState.OPEN, Decimal("93805.9"), Decimal("0.001048"),
    )  # fmt: skip
    assert (cancelled.state, never) == (OrderState.CANCELLED, None)


async def test_a_triggered_stop_is_followed_to_the_order_that_it_sent(
    bitget: Loopback, account: ExchangeClient
) -> None:
    """EXE-16: which order that was, then what became of it."""
    sale = SPOT_ORDER | {
        "orderId": "77",
        "clientOid": "1",
        "side": "sell",
        "baseVolume": "0.001048",
        "priceAvg": "93801",
    }
    bitget.answer("GET", PENDING, NO_PLANS)
    bitget.answer("GET", HISTORY, plans(SPOT_PLAN | {"status": "executed"}))
    bitget.answer("GET", SENT, ok([{"orderId": "77", "price": "0", "type": "market", "status": "success"}]))
    bitget.answer("GET", LOOK_UP, ok([sale]), ok([]))

    stop = await account.find_protection(await btc(account), STOP)

    assert sent(bitget)[-2:] == [
        ("GET", SENT, {"planOrderId": SPOT_PLAN["orderId"]}),
        ("GET", LOOK_UP, {"orderId": "77"}),
    ]
    assert stop is not None
    assert (stop.client_order_id, stop.triggered_order_id, stop.state, stop.filled_quantity, stop.average_price) == (
        STOP, "77", OrderState.FILLED, Decimal("0.001048"), Decimal(93801),
    )  # fmt: skip
    with pytest.raises(OutcomeUnknown):
        await account.find_protection(await btc(account), STOP)


async def test_a_stop_is_cancelled_by_its_own_id(bitget: Loopback, account: ExchangeClient) -> None:
    bitget.answer("POST", CANCEL, ok({"result": "success"}), refused("43025", "Plan order does not exist"))
    market = await btc(account)

    first, second = [await account.cancel_protection(market, [STOP]) for _ in range(2)]
    bitget.answer("POST", CANCEL, ok({"result": "failure"}))
    third = await account.cancel_protection(market, [STOP])

    assert sent(bitget)[0] == ("POST", CANCEL, {"clientOid": STOP})
    assert first == {STOP: None}
    assert isinstance(second[STOP], Refused)
    assert second[STOP].kind is RefusalKind.NOT_FOUND
    assert isinstance(third[STOP], OutcomeUnknown)


async def test_coins_prices_and_fills(bitget: Loopback, account: ExchangeClient) -> None:
    coins = [
        {"coin": "usdt", "available": "850", "frozen": "100", "locked": "50", "limitAvailable": "0", "uTime": "1"},
        {"coin": "BTC", "available": "0", "frozen": "0", "locked": "0", "limitAvailable": "0", "uTime": "1"},
    ]
    bitget.answer("GET", f"{SPOT}account/assets", ok(coins))
    bitget.answer("GET", f"{SPOT}trade/fills", ok([SPOT_FILL | {"cTime": str(time.time_ns() // 1_000_000)}]))
    market = await btc(account)

    (purse,), (fill,) = await account.balances(MarketType.SPOT), await account.fills(market)

    assert (purse.currency, purse.free, purse.used, purse.total) == ("USDT", Decimal(850), Decimal(150), Decimal(1000))
    assert (fill.side, fill.quantity, fill.price, fill.fee, fill.fee_currency, fill.realized_pnl) == (
        Side.BUY, Decimal("0.00105"), Decimal("95234.5"), Decimal("0.00000105"), "BTC", None,
    )  # fmt: skip
    assert await account.price(market) == Decimal("95234.5")
    assert await account.prices(MarketType.SPOT) == {"BTCUSDT": Decimal("95234.5")}
    assert await account.best_bid_ask(market) == (Decimal("95234.5"), Decimal("95234.6"))
