"""Everything that can happen, as facts with all their figures: the log replays to the same state without deciding again."""

from dataclasses import dataclass, field
from decimal import Decimal

from simulator.core.accounts import Account, Permissions
from simulator.core.amounts import ZERO
from simulator.core.markets import MarketTerms
from simulator.core.orders import ConditionalOrder, Fill, Order, OrderList, PositionSide, Status


@dataclass(slots=True)
class AccountOpened:
    account: Account


@dataclass(slots=True)
class AccountReset:
    """Positions, orders and history are gone; both wallets hold these balances."""

    wallet: dict[str, Decimal]
    coins: dict[str, Decimal]


@dataclass(slots=True)
class AccountClosed:
    api_key: str


@dataclass(slots=True)
class PermissionsSet:
    """What the API key may do from now on."""

    permissions: Permissions


@dataclass(slots=True)
class IdRuleSet:
    """Whether a client id is taken for ever (True) or until its order is closed."""

    unique_ids: bool


@dataclass(slots=True)
class LeverageSet:
    symbol: str
    leverage: int


@dataclass(slots=True)
class MarginModeSet:
    symbol: str
    isolated: bool


@dataclass(slots=True)
class PositionModeSet:
    is_hedged: bool


@dataclass(slots=True)
class OrderPlaced:
    order: Order


@dataclass(slots=True)
class OrderFilled:
    """One execution of the order with this client id; `position` (signed) and `entry_price` after it (futures)."""

    fill: Fill
    client_id: str = ""
    position: Decimal = ZERO
    entry_price: Decimal = ZERO


@dataclass(slots=True)
class RestScheduled:
    """What is not filled yet is filled in `count` pieces, `every_ms` apart, the first at `due` (epoch ms)."""

    order_id: int
    due: int
    every_ms: int
    count: int


@dataclass(slots=True)
class OrderActivated:
    """A spot stop or target was touched and is now working (a limit priced one rests in the book)."""

    order_id: int


@dataclass(slots=True)
class OrderEnded:
    """Cancelled, expired or rejected without (further) fills."""

    order_id: int
    status: Status


@dataclass(slots=True)
class ListPlaced:
    order_list: OrderList


@dataclass(slots=True)
class ConditionalPlaced:
    order: ConditionalOrder


@dataclass(slots=True)
class ConditionalResized:
    """It closes this quantity now: its order has filled more."""

    conditional_id: int
    quantity: Decimal


@dataclass(slots=True)
class ConditionalTriggered:
    conditional_id: int
    price: Decimal


@dataclass(slots=True)
class ConditionalFinished:
    """The trigger's market order `order_id` was carried out."""

    conditional_id: int
    order_id: int


@dataclass(slots=True)
class ConditionalEnded:
    """Cancelled by the user, or rejected at the trigger for `reason`."""

    conditional_id: int
    status: Status
    reason: str = ""


@dataclass(slots=True)
class PricesMarked:
    """Prices as they stand, and the mark prices set apart from them, so that a restart goes on from them."""

    prices: dict[str, Decimal]
    marks: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class MarketChanged:
    """A market has these terms from now on, or is new with them."""

    terms: MarketTerms


@dataclass(slots=True)
class FundingRateSet:
    symbol: str
    rate: Decimal


@dataclass(slots=True)
class FundingSettled:
    """Funding at these rates and mark prices; the payments follow."""

    rates: dict[str, Decimal]
    marks: dict[str, Decimal]


@dataclass(slots=True)
class FundingPaid:
    """`amount` was received (paid, when negative) for the position; an isolated one's margin takes it."""

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    mark_price: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(slots=True)
class Liquidated:
    """The exchange has closed the position (`quantity` is what it was, signed) with the filled order `order_id`;
    `covered` is what the insurance fund paid, so that no more than the margin is lost."""

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    order_id: int
    mark_price: Decimal
    price: Decimal
    fee: Decimal
    covered: Decimal


Change = (
    AccountOpened
    | AccountReset
    | AccountClosed
    | PermissionsSet
    | IdRuleSet
    | LeverageSet
    | MarginModeSet
    | PositionModeSet
    | OrderPlaced
    | OrderFilled
    | RestScheduled
    | OrderActivated
    | OrderEnded
    | ListPlaced
    | ConditionalPlaced
    | ConditionalResized
    | ConditionalTriggered
    | ConditionalFinished
    | ConditionalEnded
    | PricesMarked
    | MarketChanged
    | FundingRateSet
    | FundingSettled
    | FundingPaid
    | Liquidated
)


@dataclass(slots=True)
class Event:
    """A change, its place in the order of all changes, its time (epoch ms) and the account concerned (0 = none)."""

    sequence: int
    time: int
    account: int
    change: Change


CHANGES: dict[str, type[Change]] = {kind.__name__: kind for kind in Change.__args__}
