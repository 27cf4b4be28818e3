"""Each invariant holds where all is well and is named where one thing is not (I1–I12)."""

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import translation

from exchanges.types import Leg, Side
from signals.invariants import AccountTruth, Book, Limits, Truth, Verdict, check
from signals.invariants.book import Stop
from signals.invariants.truth import Holding, TrueRequest
from tests.signals_audit.small_case import FUTURES, SYMBOL, SmallCase, at

ENTRY, STOP, TARGET = 0, 1, 2


@pytest.fixture
def case() -> SmallCase:
    return SmallCase()


def leave(case: SmallCase, seconds: float, **fields) -> None:
    """The exit order and its fill."""
    exit_order = case.place(case.execution, Leg.EXIT, seconds=seconds, ended=seconds, **fields)
    case.row(case.execution, Leg.EXIT, status="filled", seconds=seconds)
    case.fill(exit_order, seconds=seconds)


def test_all_is_well(case: SmallCase):
    report = case.judge()

    assert report.violations == ()
    assert {name for name, verdict in report.verdicts.items() if verdict is not Verdict.HELD} == {"I11"}
    assert report.unprotected == {"positions": 1, "p50_s": 0.1, "p99_s": 0.1, "max_s": 0.1, "total_s": 0.1}
    assert report.figures == {"expected": 1, "entered": 1, "double": 0, "lost": 0, "naked": 0, "mismatch": 0}


# I1
def test_a_second_filled_entry_under_the_same_id_is_double(case: SmallCase):
    again = case.place(case.execution, Leg.ENTRY, seconds=3, side=Side.BUY, ended=3)
    case.fill(again, seconds=3)

    report = case.judge()

    assert [v.code for v in report.of("I1")] == ["double_entry"]
    assert report.figures["double"] == 1
    assert report.of("I1")[0].execution_id == case.execution


def test_an_entry_that_the_record_calls_skipped_is_named(case: SmallCase):
    case.change(case.executions, state="SKIPPED", reason_code="stale_signal", position_id=None)
    case.change(case.orders, ENTRY, status="not_placed", filled_quantity=Decimal(0))

    assert ("I1", "entered_not_recorded") in case.codes()


def test_a_record_of_an_entry_that_never_was_is_named(case: SmallCase):
    case.fills.clear()

    assert ("I1", "recorded_not_entered") in case.codes()


def test_an_entry_that_no_execution_names_is_a_double_one(case: SmallCase):
    stray = case.place(case.execution, Leg.ENTRY, seconds=3, side=Side.BUY, ended=3, client_id="b" + "a" * 16 + "e")
    case.fill(stray, seconds=3)

    report = case.judge()

    assert [v.code for v in report.of("I1")] == ["entry_without_record"]
    assert [v.code for v in report.of("I8")] == ["no_row_for_order"]
    assert report.figures["double"] == 1


# I2
def test_a_signal_that_was_answered_and_is_not_stored_is_lost(case: SmallCase):
    case.book_extras["answered"] = frozenset({case.signals[0].id, uuid4()})

    report = case.judge()

    assert [(v.invariant, v.code) for v in report.violations] == [("I2", "signal_missing")]
    assert report.figures["lost"] == 1


def test_a_subscriber_without_an_execution_is_lost(case: SmallCase):
    case.subscribe()

    assert case.codes() == [("I2", "subscriber_left_out")]


def test_who_came_or_changed_after_the_signal_was_not_left_out(case: SmallCase):
    case.subscribe(created_at=at(5), changed_at=at(5))
    case.subscribe(changed_at=at(5))

    assert case.codes() == []


def test_fewer_executions_than_were_counted_are_lost(case: SmallCase):
    case.change(case.signals, total_subscribers=2)

    assert case.codes() == [("I2", "execution_missing")]


def test_an_execution_that_never_ends_is_lost_after_two_minutes(case: SmallCase):
    case.change(case.executions, state="SENDING", completed_at=None)
    case.change(case.signals, completed_at=None)

    assert case.codes(now=at(119)) == []
    assert case.codes(now=at(121)) == [("I2", "not_settled")]
    assert case.codes(Limits(recovered_at=at(60)), now=at(121)) == []


def test_an_account_whose_keys_are_refused_may_wait(case: SmallCase):
    case.change(case.executions, state="UNCONFIRMED", completed_at=None)
    case.change(case.signals, completed_at=None)
    case.book_extras["needs_attention"] = frozenset({case.account})

    assert case.codes() == []


def test_an_end_without_a_reason_is_named(case: SmallCase):
    case.change(case.executions, state="CLOSED")

    assert ("I2", "ended_without_reason") in case.codes()


# I3
def test_a_stop_that_came_late_is_a_gap_with_its_seconds(case: SmallCase):
    case.change(case.placed, STOP, placed_at=at(7.6))

    report = case.judge()

    (violation,) = report.violations
    assert (violation.invariant, violation.code, violation.figures["seconds"]) == ("I3", "gap_too_long", "7.5")
    assert report.unprotected["max_s"] == 7.5
    assert case.codes(Limits(gap_s=15)) == []


def test_a_position_without_a_stop_is_naked(case: SmallCase):
    del case.placed[STOP]
    case.change(case.orders, STOP, status="refused")

    report = case.judge()

    assert {(v.invariant, v.code) for v in report.violations} == {("I3", "open_without_stop"), ("I4", "stop_quantity")}
    assert report.figures["naked"] == 1


def test_a_stop_that_is_lost_later_counts_from_then(case: SmallCase):
    case.end(STOP, 100)
    case.place(case.execution, Leg.STOP, seconds=109, attempt=2)
    case.row(case.execution, Leg.STOP, attempt=2, seconds=108)
    case.change(case.orders, STOP, status="cancelled")

    report = case.judge()

    assert [(v.code, v.figures["seconds"]) for v in report.violations] == [("gap_too_long", "9.0")]
    assert [gap.seconds for gap in report.gaps] == [0.1, 9.0]


def test_a_stop_for_half_of_it_is_no_stop_for_the_rest(case: SmallCase):
    case.change(case.placed, STOP, quantity=Decimal("0.5"))

    assert ("I3", "open_without_stop") in case.codes()


def test_without_a_configured_stop_none_is_missing(case: SmallCase):
    del case.placed[STOP]
    del case.orders[STOP]
    case.change(case.executions, protection="target")
    case.change(case.positions, stop_price=None)

    assert case.codes() == []


def test_a_position_that_was_closed_for_want_of_a_stop_in_time_breaks_nothing(case: SmallCase):
    del case.placed[STOP:]
    del case.orders[STOP:]
    leave(case, 4.9)
    case.change(case.executions, state="CLOSED", reason_code="protection_failed", closed_at=at(5))
    case.change(case.positions, status="closed", quantity=Decimal(0), closed_at=at(5))
    case.change(case.signals, successful_executions=0, failed_executions=1)

    report = case.judge()

    assert report.violations == ()
    assert (report.unprotected["max_s"], report.figures["naked"]) == (4.8, 0)


# I4
def test_a_stop_larger_than_the_position_is_named(case: SmallCase):
    case.change(case.placed, STOP, quantity=Decimal("1.002"))

    assert case.codes() == [("I4", "stop_quantity")]


def test_a_lot_step_more_or_less_is_rounding(case: SmallCase):
    case.change(case.placed, STOP, quantity=Decimal("1.001"))

    assert case.codes() == []


def test_two_stops_for_one_position_are_named(case: SmallCase):
    case.place(case.execution, Leg.STOP, seconds=1, attempt=2)
    case.row(case.execution, Leg.STOP, attempt=2)

    assert set(case.codes()) == {("I4", "more_than_one_stop"), ("I4", "stop_quantity")}


def test_what_stands_where_the_position_is_flat_is_named(case: SmallCase):
    leave(case, 60)
    case.change(case.executions, state="CLOSED", reason_code="closed_by_client", closed_at=at(60))
    case.change(case.positions, status="closed", quantity=Decimal(0), closed_at=at(60))

    assert case.codes() == [("I4", "order_where_flat")] * 2


def test_nothing_is_at_rest_while_work_is_in_flight(case: SmallCase):
    case.change(case.placed, STOP, quantity=Decimal("1.002"))

    report = case.judge(now=at(30))

    assert report.of("I4") == []
    assert (report.verdicts["I4"], report.verdicts["I6"]) == (Verdict.NOT_JUDGED, Verdict.NOT_JUDGED)


# I5
def test_an_exit_that_turns_the_position_is_named(case: SmallCase):
    leave(case, 60, quantity=Decimal(2))

    report = case.judge(now=at(61))

    (violation,) = report.of("I5")
    assert (violation.figures["before"], violation.figures["after"]) == ("1", "-1")


def test_an_entry_of_the_new_direction_may_turn_it(case: SmallCase):
    leave(case, 60)
    case.enter(case.subscription, seconds=61, side=Side.SELL)

    assert case.judge(now=at(62)).of("I5") == []


def test_an_entry_of_the_other_direction_may_not(case: SmallCase):
    case.change(case.placed, ENTRY, side=Side.SELL)
    case.change(case.fills, side=Side.SELL)
    case.change(case.placed, ENTRY, side=Side.BUY)

    assert ("I5", "sign_changed") in case.codes()


def test_what_the_owner_does_by_hand_is_theirs(case: SmallCase):
    by_hand = case.place(case.execution, Leg.EXIT, seconds=60, ended=60, client_id="web_abc", quantity=Decimal(3))
    case.fill(by_hand, seconds=60)

    assert case.judge(now=at(61)).of("I5") == []


# I6
def test_a_position_that_the_books_do_not_know_is_named(case: SmallCase):
    case.change(case.positions, status="closed", quantity=Decimal(0), closed_at=at(60))

    assert ("I6", "position_differs") in case.codes()


def test_what_is_known_as_foreign_is_no_difference(case: SmallCase):
    by_hand = case.place(case.execution, Leg.EXIT, seconds=60, ended=60, client_id="web_abc", side=Side.BUY)
    case.fill(by_hand, seconds=60)

    assert case.codes() == [("I6", "position_differs")]
    case.book_extras["foreign"] = {(case.account, SYMBOL): Decimal(1)}
    assert case.codes() == []


def test_another_average_price_is_named(case: SmallCase):
    holdings = (Holding(FUTURES, SYMBOL, Decimal(1), Decimal("100.02")),)

    assert case.codes(holdings=holdings) == [("I6", "price_differs")]


@pytest.mark.parametrize(("status", "code"), [("cancelled", "order_stands")])
def test_an_order_that_stands_and_is_called_gone_is_named(case: SmallCase, status: str, code: str):
    case.change(case.orders, TARGET, status=status)

    assert case.codes() == [("I6", code)]


def test_an_order_that_is_gone_and_called_open_is_named(case: SmallCase):
    case.end(TARGET, 100)

    assert case.codes() == [("I6", "order_gone")]


def test_a_position_closed_elsewhere_is_noticed_within_the_minute(case: SmallCase):
    by_hand = case.place(case.execution, Leg.EXIT, seconds=100, ended=100, client_id="web_abc")
    case.fill(by_hand, seconds=100)
    for leg in (STOP, TARGET):
        case.end(leg, 101)
        case.change(case.orders, leg, status="cancelled")
    case.change(case.executions, state="CLOSED", reason_code="external", closed_at=at(190))
    closed = {"status": "closed", "quantity": Decimal(0), "exit_reason": "external"}

    case.change(case.positions, **closed, closed_at=at(130))
    assert case.codes() == []
    case.change(case.positions, **closed, closed_at=at(190))
    assert case.codes() == [("I6", "drift_found_late")]


# I7
def test_counters_that_do_not_add_up_are_named(case: SmallCase):
    case.change(case.signals, successful_executions=2)

    assert case.codes() == [("I7", "signal_counters")]


def test_a_result_that_its_fills_do_not_make_is_named(case: SmallCase):
    sums = {
        "entered": Decimal(1),
        "left": Decimal(1),
        "paid": Decimal(100),
        "got": Decimal(110),
        "fees": Decimal("0.1"),
    }
    leave(case, 60)
    for leg in (STOP, TARGET):
        case.end(leg, 61)
        case.change(case.orders, leg, status="cancelled")
    case.change(case.executions, state="CLOSED", reason_code="closed_by_client", closed_at=at(60))
    closed = {"status": "closed", "quantity": Decimal(0), "closed_at": at(60), "fills_booked_at": at(61), **sums}

    case.change(case.positions, realized_pnl=Decimal("9.9"), **closed)
    assert case.codes() == []
    case.change(case.positions, realized_pnl=Decimal("10"), **closed)
    assert case.codes() == [("I7", "realized_pnl")]

    together = {
        "left": Decimal(3),
        "got": Decimal(330),
        "elsewhere": Decimal(3),
    }  # sold by hand, two of the client's own with it
    case.change(case.positions, realized_pnl=Decimal("9.9"), **(closed | together))
    assert case.codes() == []


# I8
def test_an_order_without_a_row_is_named(case: SmallCase):
    case.orders.pop(TARGET)

    assert case.codes() == [("I8", "no_row_for_order")]


def test_a_row_written_after_its_order_is_named(case: SmallCase):
    case.change(case.orders, ENTRY, created_at=at(1))

    assert case.codes() == [("I8", "row_after_order")]


def test_a_stop_or_target_may_stand_before_its_row(case: SmallCase):
    """D7: a position is not left bare for a database that is away."""
    case.change(case.orders, TARGET, created_at=at(1))

    assert case.codes() == []


@pytest.mark.parametrize("text", ['{"api_key": "abc"}', "url?timestamp=1&signature=ab12", '{"secret": "x1"}'])
def test_a_secret_in_a_row_is_named(case: SmallCase, text: str):
    case.change(case.orders, ENTRY, text=text)

    assert case.codes() == [("I8", "secret_in_row")]


# I9
def test_more_positions_at_once_than_allowed_are_named(case: SmallCase):
    case.change(case.subscriptions, max_concurrent_positions=1)
    case.enter(case.subscription, seconds=60, symbol="ETHUSDT")

    assert case.codes() == [("I9", "too_many_positions")]


def test_a_limit_that_was_lowered_afterwards_is_not_held_against_it(case: SmallCase):
    case.change(case.subscriptions, max_concurrent_positions=1, changed_at=at(100))
    case.enter(case.subscription, seconds=60, symbol="ETHUSDT")

    assert case.codes() == []


@pytest.mark.parametrize(("lost_at", "found"), [(-600, [("I9", "entered_over_loss")]), (-10 * 3600, [])])
def test_entering_after_the_days_loss_is_named(case: SmallCase, lost_at: float, found: list):
    # noon UTC is nine in São Paulo: ten hours before is yesterday there
    lost = case.positions[0]
    booked = {"closed_at": at(lost_at), "fills_booked_at": at(lost_at + 1), "realized_pnl": Decimal(-200)}
    case.positions.append(lost)
    case.change(case.positions, 1, id=uuid4(), status="closed", quantity=Decimal(0), **booked)

    assert case.codes() == found


# I10
def test_an_entry_after_a_pause_is_named(case: SmallCase):
    case.change(case.subscriptions, stopped_at=at(-2), stopped_why="bot_paused")

    assert case.codes() == [("I10", "entered_after_stop")]


def test_a_second_is_allowed_and_a_span_that_is_over_is_over(case: SmallCase):
    case.change(case.subscriptions, stopped_at=at(-0.5), stopped_why="bot_paused")
    case.book_extras["stops"] = (Stop(case.subscription, at(-60), at(-30), "kill switch"),)

    assert case.codes() == []


def test_a_span_that_the_caller_knows_is_judged(case: SmallCase):
    case.book_extras["stops"] = (Stop(case.subscription, at(-60), at(30), "kill switch"),)

    (violation,) = case.judge().violations
    assert (violation.invariant, violation.figures["why"]) == ("I10", "kill switch")


# I11
def request(seconds: float, status: int = 200, **fields) -> TrueRequest:
    return TrueRequest("10.0.0.1 /fapi", "10.0.0.1", at(seconds), status, **fields)


def test_requests_over_four_fifths_of_the_limit_are_named(case: SmallCase):
    case.truth_extras["requests"] = (request(0, used_share=Decimal("0.8")), request(1, used_share=Decimal("0.81")))

    (violation,) = case.judge().violations
    assert (violation.invariant, violation.figures["share"]) == ("I11", "81")


def test_a_request_during_a_ban_is_named(case: SmallCase):
    ban = request(0, 418, banned_until=at(120))

    case.truth_extras["requests"] = (ban, request(0.5), request(121))
    assert case.judge().verdicts["I11"] is Verdict.HELD
    case.truth_extras["requests"] = (ban, request(60))
    assert case.codes() == [("I11", "sent_while_banned")]


def test_a_ban_counts_from_the_answer_that_told_it(case: SmallCase):
    """One second for what was under way; the refused request itself may have waited for its answer."""
    ban = replace(request(0, 418, banned_until=at(120)), answered_at=at(5))

    case.truth_extras["requests"] = (ban, request(5.9))
    assert case.judge().verdicts["I11"] is Verdict.HELD
    case.truth_extras["requests"] = (ban, request(6.1))
    assert case.codes() == [("I11", "sent_while_banned")]


# I12
def test_an_entry_older_than_the_bot_allows_is_named(case: SmallCase):
    case.change(case.signals, signalled_at=at(-33.5))

    (violation,) = case.judge().violations
    assert (violation.invariant, violation.figures["seconds"], violation.figures["limit"]) == ("I12", "33.6", "30")


# both sides of a hedge account
def test_a_long_and_a_short_at_once_are_two_positions(case: SmallCase):
    for rows in (case.placed, case.fills):
        for index in range(len(rows)):
            case.change(rows, index, position_side="long")
    other = case.subscribe(bot_id=uuid4())
    case.enter(other, seconds=60, side=Side.SELL, position_side="short")
    case.change(case.signals, 1, bot_id=case.subscriptions[1].bot_id)

    report = case.judge()

    assert report.violations == ()
    assert report.unprotected["positions"] == 2


def test_the_short_side_without_its_stop_is_naked(case: SmallCase):
    for rows in (case.placed, case.fills):
        for index in range(len(rows)):
            case.change(rows, index, position_side="long")
    case.enter(case.subscription, seconds=60, side=Side.SELL, position_side="short")
    del case.placed[-2]

    assert ("I3", "open_without_stop") in case.codes()


# sources
def test_a_snapshot_is_not_said_to_pass_what_it_cannot_show(case: SmallCase):
    standing = tuple(order for order in case.placed if order.is_open)
    holdings = (Holding(FUTURES, SYMBOL, Decimal(1), Decimal(100)),)

    report = case.judge(orders=standing, fills=(), holdings=holdings, is_history=False)

    assert report.violations == ()
    names = {name for name, verdict in report.verdicts.items() if verdict is Verdict.NOT_JUDGED}
    assert names == {"I1", "I3", "I5", "I9", "I10", "I11", "I12"}


def test_a_snapshot_shows_a_position_without_its_stop(case: SmallCase):
    holdings = (Holding(FUTURES, SYMBOL, Decimal(-1), Decimal(100)),)
    case.change(case.positions, side="short")
    for index in (STOP, TARGET):
        case.change(case.orders, index, status="cancelled")

    report = case.judge(orders=(), fills=(), holdings=holdings, is_history=False)

    assert {(v.invariant, v.code) for v in report.violations} == {("I3", "open_without_stop"), ("I4", "stop_quantity")}


def test_since_leaves_out_what_was_before(case: SmallCase):
    case.change(case.signals, signalled_at=at(-99))
    truth = Truth(
        (AccountTruth(case.account, tuple(case.placed), tuple(case.fills)),),
        steps={(FUTURES, SYMBOL): Decimal("0.001")},
    )
    book = Book(
        tuple(case.signals),
        tuple(case.executions),
        tuple(case.orders),
        tuple(case.positions),
        tuple(case.subscriptions),
    )

    assert [v.invariant for v in check(truth, book, at(600)).violations] == ["I12"]
    assert check(truth, book, at(600), since=at(1)).violations == ()


def test_a_thousand_executions_are_judged_in_a_moment(case: SmallCase):
    for number in range(1000):
        case.enter(case.subscription, seconds=number * 0.5, symbol=f"COIN{number}USDT")
    case.change(case.subscriptions, max_concurrent_positions=2000)
    start = time.perf_counter()

    report = case.judge(now=at(0) + timedelta(hours=1))

    assert (report.violations, report.executions) == ((), 1001)
    assert time.perf_counter() - start < 3


def test_a_report_is_plain_json(case: SmallCase):
    case.change(case.signals, signalled_at=at(-99))

    with translation.override("en"):
        told = case.judge().as_json()

    assert (told["version"], told["clean"], told["verdicts"]["I12"], told["verdicts"]["I11"]) == (
        1,
        False,
        "violated",
        "not_judged",
    )
    assert told["violations"][0]["text"] == "The entry in BTCUSDT was placed 99.1 s after its signal; 30 s are allowed"
    assert told["violations"][0]["execution"] == str(case.execution)
