"""What happened and what was asked, for the control API."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from simulator.control.accounts import find_account
from simulator.control.body import ControlError, query_integer, query_of
from simulator.core.exchange import Exchange
from simulator.ledger import Ledger
from simulator.requests import Requests
from simulator.web import Request


class LedgerPaths:
    """GET ledger · GET requests."""

    def __init__(self, exchange: Exchange, ledger: Ledger, requests: Requests) -> None:
        self._exchange, self._ledger, self._requests = exchange, ledger, requests
        self.routes: dict[tuple[str, str], Callable[[Request, str], Any]] = {
            ("GET", "ledger"): self.read_ledger,
            ("GET", "requests"): self.read_requests,
        }

    def read_ledger(self, request: Request, _item: str) -> Any:
        """Query: api_key, since (sequence number), type, limit (1000), wait_ms (0: do not wait until there is any).

        `first` is the oldest sequence number that is kept, `last` the newest of all.
        """
        query = query_of(request)
        account = find_account(self._exchange, query["api_key"]).id if query.get("api_key") else None
        read = partial(
            self._ledger.read,
            account=account,
            since=query_integer(query, "since", 0),
            kind=query.get("type", ""),
            limit=query_integer(query, "limit", 1000),
        )
        wait_ms, events = query_integer(query, "wait_ms", 0), read()
        return self._wait(read, wait_ms / 1000) if wait_ms and not events else self._describe(events)

    async def _wait(self, read: Callable[[], list[Any]], seconds: float) -> Any:
        """As read_ledger, once there is something to answer; 408 when that does not come."""
        events: list[Any] = []
        try:
            async with asyncio.timeout(seconds):
                while not events:
                    await self._ledger.news()
                    events = read()
        except TimeoutError:
            raise ControlError("no such event yet", 408) from None
        return self._describe(events)

    def _describe(self, events: list[Any]) -> dict[str, Any]:
        return {"events": events, "first": self._ledger.first, "last": self._exchange.state.sequence}

    def read_requests(self, request: Request, _item: str) -> Any:
        """Query: api_key, since (number), leg, limit (1000). `first` is the oldest that is kept, `last` the newest of all."""
        query = query_of(request)
        found = self._requests.read(
            api_key=query.get("api_key", ""),
            since=query_integer(query, "since", 0),
            leg=query.get("leg", ""),
            limit=query_integer(query, "limit", 1000),
        )
        return {"requests": found, "first": self._requests.first, "last": self._requests.last}
