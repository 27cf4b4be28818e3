"""Stops and targets that come with an order or belong to a position, and pairs of which one ends the other. D8, EXE-12."""

from decimal import Decimal

import pytest

from simulator.core import Reason, Refused, Settings, conditionals, futures, protection
from simulator.core.changes import apply
from simulator.core.codec import dump_event, load_event
from simulator.core.events import ConditionalEnded, ConditionalPlaced, OrderFilled
from simulator.core.matching import let_time_pass, move_mark, move_price
from simulator.core.orders import (
    MARK_PRICE,
    OrderType,
    Pieces,
    PositionSide,
    Protection,
    Scope,
    Side,
    Status,
    Trigger,
)
from simulator.core.state import State
from tests.simulator.builders import BTC, Bench

STOP, TARGET = OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET
BOTH = Protection(Trigger(Decimal("93000"), "s1"), Trigger(Decimal("99000")))


def refusal(call, *arguments, **names):
    with pytest.raises(Refused) as caught:
        call(*arguments, **names)
    return caught.value.reason


def start(settings=None):
    bench = Bench(settings)
    return bench, bench.account()


def standing(account) -> list[tuple[str, str, str]]:
    waiting = account.open_conditionals.values()
    return [(order.type, str(order.quantity), str(order.trigger_price)) for order in waiting]


def go(bench, price, continuous=True):
    move_price(bench.exchange, BTC, Decimal(price), continuous=continuous)


def test_protection_stands_with_the_fill_of_its_entry():
    bench, account = start()

    entry = bench.market(account, "BUY", "0.031", protection=BOTH)

    assert standing(account) == [(STOP, "0.031", "93000"), (TARGET, "0.031", "99000")]
    assert [order.parent_id for order in account.open_conditionals.values()] == [entry.id, entry.id]
    assert account.find_conditional(client_id="s1").type is STOP
    kinds = [type(event.change) for event in bench.events[-3:]]
    assert kinds == [OrderFilled, ConditionalPlaced, ConditionalPlaced]


def test_nothing_stands_before_the_entry_is_filled():
    bench, account = start()
    bench.limit(account, "BUY", "0.031", "94000", protection=BOTH)
    assert standing(account) == []

    go(bench, "94000")

    assert standing(account) == [(STOP, "0.031", "93000"), (TARGET, "0.031", "99000")]


def test_protection_grows_with_each_piece_of_the_fill():
    bench, account = start()
    bench.market(account, "BUY", "0.030", protection=BOTH, pieces=Pieces(Decimal("0.5")))
    assert [quantity for _, quantity, _ in standing(account)] == ["0.015", "0.015"]

    bench.now += 1001
    let_time_pass(bench.exchange)

    assert [quantity for _, quantity, _ in standing(account)] == ["0.030", "0.030"]


def test_the_stop_that_closes_the_position_takes_the_target_with_it():
    bench, account = start()
    bench.market(account, "BUY", "0.031", protection=BOTH)

    go(bench, "92000")

    assert account.positions == {}
    assert standing(account) == []
    assert [order.status for order in account.conditionals.values()] == [Status.FINISHED, Status.CANCELED]


def test_protection_that_outlives_its_position_is_rejected_when_touched():
    bench, account = start()
    bench.market(account, "BUY", "0.031", protection=Protection(BOTH.stop, None, ends_flat=False))
    bench.market(account, "SELL", "0.031")
    assert standing(account) == [(STOP, "0.031", "93000")]

    go(bench, "92000")

    assert [order.status for order in account.conditionals.values()] == [Status.REJECTED]


def test_a_linked_pair_ends_together():
    bench, account = start()
    linked = Protection(BOTH.stop, BOTH.target, linked=True, ends_flat=False)
    bench.market(account, "BUY", "0.031", protection=linked)
    stop, target = account.open_conditionals.values()
    assert stop.group == target.group == stop.id

    conditionals.cancel_conditional(bench.exchange, account, target)

    assert stop.status is Status.CANCELED


@pytest.mark.parametrize(
    ("side", "stop", "target"), [("BUY", "95000", None), ("BUY", None, "94000"), ("SELL", "94000", None)]
)
def test_an_entry_whose_protection_would_fire_at_once_is_refused(side, stop, target):
    bench, account = start()
    wrong = Protection(stop and Trigger(Decimal(stop)), target and Trigger(Decimal(target)))

    assert refusal(bench.market, account, side, "0.031", protection=wrong) is Reason.WOULD_TRIGGER
    assert account.orders == {}


def test_protection_follows_the_mark_price_where_asked():
    bench, account = start()
    bench.market(account, "BUY", "0.031", protection=Protection(Trigger(Decimal("93000"), "", MARK_PRICE)))

    go(bench, "95000")
    move_mark(bench.exchange, BTC, Decimal("95000"))
    go(bench, "92000")
    assert len(standing(account)) == 1
    move_mark(bench.exchange, BTC, Decimal("92500"))

    assert account.positions == {}


def test_a_position_has_one_stop_that_is_replaced_and_removed():
    bench, account = start()
    bench.market(account, "BUY", "0.031")
    set_stop = lambda price: protection.set_trigger(  # noqa: E731
        bench.exchange, account, account.position(BTC), STOP, price and Trigger(Decimal(price))
    )

    set_stop("92000")
    set_stop("93000")
    assert standing(account) == [(STOP, "0", "93000")]
    assert refusal(set_stop, "96000") is Reason.WOULD_TRIGGER
    assert standing(account) == [(STOP, "0", "93000")]
    set_stop(None)

    assert standing(account) == []


def test_a_position_stop_closes_what_there_is_by_then():
    bench, account = start()
    whole = Protection(BOTH.stop, BOTH.target, scope=Scope.POSITION)
    bench.market(account, "BUY", "0.031", protection=whole)
    bench.market(account, "BUY", "0.010")
    assert standing(account) == [(STOP, "0", "93000"), (TARGET, "0", "99000")]

    go(bench, "92000")

    assert account.positions == {}
    assert account.fills[-1].quantity == Decimal("0.041")
    assert standing(account) == []


def test_a_second_entry_replaces_the_stop_of_the_position():
    bench, account = start()
    bench.market(account, "BUY", "0.031", protection=Protection(BOTH.stop, None, scope=Scope.POSITION))

    again = Protection(Trigger(Decimal("94000")), None, scope=Scope.POSITION)
    bench.market(account, "BUY", "0.010", protection=again)

    assert standing(account) == [(STOP, "0", "94000")]


def test_a_position_stop_ends_when_the_position_is_closed_or_turned():
    for quantity in ("0.031", "0.050"):
        bench, account = start()
        bench.market(account, "BUY", "0.031", protection=Protection(BOTH.stop, None, scope=Scope.POSITION))

        bench.market(account, "SELL", quantity)

        assert standing(account) == []


def test_there_is_no_stop_without_a_position():
    bench, account = start()
    position = account.position(BTC)

    missing = refusal(protection.set_trigger, bench.exchange, account, position, STOP, Trigger(Decimal("90000")))

    assert missing is Reason.CLOSE_WITHOUT_POSITION


def test_hedged_sides_are_protected_apart():
    bench, account = start()
    account.is_hedged = True
    long, short = PositionSide.LONG, PositionSide.SHORT
    bench.market(account, "BUY", "0.031", position_side=long, protection=Protection(BOTH.stop))
    over = Protection(Trigger(Decimal("97000")))
    bench.market(account, "SELL", "0.020", position_side=short, protection=over)

    bench.market(account, "SELL", "0.031", position_side=long)

    (left,) = account.open_conditionals.values()
    assert (left.side, left.position_side, left.quantity) == (Side.BUY, short, Decimal("0.020"))


def pair(**more: object) -> list[conditionals.NewConditional]:
    quantity = Decimal("0.031")
    stop = conditionals.NewConditional(BTC, Side.SELL, STOP, Decimal("93000"), quantity, reduce_only=True, **more)
    return [stop, conditionals.NewConditional(BTC, Side.SELL, TARGET, Decimal("99000"), quantity, reduce_only=True)]


def test_of_a_group_the_first_to_fire_ends_the_others():
    bench, account = start()
    bench.market(account, "BUY", "0.031")
    stop, target = conditionals.place_group(bench.exchange, account, pair(client_id="oco"))
    assert conditionals.members(account, target) == [stop, target]

    go(bench, "99500")

    assert (stop.status, target.status) == (Status.CANCELED, Status.FINISHED)


def test_a_group_is_placed_whole_or_not_at_all():
    bench, account = start()
    bench.market(account, "BUY", "0.031")
    stop, target = pair()
    target.trigger_price = Decimal("90000")

    assert refusal(conditionals.place_group, bench.exchange, account, [stop, target]) is Reason.WOULD_TRIGGER
    assert account.conditionals == {}


def test_shared_ids_are_one_space():
    bench, account = start(Settings(shared_ids=True))
    bench.market(account, "BUY", "0.031")
    bench.limit(account, "BUY", "0.010", "90000", client_id="same")

    taken = refusal(bench.conditional, account, STOP, "SELL", "93000", "0.031", client_id="same")
    stop = bench.conditional(account, STOP, "SELL", "93000", "0.031", client_id="other")
    again = refusal(bench.limit, account, "BUY", "0.010", "90000", client_id="other")

    assert (taken, again) == (Reason.DUPLICATE_ID, Reason.DUPLICATE_ID)
    go(bench, "92000")
    assert account.orders[stop.order_id].client_id == "other"


def test_the_log_replays_to_the_same_protection():
    bench, lines, state = Bench(), [], State()
    bench.exchange.listeners.append(lambda event: lines.append(dump_event(event)))
    account = bench.account()
    bench.market(account, "BUY", "0.030", protection=BOTH, pieces=Pieces(Decimal("0.5")))
    bench.now += 1001
    let_time_pass(bench.exchange)

    for line in lines:
        apply(state, load_event(line))

    replayed = state.accounts[account.id]
    assert replayed.open_conditionals == account.open_conditionals
    assert replayed.orders == account.orders


def test_a_cancelled_pair_is_told_in_the_ledger():
    bench, account = start()
    bench.market(account, "BUY", "0.031", protection=BOTH)
    order = futures.place_order(
        bench.exchange, account, futures.NewOrder(BTC, Side.SELL, OrderType.MARKET, Decimal("0.031"), reduce_only=True)
    )

    ended = [event.change for event in bench.events if isinstance(event.change, ConditionalEnded)]
    assert order.status is Status.FILLED
    assert ended == [ConditionalEnded(i, Status.CANCELED) for i in sorted(account.conditionals)]
