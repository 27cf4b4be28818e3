"""What each exchange refuses, and what its silence means: refused is proven, everything else is asked for. EXE-13; D4, D30; §6."""

from decimal import Decimal

import pytest

from exchanges import client
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Credentials, Leg, MarginMode, OrderState, PositionMode, PositionSide, Side
from tests.contract.conftest import FUTURES, Actor, on, other_account

# The entry's answer is spoilt; what stands, the exchange says when asked.
AFTER = {
    "no answer": {"effect": "drop_after"},
    "cut": {"effect": "cut_after"},
    "late": {"effect": "delay_after", "delay_ms": 1500},
    "empty": {"effect": "answer_after", "status": 200, "body": ""},
    "html": {"effect": "answer_after", "status": 200, "body": "<html>gateway</html>"},
    "an empty object": {"effect": "answer_after", "status": 200, "body": "{}"},
    "502": {"effect": "answer_after", "status": 502, "body": "<html>bad gateway</html>"},
    "503": {"effect": "answer_after", "status": 503, "body": ""},
}


@on(FUTURES)
@pytest.mark.parametrize("fault", AFTER)
async def test_a_spoilt_answer_is_an_open_question_that_the_exchange_answers(actor: Actor, fault: str) -> None:
    actor.sim.control.add_fault(leg="entry", count=1, api_key=actor.keys.api_key, **AFTER[fault])

    with pytest.raises(OutcomeUnknown):
        await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY), timeout=1)
    found = await actor.client.find_order(actor.market, actor.id(Leg.ENTRY))

    assert found is not None
    assert (found.state, found.filled_quantity) == (OrderState.FILLED, actor.stage.quantity)
    assert set(actor.positions().values()) == {actor.stage.quantity}


@on(FUTURES)
async def test_an_order_that_never_arrived_is_positively_not_there(actor: Actor) -> None:
    actor.sim.control.add_fault("drop_before", leg="entry", count=1, api_key=actor.keys.api_key)

    with pytest.raises(OutcomeUnknown):
        await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))

    assert await actor.client.find_order(actor.market, actor.id(Leg.ENTRY)) is None
    assert actor.positions() == {}


@on(FUTURES)
async def test_a_stop_whose_answer_is_lost_is_found_standing(actor: Actor) -> None:
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))
    actor.sim.control.add_fault("drop_after", leg="stop", count=1, api_key=actor.keys.api_key)

    placed = await actor.client.place_protection(actor.market, PositionSide.LONG, actor.stage.quantity, actor.legs())

    assert isinstance(placed[Leg.STOP], OutcomeUnknown)
    assert actor.standing() == actor.expected(Leg.STOP, Leg.TARGET, quantity=actor.stage.quantity)
    assert (await actor.client.find_protection(actor.market, actor.id(Leg.STOP))).state is OrderState.OPEN  # type: ignore[union-attr]


@on(FUTURES)
async def test_an_id_that_is_taken_buys_nothing_twice(actor: Actor) -> None:
    """Where ids are never free again, the exchange itself says so; elsewhere we ask before we send (D4)."""
    actor.sim.control.change_account(actor.keys.api_key, unique_ids=True)
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))

    with pytest.raises(Refused) as caught:
        await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))

    assert caught.value.kind is RefusalKind.DUPLICATE
    assert set(actor.positions().values()) == {actor.stage.quantity}


@on(FUTURES)
async def test_a_small_account_is_told_that_it_is_too_small(actor: Actor) -> None:
    small = other_account(actor, wallet={actor.stage.quote: "1"}, coins={})

    with pytest.raises(Refused) as caught:
        await small.client.enter(actor.market, Side.BUY, actor.stage.quantity, small.id(Leg.ENTRY))

    assert caught.value.kind is RefusalKind.INSUFFICIENT_MARGIN
    assert small.positions() == {}


@on(FUTURES)
async def test_too_much_leverage_is_refused(actor: Actor) -> None:
    with pytest.raises(Refused) as caught:
        await actor.client.set_terms(actor.market, leverage=500, margin_mode=MarginMode.ISOLATED)

    assert caught.value.kind is RefusalKind.LEVERAGE


@on(FUTURES)
async def test_less_than_the_least_quantity_is_refused(actor: Actor) -> None:
    with pytest.raises(ExchangeError) as caught:
        await actor.client.enter(actor.market, Side.BUY, actor.market.min_quantity / 10, actor.id(Leg.ENTRY))

    assert isinstance(caught.value, Refused)
    assert caught.value.kind in (RefusalKind.BELOW_MINIMUM, RefusalKind.MARKET_RULES)
    assert actor.positions() == {}


@on(FUTURES)
@pytest.mark.parametrize("wrong", ["api_key", "secret_key", "passphrase"])
async def test_wrong_keys_are_told(actor: Actor, wrong: str) -> None:
    asked = {one.name for one in actor.venue.credential_fields}
    if wrong not in asked:
        pytest.skip("this exchange asks for none")
    right = {name: getattr(actor.keys, name) for name in ("api_key", "secret_key", "passphrase", "variant")}
    keys = Credentials(**(right | {wrong: right[wrong][:-1] + ("1" if right[wrong][-1] != "1" else "2")}))
    stranger = client.connect(actor.venue.id, keys, testnet=False, position_mode=PositionMode.ONE_WAY)

    for attempt in (
        stranger.key_report(),
        stranger.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY)),
    ):
        with pytest.raises(Refused) as caught:
            await attempt
        assert caught.value.kind is RefusalKind.CREDENTIALS
    assert actor.positions() == {}


@on(FUTURES)
async def test_a_clock_that_is_wrong_is_set_and_the_order_sent_once(actor: Actor) -> None:
    """F33: a refused timestamp was not placed."""
    actor.sim.control.set_clock(120_000)

    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))

    assert set(actor.positions().values()) == {actor.stage.quantity}


@on(FUTURES)
async def test_a_ban_is_a_refusal_with_its_wait_and_nothing_is_sent_meanwhile(actor: Actor) -> None:
    """P17"""
    actor.sim.control.ban("30")
    before = actor.sim.control.last_request()

    with pytest.raises(ExchangeError) as caught:
        await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))
    with pytest.raises((NotSent, Refused)):
        await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))

    assert isinstance(caught.value, Refused)
    assert (caught.value.kind, caught.value.retry_after_s > 0) == (RefusalKind.RATE_LIMIT, True)
    assert actor.positions() == {}
    assert len(actor.sim.control.requests(since=before, leg="entry")) == 1


@on(FUTURES)
async def test_a_demo_key_does_not_trade_at_the_live_exchange(actor: Actor) -> None:
    """EXE-21"""
    if not actor.stage.demo:
        pytest.skip("no demo accounts here")
    demo = other_account(actor, environment="demo")

    with pytest.raises(Refused) as caught:
        await demo.client.enter(actor.market, Side.BUY, Decimal(actor.stage.quantity), demo.id(Leg.ENTRY))
    there = client.connect(actor.venue.id, demo.keys, testnet=True, position_mode=PositionMode.ONE_WAY)
    market = await there.market(FUTURES, actor.stage.key)
    await there.enter(market, Side.BUY, actor.stage.quantity, demo.id(Leg.ENTRY, 2))

    assert caught.value.kind is RefusalKind.CREDENTIALS
    assert set(demo.positions().values()) == {actor.stage.quantity}
