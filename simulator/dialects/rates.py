"""Request weights by address and order counts by account; limits only where set."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.core.markets import Kind

MINUTE_MS, TEN_SECONDS_MS = 60_000, 10_000


@dataclass(slots=True)
class Limits:
    """`weight_limit`: of an address per minute and kind; `order_limit`: orders of an account per ten seconds and kind;
    beyond them the exchange's answer for too many requests. An address that was answered so `ban_after` times within a
    minute is banned for `ban_seconds`. 0 = no limit, since a thousand paper accounts share one address.
    """

    weight_limit: int = 0
    order_limit: int = 0
    ban_after: int = 0
    ban_seconds: int = 120


class Rates:
    """Counts in fixed windows. `ban` is called with the address and the seconds."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.ban: Callable[[str, int], None] = lambda *_: None
        self.used: dict[tuple[str, Kind], tuple[int, int]] = {}
        self.orders: dict[tuple[int, str], tuple[int, int]] = {}
        self._refused: dict[str, tuple[int, int]] = {}

    def count_weight(self, peer: str, kind: Kind, weight: int, now: int) -> bool:
        """Count it; whether the address stays within its limit. Beyond it, it may become banned."""
        minute = now // MINUTE_MS
        before, used = self.used.get((peer, kind), (minute, 0))
        used = used + weight if before == minute else weight
        self.used[peer, kind] = (minute, used)
        if self.limits.weight_limit and used > self.limits.weight_limit:
            self._refuse(peer, minute)
            return False
        return True

    def _refuse(self, peer: str, minute: int) -> None:
        before, count = self._refused.get(peer, (minute, 0))
        count = count + 1 if before == minute else 1
        self._refused[peer] = (minute, count)
        if self.limits.ban_after and count >= self.limits.ban_after:
            self._refused[peer] = (minute, 0)
            self.ban(peer, self.limits.ban_seconds)

    def may_order(self, account: int, kind: Kind, now: int) -> bool:
        """Whether the account may send another order within these ten seconds."""
        before, count = self.orders.get((account, f"{kind}10S"), (0, 0))
        limit = self.limits.order_limit
        return not (limit and before == now // TEN_SECONDS_MS and count >= limit)

    def count_order(self, account: int, kind: Kind, now: int, name: str = "10S", length: int = TEN_SECONDS_MS) -> int:
        """Count an order in the window of this name and length (ms); how many there are in it now."""
        window, key = now // length, (account, f"{kind}{name}")
        before, count = self.orders.get(key, (window, 0))
        count = count + 1 if before == window else 1
        self.orders[key] = (window, count)
        return count
