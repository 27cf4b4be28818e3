"""Request weights by address and order counts by account, as Binance's headers tell them; limits only where set."""

from simulator.core.markets import Kind
from simulator.dialects.binance.errors import too_many_requests

MINUTE_MS, TEN_SECONDS_MS, DAY_MS = 60_000, 10_000, 86_400_000
WINDOWS = {
    Kind.FUTURES: (("10S", TEN_SECONDS_MS), ("1M", MINUTE_MS)),
    Kind.SPOT: (("10S", TEN_SECONDS_MS), ("1D", DAY_MS)),
}


class Weights:
    """Counts in fixed windows. `limit` is the weight that an address may use per minute and kind; 0 = no limit, since
    a thousand paper accounts share one address."""

    def __init__(self) -> None:
        self.limit = 0
        self._used: dict[tuple[str, Kind], tuple[int, int]] = {}
        self._orders: dict[tuple[int, str], tuple[int, int]] = {}

    def spend(self, peer: str, kind: Kind, weight: int, now: int) -> None:
        """Count the weight; -1003 with 429 beyond the limit."""
        minute = now // MINUTE_MS
        before, used = self._used.get((peer, kind), (minute, 0))
        used = used + weight if before == minute else weight
        self._used[peer, kind] = (minute, used)
        if self.limit and used > self.limit:
            raise too_many_requests(self.limit)

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
