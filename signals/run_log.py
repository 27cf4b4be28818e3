"""What recurring work did in this process since it was last written down: runs, time, failures in a row (OPS-09). Values only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

LONGEST_ERROR = 300


@dataclass(slots=True)
class Tally:
    """The runs of one workflow in their order: `failures_in_a_row` counts those at the end, over all of them when none succeeded."""

    name: str
    succeeded: int = 0
    failed: int = 0
    total_ms: int = 0
    slowest_ms: int = 0
    failures_in_a_row: int = 0
    last_error: str = ""

    def note(self, *, ms: int, error: str = "") -> None:
        """One more run. `error` is empty for a success."""
        self.total_ms += ms
        self.slowest_ms = max(self.slowest_ms, ms)
        if error:
            self.failed += 1
            self.failures_in_a_row += 1
            self.last_error = error[:LONGEST_ERROR]
        else:
            self.succeeded += 1
            self.failures_in_a_row = 0

    def followed_by(self, later: "Tally") -> "Tally":
        """Both, this one first."""
        return Tally(
            self.name,
            self.succeeded + later.succeeded,
            self.failed + later.failed,
            self.total_ms + later.total_ms,
            max(self.slowest_ms, later.slowest_ms),
            later.failures_in_a_row + (0 if later.succeeded else self.failures_in_a_row),
            later.last_error or self.last_error,
        )


class Run:
    """One run while it lasts."""

    def __init__(self) -> None:
        self.error = ""
        self.counts = True

    def fail(self, error: object) -> None:
        """It goes on, but has failed: who runs it handles the error."""
        self.error = describe(error)

    def leave_out(self) -> None:
        """Neither: what went wrong is not this work's (keys that an exchange refuses are the account's trouble)."""
        self.counts = False


class RunLog:
    """Measures runs, and keeps them until someone takes them away to write them down. For one thread or loop."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[Run]:
        """Count a run by how its block ends. One that is cancelled is not counted: nobody knows how it would have ended."""
        run, began = Run(), monotonic()
        try:
            yield run
        except Exception as error:
            run.fail(error)
            raise
        except BaseException:
            run.leave_out()
            raise
        finally:
            if run.counts:
                self.note(name, ms=round((monotonic() - began) * 1000), error=run.error)

    def note(self, name: str, *, ms: int, error: str = "") -> None:
        """A run that was measured elsewhere."""
        self._tallies.setdefault(name, Tally(name)).note(ms=ms, error=error)

    def take(self) -> list[Tally]:
        """What there is; it is the taker's to write down, or to give back."""
        taken, self._tallies = list(self._tallies.values()), {}
        return taken

    def give_back(self, tallies: list[Tally]) -> None:
        """They could not be written: what came since follows them."""
        for earlier in tallies:
            later = self._tallies.get(earlier.name, Tally(earlier.name))
            self._tallies[earlier.name] = earlier.followed_by(later)


def describe(error: object) -> str:
    """An error in one line, never empty."""
    if not isinstance(error, BaseException):
        return str(error) or "failed"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
