"""One set of scenarios for every venue with futures: enter, protect, reduce, close, reverse; judged by what then stands there.

EXE-06, 10, 12, 16; EXC-08, 11, 16; D8, D16; P7, P16. ccxt signs, real HTTP, an exchange that checks.
"""

from decimal import Decimal

import pytest

from exchanges.errors import RefusalKind, Refused
from exchanges.types import Leg, MarginMode, OrderAnswer, OrderState, OrderTerms, PositionMode, PositionSide, Side
from tests.contract.conftest import FUTURES, Actor, on, other_account

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


@on(FUTURES)
@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, 1), (Side.SELL, -1)])
async def test_an_entry_buys_exactly_what_was_asked(actor: Actor, side: Side, sign: int) -> None:
    answer = await actor.client.enter(actor.market, side, actor.stage.quantity, actor.id(Leg.ENTRY))
    entry = await actor.settled(answer)

    assert set(actor.positions().values()) == {sign * actor.stage.quantity}
    assert (entry.state, entry.filled_quantity, entry.average_price) == (
        OrderState.FILLED,
        actor.stage.quantity,
        actor.stage.price,
    )
    assert entry.exchange_order_id


@on(FUTURES)
@pytest.mark.parametrize("leverage", [10, 7])
@pytest.mark.parametrize("mode", list(MarginMode))
async def test_an_order_trades_on_the_terms_that_were_set(actor: Actor, leverage: int, mode: MarginMode) -> None:
    for _ in range(2):  # the second time there is nothing to change
        await actor.client.set_terms(actor.market, leverage=leverage, margin_mode=mode)
    terms = OrderTerms(margin_mode=mode, leverage=leverage)
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY), terms=terms)

    held = await actor.client.positions(FUTURES)
    # where the margin mode is the account's, positions do not tell it
    assert [
        (one.market_key, one.side, one.quantity, one.entry_price, one.leverage, one.margin_mode or mode) for one in held
    ] == [(actor.stage.key, LONG, actor.stage.quantity, actor.stage.price, leverage, mode)]


@on(FUTURES)
@pytest.mark.parametrize("side", [LONG, SHORT])
async def test_stop_and_target_stand_for_the_positions_quantity(actor: Actor, side: PositionSide) -> None:
    await actor.client.enter(actor.market, side.entry_side, actor.stage.quantity, actor.id(Leg.ENTRY))
    prices = (actor.stage.stop, actor.stage.target) if side is LONG else (actor.stage.target, actor.stage.stop)
    legs = actor.legs(*prices)

    placed = await actor.client.place_protection(actor.market, side, actor.stage.quantity, legs)

    assert all(isinstance(answer, OrderAnswer) for answer in placed.values()), placed
    assert {(one.client_id, one.trigger, one.quantity) for one in actor.standing()} == {
        (leg.client_order_id, leg.trigger_price, actor.stage.quantity) for leg in legs
    }
    told = await actor.client.standing_protection(actor.market)
    assert {(one.client_order_id, one.trigger_price, one.quantity, one.state) for one in told} == {
        (leg.client_order_id, leg.trigger_price, actor.stage.quantity, OrderState.OPEN) for leg in legs
    }


@on(FUTURES)
async def test_the_net_stands_with_the_entry_itself(actor: Actor) -> None:
    """P2: where the entry call can carry a stop, there is no moment without one; it goes with the position."""
    if not actor.venue.features.attached_stops:
        pytest.skip(actor.venue.features.attached_stops.reason)
    net = actor.stage.stop - actor.market.price_step * 100
    terms = OrderTerms(net_stop=net)

    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY), terms=terms)
    there = actor.there
    await actor.protect(actor.stage.quantity)

    assert [Decimal(one["trigger_price"]) for one in there["open_conditionals"]] == [net]
    assert actor.standing() == actor.expected(Leg.STOP, Leg.TARGET, quantity=actor.stage.quantity)
    standing = await actor.client.standing_protection(actor.market)
    assert {one.client_order_id for one in standing} == {actor.id(Leg.STOP), actor.id(Leg.TARGET)}
    await actor.client.reduce(actor.market, LONG, actor.stage.quantity, actor.id(Leg.EXIT))
    await actor.client.cancel_protection(actor.market, [actor.id(Leg.STOP), actor.id(Leg.TARGET)])
    assert actor.there["open_conditionals"] == []


@on(FUTURES)
async def test_a_part_is_reduced_and_then_the_rest(actor: Actor) -> None:
    quantity, part = actor.stage.quantity, actor.stage.part
    await actor.client.enter(actor.market, Side.BUY, quantity, actor.id(Leg.ENTRY))

    answer = await actor.client.reduce(actor.market, LONG, part, actor.id(Leg.EXIT))
    first = await actor.settled(answer, Leg.EXIT)
    after_part = actor.positions()
    await actor.client.reduce(actor.market, LONG, quantity - part, actor.id(Leg.EXIT, 2))

    assert (first.state, first.filled_quantity) == (OrderState.FILLED, part)
    assert set(after_part.values()) == {quantity - part}
    assert actor.positions() == {}
    assert await actor.client.positions(FUTURES) == []


@on(FUTURES)
async def test_what_is_flat_is_not_reduced(actor: Actor) -> None:
    with pytest.raises(Refused) as caught:
        await actor.client.reduce(actor.market, LONG, actor.stage.quantity, actor.id(Leg.EXIT))

    assert caught.value.kind is RefusalKind.REDUCE_ONLY
    assert actor.positions() == {}


@on(FUTURES)
async def test_the_largest_market_order_is_known_and_taken(actor: Actor) -> None:
    """EXC-11: entries are capped to it; one step more is the exchange's to refuse."""
    largest = actor.market.max_market_quantity
    if largest is None:
        pytest.skip("this exchange tells no maximum")
    rich = other_account(actor, wallet={actor.stage.quote: "900000000"})
    await rich.client.set_terms(actor.market, leverage=2, margin_mode=MarginMode.ISOLATED)

    answer = await rich.client.enter(actor.market, Side.BUY, largest, rich.id(Leg.ENTRY), terms=OrderTerms(leverage=2))

    assert (await rich.settled(answer)).filled_quantity == largest
    with pytest.raises(Refused):
        await rich.client.enter(
            actor.market,
            Side.BUY,
            largest + actor.market.quantity_step,
            rich.id(Leg.ENTRY, 2),
            terms=OrderTerms(leverage=2),
        )


@on(FUTURES)
async def test_a_reversal_ends_on_the_other_side(actor: Actor) -> None:
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))
    await actor.protect(actor.stage.quantity)

    await actor.client.reduce(actor.market, LONG, actor.stage.quantity, actor.id(Leg.EXIT))
    await actor.client.cancel_protection(actor.market, [actor.id(Leg.STOP), actor.id(Leg.TARGET)])
    await actor.client.enter(actor.market, Side.SELL, actor.stage.quantity, actor.id(Leg.ENTRY, 2))

    assert set(actor.positions().values()) == {-actor.stage.quantity}
    assert actor.standing() == set()


@on(FUTURES)
@pytest.mark.parametrize(("leg", "beyond"), [(Leg.STOP, "0.99"), (Leg.TARGET, "1.01")])
async def test_a_leg_that_the_price_reaches_closes_the_position(actor: Actor, leg: Leg, beyond: str) -> None:
    """EXE-16: it tells its own fill; cancelling the sibling leaves nothing (D8)."""
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))
    await actor.protect(actor.stage.quantity)
    price = actor.stage.stop if leg is Leg.STOP else actor.stage.target

    actor.sim.control.move_price(actor.symbol, str(price * Decimal(beyond)))
    found = await actor.client.find_protection(actor.market, actor.id(leg))
    fills = await actor.client.fills(actor.market)
    await actor.client.cancel_protection(actor.market, [actor.id(Leg.STOP), actor.id(Leg.TARGET)])

    assert found is not None
    assert (found.state, found.filled_quantity, found.average_price) == (
        OrderState.FILLED,
        actor.stage.quantity,
        price,
    )
    assert actor.positions() == {}
    assert actor.standing() == set()
    assert [(fill.side, fill.quantity, fill.price, fill.market_key) for fill in fills] == [
        (Side.BUY, actor.stage.quantity, actor.stage.price, actor.stage.key),
        (Side.SELL, actor.stage.quantity, price, actor.stage.key),
    ]
    assert found.triggered_order_id in ("", fills[1].exchange_order_id)
    assert fills[1].exchange_order_id in (found.triggered_order_id, found.exchange_order_id)
    assert all(fill.fee > 0 and fill.fee_currency == actor.stage.quote for fill in fills)


@on(FUTURES)
async def test_legs_are_cancelled_once_and_say_so(actor: Actor) -> None:
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))
    await actor.protect(actor.stage.quantity)
    ids = [actor.id(Leg.STOP), actor.id(Leg.TARGET)]

    first = await actor.client.cancel_protection(actor.market, ids)
    second = await actor.client.cancel_protection(actor.market, ids)

    assert first == dict.fromkeys(ids)
    assert [error.kind for error in second.values()] == [RefusalKind.NOT_FOUND] * 2  # type: ignore[union-attr]
    assert actor.standing() == set()
    stop = await actor.client.find_protection(actor.market, ids[0])
    assert stop is None or stop.state is OrderState.CANCELLED


@on(FUTURES)
async def test_what_was_never_sent_is_positively_not_found(actor: Actor) -> None:
    """D4: only then may it be sent again."""
    assert await actor.client.find_order(actor.market, actor.id(Leg.ENTRY)) is None
    assert await actor.client.find_protection(actor.market, actor.id(Leg.STOP)) is None


@on(FUTURES)
async def test_a_stop_that_the_price_has_passed_is_refused(actor: Actor) -> None:
    await actor.client.enter(actor.market, Side.BUY, actor.stage.quantity, actor.id(Leg.ENTRY))
    passed = actor.stage.price + actor.market.price_step * 100

    placed = await actor.client.place_protection(actor.market, LONG, actor.stage.quantity, actor.legs(stop=passed))

    assert isinstance(placed[Leg.STOP], Refused)
    assert placed[Leg.STOP].kind is RefusalKind.WOULD_TRIGGER
    assert actor.standing() == actor.expected(Leg.TARGET, quantity=actor.stage.quantity)


@on(FUTURES)
async def test_a_hedge_account_holds_both_sides_each_with_its_stop(actor: Actor) -> None:
    """D16, P7: we believe one-way; the account is hedged, which is found out once."""
    quantity = actor.stage.quantity
    actor.sim.control.change_account(actor.keys.api_key, is_hedged=True)

    await actor.client.enter(actor.market, Side.BUY, quantity, actor.id(Leg.ENTRY))
    await actor.protect(quantity)
    await actor.client.enter(actor.market, Side.SELL, quantity, actor.id(Leg.ENTRY, 2))
    short_legs = actor.legs(actor.stage.target, actor.stage.stop, attempt=2)
    await actor.client.place_protection(actor.market, SHORT, quantity, short_legs)
    both, legs = actor.positions(), actor.standing()
    await actor.client.reduce(actor.market, LONG, actor.stage.part, actor.id(Leg.EXIT))

    assert actor.client.position_mode is PositionMode.HEDGE
    assert {side: abs(held) for side, held in both.items()} == {"LONG": quantity, "SHORT": quantity}
    assert len(legs) == 4
    after = {one.side: one.quantity for one in await actor.client.positions(FUTURES)}
    assert after == {LONG: quantity - actor.stage.part, SHORT: quantity}


@on(FUTURES)
async def test_a_contract_of_many_coins_is_bought_in_the_right_size(actor: Actor) -> None:
    key, quantity = actor.stage.many_coins
    market = await actor.client.market(FUTURES, key)

    await actor.client.set_terms(market, leverage=5, margin_mode=MarginMode.ISOLATED)
    await actor.client.enter(market, Side.BUY, quantity, actor.id(Leg.ENTRY), terms=OrderTerms(leverage=5))

    symbol = actor.stage.symbol(FUTURES, key)
    held = {one["symbol"]: Decimal(one["quantity"]) for one in actor.there["positions"] if Decimal(one["quantity"])}
    assert held == {symbol: quantity}
    assert [(one.market_key, one.quantity) for one in await actor.client.positions(FUTURES)] == [(key, quantity)]


@on(FUTURES)
async def test_prices_and_balances_are_told(actor: Actor) -> None:
    assert await actor.client.price(actor.market) == actor.stage.price
    assert (await actor.client.prices(FUTURES))[actor.stage.key] == actor.stage.price
    book = await actor.client.best_bid_ask(actor.market)
    assert book is not None
    assert book[0] <= actor.stage.price <= book[1]
    balances = {one.currency: one for one in await actor.client.balances(FUTURES)}
    assert balances[actor.stage.quote].total == Decimal(1000)


@on(FUTURES)
async def test_one_account_never_trades_for_another(actor: Actor) -> None:
    """EXC-08"""
    second = other_account(actor)

    await second.client.enter(actor.market, Side.BUY, actor.stage.quantity, second.id(Leg.ENTRY))

    assert actor.positions() == {}
    assert set(second.positions().values()) == {actor.stage.quantity}
