"""How the exchange treats one request: as ever, or as a fault rule says."""

from dataclasses import dataclass

from simulator.core.orders import Pieces
from simulator.faults import Effect, Rule


@dataclass(frozen=True, slots=True)
class Mood:
    """How the exchange treats a request: `arrived` (epoch ms) counts for its timestamp instead of now, `rule` spoils it."""

    arrived: int | None = None
    rule: Rule | None = None

    @property
    def pieces(self) -> Pieces | None:
        """How thin the book is for this order."""
        rule = self.rule
        if rule is None or rule.effect is not Effect.PARTIAL:
            return None
        return Pieces(rule.fraction, rule.rest, rule.rest_ms, rule.pieces)

    @property
    def hides(self) -> bool:
        return self.rule is not None and self.rule.effect is Effect.HIDE


CALM = Mood()
