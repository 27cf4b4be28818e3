"""What the exchange knows: accounts, prices, counters. Only `changes.apply` alters it (prices and marks: `matching`)."""

from dataclasses import dataclass, field
from decimal import Decimal

from simulator.core.accounts import DERIVED, Account
from simulator.core.markets import MarketTerms


@dataclass(slots=True)
class FundingPoint:
    """One symbol's settled funding."""

    symbol: str
    time: int
    rate: Decimal
    mark_price: Decimal


@dataclass(slots=True)
class State:
    """`marks` has the mark prices that were set apart from the last price."""

    sequence: int = 0
    last_account: int = 0
    last_order: int = 1_000_000_000
    last_conditional: int = 2_000_000_000
    last_fill: int = 500_000_000
    last_list: int = 10_000
    accounts: dict[int, Account] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    marks: dict[str, Decimal] = field(default_factory=dict)
    funding_rates: dict[str, Decimal] = field(default_factory=dict)
    terms: dict[str, MarketTerms] = field(default_factory=dict)
    settled: list[FundingPoint] = field(default_factory=list)
    by_key: dict[str, Account] = field(default_factory=dict, metadata=DERIVED)

    def rebuild_indexes(self) -> None:
        """Recompute what is not stored."""
        self.by_key = {account.api_key: account for account in self.accounts.values()}
        for account in self.accounts.values():
            account.rebuild_indexes()
