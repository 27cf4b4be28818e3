"""Whatever happens: fills add up to the position, the wallet to its history, and the log to the state."""

import contextlib
import json
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.core import Exchange, Refused, conditionals, funding, futures, registry
from simulator.core.amounts import ZERO
from simulator.core.changes import apply
from simulator.core.codec import dump, dump_event, load_event, reader
from simulator.core.margin import summarize
from simulator.core.matching import let_time_pass, move_mark, move_price
from simulator.core.orders import Pieces, Rest, Status
from simulator.core.state import State
from tests.simulator.builders import BTC, Bench

SIDES = st.sampled_from(["BUY", "SELL"])
QUANTITIES = st.integers(2, 60).map(lambda number: f"{number / 1000:.3f}")
PRICES = st.integers(800_000, 1_100_000).map(lambda tenths: str(Decimal(tenths) / 10))
ACTIONS = st.one_of(
    st.tuples(st.just("market"), SIDES, QUANTITIES, st.booleans()),
    st.tuples(st.just("limit"), SIDES, QUANTITIES, PRICES),
    st.tuples(st.just("stop"), SIDES, QUANTITIES, PRICES),
    st.tuples(st.just("target"), SIDES, QUANTITIES, PRICES),
    st.tuples(st.just("jump"), PRICES),
    st.tuples(st.just("move"), PRICES),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("mark"), PRICES),
    st.tuples(st.just("unmark")),
    st.tuples(st.just("fund"), st.sampled_from(["0.01", "-0.02"])),
    st.tuples(st.just("thin"), SIDES, QUANTITIES, st.sampled_from(list(Rest))),
    st.tuples(st.just("thin stop"), SIDES, QUANTITIES, PRICES),
    st.tuples(st.just("wait")),
    st.tuples(st.just("isolate"), st.booleans()),
)


def act(bench, account, action):
    name, *values = action
    exchange = bench.exchange
    bench.now += 17
    match name:
        case "market":
            bench.market(account, *values[:2], reduce_only=values[2])
        case "limit":
            bench.limit(account, *values)
        case "stop":
            bench.conditional(account, "STOP_MARKET", values[0], values[2], values[1], reduce_only=True)
        case "target":
            bench.conditional(account, "TAKE_PROFIT_MARKET", values[0], values[2], values[1])
        case "jump" | "move":
            move_price(exchange, BTC, Decimal(values[0]), continuous=name == "move")
        case "mark" | "unmark":
            move_mark(exchange, BTC, Decimal(values[0]) if values else None)
        case "fund":
            funding.set_rate(exchange, BTC, Decimal(values[0]))
            funding.settle(exchange, [BTC])
        case _:
            settle(bench, account, name, values)


def settle(bench, account, name, values):
    """What happens less often."""
    exchange = bench.exchange
    match name:
        case "thin":
            bench.market(account, *values[:2], pieces=Pieces(Decimal("0.37"), values[2], 100, 2))
        case "thin stop":
            side, quantity, trigger = values
            thin = Pieces(Decimal("0.37"), Rest.FILL, 100, 2)
            bench.conditional(account, "STOP_MARKET", side, trigger, quantity, reduce_only=True, pieces=thin)
        case "wait":
            bench.now += 200
            let_time_pass(exchange)
        case "isolate":
            registry.set_margin_mode(exchange, account, BTC, isolated=values[0])
        case _:
            futures.cancel_all(exchange, account, BTC)
            conditionals.cancel_all(exchange, account, BTC)


def run(actions, wallet="3000"):
    bench = Bench()
    account = bench.account(wallet)
    for action in actions:
        with contextlib.suppress(Refused):
            act(bench, account, action)
    return bench, account


@settings(max_examples=120, deadline=None)
@given(st.lists(ACTIONS, max_size=40))
def test_fills_add_up_to_the_position_and_the_wallet(actions):
    bench, account = run(actions)
    assert account.wallet["USDT"] >= 0 or account.positions

    signed = sum((fill.side.sign * fill.quantity for fill in account.fills), ZERO)
    assert account.position(BTC).quantity == signed
    booked = sum((fill.realized_pnl - fill.fee for fill in account.fills), ZERO)
    booked += sum((income.amount for income in account.incomes), ZERO)
    assert account.wallet["USDT"] == Decimal("3000") + booked
    flows = sum((-fill.side.sign * fill.quote_quantity for fill in account.fills), ZERO)
    worth = flows + signed * bench.exchange.mark(BTC)
    summary = summarize(bench.exchange, account)
    gained = sum((fill.realized_pnl for fill in account.fills), ZERO) + summary.unrealized_pnl
    assert abs(gained - worth) < Decimal("0.00001")  # realized + unrealized = what the trades are worth now
    for order in account.orders.values():
        assert order.executed_quantity <= order.quantity
        assert (order.id in account.open_orders) == order.status.is_open


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=40))
@example([("target", "SELL", "0.002", "95000.1"), ("limit", "SELL", "0.002", "95000.1")])  # both wait at one level
def test_the_log_replays_to_the_same_state_and_goes_on_alike(actions):
    bench = Bench()
    lines: list[str] = []
    bench.exchange.listeners.append(lambda event: lines.append(dump_event(event)))
    account = bench.account("3000")
    for action in actions:
        with contextlib.suppress(Refused):
            act(bench, account, action)

    replayed = State(prices=dict(bench.exchange.state.prices), marks=dict(bench.exchange.state.marks))
    for line in lines:
        apply(replayed, load_event(line))

    assert dump(replayed) == dump(bench.exchange.state)
    loaded = reader(State)(json.loads(dump(bench.exchange.state)))
    again = Exchange(clock=lambda: bench.now, state=loaded)
    for exchange in (bench.exchange, again):
        for price in ("70000", "120000"):
            move_price(exchange, BTC, Decimal(price), continuous=True)
    assert dump(again.state) == dump(bench.exchange.state)


@settings(max_examples=30, deadline=None)
@given(st.lists(ACTIONS, max_size=30))
def test_the_same_inputs_give_the_same_state(actions):
    first, _ = run(actions)
    second, _ = run(actions)

    assert dump(first.exchange.state) == dump(second.exchange.state)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=30), PRICES)
def test_nothing_open_is_left_behind_the_price(actions, price):
    bench, account = run(actions)

    move_price(bench.exchange, BTC, Decimal(price), continuous=True)

    for conditional in account.conditionals.values():
        if conditional.status is Status.NEW:
            trigger = conditional.trigger_price
            assert Decimal(price) < trigger if conditional.fires_above else Decimal(price) > trigger
