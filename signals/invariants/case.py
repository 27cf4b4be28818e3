"""Truth and book side by side, indexed once: which order is whose, what is at rest. Pure."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from exchanges.client_ids import client_order_id
from exchanges.types import Leg, MarketType
from signals.invariants.book import Book, ExecutionRecord, OrderRecord, PositionRecord, SignalRecord, SubscriptionRecord
from signals.invariants.report import Gap, Limits, Violation
from signals.invariants.truth import AccountTruth, TrueOrder, Truth, is_ours

Place = tuple[UUID, str]
GUARDED = ("stop", "both")


@dataclass
class Case:
    """What every rule looks at. Rules append to `violations`; `since` leaves older executions out of the judgement."""

    truth: Truth
    book: Book
    now: datetime
    limits: Limits
    since: datetime | None = None
    violations: list[Violation] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @cached_property
    def accounts(self) -> dict[UUID, AccountTruth]:
        return {account.account_id: account for account in self.truth.accounts}

    @cached_property
    def signals(self) -> dict[UUID, SignalRecord]:
        return {signal.id: signal for signal in self.book.signals}

    @cached_property
    def subscriptions(self) -> dict[UUID, SubscriptionRecord]:
        return {subscription.id: subscription for subscription in self.book.subscriptions}

    @cached_property
    def executions(self) -> dict[UUID, ExecutionRecord]:
        return {execution.id: execution for execution in self.book.executions}

    @cached_property
    def positions(self) -> dict[UUID, PositionRecord]:
        return {position.id: position for position in self.book.positions}

    @cached_property
    def orders(self) -> dict[str, OrderRecord]:
        return {order.client_order_id: order for order in self.book.orders}

    @cached_property
    def open_orders_of(self) -> dict[Place, list[TrueOrder]]:
        """Our conditional orders that stand, by account and symbol."""
        found: dict[Place, list[TrueOrder]] = defaultdict(list)
        for account in self.truth.accounts:
            for order in account.orders:
                if order.is_trigger and order.is_open and is_ours(order.client_order_id):
                    found[account.account_id, order.symbol].append(order)
        return found

    @cached_property
    def _entries(self) -> dict[str, ExecutionRecord]:
        """Executions by their derived entry id: found also where the row of the order is missing."""
        return {client_order_id(row.id, Leg.ENTRY, 1): row for row in self.book.executions}

    @cached_property
    def _last_move(self) -> dict[Place, datetime]:
        """The newest thing that happened to each symbol, in our rows and at the exchange."""
        last: dict[Place, datetime] = {}

        def note(place: Place, at: datetime | None) -> None:
            if at is not None and (place not in last or at > last[place]):
                last[place] = at

        for row in self.book.executions:
            note((row.account_id, row.symbol_key), row.last_move_at)
        for account in self.truth.accounts:
            for order in account.orders if account.is_history else ():
                note((account.account_id, order.symbol), order.placed_at)
                note((account.account_id, order.symbol), order.ended_at)
            for fill in account.fills:
                note((account.account_id, fill.symbol), fill.filled_at)
        return last

    @cached_property
    def _busy(self) -> set[Place]:
        return {(row.account_id, row.symbol_key) for row in self.book.executions if not row.is_settled}

    @cached_property
    def _followers(self) -> dict[UUID, list[SubscriptionRecord]]:
        found: dict[UUID, list[SubscriptionRecord]] = defaultdict(list)
        for subscription in self.book.subscriptions:
            found[subscription.bot_id].append(subscription)
        return found

    def followers_of(self, bot_id: UUID) -> list[SubscriptionRecord]:
        return self._followers.get(bot_id, [])

    def is_at_rest(self, account_id: UUID, symbol: str) -> bool:
        """No work in flight on this symbol for `limits.rest_s`."""
        if {(account_id, symbol), (account_id, "*")} & self._busy:
            return False
        last = self._last_move.get((account_id, symbol))
        return last is None or (self.now - last).total_seconds() >= self.limits.rest_s

    @cached_property
    def resting_places(self) -> list[tuple[UUID, MarketType, str]]:
        """Every market of every account on which something of ours is or was, and that is at rest."""
        places = {(row.account_id, row.market_type, row.symbol_key) for row in self.book.positions}
        places |= {(row.account_id, row.market_type, row.symbol_key) for row in self.book.orders if row.is_live}
        for account in self.truth.accounts:
            places |= {
                (account.account_id, order.market_type, order.symbol)
                for order in account.orders
                if is_ours(order.client_order_id)
            }
        known = sorted(place for place in places if place[0] in self.accounts)
        return [place for place in known if self.is_at_rest(place[0], place[2])]

    def execution_of(self, client_id: str) -> ExecutionRecord | None:
        """Whose order an id of ours is."""
        record = self.orders.get(client_id)
        return self.executions.get(record.execution_id) if record else self._entries.get(client_id)

    def position_id_of(self, client_id: str) -> UUID | None:
        """Which position an order of ours belongs to."""
        record = self.orders.get(client_id)
        if record is not None and record.position_id is not None:
            return record.position_id
        execution = self.execution_of(client_id)
        return execution.position_id if execution else None

    def is_guarded(self, position_id: UUID | None, execution: ExecutionRecord | None) -> bool:
        """Whether a stop loss is configured for it; what nobody knows is taken to need one."""
        if execution is not None and execution.is_open_order:
            return execution.protection in GUARDED
        position = self.positions.get(position_id) if position_id else None
        return position is None or position.stop_price is not None

    def is_judged(self, at: datetime | None) -> bool:
        return self.since is None or (at is not None and at >= self.since)

    def report(
        self,
        code: str,
        invariant: str,
        *,
        account_id: UUID | None = None,
        symbol: str = "",
        execution: ExecutionRecord | None = None,
        signal_id: UUID | None = None,
        at: datetime | None = None,
        **figures: object,
    ) -> None:
        """Note a violation; ids and symbol are the execution's where it is given."""
        self.violations.append(
            Violation(
                invariant,
                code,
                account_id or (execution.account_id if execution else None),
                symbol or (execution.symbol_key if execution else ""),
                execution.id if execution else None,
                signal_id or (execution.signal_id if execution else None),
                at,
                {name: str(value) for name, value in figures.items()},
            )
        )
