"""Request weights and order counts, as Binance's headers and errors tell them."""

from simulator.core.markets import Kind
from simulator.dialects.binance.errors import too_many_orders, too_many_requests
from simulator.dialects.rates import MINUTE_MS, TEN_SECONDS_MS, Rates

DAY_MS = 86_400_000
WINDOWS = {
    Kind.FUTURES: (("10S", TEN_SECONDS_MS), ("1M", MINUTE_MS)),
    Kind.SPOT: (("10S", TEN_SECONDS_MS), ("1D", DAY_MS)),
}


class Weights(Rates):
    """Counts in fixed windows."""

    def spend(self, peer: str, kind: Kind, weight: int, now: int) -> None:
        """Count the weight; -1003 with 429 beyond the limit."""
        if not self.count_weight(peer, kind, weight, now):
            raise too_many_requests(self.limits.weight_limit)

    def check_orders(self, account: int, kind: Kind, now: int) -> None:
        """-1015 with 429 when the account has sent its orders of these ten seconds."""
        if not self.may_order(account, kind, now):
            raise too_many_orders(self.limits.order_limit)

    def headers(self, peer: str, kind: Kind, ordering_account: int | None, now: int) -> dict[str, str]:
        """The used weight, and the order counts of the account that has just sent an order."""
        headers = {"X-MBX-USED-WEIGHT-1M": str(self.used.get((peer, kind), (0, 0))[1])}
        for name, length in WINDOWS[kind] if ordering_account is not None else ():
            count = self.count_order(ordering_account or 0, kind, now, name, length)
            headers[f"X-MBX-ORDER-COUNT-{name}"] = str(count)
        return headers
