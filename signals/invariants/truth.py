"""What really happened at the exchange: orders, fills and holdings of each account. Pure values; quantities in base units.

A *history* (`is_history`) tells every order and fill with its time and its place in the order of all things; a *snapshot*
of a live account tells what stands now and the recent fills. Some invariants can only be judged from a history.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from exchanges.types import MarketType, Side

ZERO = Decimal(0)
FINE_STEP = Decimal("0.00001")
OUR_ID = re.compile(r"b[a-z2-7]{16}[estxo]")


def is_ours(client_order_id: str) -> bool:
    """Whether an id has the form of `exchanges.client_ids` (D4)."""
    return OUR_ID.fullmatch(client_order_id) is not None


@dataclass(frozen=True, slots=True)
class TrueOrder:
    """An order as the exchange took it; conditional ones (`is_trigger`) stand until they trigger, end or are cancelled.

    `sequence` and `ended_sequence` order all that happened. `parent_id` names the conditional order that became this one.
    `position_side` is empty on a one-way account, else "long" or "short". In a snapshot `placed_at` is when it was seen, and the
    side may be unknown.
    """

    exchange_order_id: str
    client_order_id: str
    market_type: MarketType
    symbol: str
    side: Side | None
    quantity: Decimal
    placed_at: datetime
    sequence: int = 0
    is_trigger: bool = False
    is_target: bool = False
    reduces_only: bool = False
    closes_position: bool = False
    parent_id: str = ""
    position_side: str = ""
    ended_at: datetime | None = None
    ended_sequence: int | None = None

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class TrueFill:
    """One trade. `quantity` net of a fee taken from the coin bought (spot)."""

    exchange_order_id: str
    market_type: MarketType
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    filled_at: datetime
    sequence: int = 0
    position_side: str = ""
    client_order_id: str = ""

    @property
    def signed(self) -> Decimal:
        return self.quantity if self.side is Side.BUY else -self.quantity


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds now: a futures position (short: negative) with its average price, or a spot balance."""

    market_type: MarketType
    symbol: str
    quantity: Decimal
    average_price: Decimal | None = None
    position_side: str = ""


@dataclass(frozen=True, slots=True)
class AccountTruth:
    """One account. Nothing before `since` is known (in a snapshot: no fill).

    With `is_history`, `holdings` are as told at the end, where they are told.
    """

    account_id: UUID
    orders: tuple[TrueOrder, ...] = ()
    fills: tuple[TrueFill, ...] = ()
    holdings: tuple[Holding, ...] | None = None
    is_history: bool = True
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrueRequest:
    """One request as the exchange saw it. `source` names the limit that it counts against, `address` who sent it;
    `used_share` of that limit was used up with it (1 = all of it); `banned_until` as its answer said, where it did.
    """

    source: str
    address: str
    at: datetime
    status: int
    used_share: Decimal | None = None
    banned_until: datetime | None = None
    answered_at: datetime | None = None  # None: not told, then `at`


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything the exchange says. `requests` None = the exchange does not tell them. `steps` are lot steps by market."""

    accounts: tuple[AccountTruth, ...]
    requests: tuple[TrueRequest, ...] | None = None
    steps: Mapping[tuple[MarketType, str], Decimal] = field(default_factory=dict)
    # Accounts that could not be read, with the reason.
    unread: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def is_history(self) -> bool:
        return all(account.is_history for account in self.accounts)

    def step_of(self, market_type: MarketType, symbol: str) -> Decimal:
        """The lot step; a fine one where it is not told."""
        return self.steps.get((market_type, symbol), FINE_STEP)
