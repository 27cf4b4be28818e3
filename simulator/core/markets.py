"""The symbols on sale and their filters, as Binance published them in 2025 (exchangeInfo, leverageBracket)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache

from simulator.core.amounts import decimals

QUOTES = ("USDT", "USDC", "BRL")


class Kind(StrEnum):
    FUTURES = "futures"
    SPOT = "spot"


class MarketStatus(StrEnum):
    """SETTLING: positions can only be made smaller; BREAK: no orders; GONE: unknown."""

    TRADING = "TRADING"
    SETTLING = "SETTLING"
    BREAK = "BREAK"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Bracket:
    """Up to `cap` USDT of notional: this leverage at most, this share of it as maintenance margin."""

    leverage: int
    floor: int
    cap: int
    maintenance_fraction: Decimal
    deduction: Decimal


@dataclass(frozen=True, slots=True)
class Market:
    """One symbol of one kind; quantities in base units, `min_notional` in quote units.

    `venue_symbol` is what the exchange calls it where that is not base and quote together, `contract_size` how many base
    units its contract has: only a dialect converts.
    """

    kind: Kind
    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    min_notional: Decimal
    taker_fraction: Decimal
    maker_fraction: Decimal
    brackets: tuple[Bracket, ...] = ()
    status: MarketStatus = MarketStatus.TRADING
    venue_symbol: str = ""
    contract_size: Decimal = Decimal(1)

    @property
    def name(self) -> str:
        """What the exchange calls it."""
        return self.venue_symbol or self.symbol

    def to_contracts(self, quantity: Decimal) -> Decimal:
        """Base units as contracts."""
        return quantity / self.contract_size

    def to_base(self, contracts: Decimal) -> Decimal:
        """Contracts as base units."""
        return contracts * self.contract_size

    @property
    def price_decimals(self) -> int:
        return decimals(self.tick)

    @property
    def quantity_decimals(self) -> int:
        return decimals(self.step)

    @property
    def max_leverage(self) -> int:
        return self.brackets[0].leverage

    def notional_cap(self, leverage: int) -> int:
        """Largest position, in quote units, that this leverage allows."""
        return max(bracket.cap for bracket in self.brackets if bracket.leverage >= leverage)

    def bracket_of(self, notional: Decimal) -> Bracket:
        """The bracket that a position of this notional falls into."""
        return next((b for b in self.brackets if notional <= b.cap), self.brackets[-1])


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """What can change of a market; everything else is as at the market `like` (itself, or the one it was renamed from)."""

    kind: Kind
    symbol: str
    like: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    status: MarketStatus


def make_brackets(rows: Iterable[tuple[int, int, str]]) -> tuple[Bracket, ...]:
    """Brackets from (leverage, cap, maintenance fraction); the deduction keeps the margin continuous at each floor."""
    brackets: list[Bracket] = []
    for leverage, cap, fraction in rows:
        floor = brackets[-1].cap if brackets else 0
        before = brackets[-1] if brackets else None
        deduction = (
            before.deduction + floor * (Decimal(fraction) - before.maintenance_fraction) if before else Decimal(0)
        )
        brackets.append(Bracket(leverage, floor, cap, Decimal(fraction), deduction))
    return tuple(brackets)


_BTC = make_brackets(
    (
        (125, 300_000, "0.004"),
        (100, 800_000, "0.005"),
        (75, 3_000_000, "0.0065"),
        (50, 12_000_000, "0.01"),
        (25, 70_000_000, "0.02"),
        (20, 100_000_000, "0.025"),
        (10, 230_000_000, "0.05"),
        (5, 480_000_000, "0.1"),
        (2, 800_000_000, "0.25"),
        (1, 1_200_000_000, "0.5"),
    )
)
_MAJOR = make_brackets(
    (
        (100, 50_000, "0.005"),
        (75, 600_000, "0.0065"),
        (50, 1_600_000, "0.01"),
        (25, 16_000_000, "0.02"),
        (10, 80_000_000, "0.05"),
        (5, 160_000_000, "0.1"),
        (2, 400_000_000, "0.25"),
        (1, 800_000_000, "0.5"),
    )
)
_MINOR = make_brackets(
    (
        (75, 10_000, "0.01"),
        (50, 80_000, "0.015"),
        (25, 800_000, "0.02"),
        (20, 1_600_000, "0.025"),
        (10, 8_000_000, "0.05"),
        (5, 16_000_000, "0.1"),
        (2, 40_000_000, "0.25"),
        (1, 80_000_000, "0.5"),
    )
)


def futures(
    symbol: str, tick: str, step: str, max_quantity: str, max_market: str, notional: str, brackets: tuple[Bracket, ...]
) -> Market:
    """A USDT-margined perpetual; fees 0.05 % taker, 0.02 % maker."""
    base = symbol.removesuffix("USDT")
    limits = (Decimal(step), Decimal(max_quantity), Decimal(max_market), Decimal(notional))
    return Market(
        Kind.FUTURES,
        symbol,
        base,
        "USDT",
        Decimal(tick),
        Decimal(step),
        *limits,
        Decimal("0.0005"),
        Decimal("0.0002"),
        brackets,
    )


def spot(symbol: str, tick: str, step: str, max_quantity: str, max_market: str) -> Market:
    """A spot pair; fees 0.1 % on both sides, smallest notional 5 units of the quote."""
    limits = (Decimal(step), Decimal(max_quantity), Decimal(max_market), Decimal(5))
    fees = (Decimal("0.001"), Decimal("0.001"))
    return Market(Kind.SPOT, symbol, *split_pair(symbol), Decimal(tick), Decimal(step), *limits, *fees)


@cache
def split_pair(symbol: str) -> tuple[str, str]:
    """Base and quote of one of our symbols; ValueError when it ends in no quote that we know."""
    for quote in QUOTES:
        if symbol.endswith(quote) and symbol != quote:
            return symbol.removesuffix(quote), quote
    raise ValueError(f"{symbol} has no quote of {', '.join(QUOTES)}")


def list_as(market: Market, venue_symbol: str, *, contract_size: str = "1", lot: str = "") -> Market:
    """The market under its exchange's name, in contracts of this size; `lot` (in contracts) becomes step and minimum."""
    size = Decimal(contract_size)
    named = replace(market, venue_symbol=venue_symbol, contract_size=size)
    return replace(named, step=Decimal(lot) * size, min_quantity=Decimal(lot) * size) if lot else named


MARKETS: tuple[Market, ...] = (
    futures("BTCUSDT", "0.10", "0.001", "1000", "120", "100", _BTC),
    futures("ETHUSDT", "0.01", "0.001", "10000", "2000", "20", _BTC),
    futures("SOLUSDT", "0.01", "0.01", "1000000", "50000", "5", _MAJOR),
    futures("XRPUSDT", "0.0001", "0.1", "10000000", "2000000", "5", _MAJOR),
    futures("DOGEUSDT", "0.00001", "1", "50000000", "30000000", "5", _MINOR),
    futures("1000PEPEUSDT", "0.0000001", "1", "500000000", "150000000", "5", _MINOR),
    spot("BTCUSDT", "0.01", "0.00001", "9000", "100"),
    spot("ETHUSDT", "0.01", "0.0001", "9000", "2000"),
    spot("SOLUSDT", "0.01", "0.001", "90000", "20000"),
    spot("XRPUSDT", "0.0001", "0.1", "9222449", "3000000"),
    spot("DOGEUSDT", "0.00001", "1", "9000000", "5000000"),
    spot("PEPEUSDT", "0.00000001", "1", "92141578703", "50000000000"),
)

BRL_MARKETS: tuple[Market, ...] = (
    spot("BTCBRL", "1", "0.00000001", "1000", "100"),
    spot("ETHBRL", "0.01", "0.0000001", "10000", "2000"),
    spot("SOLBRL", "0.01", "0.000001", "100000", "20000"),
    spot("USDTBRL", "0.0001", "0.01", "10000000", "1000000"),
)

START_PRICES: dict[str, Decimal] = {
    "BTCUSDT": Decimal("95000.00"),
    "ETHUSDT": Decimal("3400.00"),
    "SOLUSDT": Decimal("190.00"),
    "XRPUSDT": Decimal("2.3000"),
    "DOGEUSDT": Decimal("0.32000"),
    "1000PEPEUSDT": Decimal("0.0190000"),
    "PEPEUSDT": Decimal("0.00001900"),
    "BTCBRL": Decimal("510000"),
    "ETHBRL": Decimal("18300.00"),
    "SOLBRL": Decimal("1020.00"),
    "USDTBRL": Decimal("5.3700"),
}
