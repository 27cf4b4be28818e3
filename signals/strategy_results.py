"""What each strategy brought (ORD-02): the realized P&L of closed positions, by the source of the entry that opened them.

A position is one strategy's from its entry on: closing it by hand, by a stop or at the exchange does not make its result
somebody else's. Net of fees and funding, in USD, summed by the database in exact decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from signals.figures import CLOSED, WON, ZERO, win_rate
from signals.models import Position
from signals.strategy_sources import StrategySource


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """One strategy's closed positions. `realized_pnl` is net of `fees` and `funding` (paid; negative = received)."""

    strategy: StrategySource
    closed_positions: int
    won: int
    realized_pnl: Decimal
    fees: Decimal
    funding: Decimal

    @property
    def label(self) -> str:
        return str(self.strategy.label)

    @property
    def win_rate(self) -> Decimal:
        return win_rate(self.won, self.closed_positions)


def results_by_strategy(positions: QuerySet[Position]) -> list[StrategyResult]:
    """One line for each strategy that closed any of `positions`, in the order of the choices; one query."""
    rows = (
        positions.filter(CLOSED)
        .order_by()
        .values("strategy_source")
        .annotate(
            closed_positions=Count("id"),
            won=Count("id", filter=WON),
            pnl=Sum("realized_pnl", default=ZERO),
            fees_paid=Sum("fees", default=ZERO),
            funding_paid=Sum("funding", default=ZERO),
        )
    )
    found = {row["strategy_source"]: row for row in rows}
    return [
        StrategyResult(source, row["closed_positions"], row["won"], row["pnl"], row["fees_paid"], row["funding_paid"])
        for source in StrategySource
        if (row := found.get(source.value))
    ]


def total_pnl(results: Iterable[StrategyResult]) -> Decimal:
    """What all of them brought together."""
    return sum((result.realized_pnl for result in results), ZERO)
