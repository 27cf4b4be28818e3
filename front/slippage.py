"""How far an entry's fill was from the price that was known before: pure figures for the execution's page."""

from dataclasses import dataclass
from decimal import Decimal

from signals.states import Action

BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Slippage:
    """Positive = worse for the client. `bps` of the reference price, `cost` in quote currency."""

    reference: Decimal
    bps: Decimal
    cost: Decimal


def slippage(
    *, action: str, reference: Decimal | None, filled_at: Decimal | None, quantity: Decimal | None
) -> Slippage | None:
    """Against `reference`; None where a price is missing or nothing was opened."""
    if action not in (Action.BUY, Action.SELL) or not reference or filled_at is None or quantity is None:
        return None
    worse = filled_at - reference if action == Action.BUY else reference - filled_at
    return Slippage(reference, (worse / reference * BPS).quantize(Decimal("0.1")), worse * quantity)
