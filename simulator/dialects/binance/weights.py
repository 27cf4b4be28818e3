"""Request weights by address and order counts by account, as Binance's headers tell them; limits only where set."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.core.markets import Kind
from simulator.dialects.binance.errors import too_many_orders, too_many_requests

MINUTE_MS, TEN_SECONDS_MS, DAY_MS = 60_000, 10_000, 86_400_000
WINDOWS = {
    Kind.FUTURES: (("10S", TEN_SECONDS_MS), ("1M", MINUTE_MS)),
    Kind.SPOT: (("10S", TEN_SECONDS_MS), ("1D", DAY_MS)),
}


@dataclass(slots=True)
class Limits:
    """`weight_limit`: of an address per minute and kind; `order_limit`: orders of an account per ten seconds and kind;
    beyond them 429. An address that was answered 429 `ban_after` times within a minute is banned for `ban_seconds`.
    0 = no limit, since a thousand paper accounts share one address.
    """

    weight_limit: int = 0
    order_limit: int = 0
    ban_after: int = 0
    ban_seconds: int = 120


class Weights:
    """Counts in fixed windows. `ban` is called with the address and the seconds."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.ban: Callable[[str, int], None] = lambda *_: None
        self._used: dict[tuple[str, Kind], tuple[int, int]] = {}
        self._refused: dict[str, tuple[int, int]] = {}
        self._orders: dict[tuple[int, str], tuple[int, int]] = {}

    def spend(self, peer: str, kind: Kind, weight: int, now: int) -> None:
        """Count the weight; -1003 with 429 beyond the limit."""
        minute = now // MINUTE_MS
        before, used = self._used.get((peer, kind), (minute, 0))
        used = used + weight if before == minute else weight
        self._used[peer, kind] = (minute, used)
        if self.limits.weight_limit and used > self.limits.weight_limit:
            self._refuse(peer, minute)
            raise too_many_requests(self.limits.weight_limit)

    def _refuse(self, peer: str, minute: int) -> None:
        before, count = self._refused.get(peer, (minute, 0))
        count = count + 1 if before == minute else 1
        self._refused[peer] = (minute, count)
        if self.limits.ban_after and count >= self.limits.ban_after:
            self._refused[peer] = (minute, 0)
            self.ban(peer, self.limits.ban_seconds)

    def check_orders(self, account: int, kind: Kind, now: int) -> None:
        """-1015 with 429 when the account has sent its orders of these ten seconds."""
        before, count = self._orders.get((account, f"{kind}10S"), (0, 0))
        limit = self.limits.order_limit
        if limit and before == now // TEN_SECONDS_MS and count >= limit:
            raise too_many_orders(limit)

    def headers(self, peer: str, kind: Kind, ordering_account: int | None, now: int) -> dict[str, str]:
        """The used weight, and the order counts of the account that has just sent an order."""
        headers = {"X-MBX-USED-WEIGHT-1M": str(self._used.get((peer, kind), (0, 0))[1])}
        for name, length in WINDOWS[kind] if ordering_account is not None else ():
            window, key = now // length, (ordering_account or 0, f"{kind}{name}")
            before, count = self._orders.get(key, (window, 0))
            count = count + 1 if before == window else 1
            self._orders[key] = (window, count)
            headers[f"X-MBX-ORDER-COUNT-{name}"] = str(count)
        return headers
