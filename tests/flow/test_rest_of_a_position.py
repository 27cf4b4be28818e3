"""A stop that sold only a part of what is held leaves a position like any other: protected, and in the books as it is (I4, D7, D8)."""

from decimal import Decimal

from signals.models import Position
from signals.price_watch import PriceWatch
from subscriptions.models import Subscription
from tests.flow.world import World


def sold_in_part(world: World) -> Subscription:
    """A position whose stop went off and sold a part of it; the price has come back."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="stop", fraction="0.4", rest="expire", count=1)
    world.trade(bot, "buy")
    world.reconcile(client)
    stop = world.execution(client).stop_loss_sent_price
    world.sim.control.move_price("BTCUSDT", str(stop - 1))
    world.sim.control.move_price("BTCUSDT", str(stop + 1000))
    return client


def standing(world: World, client: Subscription) -> dict[str, list[Decimal]]:
    """The quantities of the stops and targets at the exchange."""
    found: dict[str, list[Decimal]] = {}
    for order in world.exchange_account(client)["open_conditionals"]:
        found.setdefault(order["type"], []).append(Decimal(order["quantity"]))
    return found


def held(world: World, client: Subscription) -> Decimal:
    return sum((abs(Decimal(one["quantity"])) for one in world.exchange_account(client)["positions"]), Decimal(0))


def test_the_rest_of_a_stop_that_sold_a_part_gets_its_stop_in_the_same_look(world: World) -> None:
    client = sold_in_part(world)

    world.reconcile(client)

    position, rest = world.position(client), held(world, client)
    assert (position.status, position.quantity) == ("open", rest)
    assert Decimal(0) < rest < position.opened_quantity
    assert standing(world, client) == {"STOP_MARKET": [rest], "TAKE_PROFIT_MARKET": [rest]}
    assert not position.executions.filter(events__code="reduced_elsewhere").exists()


def test_an_account_of_which_a_part_was_sold_is_asked_again_at_once(world: World) -> None:
    client = sold_in_part(world)
    Position.objects.update(opened_at="2026-01-01T00:00:00Z")

    world.reconcile(client)
    unbooked = world.at_desk(lambda desk: PriceWatch(desk, None, reconcile_s=60).unbooked())  # type: ignore[arg-type]
    world.reconcile(client)

    assert unbooked == [client.exchange_account_id]
    assert world.position(client).fills_booked_at is not None


def test_the_rest_is_sold_by_the_next_close(world: World) -> None:
    """What the stop sold is booked: it is not taken for a part of the rest."""
    client = sold_in_part(world)
    world.reconcile(client)

    world.trade(client.bot, "close")
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason) == ("closed", "closed_by_signal")
    assert held(world, client) == 0
    assert standing(world, client) == {}


def test_what_was_added_after_the_stop_went_off_keeps_its_new_stop(world: World) -> None:
    bot = world.bot(same_side_policy="add", duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    stop = world.execution(client).stop_loss_sent_price
    world.sim.control.move_price("BTCUSDT", str(stop - 1))
    world.trade(bot, "buy")

    world.reconcile(client)

    position, rest = world.position(client), held(world, client)
    assert (position.status, position.quantity) == ("open", rest)
    assert rest > 0
    assert standing(world, client) == {"STOP_MARKET": [rest], "TAKE_PROFIT_MARKET": [rest]}
