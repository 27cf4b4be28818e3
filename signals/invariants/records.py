"""The rules of the books: nothing lost (I2), the same as the exchange at rest (I6), counters that add up (I7), every order
written down before it left (I8). Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from signals.invariants.book import ExecutionRecord, PositionRecord, SignalRecord
from signals.invariants.case import Case
from signals.invariants.standing import Market, Standing
from signals.invariants.stops import plain
from signals.invariants.timelines import Timeline
from signals.invariants.truth import ZERO, AccountTruth, is_ours
from signals.states import State, Status, status_of

SECRET = re.compile(r"(?i)(secret|passphrase|api[_-]?key|signature|x-mbx-apikey)[\"']?\s*[=:]\s*[\"']?\w")
PRICE_TOLERANCE = Decimal("0.0001")
CENT = Decimal("0.01")


def check_nothing_lost(case: Case) -> None:
    """I2: every accepted signal is stored, and every subscription concerned has one execution that ended with a reason."""
    for signal_id in (case.book.answered or frozenset()) - case.signals.keys():
        case.report("signal_missing", "I2", signal_id=signal_id)
    counted: dict[UUID, set[UUID]] = defaultdict(set)
    for execution in case.book.executions:
        counted[execution.signal_id].add(execution.subscription_id)
        if case.is_judged(execution.created_at):
            _check_ended(case, execution)
    for signal in case.book.signals:
        if not signal.accepted or not case.is_judged(signal.created_at):
            continue
        reached = counted[signal.id]
        if signal.total_subscribers != len(reached):
            case.report("execution_missing", "I2", signal_id=signal.id, at=signal.created_at, count=len(reached),
                        expected=signal.total_subscribers)  # fmt: skip
        _check_left_out(case, signal, reached)


def _check_ended(case: Case, execution: ExecutionRecord) -> None:
    if execution.is_settled:
        if execution.state != State.PROTECTED and not execution.reason_code:
            case.report(
                "ended_without_reason", "I2", execution=execution, at=execution.completed_at, state=execution.state
            )
        return
    if execution.account_id in case.book.needs_attention:
        return  # the exchange refuses the keys: nobody can answer, and the account says so (D30)
    start = max(execution.created_at, case.limits.recovered_at or execution.created_at)
    waited = (case.now - start).total_seconds()
    if waited > case.limits.settle_s:
        case.report("not_settled", "I2", execution=execution, at=execution.created_at, state=execution.state,
                    seconds=f"{waited:.0f}")  # fmt: skip


def _check_left_out(case: Case, signal: SignalRecord, reached: set[UUID]) -> None:
    """Whoever follows the bot now, and has changed nothing since before the signal, was following it then."""
    if not signal.is_broadcast or signal.is_test or signal.action not in ("buy", "sell"):
        return
    for subscription in case.followers_of(signal.bot_id):
        untouched = max(subscription.created_at, subscription.changed_at, subscription.account_changed_at)
        if subscription.is_active and subscription.id not in reached and untouched < signal.created_at:
            case.report("subscriber_left_out", "I2", signal_id=signal.id, at=signal.created_at,
                        account_id=subscription.account_id, subscription=subscription.id)  # fmt: skip


def check_books(case: Case, standing: Mapping[Market, Standing], lines: Iterable[Timeline]) -> None:
    """I6: at rest positions, average prices and order states are the same; what was gone was noticed in time."""
    resting = set(case.resting_places)
    for place in resting | {key for key in standing if case.is_at_rest(key[0], key[2])}:
        held = standing.get(place)
        if held is not None:
            _compare_position(case, place, held)
    _compare_orders(case, resting)
    _check_drift(case, lines)


def _compare_position(case: Case, place: Market, held: Standing) -> None:
    account_id, market_type, symbol = place
    lot = case.truth.step_of(market_type, symbol)
    foreign = case.book.foreign.get((account_id, symbol), ZERO)
    theirs = held.ours if held.net is None or market_type == "spot" else held.net - foreign
    if theirs is not None and abs(theirs - held.booked) >= lot:
        case.report(
            "position_differs",
            "I6",
            account_id=account_id,
            symbol=symbol,
            ours=plain(held.booked),
            theirs=plain(theirs),
        )
    elif held.average_price and len(held.positions) == 1 and not foreign and theirs:
        ours = held.positions[0].entry_price
        if abs(ours - held.average_price) > PRICE_TOLERANCE * held.average_price:
            case.report("price_differs", "I6", account_id=account_id, symbol=symbol, ours=plain(ours),
                        theirs=plain(held.average_price))  # fmt: skip


def _compare_orders(case: Case, resting: set[Market]) -> None:
    stands = {order.client_order_id for orders in case.open_orders_of.values() for order in orders}
    for order in case.book.orders:
        if (
            order.account_id not in case.accounts
            or (order.account_id, order.market_type, order.symbol_key) not in resting
        ):
            continue
        is_leg, there = order.leg in ("stop", "target"), order.client_order_id in stands
        if order.is_live != there and (is_leg or order.is_live):
            case.report("order_stands" if there else "order_gone", "I6", account_id=order.account_id, symbol=order.symbol_key,
                        execution=case.executions.get(order.execution_id), at=order.updated_at, order=order.client_order_id,
                        state=order.status)  # fmt: skip


def _check_drift(case: Case, lines: Iterable[Timeline]) -> None:
    """A position that ended elsewhere (by hand, by liquidation) is noticed within the minute."""
    flat_at: dict[UUID, datetime] = {}
    for line in lines:
        for before, span in zip(line.spans, line.spans[1:], strict=False):
            for position_id in before.own.keys() - span.own.keys():
                if position_id is not None:
                    flat_at[position_id] = span.since
    for position_id, at in flat_at.items():
        position = case.positions.get(position_id)
        if (
            position is None
            or position.exit_reason != "external"
            or position.closed_at is None
            or not case.is_judged(at)
        ):
            continue
        late = (position.closed_at - at).total_seconds()
        if late > case.limits.drift_s:
            case.report("drift_found_late", "I6", account_id=position.account_id, symbol=position.symbol_key, at=at,
                        seconds=f"{late:.0f}")  # fmt: skip


def check_counters(case: Case) -> None:
    """I7: a completed signal's counters are those of its executions, a booked position's result is that of its fills."""
    counted: dict[UUID, Counter[str]] = defaultdict(Counter)
    for execution in case.book.executions:
        counted[execution.signal_id][_outcome(execution)] += 1
    for signal in case.book.signals:
        if signal.completed_at is None or not case.is_judged(signal.created_at):
            continue
        stored = (signal.successful_executions, signal.failed_executions, signal.skipped_executions)
        derived = tuple(counted[signal.id][name] for name in (Status.SUCCESS, Status.FAILED, Status.SKIPPED))
        if stored != derived:
            case.report("signal_counters", "I7", signal_id=signal.id, at=signal.completed_at, stored=_row(stored),
                        derived=_row(derived))  # fmt: skip
    for position in case.book.positions:
        if position.closed_at and position.fills_booked_at and case.is_judged(position.closed_at):
            _compare_result(case, position)


def _outcome(execution: ExecutionRecord) -> str:
    return status_of(execution.state, execution.reason_code)


def _compare_result(case: Case, position: PositionRecord) -> None:
    if not position.entered or (position.exit_reason == "external" and position.left < position.entered):
        return  # what left without a fill of its own is booked at the price that was told
    if position.elsewhere and position.left > position.entered:
        return  # one trade sold it together with something of the client's own: booked by its share
    direction = 1 if position.side == "long" else -1
    derived = (
        direction * (position.got - position.paid / position.entered * position.left) - position.fees - position.funding
    )
    if abs(derived - position.realized_pnl) > CENT:
        case.report("realized_pnl", "I7", account_id=position.account_id, symbol=position.symbol_key, at=position.closed_at,
                    stored=f"{position.realized_pnl:.4f}", derived=f"{derived:.4f}")  # fmt: skip


def _row(numbers: tuple[int, ...]) -> str:
    return ", ".join(str(number) for number in numbers)


def check_rows(case: Case) -> None:
    """I8: an order of ours that reached the exchange has a row, and no row holds a secret.

    The row is written before; only a stop or target does not wait for a database that is away (D7): theirs may follow.
    """
    for account in case.truth.accounts:
        _check_rows_of(case, account)
    for order in case.book.orders:
        if SECRET.search(order.text):
            case.report("secret_in_row", "I8", account_id=order.account_id, symbol=order.symbol_key,
                        execution=case.executions.get(order.execution_id), order=order.client_order_id)  # fmt: skip


def _check_rows_of(case: Case, account: AccountTruth) -> None:
    for order in account.orders:
        if order.parent_id or not is_ours(order.client_order_id) or not case.is_judged(order.placed_at):
            continue
        record = case.orders.get(order.client_order_id)
        if record is None:
            if not order.client_order_id.endswith("o"):  # an order list has no row of its own, its legs have
                case.report("no_row_for_order", "I8", account_id=account.account_id, symbol=order.symbol, at=order.placed_at,
                            execution=case.execution_of(order.client_order_id), order=order.client_order_id)  # fmt: skip
        elif (
            account.is_history
            and not order.is_trigger
            and (late := (record.created_at - order.placed_at).total_seconds()) > case.limits.clock_s
        ):
            case.report("row_after_order", "I8", execution=case.executions.get(record.execution_id), at=order.placed_at,
                        account_id=account.account_id, symbol=order.symbol, order=order.client_order_id, seconds=f"{late:.3f}")  # fmt: skip
