"""The truth about what happened: every order, fill, cancel, trigger and setting, in order, for tests and audits."""

import json
from collections import deque
from typing import Any

from simulator.core.codec import dump_event
from simulator.core.events import Event, PricesMarked

KEPT_EVENTS = 100_000


class Ledger:
    """The last 100,000 events. Secrets are not shown."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, int, str, str]] = deque(maxlen=KEPT_EVENTS)

    def add(self, event: Event, line: str | None = None) -> None:
        """`line` is the event as the log has it, where it was made already."""
        if not isinstance(event.change, PricesMarked):
            kind = type(event.change).__name__
            self._lines.append((event.sequence, event.account, kind, line or dump_event(event)))

    def read(self, *, account: int | None = None, since: int = 0, kind: str = "", limit: int = 1000) -> list[Any]:
        """Events after sequence number `since`, oldest first."""
        found: list[Any] = []
        for sequence, owner, event_kind, line in self._lines:
            if sequence <= since or account not in (None, owner) or kind not in ("", event_kind):
                continue
            found.append(_without_secret(json.loads(line)))
            if len(found) == limit:
                break
        return found


def _without_secret(event: dict[str, Any]) -> dict[str, Any]:
    if event["type"] == "AccountOpened":
        event["data"]["account"].pop("secret")
    return event
