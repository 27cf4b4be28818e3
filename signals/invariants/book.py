"""What our database says: rows as plain values, in the words of `signals.models`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from exchanges.types import MarketType
from signals.states import LIVE_ORDERS, OPENS, UNSETTLED


@dataclass(frozen=True, slots=True)
class SignalRecord:
    """`signalled_at`: the alert's time where given, else the receipt. The counters are those of WHK-10."""

    id: UUID
    bot_id: UUID
    action: str
    symbol_key: str
    is_broadcast: bool
    is_test: bool
    accepted: bool
    created_at: datetime
    signalled_at: datetime
    max_signal_age_s: int
    total_subscribers: int
    successful_executions: int
    failed_executions: int
    skipped_executions: int
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    id: UUID
    signal_id: UUID
    subscription_id: UUID
    bot_id: UUID
    account_id: UUID
    position_id: UUID | None
    market_type: MarketType
    action: str
    symbol_key: str
    state: str
    protection: str
    reason_code: str
    executed_quantity: Decimal | None
    created_at: datetime
    claimed_at: datetime | None
    sent_at: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None

    @property
    def is_open_order(self) -> bool:
        """Whether it means to enter (buy, sell) rather than to close."""
        return self.action in OPENS

    @property
    def is_settled(self) -> bool:
        return self.state not in UNSETTLED

    @property
    def last_move_at(self) -> datetime:
        stamps = (self.created_at, self.claimed_at, self.sent_at, self.completed_at, self.closed_at)
        return max(stamp for stamp in stamps if stamp is not None)


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """`text` is everything of the row that came from outside or is free text: searched for secrets."""

    client_order_id: str
    exchange_order_id: str
    triggered_order_id: str
    execution_id: UUID
    position_id: UUID | None
    account_id: UUID
    symbol_key: str
    market_type: MarketType
    leg: str
    status: str
    quantity: Decimal
    filled_quantity: Decimal
    created_at: datetime
    updated_at: datetime
    text: str = ""

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_ORDERS


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """The sums are those of the position's fills: entered, left (by hand at the exchange: `elsewhere`), what was paid and got, fees
    in USD; `funding` as booked."""

    id: UUID
    subscription_id: UUID
    account_id: UUID
    symbol_key: str
    market_type: MarketType
    side: str
    status: str
    quantity: Decimal
    entry_price: Decimal
    stop_price: Decimal | None
    target_price: Decimal | None
    realized_pnl: Decimal
    exit_reason: str
    opened_at: datetime
    closed_at: datetime | None
    fills_booked_at: datetime | None
    entered: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    got: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    elsewhere: Decimal = Decimal(0)

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def signed(self) -> Decimal:
        return self.quantity if self.side == "long" else -self.quantity


@dataclass(frozen=True, slots=True)
class SubscriptionRecord:
    """Terms as they are now; `changed_at` is their last change, `account_changed_at` that of the account.

    Nothing may enter 1 s after `stopped_at`.
    """

    id: UUID
    bot_id: UUID
    account_id: UUID
    is_active: bool
    max_concurrent_positions: int
    max_daily_loss_usd: Decimal
    time_zone: str
    created_at: datetime
    changed_at: datetime
    account_changed_at: datetime
    stopped_at: datetime | None = None
    stopped_why: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A span in which a subscription was not to enter, where the caller knows it (pause and resume, kill switch)."""

    subscription_id: UUID
    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Book:
    """The rows of the accounts that are judged. `answered` are signal ids that the webhook answered 2xx, where known."""

    signals: tuple[SignalRecord, ...] = ()
    executions: tuple[ExecutionRecord, ...] = ()
    orders: tuple[OrderRecord, ...] = ()
    positions: tuple[PositionRecord, ...] = ()
    subscriptions: tuple[SubscriptionRecord, ...] = ()
    # Net quantity that is not ours, by (account, symbol), futures (D25).
    foreign: Mapping[tuple[UUID, str], Decimal] = field(default_factory=dict)
    # Accounts whose keys the exchange refuses: nobody can answer for them (D30).
    needs_attention: frozenset[UUID] = frozenset()
    stops: tuple[Stop, ...] = ()
    answered: frozenset[UUID] | None = None
