"""One counted limit as a process sees it: units taken from a lease, so that only one request in many asks Redis. Pure.

The lease ends with the exchange's window. Without Redis a process takes a quarter of what was left when it last heard.
"""

import time
from collections.abc import Callable

from exchanges.limits import SHARES, Priority, Window

LEASE_PART = 50  # a lease is a fiftieth of the limit, or what is being asked for
ALONE_PART = 4
FREE_PART = 8
SETTLED_S = 0.5  # a header counts for this window only when its request left later than this after the window began


class Allowance:
    """A window's units. With `is_free`, the first eighth of each window is taken without asking anyone: an account that
    trades a little costs no question at all."""

    __slots__ = ("alone", "ends", "free", "granted", "left", "needed", "reported", "spent", "used", "wall", "window")

    def __init__(self, window: Window, *, is_free: bool = False, wall: Callable[[], float] = time.time) -> None:
        self.window = window
        self.free = window.limit // FREE_PART if is_free else 0
        self.wall = wall
        self.ends = 0.0
        self._begin(0.0, 0.0)

    def _begin(self, now: float, remaining: float) -> None:
        self.ends = now + remaining
        self.left = self.used = self.spent = self.granted = self.needed = self.reported = self.alone = 0

    def _turn(self, now: float) -> None:
        if now >= self.ends:
            self._begin(now, self.window.seconds - self.wall() % self.window.seconds)

    def take(self, units: int, priority: Priority, now: float, *, alone: bool) -> bool:
        """Take units if they are here; else they are remembered as needed (`ask`)."""
        self._turn(now)
        ceiling = self.ceiling(priority)
        if alone and self.left < units:
            fits = max(self.used, self.reported) + (self.alone + units) * ALONE_PART <= ceiling
            self.alone += units if fits else 0
        elif self.free and not self.granted and max(self.spent, self.reported) + units <= self.free:
            fits = True
        else:
            fits = self.left >= units and max(self.used - self.left, self.reported) + units <= ceiling
            if fits:
                self.left -= units
            elif not alone:
                self.needed += units
        if fits:
            self.spent += units
            self.reported += units if self.reported else 0
        return fits

    def wait(self, now: float) -> float:
        """Seconds to the next window."""
        return max(0.05, self.ends - now)

    def ceiling(self, priority: Priority) -> int:
        return self.window.limit * SHARES[priority] // 100

    def ask(self) -> int:
        """How many units to ask Redis for now."""
        if not self.needed:
            return 0
        return max(self.needed, self.window.limit // LEASE_PART) + self._untold()

    def _untold(self) -> int:
        """Units that were taken without asking."""
        return self.spent if self.free and not self.granted else self.alone

    def receive(self, granted: int, used: int, remaining: float, now: float) -> None:
        """Redis has answered: so many units more, so many used by all, so many seconds left in the window."""
        if abs(now + remaining - self.ends) > self.window.seconds / 2:  # it is in another window than we thought
            self._begin(now, remaining)
        self.left += granted - min(self._untold(), granted)
        self.granted += granted
        self.used, self.ends, self.needed, self.alone = used, now + remaining, 0, 0

    def note(self, used: int, sent_at: float) -> None:
        """The exchange's own count, from the answer to a request that left at `sent_at`."""
        if sent_at >= self.ends - self.window.seconds + SETTLED_S:
            self.reported = max(self.reported, used)

    def exhaust(self, now: float) -> None:
        """The exchange says that nothing is left in this window."""
        self._turn(now)
        self.reported, self.left = self.window.limit, 0
