"""What leaves us for Bitget's unified accounts (v3). EXC-05, EXE-06, EXE-07, EXE-12; D4, D8, D16, D25."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import Refused
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
from tests.exchanges.bitget_desk import STRATEGY as STRATEGY_PATH
from tests.exchanges.bitget_desk import UTA_ORDER as ORDER_PATH
from tests.exchanges.bitget_desk import V3, accepting, bodies, connected, scripted, sent
from tests.exchanges.bitget_samples import (
    ENTRY,
    STOP,
    TARGET,
    ok,
)
from tests.exchanges.loopback import Loopback

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
LEGS = [ProtectionLeg(Leg.STOP, STOP, Decimal("93805.90")), ProtectionLeg(Leg.TARGET, TARGET, Decimal("102853.20"))]
QUANTITY = Decimal("0.031000000000000000")
NAMED = {"category": "USDT-FUTURES", "symbol": "BTCUSDT"}


@pytest.fixture
async def bitget(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    async with scripted(monkeypatch) as loopback:
        for path in (ORDER_PATH, STRATEGY_PATH):
            loopback.answer("POST", path, accepting)
        loopback.answer("POST", f"{V3}account/set-leverage", ok("success"))
        yield loopback


@pytest.fixture
def account(bitget: Loopback) -> ExchangeClient:
    return connected(variant="unified")


async def btc(account: ExchangeClient) -> Market:
    return await account.market(FUTURES, "BTCUSDT")


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "buy"), (Side.SELL, "sell")])
@pytest.mark.parametrize(("mode", "mode_word"), [(MarginMode.ISOLATED, "isolated"), (MarginMode.CROSS, "crossed")])
async def test_an_entry_is_one_market_order(
    bitget: Loopback, account: ExchangeClient, side: Side, word: str, mode: MarginMode, mode_word: str
) -> None:
    await account.enter(await btc(account), side, QUANTITY, ENTRY, terms=OrderTerms(margin_mode=mode))

    assert sent(bitget) == [
        ("POST", ORDER_PATH,
         NAMED | {"side": word, "orderType": "market", "qty": "0.031", "clientOid": ENTRY, "marginMode": mode_word}),
    ]  # fmt: skip


async def test_a_reduction_can_only_reduce(bitget: Loopback, account: ExchangeClient) -> None:
    await account.reduce(await btc(account), SHORT, QUANTITY, ENTRY)

    assert bodies(bitget) == [
        NAMED | {"side": "buy", "orderType": "market", "qty": "0.031", "clientOid": ENTRY, "marginMode": "isolated",
                 "reduceOnly": "yes"},
    ]  # fmt: skip


async def test_a_hedge_account_names_the_position(bitget: Loopback) -> None:
    """Sides are the trade's here, unlike on classic accounts."""
    account = connected(PositionMode.HEDGE, variant="unified")
    market = await btc(account)

    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    await account.reduce(market, LONG, QUANTITY, ENTRY)
    await account.reduce(market, SHORT, QUANTITY, ENTRY)

    assert [(told["side"], told["posSide"], "reduceOnly" in told) for told in bodies(bitget)] == [
        ("sell", "short", False), ("sell", "long", False), ("buy", "short", False),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", list(PositionMode))
async def test_stop_and_target_are_two_strategies_on_the_mark_price(bitget: Loopback, mode: PositionMode) -> None:
    account = connected(mode, variant="unified")

    placed = await account.place_protection(await btc(account), SHORT, QUANTITY, LEGS)

    shared = NAMED | {"type": "tpsl", "tpslMode": "partial", "qty": "0.031", "posSide": "short"}
    stop = {"stopLoss": "93805.9", "slTriggerBy": "mark", "slOrderType": "market", "clientOid": STOP}
    target = {"takeProfit": "102853.2", "tpTriggerBy": "mark", "tpOrderType": "market", "clientOid": TARGET}
    assert sorted(sent(bitget), key=str) == sorted(
        [("POST", STRATEGY_PATH, shared | stop), ("POST", STRATEGY_PATH, shared | target)], key=str
    )
    assert {leg: answer.client_order_id for leg, answer in placed.items()} == {Leg.STOP: STOP, Leg.TARGET: TARGET}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("position_mode", "margin_mode", "says"),
    [
        (PositionMode.ONE_WAY, MarginMode.CROSS, {"marginMode": "crossed"}),
        (PositionMode.HEDGE, MarginMode.ISOLATED,
         {"marginMode": "isolated", "longLeverage": "20", "shortLeverage": "20"}),
    ],
)  # fmt: skip
async def test_leverage_is_set_for_the_margin_mode(
    bitget: Loopback, position_mode: PositionMode, margin_mode: MarginMode, says: dict[str, str]
) -> None:
    """EXE-06"""
    account = connected(position_mode, variant="unified")

    await account.set_terms(await btc(account), leverage=20, margin_mode=margin_mode)

    assert sent(bitget) == [("POST", f"{V3}account/set-leverage", NAMED | {"leverage": "20"} | says)]


async def test_nothing_is_bought_on_spot(bitget: Loopback, account: ExchangeClient) -> None:
    """A stop there takes no id of ours, so that a lost answer could not be asked for (D4)."""
    market = await account.market(SPOT, "BTCUSDT")

    with pytest.raises(Refused) as caught:
        await account.enter_with_cost(market, Decimal(100), ENTRY)
    await account.reduce(market, LONG, Decimal("0.001"), ENTRY)

    assert caught.value.code == "unified_spot"
    assert bodies(bitget) == [
        {"category": "SPOT", "symbol": "BTCUSDT", "side": "sell", "orderType": "market", "qty": "0.001", "clientOid": ENTRY},
    ]  # fmt: skip
