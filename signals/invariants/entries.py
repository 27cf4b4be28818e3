"""The rules of entering: once per signal (I1), in the signal's direction (I5), within the limits (I9), not after a stop (I10),
not too old (I12). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from exchanges.types import Side
from signals.invariants.book import ExecutionRecord, OrderRecord, PositionRecord, SubscriptionRecord
from signals.invariants.case import Case
from signals.invariants.timelines import Timeline
from signals.invariants.truth import ZERO, AccountTruth, TrueFill, TrueOrder, is_ours

BOOKED_EARLIER = timedelta(seconds=1)


def is_entry_id(client_order_id: str) -> bool:
    return is_ours(client_order_id) and client_order_id.endswith("e")


def check_once(case: Case) -> None:
    """I1: one filled entry order per (signal, subscription), and exactly when the record says so."""
    filled: dict[UUID, set[str]] = defaultdict(set)
    traded: dict[UUID, set[str]] = {}
    for account in case.truth.accounts:
        traded[account.account_id] = {fill.exchange_order_id for fill in account.fills}
        for order_id, client_id, fill in _entry_fills(account):
            execution = case.execution_of(client_id)
            if execution is not None:
                filled[execution.id].add(order_id)
            elif case.is_judged(fill.filled_at):
                case.report("entry_without_record", "I1", account_id=account.account_id, symbol=fill.symbol,
                            at=fill.filled_at, order=client_id)  # fmt: skip
    records = {order.execution_id: order for order in case.book.orders if order.leg == "entry"}
    for execution in _judged_entries(case):
        record = records.get(execution.id)
        if case.accounts[execution.account_id].is_history:
            _compare_entry(case, execution, len(filled[execution.id]), record)
        elif record is not None and record.exchange_order_id not in traded[execution.account_id]:
            _compare_with_trades(case, execution, record)


def _entry_fills(account: AccountTruth) -> Iterator[tuple[str, str, TrueFill]]:
    names = {order.exchange_order_id: order.client_order_id for order in account.orders}
    for fill in account.fills:
        client_id = names.get(fill.exchange_order_id) or fill.client_order_id
        if is_entry_id(client_id):
            yield fill.exchange_order_id, client_id, fill


def _compare_entry(case: Case, execution: ExecutionRecord, orders: int, record: OrderRecord | None) -> None:
    if orders > 1:
        case.report("double_entry", "I1", execution=execution, at=execution.sent_at, count=orders)
    account = case.accounts[execution.account_id]
    if not execution.is_settled or (account.since and execution.created_at < account.since):
        return
    entered = record is not None and record.filled_quantity > 0
    if orders and not entered:
        case.report("entered_not_recorded", "I1", execution=execution, at=execution.sent_at, state=execution.state)
    if entered and not orders:
        case.report("recorded_not_entered", "I1", execution=execution, at=execution.sent_at)


def _compare_with_trades(case: Case, execution: ExecutionRecord, record: OrderRecord) -> None:
    """A snapshot's recent fills name exchange order ids only: an entry that the record calls filled must be among them."""
    since = case.accounts[execution.account_id].since
    if record.filled_quantity > 0 and since is not None and execution.created_at >= since:
        case.report("recorded_not_entered", "I1", execution=execution, at=execution.sent_at)


def _judged_entries(case: Case) -> Iterator[ExecutionRecord]:
    for execution in case.book.executions:
        if execution.is_open_order and execution.account_id in case.accounts and case.is_judged(execution.created_at):
            yield execution


def check_signs(case: Case, lines: Iterable[Timeline]) -> None:
    """I5: a position comes to be, or turns, only by an entry order of that direction. What the owner does by hand is theirs."""
    for line in lines:
        for span in line.spans:
            fill, order = span.step.fill, span.step.order
            if fill is None or order is None or not is_ours(order.client_order_id):
                continue
            turned = (
                abs(span.net) >= line.lot and span.before * span.net <= 0 and abs(span.before - span.net) >= line.lot
            )
            if not turned or _was_flat_with_dust(span.before, span.net, line.lot):
                continue
            wanted = Side.BUY if span.net > 0 else Side.SELL
            if is_entry_id(order.client_order_id) and order.side is wanted:
                continue
            if case.is_judged(span.since):
                case.report("sign_changed", "I5", account_id=line.account_id, symbol=line.symbol, at=span.since,
                            execution=case.execution_of(order.client_order_id), before=span.before, after=span.net,
                            order=order.client_order_id)  # fmt: skip


def _was_flat_with_dust(before: Decimal, after: Decimal, lot: Decimal) -> bool:
    return abs(before) < lot and abs(after) < lot


def check_limits(case: Case, lines: Iterable[Timeline]) -> None:
    """I9: positions open at once, and the day's loss at the moment of entering, per subscription (D13)."""
    _check_concurrency(case, lines)
    closed: dict[UUID, list[PositionRecord]] = defaultdict(list)
    for position in case.book.positions:
        if position.closed_at is not None:
            closed[position.subscription_id].append(position)
    for execution, order in _entry_orders(case):
        subscription = case.subscriptions.get(execution.subscription_id)
        if subscription is None or execution.claimed_at is None or subscription.changed_at > execution.claimed_at:
            continue  # the limit may have been another one then
        loss = _loss_of_day(subscription, closed[subscription.id], execution.claimed_at)
        if loss >= subscription.max_daily_loss_usd:
            case.report("entered_over_loss", "I9", execution=execution, at=order.placed_at, loss=f"{loss:.2f}",
                        limit=f"{subscription.max_daily_loss_usd:.2f}")  # fmt: skip


def _loss_of_day(subscription: SubscriptionRecord, positions: list[PositionRecord], at: datetime) -> Decimal:
    """What had been lost since the client's midnight by what was booked a moment before `at`."""
    midnight = at.astimezone(ZoneInfo(subscription.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = midnight.astimezone(UTC), at - BOOKED_EARLIER
    lost = ZERO
    for position in positions:
        booked = max(filter(None, (position.closed_at, position.fills_booked_at)))
        if position.fills_booked_at and position.closed_at and since <= position.closed_at and booked <= until:
            lost -= position.realized_pnl
    return max(ZERO, lost)


def _check_concurrency(case: Case, lines: Iterable[Timeline]) -> None:
    """Counts, in the exchange's order of events, the positions of each subscription that were open at once."""
    moves: list[tuple[datetime, int, UUID, UUID, bool, ExecutionRecord | None]] = []
    for line in lines:
        held: set[UUID] = set()
        for span in line.spans:
            now_held = {key for key, quantity in span.own.items() if key and abs(quantity) >= line.lot}
            order = span.step.order
            execution = case.execution_of(order.client_order_id) if order and span.step.fill else None
            for position_id in now_held ^ held:
                position = case.positions.get(position_id)
                if position is not None:
                    move = (
                        span.since,
                        span.step.sequence,
                        position.subscription_id,
                        position_id,
                        position_id in now_held,
                    )
                    moves.append((*move, execution))
            held = now_held
    open_now: dict[UUID, set[UUID]] = defaultdict(set)
    for at, _, subscription_id, position_id, opened, execution in sorted(moves, key=lambda move: move[:2]):
        if not opened:
            open_now[subscription_id].discard(position_id)
            continue
        open_now[subscription_id].add(position_id)
        _compare_count(case, case.subscriptions.get(subscription_id), len(open_now[subscription_id]), at, execution)


def _compare_count(
    case: Case, subscription: SubscriptionRecord | None, count: int, at: datetime, execution: ExecutionRecord | None
) -> None:
    if subscription is None or subscription.changed_at > at or count <= subscription.max_concurrent_positions:
        return
    if case.is_judged(at):
        case.report("too_many_positions", "I9", account_id=subscription.account_id, execution=execution, at=at, count=count,
                    limit=subscription.max_concurrent_positions)  # fmt: skip


def _entry_orders(case: Case) -> Iterator[tuple[ExecutionRecord, TrueOrder]]:
    """Every entry order that the exchange took, with its execution."""
    for account in case.truth.accounts:
        for order in account.orders if account.is_history else ():
            if is_entry_id(order.client_order_id) and case.is_judged(order.placed_at):
                execution = case.execution_of(order.client_order_id)
                if execution is not None:
                    yield execution, order


def check_stopped(case: Case) -> None:
    """I10: no entry reaches the exchange more than a second after a pause, kill switch, cancellation or deletion."""
    stops: dict[UUID, list[tuple[datetime, datetime | None, str]]] = defaultdict(list)
    for subscription in case.book.subscriptions:
        if subscription.stopped_at is not None:
            stops[subscription.id].append((subscription.stopped_at, None, subscription.stopped_why))
    for stop in case.book.stops:
        stops[stop.subscription_id].append((stop.since, stop.until, stop.why))
    for execution, order in _entry_orders(case):
        for since, until, why in stops.get(execution.subscription_id, ()):
            late = (order.placed_at - since).total_seconds()
            if late > case.limits.stop_grace_s and (until is None or order.placed_at < until):
                case.report("entered_after_stop", "I10", execution=execution, at=order.placed_at, seconds=f"{late:.1f}",
                            why=why)  # fmt: skip
                break


def check_age(case: Case) -> None:
    """I12: no entry is placed later after its signal than the bot allows (and a late packet takes). Closes never expire."""
    for execution, order in _entry_orders(case):
        signal = case.signals.get(execution.signal_id)
        if signal is None:
            continue
        age = (order.placed_at - signal.signalled_at).total_seconds()
        if age > signal.max_signal_age_s + case.limits.late_packet_s:
            case.report("entered_too_old", "I12", execution=execution, at=order.placed_at, seconds=f"{age:.1f}",
                        limit=signal.max_signal_age_s)  # fmt: skip
