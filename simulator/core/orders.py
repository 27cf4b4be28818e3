"""What an account can have at the exchange: orders, conditional orders, order lists, fills."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from simulator.core.amounts import ZERO
from simulator.core.markets import Kind


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1


class PositionSide(StrEnum):
    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"


STOPS = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.STOP_MARKET})
TARGETS = frozenset({OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT, OrderType.TAKE_PROFIT_MARKET})
SPOT_CONDITIONAL = frozenset(
    {OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
)
LIMIT_PRICED = frozenset(
    {OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT}
)


CONTRACT_PRICE, MARK_PRICE = "CONTRACT_PRICE", "MARK_PRICE"


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTE_GTC = "GTE_GTC"


class Status(StrEnum):
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"

    @property
    def is_open(self) -> bool:
        return self in (Status.NEW, Status.PARTIALLY_FILLED)


class Rest(StrEnum):
    """What becomes of the part that is not filled at once: filled later, expired now, or left open."""

    FILL = "fill"
    EXPIRE = "expire"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Pieces:
    """`fraction` of the quantity at once (rounded down to the step), the rest in `count` pieces, `every_ms` apart."""

    fraction: Decimal
    rest: Rest = Rest.FILL
    every_ms: int = 1000
    count: int = 1


@dataclass(frozen=True, slots=True)
class Trigger:
    """At which price a stop or target fires; `client_id` empty = the exchange makes one."""

    price: Decimal
    client_id: str = ""
    working_type: str = CONTRACT_PRICE


class Scope(StrEnum):
    """What a protection closes: as much as its order has filled, or whatever the position holds."""

    ORDER = "order"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class Protection:
    """Stop and target that come with an order and stand from its first fill on.

    `linked`: the one that fires or is cancelled ends the other (scope ORDER). `ends_flat`: both end with the position.
    """

    stop: Trigger | None = None
    target: Trigger | None = None
    scope: Scope = Scope.ORDER
    linked: bool = False
    ends_flat: bool = True


@dataclass(slots=True)
class Order:
    """An order in the book or done with. `price` is the limit, `stop_price` a spot order's trigger; zero = none.

    `rest_…`: when (epoch ms; 0 = no such plan) the next of how many pieces of the rest is filled. `parent_id` is the order
    whose `protection` it is (0: none).
    """

    id: int
    kind: Kind
    symbol: str
    client_id: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal = ZERO
    stop_price: Decimal = ZERO
    quote_quantity: Decimal = ZERO
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    position_side: PositionSide = PositionSide.BOTH
    list_id: int = -1
    algo_id: int = 0
    status: Status = Status.NEW
    is_working: bool = True
    executed_quantity: Decimal = ZERO
    executed_quote: Decimal = ZERO
    rest_due: int = 0
    rest_every_ms: int = 0
    rest_count: int = 0
    protection: Protection | None = None
    parent_id: int = 0
    time: int = 0
    update_time: int = 0

    @property
    def average_price(self) -> Decimal:
        return self.executed_quote / self.executed_quantity if self.executed_quantity else ZERO

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed_quantity


@dataclass(slots=True)
class ConditionalOrder:
    """A futures stop or target that becomes a market order (`order_id`) when the price touches `trigger_price`.

    `pieces`: the book will be thin for that order. `group`: of those that share one, the first to fire or to be cancelled
    ends the others (0: none). `ends_flat`: it ends with the position. `parent_id`: the order whose protection it is.
    """

    id: int
    symbol: str
    client_id: str
    side: Side
    type: OrderType
    quantity: Decimal
    trigger_price: Decimal
    reduce_only: bool = False
    close_position: bool = False
    position_side: PositionSide = PositionSide.BOTH
    time_in_force: TimeInForce = TimeInForce.GTC
    working_type: str = CONTRACT_PRICE
    price_protect: bool = False
    status: Status = Status.NEW
    order_id: int = 0
    time: int = 0
    update_time: int = 0
    trigger_time: int = 0
    pieces: Pieces | None = None
    group: int = 0
    ends_flat: bool = False
    parent_id: int = 0

    @property
    def fires_above(self) -> bool:
        return (self.type in TARGETS) == (self.side is Side.SELL)


@dataclass(slots=True)
class OrderList:
    """A one-cancels-the-other pair on spot."""

    id: int
    symbol: str
    client_id: str
    order_ids: list[int]
    time: int = 0


@dataclass(slots=True)
class Fill:
    """One execution. `fee` in `fee_asset`; `realized_pnl` in quote units, before the fee."""

    id: int
    order_id: int
    kind: Kind
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    realized_pnl: Decimal
    is_maker: bool
    position_side: PositionSide
    list_id: int
    time: int

    @property
    def quote_quantity(self) -> Decimal:
        return self.price * self.quantity
