"""How one kind of market of one exchange is spoken to: requests in, answers out, as values. No ccxt, no Django, no network.

The client sends what a dialect says (`Call`) through ccxt's implicit API, where ccxt knows hosts, paths and signing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    KeyReport,
    MarginMode,
    Market,
    OrderAnswer,
    OrderTerms,
    PositionMode,
    PositionSide,
    ProtectionLeg,
    Side,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the name of ccxt's implicit method and its parameters (strings, never Decimal; a list where the body is one).

    `pick`, of a question for one order, takes that order out of an answer that tells more than it; `not_found()` if it is not there.
    """

    endpoint: str
    params: dict[str, Any] | list[Any] = field(default_factory=dict)
    # Further headers, made of the time at which the request is signed (ms of the exchange's clock): a deadline.
    headers_at: Callable[[int], Mapping[str, str]] | None = None
    params_at: Callable[[int], Mapping[str, str]] | None = None  # the same as parameters
    pick: Callable[[Any], Any] | None = None

    def picked(self, raw: Any) -> Any:
        """The part of the answer that was asked for."""
        return raw if self.pick is None else self.pick(raw)


@dataclass(frozen=True, slots=True)
class ProtectionCall:
    """A request that places one or more protection legs (an OCO places both)."""

    call: Call
    legs: tuple[ProtectionLeg, ...]


# A raw answer of an exchange: parsed JSON.
Raw = Any
T = TypeVar("T")


class FillsOrder(StrEnum):
    """How an exchange hands out more trades than fit in one answer."""

    BY_ID = "by_id"  # asked again from the last id on (`from_id`)
    OLDEST_FIRST = "oldest_first"  # asked again from the last one's time on
    NEWEST_FIRST = "newest_first"  # asked again up to the oldest one's time


class Dialect(ABC):
    """One market type of one exchange (and variant). What an exchange cannot say raises Unsupported.

    `read_…` may raise KeyError, ValueError, TypeError or ArithmeticError on an answer that is not what the exchange documents; the
    client turns these into OutcomeUnknown. Where an exchange says "there is none" with an empty list, `read_…` of one order
    raises `not_found()`. Questions for one order may be several calls: the order is not there when every one of them says so.
    Quantities go in and out in base units: contracts are this dialect's own business (`Market.contract_size`).
    """

    ccxt_id: str
    # options of the ccxt class that keep loading of markets lean: one unsigned request
    market_options: Mapping[str, Any] = {}
    # calls that the ccxt class lacks, by our name for them: path, api and verb, as its `sign` takes them
    endpoints: Mapping[str, tuple[str, list[str], str]] = {}
    fills_window: timedelta = timedelta(days=7)
    fills_page: int = 1000
    fills_order: FillsOrder = FillsOrder.BY_ID
    wallet: str = ""  # dialects of one exchange with the same name here draw on one wallet; "": one of its own
    siblings_fall_together: bool = False  # cancelling one leg cancels its order list
    # A stop whose trigger the price has passed is refused; where it would be taken for a target instead, we look first.
    refuses_passed_stops: bool = True
    # Conditional orders are cancelled by the exchange's own id, which is read from what stands.
    cancels_by_exchange_id: bool = False
    # One of these needs the other done before it is sent: leverage and margin mode one after the other, not at once.
    terms_in_turn: bool = False

    def largest_market_order(self, listed: Raw) -> Decimal | None:
        """The largest market order of a symbol, in the exchange's own unit, from its own row of the list; None where it tells no
        other maximum than ccxt does."""
        return None

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
    def position_mode(self, market: Market | None = None) -> Call:
        """With the market of the order that waits for it, where one is at hand: some exchanges set the mode per symbol."""
        raise Unsupported("No position mode on this market")

    def read_position_mode(self, raw: Raw) -> PositionMode:
        raise Unsupported("No position mode on this market")

    def terms(self, market: Market, leverage: int, margin_mode: MarginMode, *, hedge: bool) -> list[Call]:
        raise Unsupported("No leverage on this market")

    # orders
    def entry(self, market: Market, side: Side, quantity: Decimal, client_order_id: str, terms: OrderTerms) -> Call:
        raise Unsupported("No entry by quantity on this market")

    def entry_with_cost(self, market: Market, cost: Decimal, client_order_id: str) -> Call:
        raise Unsupported("No entry by cost on this market")

    @abstractmethod
    def reduction(
        self, market: Market, side: PositionSide, quantity: Decimal, client_order_id: str, terms: OrderTerms
    ) -> Call: ...

    def read_placed(self, raw: Raw, market: Market, client_order_id: str) -> OrderAnswer:
        """The answer to a placed order. An exchange that answers with an id and nothing more tells the rest when asked."""
        return self.read_order(raw, market)

    @abstractmethod
    def order_by_client_id(self, market: Market, client_order_id: str) -> Call | Sequence[Call]: ...

    @abstractmethod
    def read_order(self, raw: Raw, market: Market) -> OrderAnswer: ...

    # protection
    @abstractmethod
    def protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        terms: OrderTerms,
    ) -> list[ProtectionCall]:
        """One call for each leg, or one for both. A leg that cannot stand here beside the other is left out (the target:
        it is then watched by us, and the answer for it is Unsupported)."""

    @abstractmethod
    def read_protection(self, raw: Raw, market: Market, legs: Sequence[ProtectionLeg]) -> list[OrderAnswer]:
        """The legs in the answer to a protection call; `legs` are those of the call."""

    @abstractmethod
    def standing(self, market: Market) -> Call | Sequence[Call]:
        """Every conditional order on the symbol; the answers of several calls are read one by one and put together."""

    @abstractmethod
    def read_standing(self, raw: Raw, market: Market) -> list[OrderAnswer]: ...

    @abstractmethod
    def protection_by_client_id(self, market: Market, client_order_id: str) -> Call | Sequence[Call]: ...

    @abstractmethod
    def read_protection_order(self, raw: Raw, market: Market) -> OrderAnswer: ...

    def triggered_order(self, market: Market, answer: OrderAnswer) -> Call | None:
        """The request for the order that a triggered leg became, None when the answer already tells all. Asked again with what
        that request told, where the way to the order has more steps."""
        return None

    @abstractmethod
    def cancellation(self, market: Market, client_order_id: str, exchange_order_id: str) -> Call:
        """Cancels a leg; `exchange_order_id` is "" unless `cancels_by_exchange_id`."""

    def read_cancelled(self, raw: Raw) -> set[str]:
        """Client order ids of further orders that one cancellation took along (the legs of an order list)."""
        return set()

    def net_removal(self, market: Market, side: PositionSide, terms: OrderTerms) -> Call:
        """Takes the net away that came with an entry (`OrderTerms.net_stop`)."""
        raise Unsupported("No stop travels in an entry here")

    # what an account holds
    def funding(self, since_ms: int) -> Call:
        raise Unsupported("No funding on this market")

    def funding_of(self, market: Market, since_ms: int) -> Call | None:
        """The question for one market, where the exchange answers for one symbol at a time; None: `funding` asks for all."""
        return None

    def read_funding(self, raw: Raw, key_of: Callable[[str], str]) -> list[FundingPayment]:
        raise Unsupported("No funding on this market")

    def positions(self) -> Call:
        raise Unsupported("No positions on this market")

    def read_positions(self, raw: Raw, market_of: Callable[[str], Market | None]) -> list[ExchangePosition]:
        """`market_of` an exchange's symbol id: None where we trade no such symbol; its key is then the id itself."""
        raise Unsupported("No positions on this market")

    @abstractmethod
    def balances(self) -> Call: ...

    @abstractmethod
    def read_balances(self, raw: Raw) -> list[Balance]: ...

    def more_balances(self, raw: Raw) -> Call | None:
        """The request for what did not fit in this answer."""
        return None

    @abstractmethod
    def fills(self, market: Market, *, since_ms: int | None, until_ms: int | None, from_id: str | None) -> Call: ...

    @abstractmethod
    def read_fills(self, raw: Raw, market: Market) -> list[ExchangeFill]: ...

    # what the exchange says of the key: the first that answers counts
    @abstractmethod
    def key_calls(self, *, testnet: bool) -> list[Call]: ...

    @abstractmethod
    def read_key(self, raw: Raw) -> KeyReport: ...

    def key_error(self, error: ExchangeError) -> ExchangeError:
        """What the refusal of a question about the key says of it (`key_reports.WRONG_VARIANT`)."""
        return error


def not_found() -> Refused:
    """The exchange's positive word that there is no such order, where it says so with an empty list."""
    return Refused("No such order", code="not_found", kind=RefusalKind.NOT_FOUND)


def in_turn(calls: "Call | Sequence[Call]") -> Sequence[Call]:
    """The calls of a question that may be one or several."""
    return (calls,) if isinstance(calls, Call) else calls


def read_answer(raw: Any, read: Callable[[Any], T]) -> T:
    """What the dialect reads in an answer. An answer that is not what the exchange documents proves nothing: OutcomeUnknown."""
    try:
        return read(raw)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, ArithmeticError, OSError) as e:
        raise OutcomeUnknown("The exchange's answer could not be read", code="unreadable") from e
