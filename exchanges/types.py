"""The words in which every exchange is spoken to: markets, orders, fills, positions. Pure values, no Django, no ccxt.

Prices and quantities are Decimal, quantities in base units (contracts exist only inside `exchanges.client`), times are
aware UTC datetimes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

# Counted as one US dollar each (README: USDT counts as USD).
DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "DAI"})


class MarketType(StrEnum):
    SPOT = "spot"
    FUTURES = "futures"


class Side(StrEnum):
    """An order's side."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class PositionSide(StrEnum):
    LONG = "long"
    SHORT = "short"

    @property
    def entry_side(self) -> Side:
        return Side.BUY if self is PositionSide.LONG else Side.SELL

    @property
    def exit_side(self) -> Side:
        return self.entry_side.opposite


class MarginMode(StrEnum):
    ISOLATED = "isolated"
    CROSS = "cross"


class PositionMode(StrEnum):
    ONE_WAY = "one_way"
    HEDGE = "hedge"


class Leg(StrEnum):
    """What an order is for; its last letter in the client order id."""

    ENTRY = "e"
    STOP = "s"
    TARGET = "t"
    EXIT = "x"
    OCO = "o"


class OrderState(StrEnum):
    """An order as the exchange tells it."""

    OPEN = "open"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Opened exchange keys: live only inside one execution, never logged (repr is masked)."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    passphrase: str = field(default="", repr=False)
    variant: str = ""  # which kind of account or region, where the exchange has several (`Venue.variants`)


@dataclass(frozen=True, slots=True)
class Market:
    """One tradable symbol of one exchange. `key` is base+quote ("BTCUSDT"); steps and limits in base units and quote."""

    symbol: str
    id: str
    key: str
    market_type: MarketType
    base: str
    quote: str
    price_step: Decimal
    quantity_step: Decimal
    min_quantity: Decimal
    max_market_quantity: Decimal | None
    min_notional: Decimal
    contract_size: Decimal
    max_leverage: int | None = None


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """An order as the exchange answered or told it. `filled_quantity` in base units; `average_price` None while unknown."""

    client_order_id: str
    exchange_order_id: str
    state: OrderState
    filled_quantity: Decimal
    average_price: Decimal | None
    # The exchange order id of the market order that a triggered conditional order became, where the exchange tells.
    triggered_order_id: str = ""
    trigger_price: Decimal | None = None
    quantity: Decimal | None = None
    # The fee where the answer tells it (spot): `fee` in `fee_currency`.
    fee: Decimal = Decimal(0)
    fee_currency: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What an order must say besides side and quantity, where an exchange wants it said with every order.

    `leverage` and `net_stop` only for entries. `net_stop` is a trigger price for a stop that comes to stand with the entry
    itself, on venues with `attached_stops`: a safety net further away than our own stop, for the moment until that one stands.
    """

    hedge: bool = False
    margin_mode: MarginMode = MarginMode.ISOLATED
    leverage: int | None = None
    net_stop: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProtectionLeg:
    """A stop loss or take profit to be placed: `leg` STOP or TARGET, `trigger_price` already on the market's price step."""

    leg: Leg
    client_order_id: str
    trigger_price: Decimal


@dataclass(frozen=True, slots=True)
class ExchangeFill:
    """One trade of an account. `fee` in `fee_currency`; `realized_pnl` gross of fees where the exchange tells it."""

    trade_id: str
    exchange_order_id: str
    market_key: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    realized_pnl: Decimal | None
    filled_at: datetime
    client_order_id: str = ""


@dataclass(frozen=True, slots=True)
class FundingPayment:
    """Funding of a perpetual contract that an account paid (`amount` < 0) or received, in `currency`."""

    payment_id: str
    market_key: str
    amount: Decimal
    currency: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class ExchangePosition:
    """An account's position on a symbol. `quantity` is positive; the side says the direction."""

    market_key: str
    side: PositionSide
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal | None
    unrealized_pnl: Decimal
    leverage: int | None
    margin_mode: MarginMode | None
    liquidation_price: Decimal | None

    @property
    def signed(self) -> Decimal:
        """The quantity, negative for a short."""
        return self.quantity if self.side is PositionSide.LONG else -self.quantity


@dataclass(frozen=True, slots=True)
class Balance:
    """One coin of an account: `total` = `free` + `used`; `usd_value` None where no price is known."""

    currency: str
    free: Decimal
    used: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What the exchange says of a key. None = the exchange does not tell."""

    can_read: bool
    can_trade_spot: bool | None
    can_trade_futures: bool | None
    can_withdraw: bool | None
    ip_restricted: bool | None
    position_mode: PositionMode | None
