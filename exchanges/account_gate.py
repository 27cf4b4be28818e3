"""Accounts whose keys an exchange refuses are left alone: at most three refused calls in five minutes (F34). Pure."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from exchanges.errors import RefusalKind, Refused

CALLS, SPAN_S = 3, 300.0

_insists: ContextVar[bool] = ContextVar("insists", default=False)


@contextmanager
def asking_all_the_same() -> Iterator[None]:
    """Ask in this block also for accounts that are being left alone: the check of keys, which would clear them."""
    token = _insists.set(True)
    try:
        yield
    finally:
        _insists.reset(token)


class AccountGate:
    """What this process knows of refused accounts, its own experience and the others'. Accounts are digests, never keys."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refusals: dict[str, deque[float]] = {}
        self._elsewhere: dict[str, float] = {}
        self.version = 0

    def check(self, account: str) -> None:
        """Raises Refused(CREDENTIALS) for an account that is being left alone: the exchange's last word, not asked again."""
        if not account or not (self._refusals or self._elsewhere):
            return
        wait = self.wait(account)
        if wait > 0 and not _insists.get():
            raise Refused(
                "The exchange refused these keys again and again; it is not asked for a while", code="keys_refused",
                kind=RefusalKind.CREDENTIALS, retry_after_s=wait,
            )  # fmt: skip

    def wait(self, account: str) -> float:
        """Seconds for which nobody asks for this account, 0 for one in good order."""
        now = self._clock()
        refusals = self._refusals.get(account)
        mine = refusals[0] + SPAN_S - now if refusals and len(refusals) == CALLS else 0.0
        return max(0.0, mine, self._elsewhere.get(account, 0.0) - now)

    def refused(self, account: str) -> None:
        self._refusals.setdefault(account, deque(maxlen=CALLS)).append(self._clock())

    def accepted(self, account: str) -> bool:
        """The exchange took the keys. True when it had refused them before."""
        here = self._refusals.pop(account, None) is not None
        return self._elsewhere.pop(account, None) is not None or here

    def learn(self, version: int, refused: dict[str, float]) -> None:
        """What all processes know: account → seconds."""
        now = self._clock()
        self.version = version
        self._elsewhere = {account: now + seconds for account, seconds in refused.items()}
