"""The truth about what happened: every order, fill, cancel, trigger and setting, in order, for tests and audits."""

import asyncio
import json
from collections import deque
from itertools import islice, takewhile
from typing import Any

from simulator.core.codec import dump_event
from simulator.core.events import Event, PricesMarked

KEPT_EVENTS = 100_000


class Ledger:
    """The last 100,000 events. Secrets are not shown."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, int, str, str]] = deque(maxlen=KEPT_EVENTS)
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, event: Event, line: str | None = None) -> None:
        """`line` is the event as the log has it, where it was made already."""
        if not isinstance(event.change, PricesMarked):
            kind = type(event.change).__name__
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)
            self._lines.append((event.sequence, event.account, kind, line or dump_event(event)))

    def read(self, *, account: int | None = None, since: int = 0, kind: str = "", limit: int = 1000) -> list[Any]:
        """Events after sequence number `since`, oldest first."""
        newer = list(takewhile(lambda line: line[0] > since, reversed(self._lines)))
        wanted = (
            line
            for _, owner, event_kind, line in reversed(newer)
            if account in (None, owner) and kind in ("", event_kind)
        )
        return [_without_secret(json.loads(line)) for line in islice(wanted, limit)]

    async def news(self) -> None:
        """Until the next event."""
        self._waiting.append(asyncio.get_running_loop().create_future())
        await self._waiting[-1]

    @property
    def first(self) -> int:
        """Sequence number of the oldest event that is still kept; 0 when there is none."""
        return self._lines[0][0] if self._lines else 0


def _without_secret(event: dict[str, Any]) -> dict[str, Any]:
    if event["type"] == "AccountOpened":
        for name in ("secret", "passphrase"):
            event["data"]["account"].pop(name, None)
    return event
