"""What can be turned while the simulator runs. Not written down: a restart begins with the defaults."""

from dataclasses import fields
from decimal import Decimal

from simulator.core.exchange import Exchange
from simulator.dialects.rates import Limits

Setting = Decimal | int | bool


class Tunable:
    """`core.exchange.Settings`, the dialect's `rates.Limits`, and `latency_ms` (both ways together)."""

    def __init__(self, exchange: Exchange, limits: Limits) -> None:
        self.latency_ms = 0
        self._parts = (exchange.settings, limits)

    def describe(self) -> dict[str, Setting]:
        found: dict[str, Setting] = {"latency_ms": self.latency_ms}
        for part in self._parts:
            found |= {each.name: getattr(part, each.name) for each in fields(part)}
        return found

    def change(self, values: dict[str, Setting]) -> None:
        """Each value of the type that `describe` gives."""
        self.latency_ms = int(values.get("latency_ms", self.latency_ms))
        for part in self._parts:
            for each in fields(part):
                if each.name in values:
                    setattr(part, each.name, values[each.name])
