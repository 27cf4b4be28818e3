"""What is known of an execution when it is claimed: the input of the gates and of the trading steps. Values only."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.types import MarginMode, MarketType, PositionSide


@dataclass(frozen=True, slots=True)
class Held:
    """An open position of ours. Quantity in base units, prices in quote currency."""

    id: UUID
    subscription_id: UUID
    account_id: UUID
    bot_id: UUID
    symbol_key: str
    market_type: MarketType
    side: PositionSide
    quantity: Decimal
    opened_quantity: Decimal
    entry_price: Decimal
    stop_price: Decimal | None
    target_price: Decimal | None
    leverage: int
    effective_at: datetime
    opened_at: datetime
    unprotected_ms: int = 0
    margin_mode: str = MarginMode.ISOLATED

    @property
    def signed(self) -> Decimal:
        """The quantity, negative for a short."""
        return self.quantity if self.side is PositionSide.LONG else -self.quantity


@dataclass(frozen=True, slots=True)
class Facts:
    """One execution with everything that decides over it. Field names are those of the bot's and the subscription's columns."""

    id: UUID
    signal_id: UUID
    subscription_id: UUID
    user_id: UUID
    bot_id: UUID
    account_id: UUID
    action: str
    symbol_key: str
    state: str
    lease_epoch: int
    attempts: int
    own_position_id: UUID | None
    created_at: datetime
    sent_at: datetime | None
    filled_at: datetime | None
    requested_quantity: Decimal | None
    # signal
    ticker: str
    signal_price: Decimal | None
    effective_at: datetime
    signalled_at: datetime
    received_at: datetime
    source: str
    superseded_by: UUID | None
    # bot
    manager_id: UUID
    bot_status: str
    bot_name: str
    market_type: MarketType
    default_leverage: int
    default_margin_usd: Decimal
    default_stop_loss_pct: Decimal
    default_take_profit_pct: Decimal
    default_margin_mode: str
    allow_no_stop: bool
    opposite_policy: str
    same_side_policy: str
    max_signal_age_s: int
    # subscription
    subscription_status: str
    custom_leverage: int | None
    custom_margin_usd: Decimal | None
    custom_stop_loss_pct: Decimal | None
    custom_take_profit_pct: Decimal | None
    custom_margin_mode: str | None
    stop_loss_enabled: bool
    take_profit_enabled: bool
    max_daily_loss_usd: Decimal
    max_concurrent_positions: int
    max_price_deviation_pct: Decimal | None
    # account
    exchange: str
    testnet: bool
    account_active: bool
    account_status: str
    position_mode: str
    sealed_keys: bytes = field(repr=False)
    wrapped_data_key: bytes = field(repr=False)
    key_id: str
    set_leverage: int | None
    set_margin_mode: str | None
    foreign_quantity: Decimal
    # The subscription trades on another account by now.
    account_left: bool = False
    # of a reversal in flight: why its opening half was refused
    reason_code: str = ""
    reason_params: dict[str, Any] = field(default_factory=dict)
    # derived under the subscription's lock
    positions: tuple[Held, ...] = ()
    others_quantity: Decimal = Decimal(0)
    others_holder: str = ""
    others_leverage: int | None = None  # the highest of theirs
    daily_loss_usd: Decimal = Decimal(0)  # negative: a gain
    entries_in_flight: int = 0
    busy: bool = False
    # Positions of the account were open while nobody watched, and it has not been compared with the exchange since.
    unwatched: bool = False
    # The account was compared with the exchange a short while ago: what is foreign on it is known.
    is_compared: bool = True
    waits_for_older: bool = False
    # New entries at this exchange, on this kind of market, are left out for now (`exchanges.pausing`).
    entries_paused: bool = False

    @property
    def is_futures(self) -> bool:
        return self.market_type == MarketType.FUTURES

    @property
    def position(self) -> Held | None:
        """The open position of this subscription on this execution's symbol."""
        return next((held for held in self.positions if held.symbol_key == self.symbol_key), None)

    def log_fields(self) -> dict[str, Any]:
        return {
            "signal": str(self.signal_id),
            "execution": str(self.id),
            "action": self.action,
            "symbol": self.symbol_key,
        }


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """What is needed to speak for an account; the keys are sealed. `Facts` has the same names."""

    account_id: UUID
    user_id: UUID
    exchange: str
    testnet: bool
    position_mode: str
    sealed_keys: bytes = field(repr=False)
    wrapped_data_key: bytes = field(repr=False)
    key_id: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "AccountKeys":
        sealed = {name: bytes(row[name]) for name in ("sealed_keys", "wrapped_data_key")}
        return cls(**{**{name: row[name] for name in cls.__slots__}, **sealed})
