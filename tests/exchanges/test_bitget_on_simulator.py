"""Our client at a simulated Bitget, where the contract suite does not reach: kinds of account, late orders, orders of the client's own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import addresses, client, market_loading, shared_prices
from exchanges.client import ExchangeClient
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.types import (
    Credentials,
    Leg,
    MarginMode,
    MarketType,
    OrderState,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)
from simulator.testing import RunningSimulator
from tests.exchanges.bitget_samples import ENTRY, STOP, TARGET
from tests.simulator.bitget_desk import NAMED, STANDARD, UNIFIED, Raw, running
from tests.simulator.bitget_desk import bitget as calm

__all__ = ["calm", "running"]

FUTURES, SPOT, LONG = MarketType.FUTURES, MarketType.SPOT, PositionSide.LONG
QUANTITY = Decimal("0.031")
KINDS = pytest.mark.parametrize("variant", ["classic", "unified"])


@pytest.fixture
async def bitget(calm: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningSimulator]:
    monkeypatch.setattr(addresses, "_addresses", {"bitget": calm.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield calm
    await client.close_all()


def opened(bitget: RunningSimulator, variant: str, **wanted: Any) -> tuple[ExchangeClient, Raw]:
    """An account of that kind, which refuses the other kind's endpoints, with a client of ours."""
    made = bitget.control.create_account(**{**STANDARD, "label": variant, **wanted})
    keys = Credentials(made["api_key"], made["secret"], made["passphrase"], variant)
    return client.connect("bitget", keys, testnet=False, position_mode=PositionMode.ONE_WAY), Raw(bitget, made)


def legs() -> list[ProtectionLeg]:
    return [ProtectionLeg(Leg.STOP, STOP, Decimal(93000)), ProtectionLeg(Leg.TARGET, TARGET, Decimal(99000))]


@pytest.mark.parametrize(("account_is", "chosen"), [("classic", "unified"), ("unified", "classic")])
async def test_a_key_of_the_other_kind_is_not_accepted(bitget: RunningSimulator, account_is: str, chosen: str) -> None:
    """Neither by the check nor, where the account was changed since, by an order."""
    _, raw = opened(bitget, account_is)
    keys = Credentials(raw.keys["api_key"], raw.keys["secret"], raw.keys["passphrase"], chosen)
    stranger = client.connect("bitget", keys, testnet=False, position_mode=PositionMode.ONE_WAY)
    market = await stranger.market(FUTURES, "BTCUSDT")

    for attempt in (stranger.key_report(), stranger.enter(market, Side.BUY, QUANTITY, ENTRY)):
        with pytest.raises(Refused) as caught:
            await attempt
        assert caught.value.kind is RefusalKind.CREDENTIALS
        assert account_is in caught.value.message.lower()
    assert bitget.control.account(raw.keys["api_key"])["positions"] == []


@pytest.mark.parametrize(
    ("variant", "rights", "expected"),
    [
        ("classic", {}, (True, True, False, False)),
        ("classic", {"spot": False, "withdrawals": True, "ip_restrict": True}, (False, True, True, True)),
        ("unified", {}, (False, True, False, False)),
        ("unified", {"futures": False, "withdrawals": True, "ip_restrict": True}, (False, False, True, True)),
    ],
)
async def test_a_key_of_the_right_kind_tells_its_rights(
    bitget: RunningSimulator, variant: str, rights: dict[str, bool], expected: tuple[bool, ...]
) -> None:
    """EXC-19, EXC-21"""
    account, raw = opened(bitget, variant)
    bitget.control.change_account(raw.keys["api_key"], permissions=rights, is_hedged=True)

    report = await account.key_report()

    assert (report.can_trade_spot, report.can_trade_futures, report.can_withdraw, report.ip_restricted) == expected
    assert report.position_mode is PositionMode.HEDGE


@KINDS
async def test_an_order_that_arrives_too_late_never_comes_to_life(bitget: RunningSimulator, variant: str) -> None:
    """D4: from then on the same order may be sent again."""
    account, raw = opened(bitget, variant)
    market = await account.market(FUTURES, "BTCUSDT")
    await account.measure_clock(FUTURES)
    rule = bitget.control.add_fault("hold_before", leg="entry", count=1, window="acceptance")
    with pytest.raises(OutcomeUnknown):
        await account.enter(market, Side.BUY, QUANTITY, ENTRY, timeout=0.5)
    bitget.control.wait_held(rule)

    bitget.control.set_clock(int(account.venue.features.resend_after_s * 1000))
    bitget.control.release(rule)
    (held,) = bitget.control.requests(api_key=raw.keys["api_key"], leg="entry")

    assert await account.find_order(market, ENTRY) is None
    assert bitget.control.account(raw.keys["api_key"])["positions"] == []
    assert held["code"] == 40008


@KINDS
async def test_orders_of_the_clients_own_are_told_and_left_alone(bitget: RunningSimulator, variant: str) -> None:
    account, raw = opened(bitget, variant)
    market = await account.market(FUTURES, "BTCUSDT")
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    if variant == "classic":
        own = {"planType": "pos_loss", "triggerPrice": "90000", "holdSide": "buy", "clientOid": "mine"}
        told = raw.post("v2/mix/order/place-tpsl-order", NAMED | own)
    else:
        told = raw.post(
            "v3/trade/place-strategy-order", UNIFIED | {"posSide": "long", "stopLoss": "90000", "clientOid": "mine"}
        )
    assert told[1]["code"] == "00000"
    await account.place_protection(market, LONG, QUANTITY, legs())

    standing = await account.standing_protection(market)
    cancelled = await account.cancel_protection(market, [STOP, TARGET])
    left = await account.standing_protection(market)

    assert sorted((one.client_order_id, one.trigger_price) for one in standing) == [
        (STOP, Decimal(93000)), (TARGET, Decimal(99000)), ("mine", Decimal(90000)),
    ]  # fmt: skip
    assert cancelled == {STOP: None, TARGET: None}
    assert [(one.client_order_id, one.state) for one in left] == [("mine", OrderState.OPEN)]


@pytest.mark.parametrize(
    ("variant", "rest", "state"),
    [
        ("classic", "open", OrderState.PARTIAL),
        ("classic", "expire", OrderState.CANCELLED),
        ("unified", "open", None),
        ("unified", "expire", OrderState.CANCELLED),
    ],
)
async def test_a_stop_that_fires_into_a_thin_book_tells_what_it_has_filled(
    bitget: RunningSimulator, variant: str, rest: str, state: OrderState | None
) -> None:
    """A unified account's order is told once it is over: until then the outcome stays open."""
    account, raw = opened(bitget, variant)
    market = await account.market(FUTURES, "BTCUSDT")
    await account.enter(market, Side.BUY, QUANTITY, ENTRY)
    bitget.control.add_fault("partial", leg="stop", count=1, fraction="0.5", rest=rest, api_key=raw.keys["api_key"])
    await account.place_protection(market, LONG, QUANTITY, legs())
    bitget.control.move_price("BTCUSDT", "92000")

    if state is None:
        with pytest.raises(OutcomeUnknown):
            await account.find_protection(market, STOP)
        return
    stop = await account.find_protection(market, STOP)
    assert stop is not None
    assert (stop.state, stop.filled_quantity) == (state, Decimal("0.0155"))


@KINDS
async def test_funding_is_told(bitget: RunningSimulator, variant: str) -> None:
    account, _ = opened(bitget, variant)
    market = await account.market(FUTURES, "BTCUSDT")
    await account.enter(market, Side.SELL, QUANTITY, ENTRY)
    bitget.control.funding({"BTCUSDT": "0.0001"}, settle=True)

    (payment,) = await account.funding(datetime.now(UTC) - timedelta(hours=1))

    assert (payment.market_key, payment.amount, payment.currency) == ("BTCUSDT", Decimal("0.29522695"), "USDT")


@KINDS
async def test_an_entry_says_the_margin_mode_of_its_own(bitget: RunningSimulator, variant: str) -> None:
    account, _ = opened(bitget, variant)
    market = await account.market(FUTURES, "ETHUSDT")
    await account.set_terms(market, leverage=7, margin_mode=MarginMode.CROSS)

    await account.enter(market, Side.BUY, Decimal("0.5"), ENTRY)

    assert [(one.margin_mode, one.leverage) for one in await account.positions(FUTURES)] == [(MarginMode.ISOLATED, 7)]


async def test_a_spot_stop_that_was_not_sent_leaves_the_coins_free(bitget: RunningSimulator) -> None:
    """The price has passed it: as a plan it would wait for a rise."""
    account, raw = opened(bitget, "classic")
    market = await account.market(SPOT, "BTCUSDT")
    bitget.control.set_price("BTCUSDT", "92000")

    placed = await account.place_protection(market, LONG, Decimal("0.05"), legs()[:1])

    assert isinstance(placed[Leg.STOP], Refused)
    assert placed[Leg.STOP].kind is RefusalKind.WOULD_TRIGGER
    assert bitget.control.account(raw.keys["api_key"])["open_orders"] == []
