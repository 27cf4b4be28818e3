"""How one kind of market of one exchange is spoken to: requests in, answers out, as values. No ccxt, no Django, no network.

The client sends what a dialect says (`Call`) through ccxt's implicit API, where ccxt knows hosts, paths and signing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from exchanges.errors import OutcomeUnknown, Unsupported
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    KeyReport,
    MarginMode,
    Market,
    OrderAnswer,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the name of ccxt's implicit method and its parameters (strings, never Decimal)."""

    endpoint: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProtectionCall:
    """A request that places one or more protection legs (an OCO places both)."""

    call: Call
    legs: tuple[ProtectionLeg, ...]


# A raw answer of an exchange: parsed JSON.
Raw = Any
T = TypeVar("T")


class Dialect(ABC):
    """One market type of one exchange. What an exchange cannot say raises Unsupported.

    `read_…` may raise KeyError, ValueError, TypeError or ArithmeticError on an answer that is not what the exchange documents; the
    client turns these into OutcomeUnknown.
    """

    ccxt_id: str
    # options of the ccxt class that keep loading of markets lean: one unsigned request
    market_options: Mapping[str, Any] = {}
    fills_window: timedelta = timedelta(days=7)
    fills_page: int = 1000
    siblings_fall_together: bool = False  # cancelling one leg cancels its order list

    @abstractmethod
    def server_time(self) -> Call: ...

    @abstractmethod
    def read_server_time(self, raw: Raw) -> int:
        """The exchange's clock in milliseconds."""

    # market data
    @abstractmethod
    def price(self, market: Market) -> Call: ...

    @abstractmethod
    def read_price(self, raw: Raw) -> Decimal: ...

    @abstractmethod
    def prices(self) -> Call: ...

    @abstractmethod
    def read_prices(self, raw: Raw) -> dict[str, Decimal]:
        """Symbol id → last price."""

    @abstractmethod
    def best_bid_ask(self, market: Market) -> Call: ...

    @abstractmethod
    def read_best_bid_ask(self, raw: Raw) -> tuple[Decimal, Decimal] | None: ...

    # terms of the account
    def position_mode(self) -> Call:
        raise Unsupported("No position mode on this market")

    def read_position_mode(self, raw: Raw) -> PositionMode:
        raise Unsupported("No position mode on this market")

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode) -> list[Call]:
        raise Unsupported("No leverage on this market")

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, *, hedge: bool) -> Call:
        raise Unsupported("No entry by quantity on this market")

    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        raise Unsupported("No entry by cost on this market")

    @abstractmethod
    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, *, hedge: bool
    ) -> Call: ...

    @abstractmethod
    def order_by_client_id(self, market: Market, client_order_id: str) -> Call: ...

    @abstractmethod
    def read_order(self, raw: Raw) -> OrderAnswer: ...

    # protection
    @abstractmethod
    def protection(
        self, market: Market, side: PositionSide, quantity: Decimal, legs: Sequence[ProtectionLeg], *, hedge: bool
    ) -> list[ProtectionCall]: ...

    @abstractmethod
    def read_protection(self, raw: Raw) -> list[OrderAnswer]:
        """The legs in the answer to a protection call."""

    @abstractmethod
    def standing(self, market: Market) -> Call: ...

    @abstractmethod
    def read_standing(self, raw: Raw) -> list[OrderAnswer]: ...

    @abstractmethod
    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call: ...

    @abstractmethod
    def read_protection_order(self, raw: Raw) -> OrderAnswer: ...

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """The request for the order that a triggered leg became, None when the answer already tells all."""
        return None

    @abstractmethod
    def cancellation(self, market: Market, client_order_id: str) -> Call: ...

    def read_cancelled(self, raw: Raw) -> set[str]:
        """Client order ids of further orders that one cancellation took along (the legs of an order list)."""
        return set()

    # what an account holds
    def funding(self, since_ms: int) -> Call:
        raise Unsupported("No funding on this market")

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        raise Unsupported("No funding on this market")

    def positions(self) -> Call:
        raise Unsupported("No positions on this market")

    def read_positions(self, raw: Raw, key_of: Callable[[str], str]) -> list[ExchangePosition]:
        raise Unsupported("No positions on this market")

    @abstractmethod
    def balances(self) -> Call: ...

    @abstractmethod
    def read_balances(self, raw: Raw) -> list[Balance]: ...

    @abstractmethod
    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call: ...

    @abstractmethod
    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]: ...

    # what the exchange says of the key: the first that answers counts
    @abstractmethod
    def key_calls(self, *, testnet: bool) -> list[Call]: ...

    @abstractmethod
    def read_key(self, raw: Raw) -> KeyReport: ...


def read_answer(raw: Any, read: Callable[[Any], T]) -> T:
    """What the dialect reads in an answer. An answer that is not what the exchange documents proves nothing: OutcomeUnknown."""
    try:
        return read(raw)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, ArithmeticError, OSError) as e:
        raise OutcomeUnknown("The exchange's answer could not be read", code="unreadable") from e
