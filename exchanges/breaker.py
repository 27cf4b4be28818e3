"""A circuit breaker: an exchange that fails again and again is left alone and tried now and then (EXC-18). Pure: time is handed in.

It says nothing of a ban: there the exchange itself has said when to come back.
"""

FAILURES = 12  # in a row, …
ACCOUNTS = 2  # … of at least so many askers, of which requests without an account are one
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0
URGENT_PAUSE_S = 1.0  # exits and stops try at least this often
PROBE_S = 6.0  # a probe that nobody reports on counts as lost


class Breaker:
    """Counts failures in a row; open, it lets one probe through after each pause, and closes when one succeeds."""

    def __init__(self) -> None:
        self._failures = 0
        self._askers: set[str] = set()
        self._pause = 0.0
        self._tried_at = 0.0
        self._probe_until = 0.0
        self.is_open = self.is_elsewhere = False

    def failed(self, asker: str, now: float) -> float | None:
        """Count a failure; the pause in seconds when the breaker opens, or stays open after a probe."""
        self._failures += 1
        self._askers.add(asker)
        if self.is_open:
            if now >= self._probe_until and now < self._tried_at + self._pause:
                return None  # the answer to something sent before it opened
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
        elif self._failures < FAILURES or len(self._askers) < ACCOUNTS:
            return None
        else:
            self._pause = FIRST_PAUSE_S
        self.is_open, self._tried_at, self._probe_until = True, now, 0.0
        return self._pause

    def succeeded(self) -> bool:
        """The exchange answered: closed. True when it was open."""
        was_open, self.is_open, self.is_elsewhere = self.is_open, False, False
        self._failures, self._probe_until = 0, 0.0
        self._askers.clear()
        return was_open

    def open_elsewhere(self, seconds: float, now: float) -> None:
        """Another process has opened it for that long."""
        if not self.is_open:
            self.is_open, self.is_elsewhere, self._pause, self._tried_at = True, True, seconds, now

    def wait(self, now: float, *, urgent: bool) -> float:
        """Seconds until a request may try; 0 lets it go, and when the breaker is open it is the probe."""
        if not self.is_open:
            return 0.0
        if now < self._probe_until:
            return 0.1  # a probe is out; its answer decides
        left = self._tried_at + (min(self._pause, URGENT_PAUSE_S) if urgent else self._pause) - now
        if left > 0:
            return left
        self._probe_until = now + PROBE_S
        return 0.0
