"""How each position of an account stood over time: net quantity, our guarded part of it, and the stops that covered it.

Built once from a history's fills and conditional orders, in the exchange's own order of events. Pure.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from exchanges.types import MarketType, Side
from signals.invariants.book import ExecutionRecord
from signals.invariants.case import Case
from signals.invariants.truth import ZERO, AccountTruth, TrueFill, TrueOrder, is_ours

Key = tuple[MarketType, str, str]
FIRING_S = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """A moment in the life of a position: a fill with the order behind it, or a stop that came or went."""

    at: datetime
    sequence: int
    fill: TrueFill | None = None
    order: TrueOrder | None = None
    stop_stands: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on (until the next span) the account held `net`; `guarded` of it should have a stop, `covered` had one."""

    since: datetime
    until: datetime | None
    before: Decimal
    net: Decimal
    guarded: Decimal
    covered: Decimal
    step: Step
    # Of ours, per position.
    own: dict[UUID | None, Decimal]

    @property
    def uncovered(self) -> Decimal:
        return max(ZERO, abs(self.guarded) - self.covered)


@dataclass(slots=True)
class Timeline:
    account_id: UUID
    market_type: MarketType
    symbol: str
    position_side: str
    lot: Decimal
    spans: list[Span] = field(default_factory=list)


def build_timelines(case: Case, account: AccountTruth) -> list[Timeline]:
    """One per market (and side, on a hedge account) that the history knows."""
    by_id = {order.exchange_order_id: order for order in account.orders}
    steps: dict[Key, list[Step]] = defaultdict(list)
    for fill in account.fills:
        key = (fill.market_type, fill.symbol, fill.position_side)
        steps[key].append(Step(fill.filled_at, fill.sequence, fill, _origin(by_id, fill)))
    for order in account.orders:
        if order.is_trigger and not order.is_target and is_ours(order.client_order_id):
            key = (order.market_type, order.symbol, order.position_side)
            steps[key].append(Step(order.placed_at, order.sequence, None, order, True))
            if order.ended_at is not None:
                steps[key].append(Step(order.ended_at, order.ended_sequence or 0, None, order))
    return [
        _build(case, account.account_id, key, sorted(found, key=lambda step: step.sequence))
        for key, found in sorted(steps.items())
    ]


def _origin(by_id: dict[str, TrueOrder], fill: TrueFill) -> TrueOrder | None:
    """The order behind a fill: for what a conditional order became, the conditional order."""
    order = by_id.get(fill.exchange_order_id)
    return by_id.get(order.parent_id, order) if order and order.parent_id else order


class _Ledger:
    """The running state of one market."""

    def __init__(self, case: Case, market_type: MarketType, lot: Decimal) -> None:
        self._case, self._is_spot, self._lot = case, market_type is MarketType.SPOT, lot
        self.net = ZERO
        self.own: dict[UUID | None, Decimal] = {}
        self.guards: dict[UUID | None, bool] = {}
        self.stops: dict[str, TrueOrder] = {}

    def take(self, step: Step) -> None:
        if step.fill is not None:
            self._take_fill(step.fill, step.order)
        elif step.order is not None and step.stop_stands:
            self.stops[step.order.exchange_order_id] = step.order
        elif step.order is not None:
            self.stops.pop(step.order.exchange_order_id, None)

    def _take_fill(self, fill: TrueFill, order: TrueOrder | None) -> None:
        ours = order is not None and is_ours(order.client_order_id)
        if ours or not self._is_spot:  # on spot the rest of the balance is not ours to judge
            self.net += fill.signed
        if ours and order is not None:
            position_id = self._case.position_id_of(order.client_order_id)
            execution = self._case.execution_of(order.client_order_id)
            self.own[position_id] = self.own.get(position_id, ZERO) + fill.signed
            self.guards.setdefault(position_id, self._case.is_guarded(position_id, execution))
        if abs(self.net) < self._lot:
            self.own.clear()
            self.guards.clear()
            self.net = self.net if self._is_spot else ZERO

    @property
    def guarded(self) -> Decimal:
        """Our part of the position that is to have a stop; never more than what is held."""
        own = sum((held for key, held in self.own.items() if self.guards.get(key)), ZERO)
        if own * self.net <= 0:
            return ZERO
        return min(own, self.net, key=abs)

    @property
    def covered(self) -> Decimal:
        """What our live stops would close of it."""
        against = Side.SELL if self.net > 0 else Side.BUY
        stops = [stop for stop in self.stops.values() if stop.side is against]
        return sum((abs(self.net) if stop.closes_position else stop.quantity for stop in stops), ZERO)


def _build(case: Case, account_id: UUID, key: Key, steps: list[Step]) -> Timeline:
    market_type, symbol, position_side = key
    line = Timeline(account_id, market_type, symbol, position_side, case.truth.step_of(market_type, symbol))
    ledger = _Ledger(case, market_type, line.lot)
    for index, step in enumerate(steps):
        before = ledger.net
        ledger.take(step)
        until = steps[index + 1].at if index + 1 < len(steps) else None
        line.spans.append(
            Span(step.at, until, before, ledger.net, ledger.guarded, ledger.covered, step, dict(ledger.own))
        )
    return line


@dataclass(slots=True)
class Bare:
    """A stretch in which a guarded position was not wholly covered; `stood` = it ended because a stop stood."""

    since: datetime
    quantity: Decimal
    opener: ExecutionRecord | None
    began_by_fill: bool
    until: datetime | None = None
    stood: bool = False

    @property
    def is_trigger_firing(self) -> bool:
        """A stop that triggers is gone a moment before the market order that it became is done."""
        if self.began_by_fill or self.stood or self.until is None:
            return False
        return (self.until - self.since).total_seconds() < FIRING_S


def bare_stretches(case: Case, line: Timeline) -> Iterator[Bare]:
    """Every stretch without (all of) the stop, from the fill or the loss of the stop on."""
    bare: Bare | None = None
    opener: ExecutionRecord | None = None
    for span in line.spans:
        opener = _opener(case, span, line.lot) or opener
        is_bare = span.uncovered >= line.lot
        if is_bare and bare is None:
            bare = Bare(span.since, span.uncovered, opener, span.step.fill is not None)
        elif is_bare and bare is not None:
            bare.quantity = span.uncovered
        elif bare is not None:
            bare.until, bare.stood = span.since, bool(span.guarded)
            if not bare.is_trigger_firing:
                yield bare
            bare = None
    if bare is not None:
        yield bare


def _opener(case: Case, span: Span, lot: Decimal) -> ExecutionRecord | None:
    """The execution whose entry is this span's fill."""
    order = span.step.order if span.step.fill is not None else None
    if order is None or not order.client_order_id.endswith("e") or abs(span.net) < lot:
        return None
    return case.execution_of(order.client_order_id)
