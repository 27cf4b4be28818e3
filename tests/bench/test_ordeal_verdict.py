"""The ordeal's own counts: entries, doubles, what was lost, what stands bare."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from bench.ordeal_verdict import count_entries, count_lost, uncovered
from exchanges.client_ids import client_order_id
from exchanges.types import Leg


def placed(number: int, client_id: str, *, reduce_only: bool = False, algo_id: int = 0) -> dict[str, Any]:
    order = {"id": number, "client_id": client_id, "reduce_only": reduce_only, "algo_id": algo_id}
    return {"type": "OrderPlaced", "data": {"order": order}}


def filled(number: int) -> dict[str, Any]:
    return {"type": "OrderFilled", "data": {"fill": {"order_id": number}}}


def entry_id(execution: UUID) -> str:
    return client_order_id(execution, Leg.ENTRY, 1)


def test_an_entry_that_filled_in_pieces_is_one() -> None:
    execution = uuid4()
    events = [placed(1, entry_id(execution)), filled(1), filled(1)]

    assert count_entries(events, [(execution, "a")]) == (1, 0)


def test_an_order_that_never_filled_is_no_entry() -> None:
    execution = uuid4()

    assert count_entries([placed(1, entry_id(execution))], [(execution, "a")]) == (0, 0)


def test_the_same_id_filled_twice_is_a_double() -> None:
    execution = uuid4()
    key = entry_id(execution)
    events = [placed(1, key), filled(1), placed(2, key), filled(2)]

    assert count_entries(events, [(execution, "a")]) == (1, 1)


def test_two_executions_of_one_alert_and_subscription_are_a_double() -> None:
    first, second = uuid4(), uuid4()
    events = [placed(1, entry_id(first)), filled(1), placed(2, entry_id(second)), filled(2)]

    assert count_entries(events, [(first, "a"), (second, "a")]) == (1, 1)
    assert count_entries(events, [(first, "a"), (second, "b")]) == (2, 0)


def test_an_entry_that_no_execution_knows_is_one_too_many() -> None:
    assert count_entries([placed(1, "someone"), filled(1)], []) == (0, 1)


def test_exits_and_triggered_stops_are_no_entries() -> None:
    events = [placed(1, "x", reduce_only=True), filled(1), placed(2, "y", algo_id=9), filled(2)]

    assert count_entries(events, []) == (0, 0)


def test_what_has_no_execution_no_end_or_no_reason_is_lost() -> None:
    bot, signal, follower, others = uuid4(), uuid4(), uuid4(), [uuid4() for _ in range(4)]
    subscribers = {bot: frozenset((follower, *others))}
    rows = [
        (signal, follower, "PROTECTED", ""),
        (signal, others[0], "SKIPPED", "stale_signal"),
        (signal, others[1], "SKIPPED", ""),
        (signal, others[2], "SENDING", ""),
    ]

    assert count_lost(subscribers, {signal: (bot, True)}, rows) == 3


def test_a_close_concerns_whoever_was_given_an_execution() -> None:
    bot, signal, follower = uuid4(), uuid4(), uuid4()
    rows = [(signal, follower, "CLOSED", "closed_by_signal")]

    assert count_lost({bot: frozenset((follower, uuid4()))}, {signal: (bot, False)}, rows) == 0


def test_a_position_is_covered_by_stops_of_its_own_side_for_all_of_it() -> None:
    def stop(symbol: str, side: str, quantity: str, kind: str = "STOP_MARKET") -> dict[str, str]:
        return {"symbol": symbol, "side": side, "quantity": quantity, "type": kind}

    held = {name: Decimal(quantity) for name, quantity in {"A": "2", "B": "-2", "C": "2", "D": "2", "E": "2"}.items()}
    standing = [
        stop("A", "SELL", "1"),
        stop("A", "SELL", "1"),
        stop("B", "BUY", "2"),
        stop("C", "SELL", "1"),
        stop("D", "BUY", "2"),
        stop("E", "SELL", "2", "TAKE_PROFIT_MARKET"),
    ]

    assert uncovered(held, standing) == {"C", "D", "E"}
