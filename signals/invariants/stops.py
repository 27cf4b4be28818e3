"""The rules of protection: never long without a stop (I3), and at rest exactly one stop of the right size (I4). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from signals.invariants.case import Case, Place
from signals.invariants.report import Gap
from signals.invariants.standing import Market, Standing
from signals.invariants.timelines import Bare, Timeline, bare_stretches
from signals.invariants.truth import ZERO, TrueOrder


def check_gaps(case: Case, lines: Iterable[Timeline]) -> None:
    """I3 from a history: every stretch without the configured stop, measured; the long ones are violations."""
    for line in lines:
        for bare in bare_stretches(case, line):
            end = bare.until or case.now
            if not case.is_judged(end):
                continue
            seconds = max(0.0, (end - bare.since).total_seconds())
            key = bare.opener.id if bare.opener else None
            case.gaps.append(
                Gap(line.account_id, line.symbol, key, bare.since, seconds, bare.until is not None, bare.stood)
            )
            if bare.until is None and case.is_at_rest(line.account_id, line.symbol):
                _report_open(case, line.account_id, line.symbol, bare.quantity, bare)
            elif seconds > case.limits.gap_s:
                case.report("gap_too_long", "I3", account_id=line.account_id, symbol=line.symbol, execution=bare.opener,
                            at=bare.since, seconds=f"{seconds:.1f}", limit=f"{case.limits.gap_s:g}")  # fmt: skip


def _report_open(case: Case, account_id: UUID, symbol: str, quantity: Decimal, bare: Bare | None = None) -> None:
    case.report("open_without_stop", "I3", account_id=account_id, symbol=symbol, execution=bare.opener if bare else None,
                at=bare.since if bare else case.now, quantity=plain(quantity))  # fmt: skip


def check_standing(case: Case, standing: Mapping[Market, Standing]) -> None:
    """I4 (and I3 "never open without a stop at rest" on a snapshot): what stands now, where nothing is in flight."""
    for account_id, market_type, symbol in case.resting_places:
        lot = case.truth.step_of(market_type, symbol)
        held = standing.get((account_id, market_type, symbol)) or Standing(ZERO, largest=ZERO)
        orders = [order for order in case.open_orders_of[account_id, symbol] if order.market_type is market_type]
        if _is_flat(held, lot):
            for order in orders:
                case.report("order_where_flat", "I4", account_id=account_id, symbol=symbol, at=order.placed_at,
                            execution=case.execution_of(order.client_order_id), order=order.client_order_id)  # fmt: skip
        elif held.guarded >= lot:
            _compare_stops(case, (account_id, symbol), held.guarded, [o for o in orders if not o.is_target], lot)


def _is_flat(held: Standing, lot: Decimal) -> bool:
    """Nothing of ours is held: by our fills where they are told, else by the exchange's positions and our books."""
    nothing_there = held.largest is not None and held.largest < lot
    if held.our_largest is not None:
        return nothing_there or held.our_largest < lot
    return nothing_there or not held.positions


def _compare_stops(case: Case, place: Place, quantity: Decimal, stops: list[TrueOrder], lot: Decimal) -> None:
    account_id, symbol = place
    if not stops and not case.accounts[account_id].is_history:  # a history has said so with the seconds
        _report_open(case, account_id, symbol, quantity)
    by_position: dict[UUID | None, list[TrueOrder]] = defaultdict(list)
    for stop in stops:
        by_position[case.position_id_of(stop.client_order_id)].append(stop)
    for same in by_position.values():
        if len(same) > 1:
            case.report("more_than_one_stop", "I4", account_id=account_id, symbol=symbol, count=len(same),
                        execution=case.execution_of(same[0].client_order_id))  # fmt: skip
    total = sum((quantity if stop.closes_position else stop.quantity for stop in stops), ZERO)
    if abs(total - quantity) > lot:
        case.report(
            "stop_quantity", "I4", account_id=account_id, symbol=symbol, stops=plain(total), position=plain(quantity)
        )


def plain(quantity: Decimal) -> str:
    """Without the zeros of the column."""
    return f"{quantity.normalize():f}"
