"""How far an entry's fill was from the price that was known before: pure figures for the execution's page."""

from dataclasses import dataclass
from decimal import Decimal

from signals.states import Action

BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Slippage:
    """Positive = worse for the client. `bps` of the reference price, `cost` in quote currency.

    `to_alert` says whether the reference is the alert's own price; else it is the exchange's when the order was sent.
    """

    reference: Decimal
    bps: Decimal
    cost: Decimal
    to_alert: bool

    @property
    def tone(self) -> str:
        """The class of a loss or a gain, as `tone` of the pages."""
        return "loss" if self.bps > 0 else "gain" if self.bps < 0 else ""

    @property
    def distance(self) -> Decimal:
        """How many bps, without the sign: whether better or worse is said in words."""
        return abs(self.bps)

    @property
    def amount(self) -> Decimal:
        return abs(self.cost)


def slippage(
    *, action: str, alert: Decimal | None, at_send: Decimal | None, filled_at: Decimal | None, quantity: Decimal | None
) -> Slippage | None:
    """Against the alert's price, else the one at sending; None where prices are missing or nothing was opened."""
    reference = alert or at_send
    if action not in (Action.BUY, Action.SELL) or not reference or filled_at is None or quantity is None:
        return None
    worse = filled_at - reference if action == Action.BUY else reference - filled_at
    return Slippage(reference, (worse / reference * BPS).quantize(Decimal("0.1")), worse * quantity, bool(alert))
