"""What the simulator needs of an exchange's dialect."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from simulator.core.exchange import Exchange
from simulator.core.matching import let_time_pass
from simulator.dialects.errors import Code
from simulator.dialects.mood import CALM, Mood
from simulator.dialects.rates import Limits
from simulator.faults import Target
from simulator.requests import Arrival, Requests
from simulator.tape import Tape
from simulator.web import Answer, Request


class Dialect(ABC):
    """Reads requests and writes answers as one exchange does. The header `X-Exchange-Host` tells which host was meant."""

    code_type: ClassVar[type[int] | type[str]] = int
    """How fault rules name its error codes: most are numbers, whether it writes them so or as text."""

    def __init__(self, exchange: Exchange, tape: Tape) -> None:
        self._exchange, self._tape = exchange, tape

    @property
    def now(self) -> int:
        """Epoch ms by the exchange's clock."""
        return self._exchange.clock()

    @property
    @abstractmethod
    def limits(self) -> Limits:
        """Its limits, which the control API turns."""

    @abstractmethod
    def on_ban(self, ban: Callable[[str, int], None]) -> None:
        """From now on call this with the address and the seconds when an address has asked too much."""

    @abstractmethod
    def target(self, request: Request) -> Target:
        """What the request is about, for fault rules and the request log; its parameters read once. Never raises."""

    @abstractmethod
    def answer(self, request: Request, target: Target, mood: Mood = CALM) -> Answer:
        """Carry the request out. Never raises."""

    @abstractmethod
    def banned(self, peer: str, seconds: int) -> Answer:
        """The answer to an address that must be silent for so long."""

    @abstractmethod
    def fault_answer(self, code: Code, message: str) -> Answer:
        """The exchange's error with this code, for a fault rule."""

    @abstractmethod
    def maintenance(self) -> Answer:
        """The answer while the exchange is being maintained."""

    def log_arrival(self, requests: Requests, target: Target) -> Arrival:
        """Note the request with the account it is for."""
        state = self._exchange.state
        account = state.by_key.get(target.api_key)
        return requests.add(target, now=self.now, sequence=state.sequence, account=account.id if account else 0)

    def let_time_pass(self) -> None:
        """Carry out what has become due."""
        let_time_pass(self._exchange)
