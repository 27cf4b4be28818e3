"""Every request that reached the exchange and what became of it: proof of silence during a ban, and of rate budgets."""

from collections import deque
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import islice, takewhile
from typing import Any

from simulator.faults import Rule, Target

KEPT_REQUESTS = 50_000


class Outcome(StrEnum):
    """How a request ended for its client; OPEN: not yet. GONE: the client did not wait for its answer."""

    OPEN = "open"
    ANSWERED = "answered"
    CUT = "cut"
    DROPPED = "dropped"
    GONE = "gone"


@dataclass(slots=True)
class Arrival:
    """One request. Times in epoch ms by the exchange's clock; `sequence` is that of the newest event before it.

    `accepted` is when the exchange carried it out (0: never), `status` what it was answered (0: nothing), `code` the
    exchange's error code in the answer (0: none), `faults` and `effects` the rules that met it.
    """

    number: int
    time: int
    sequence: int
    account: int
    api_key: str
    peer: str
    method: str
    path: str
    leg: str
    symbol: str
    client_id: str
    weight: int
    accepted: int = 0
    answered: int = 0
    status: int = 0
    code: int | str = 0
    outcome: Outcome = Outcome.OPEN
    faults: tuple[int, ...] = ()
    effects: tuple[str, ...] = ()

    def meet(self, rule: Rule) -> None:
        self.faults += (rule.id,)
        self.effects += (rule.effect,)

    def describe(self) -> dict[str, Any]:
        return asdict(self)


class Requests:
    """The last 50,000 requests, in memory only."""

    def __init__(self) -> None:
        self._arrivals: deque[Arrival] = deque(maxlen=KEPT_REQUESTS)
        self.last = 0

    def add(self, target: Target, *, now: int, sequence: int, account: int) -> Arrival:
        self.last += 1
        arrival = Arrival(
            number=self.last,
            time=now,
            sequence=sequence,
            account=account,
            api_key=target.api_key,
            peer=target.peer,
            method=target.method,
            path=target.path,
            leg=target.leg,
            symbol=target.symbol,
            client_id=target.client_ids[0] if target.client_ids else "",
            weight=target.weight,
        )
        self._arrivals.append(arrival)
        return arrival

    def read(self, *, api_key: str = "", since: int = 0, leg: str = "", limit: int = 1000) -> list[dict[str, Any]]:
        """Requests after number `since`, oldest first."""
        newer = list(takewhile(lambda arrival: arrival.number > since, reversed(self._arrivals)))
        wanted = (a for a in reversed(newer) if api_key in ("", a.api_key) and leg in ("", a.leg))
        return [arrival.describe() for arrival in islice(wanted, limit)]

    @property
    def first(self) -> int:
        """Number of the oldest request that is still kept; 0 when there is none."""
        return self._arrivals[0].number if self._arrivals else 0
