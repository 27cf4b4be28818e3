"""One set of scenarios for every venue with spot: buy by cost, protect, sell. D27; EXE-06, 12; EXC-16."""

from decimal import Decimal

import pytest

from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.types import Leg, OrderAnswer, OrderState, PositionSide, Side
from tests.contract.conftest import SPOT, Actor, on

LONG = PositionSide.LONG
COST = Decimal(200)


async def buy(actor: Actor) -> Decimal:
    """Buys for COST; the quantity that may be sold: net of a fee taken from the coin, on the step."""
    answer = await actor.client.enter_with_cost(actor.market, cost_of(actor), actor.id(Leg.ENTRY))
    entry = await actor.settled(answer)
    assert entry.state is OrderState.FILLED
    net = Decimal(actor.there["coins"].get(actor.market.base, "0"))
    return net - net % actor.market.quantity_step


def cost_of(actor: Actor) -> Decimal:
    return COST


def legs_of(actor: Actor) -> tuple[Leg, ...]:
    """A target beside a stop only where the exchange links the two; else we watch the target."""
    return (Leg.STOP, Leg.TARGET) if actor.venue.features.oco else (Leg.STOP,)


@on(SPOT)
async def test_a_purchase_costs_what_was_asked(actor: Actor) -> None:
    answer = await actor.client.enter_with_cost(actor.market, cost_of(actor), actor.id(Leg.ENTRY))
    entry = await actor.settled(answer)

    paid = Decimal(1000) - Decimal(actor.there["coins"][actor.stage.quote])
    assert entry.average_price == actor.stage.price
    assert cost_of(actor) - actor.stage.price * actor.market.quantity_step <= paid <= cost_of(actor) * Decimal("1.01")
    assert actor.stage.price * entry.filled_quantity <= cost_of(actor)
    fills = await actor.client.fills(actor.market)
    assert [(fill.side, fill.quantity, fill.market_key) for fill in fills] == [
        (Side.BUY, entry.filled_quantity, actor.stage.key)
    ]
    assert fills[0].fee > 0
    assert fills[0].fee_currency in (actor.market.base, actor.stage.quote)


@on(SPOT)
async def test_what_was_bought_is_protected_and_the_stop_sells_it(actor: Actor) -> None:
    net = await buy(actor)
    legs = [leg for leg in actor.legs() if leg.leg in legs_of(actor)]

    placed = await actor.client.place_protection(actor.market, LONG, net, legs)
    standing = await actor.client.standing_protection(actor.market)
    stood = actor.standing()
    actor.sim.control.move_price(actor.symbol, str(actor.stage.stop * Decimal("0.99")))
    stop = await actor.client.find_protection(actor.market, actor.id(Leg.STOP))

    assert all(isinstance(answer, OrderAnswer) for answer in placed.values()), placed
    assert stood == actor.expected(*legs_of(actor), quantity=net)
    assert {(one.client_order_id, one.quantity) for one in standing} == {(leg.client_order_id, net) for leg in legs}
    assert stop is not None
    assert (stop.state, stop.filled_quantity) == (OrderState.FILLED, net)
    assert Decimal(actor.there["coins"].get(actor.market.base, "0")) < actor.market.quantity_step
    assert actor.standing() == set()


@on(SPOT)
async def test_spot_is_closed_by_cancelling_its_stop_and_selling(actor: Actor) -> None:
    net = await buy(actor)
    legs = [leg for leg in actor.legs() if leg.leg in legs_of(actor)]
    await actor.client.place_protection(actor.market, LONG, net, legs)

    outcome = await actor.client.cancel_protection(actor.market, [leg.client_order_id for leg in legs])
    answer = await actor.client.reduce(actor.market, LONG, net, actor.id(Leg.EXIT))
    sold = await actor.settled(answer, Leg.EXIT)

    assert outcome == {leg.client_order_id: None for leg in legs}
    assert (sold.state, sold.filled_quantity) == (OrderState.FILLED, net)
    assert actor.standing() == set()


@on(SPOT)
async def test_more_than_the_account_has_is_refused(actor: Actor) -> None:
    with pytest.raises(Refused) as caught:
        await actor.client.enter_with_cost(actor.market, Decimal(900_000), actor.id(Leg.ENTRY))

    assert caught.value.kind is RefusalKind.INSUFFICIENT_MARGIN


@on(SPOT)
async def test_a_purchase_whose_answer_is_lost_is_found(actor: Actor) -> None:
    actor.sim.control.add_fault("drop_after", leg="entry", count=1, api_key=actor.keys.api_key)

    with pytest.raises(OutcomeUnknown):
        await actor.client.enter_with_cost(actor.market, cost_of(actor), actor.id(Leg.ENTRY))
    found = await actor.client.find_order(actor.market, actor.id(Leg.ENTRY))

    assert found is not None
    assert found.state is OrderState.FILLED
    assert await actor.client.find_order(actor.market, actor.id(Leg.ENTRY, 2)) is None


@on(SPOT)
async def test_prices_and_balances_are_told(actor: Actor) -> None:
    assert await actor.client.price(actor.market) == actor.stage.price
    assert (await actor.client.prices(SPOT))[actor.stage.key] == actor.stage.price
    balances = {one.currency: one for one in await actor.client.balances(SPOT)}
    assert (balances[actor.stage.quote].free, balances[actor.stage.quote].total) == (Decimal(1000), Decimal(1000))


@on(SPOT)
async def test_a_stop_that_the_price_has_passed_is_refused(actor: Actor) -> None:
    """Nowhere may it come to stand as a target, which would leave the coins without a stop."""
    net = await buy(actor)
    passed = actor.legs(stop=actor.stage.price + actor.market.price_step * 1000)[:1]

    placed = await actor.client.place_protection(actor.market, LONG, net, passed)

    assert isinstance(placed[Leg.STOP], Refused)
    assert placed[Leg.STOP].kind is RefusalKind.WOULD_TRIGGER
    assert actor.standing() == set()
