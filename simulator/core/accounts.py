"""An account: its key, what it may do, its money, positions and orders."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.orders import ConditionalOrder, Fill, Order, OrderList, PositionSide

DEFAULT_LEVERAGE = 20
DERIVED = {"derived": True}


class Environment(StrEnum):
    """Which hosts an API key works at."""

    LIVE = "live"
    DEMO = "demo"
    ANY = "any"


@dataclass(slots=True)
class Permissions:
    """What the API key may do."""

    reading: bool = True
    spot: bool = True
    futures: bool = True
    withdrawals: bool = False
    ip_restrict: bool = False


@dataclass(slots=True)
class Position:
    """A futures position; `quantity` is negative for a short. `margin` is what an isolated position holds of its own."""

    symbol: str
    side: PositionSide
    quantity: Decimal = ZERO
    entry_price: Decimal = ZERO
    margin: Decimal = ZERO
    update_time: int = 0


@dataclass(slots=True)
class Income:
    """What moved a futures wallet, other than a fill."""

    id: int
    kind: str
    symbol: str
    amount: Decimal
    asset: str
    time: int


@dataclass(slots=True)
class Account:
    id: int
    api_key: str
    secret: str
    passphrase: str = ""
    label: str = ""
    environment: Environment = Environment.LIVE
    permissions: Permissions = field(default_factory=Permissions)
    created: int = 0
    updated: int = 0
    start_wallet: dict[str, Decimal] = field(default_factory=dict)
    start_coins: dict[str, Decimal] = field(default_factory=dict)
    wallet: dict[str, Decimal] = field(default_factory=dict)
    coins: dict[str, Decimal] = field(default_factory=dict)
    leverages: dict[str, int] = field(default_factory=dict)
    isolated: dict[str, bool] = field(default_factory=dict)
    is_hedged: bool = False
    unique_ids: bool = False
    positions: dict[str, Position] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    conditionals: dict[int, ConditionalOrder] = field(default_factory=dict)
    lists: dict[int, OrderList] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    incomes: list[Income] = field(default_factory=list)
    open_orders: dict[int, Order] = field(default_factory=dict, metadata=DERIVED)
    open_conditionals: dict[int, ConditionalOrder] = field(default_factory=dict, metadata=DERIVED)
    order_ids: dict[tuple[Kind, str, str], int] = field(default_factory=dict, metadata=DERIVED)
    conditional_ids: dict[str, int] = field(default_factory=dict, metadata=DERIVED)

    def rebuild_indexes(self) -> None:
        """Recompute what is not stored: open orders and the look-up by client id (the newest wins)."""
        self.open_orders = {o.id: o for o in self.orders.values() if o.status.is_open}
        self.open_conditionals = {c.id: c for c in self.conditionals.values() if c.status.is_open}
        self.order_ids = {(o.kind, o.symbol, o.client_id): o.id for o in self.orders.values()}
        self.conditional_ids = {c.client_id: c.id for c in self.conditionals.values()}

    def position(self, symbol: str, side: PositionSide = PositionSide.BOTH) -> Position:
        """The position, or an empty one that is not stored yet."""
        return self.positions.get(position_key(symbol, side)) or Position(symbol, side)

    def leverage(self, symbol: str) -> int:
        return self.leverages.get(symbol, DEFAULT_LEVERAGE)

    def is_isolated(self, symbol: str) -> bool:
        return self.isolated.get(symbol, False)

    def find_order(self, kind: Kind, symbol: str, order_id: int = 0, client_id: str = "") -> Order | None:
        """By exchange id where given, else by client id (the newest under it)."""
        order = self.orders.get(order_id or self.order_ids.get((kind, symbol, client_id), 0))
        return order if order and order.kind is kind and order.symbol == symbol else None

    def find_conditional(self, conditional_id: int = 0, client_id: str = "") -> ConditionalOrder | None:
        """By exchange id where given, else by client id (the newest under it)."""
        return self.conditionals.get(conditional_id or self.conditional_ids.get(client_id, 0))


def hide_history(account: Account) -> Account:
    """The account as a lagging read replica shows it: its money and settings, but no position, order or fill."""
    return replace(
        account,
        positions={},
        orders={},
        conditionals={},
        lists={},
        fills=[],
        open_orders={},
        open_conditionals={},
        order_ids={},
        conditional_ids={},
    )


def position_key(symbol: str, side: PositionSide) -> str:
    return f"{symbol}:{side}"
