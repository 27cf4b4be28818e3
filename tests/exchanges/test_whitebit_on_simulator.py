"""Our client at a simulated WhiteBIT, which checks signatures and nonces itself: what goes wrong, and what stands then.

The contract suite plays these scenarios for futures only. EXE-13; D4, D30; F33, P17.
"""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchanges import client
from exchanges.errors import NotSent, OutcomeUnknown, RefusalKind, Refused
from exchanges.registry import get_venue
from exchanges.types import Credentials, Leg, OrderState, PositionSide
from tests.contract.conftest import SPOT, Actor, actor, simulators

__all__ = ["actor", "simulators"]

pytestmark = pytest.mark.parametrize("actor", [(get_venue("whitebit"), "", SPOT)], indirect=True, ids=["whitebit"])
COST, LONG = Decimal(200), PositionSide.LONG
AFTER: dict[str, dict[str, Any]] = {
    "no answer": {"effect": "drop_after"},
    "cut": {"effect": "cut_after"},
    "empty": {"effect": "answer_after", "status": 200, "body": ""},
    "html": {"effect": "answer_after", "status": 200, "body": "<html>gateway</html>"},
    "an empty object": {"effect": "answer_after", "status": 200, "body": "{}"},
    "502": {"effect": "answer_after", "status": 502, "body": "<html>bad gateway</html>"},
    "503": {"effect": "answer_after", "status": 503, "body": '{"code":0,"message":"Service temporary unavailable"}'},
}


def coins(actor: Actor) -> Decimal:
    return Decimal(actor.there["coins"].get("BTC", "0"))


async def buy(actor: Actor) -> Any:
    return await actor.client.enter_with_cost(actor.market, COST, actor.id(Leg.ENTRY))


@pytest.mark.parametrize("fault", AFTER)
async def test_a_spoilt_answer_is_an_open_question_that_the_exchange_answers(actor: Actor, fault: str) -> None:
    actor.sim.control.add_fault(leg="entry", count=1, api_key=actor.keys.api_key, **AFTER[fault])

    with pytest.raises(OutcomeUnknown):
        await buy(actor)
    found = await actor.client.find_order(actor.market, actor.id(Leg.ENTRY))

    assert found is not None
    assert (found.state, found.filled_quantity) == (OrderState.FILLED, Decimal("0.0021"))
    assert (found.fee, found.fee_currency) == (Decimal("0.0000021"), "BTC")


async def test_an_order_that_never_arrived_is_positively_not_there(actor: Actor) -> None:
    actor.sim.control.add_fault("drop_before", leg="entry", count=1, api_key=actor.keys.api_key)

    with pytest.raises(OutcomeUnknown):
        await buy(actor)

    assert await actor.client.find_order(actor.market, actor.id(Leg.ENTRY)) is None
    assert coins(actor) == 0


async def test_a_stop_whose_answer_is_lost_is_found_standing(actor: Actor) -> None:
    await buy(actor)
    actor.sim.control.add_fault("drop_after", leg="stop", count=1, api_key=actor.keys.api_key)
    (leg,) = actor.legs()[:1]

    placed = await actor.client.place_protection(actor.market, LONG, Decimal("0.00209"), [leg])
    found = await actor.client.find_protection(actor.market, leg.client_order_id)

    assert isinstance(placed[Leg.STOP], OutcomeUnknown)
    assert found is not None
    assert (found.state, found.trigger_price, found.quantity) == (
        OrderState.OPEN,
        leg.trigger_price,
        Decimal("0.00209"),
    )
    assert actor.standing() == actor.expected(Leg.STOP, quantity=Decimal("0.00209"))


async def test_a_stop_that_is_sent_twice_stands_once(actor: Actor) -> None:
    """Among open orders an id is unique."""
    await buy(actor)
    (leg,) = actor.legs()[:1]

    await actor.client.place_protection(actor.market, LONG, Decimal("0.001"), [leg])
    again = await actor.client.place_protection(actor.market, LONG, Decimal("0.001"), [leg])

    assert isinstance(again[Leg.STOP], Refused)
    assert again[Leg.STOP].kind is RefusalKind.DUPLICATE
    assert actor.standing() == actor.expected(Leg.STOP, quantity=Decimal("0.001"))


async def test_a_cancelled_stop_is_told_as_cancelled(actor: Actor) -> None:
    await buy(actor)
    (leg,) = actor.legs()[:1]
    await actor.client.place_protection(actor.market, LONG, Decimal("0.001"), [leg])

    first = await actor.client.cancel_protection(actor.market, [leg.client_order_id])
    second = await actor.client.cancel_protection(actor.market, [leg.client_order_id])
    found = await actor.client.find_protection(actor.market, leg.client_order_id)

    assert first == {leg.client_order_id: None}
    error = second[leg.client_order_id]
    assert isinstance(error, Refused)
    assert error.kind is RefusalKind.NOT_FOUND
    assert found is not None
    assert (found.state, found.filled_quantity) == (OrderState.CANCELLED, 0)


@pytest.mark.parametrize("wrong", ["api_key", "secret_key"])
async def test_wrong_keys_are_told(actor: Actor, wrong: str) -> None:
    right = getattr(actor.keys, wrong)
    keys: Credentials = replace(actor.keys, **{wrong: right[:-1] + ("1" if right[-1] != "1" else "2")})
    stranger = client.connect("whitebit", keys, testnet=False, position_mode=None)

    for attempt in (stranger.key_report(), stranger.enter_with_cost(actor.market, COST, actor.id(Leg.ENTRY))):
        with pytest.raises(Refused) as caught:
            await attempt
        assert caught.value.kind is RefusalKind.CREDENTIALS
    assert coins(actor) == 0


@pytest.mark.parametrize("ahead_ms", [120_000, -120_000])
async def test_a_clock_that_is_wrong_is_set_and_the_order_sent_once(actor: Actor, ahead_ms: int) -> None:
    actor.sim.control.set_clock(ahead_ms)

    await buy(actor)

    assert coins(actor) == Decimal("0.0020979")


async def test_many_requests_of_one_account_at_once_have_a_nonce_each(actor: Actor) -> None:
    told = await asyncio.gather(*(actor.client.balances(SPOT) for _ in range(30)))

    assert [balances[0].free for balances in told] == [Decimal(1000)] * 30


async def test_a_ban_is_a_refusal_with_its_wait_and_nothing_is_sent_meanwhile(actor: Actor) -> None:
    actor.sim.control.ban("30")

    with pytest.raises(Refused) as caught:
        await buy(actor)
    with pytest.raises((NotSent, Refused)):
        await buy(actor)

    assert (caught.value.kind, caught.value.retry_after_s > 0) == (RefusalKind.RATE_LIMIT, True)
    assert coins(actor) == 0


async def test_a_purchase_that_is_filled_in_pieces_is_told_so(actor: Actor) -> None:
    fault = {"fraction": "0.5", "rest": "open"}
    actor.sim.control.add_fault("partial", leg="entry", count=1, api_key=actor.keys.api_key, **fault)

    await buy(actor)
    found = await actor.client.find_order(actor.market, actor.id(Leg.ENTRY))

    assert found is not None
    assert (found.state, found.filled_quantity) == (OrderState.PARTIAL, Decimal("0.00105"))
    assert found.average_price == actor.stage.price
