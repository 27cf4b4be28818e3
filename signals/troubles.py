"""Trouble that a client, the bots' managers or operators must hear of at once: told from the trading loop, never in the way of trading.

    troubles.tell(Trouble(TroubleKind.FOREIGN_POSITION, account_id=…, symbol_key="BTCUSDT", figures={"quantity": "0.5"}))
    troubles.tell_written(write.records)       # what a committed write of the ledger says by itself

It returns at once: hearers run in a thread. What is lost with a process that dies is found again from the rows (by who hears).
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connections

from signals.events import trouble_found, trouble_over

log = logging.getLogger(__name__)


class TroubleKind(StrEnum):
    """What is wrong. `subject` of a trouble says of what it is the only one."""

    CLOSED_UNPROTECTED = "closed_unprotected"  # a position had to be closed because no stop loss could be placed
    ACCOUNT_ATTENTION = "account_attention"  # the exchange refuses the account's keys
    FOREIGN_POSITION = "foreign_position"  # the account holds something that is not ours
    FOREIGN_ORDERS = "foreign_orders"  # orders stand on the account that are not ours
    NET_STANDS = "net_stands"  # the stop sent with an entry stays: it would close everything on the symbol
    WORKFLOW_FAILING = "workflow_failing"  # recurring work failed several times in a row: a matter of operators alone


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong on an account, or with recurring work (`workflow`). `figures` are plain texts for its sentences.

    Of a position its id is enough: who hears looks account and symbol up.
    """

    kind: TroubleKind
    account_id: UUID | None = None
    position_id: UUID | None = None
    symbol_key: str = ""
    figures: dict[str, str] = field(default_factory=dict)
    workflow: str = ""

    @property
    def subject(self) -> str:
        """The same for the same trouble: who was told of it is not told again until it is over."""
        if self.workflow:
            return f"workflow {self.workflow}"
        if self.position_id is not None:
            return f"position {self.position_id}"
        return f"account {self.account_id} {self.symbol_key}".strip()


UNPROTECTED_EXIT = "protection_failed"
_under_way: set[asyncio.Task[None]] = set()


def tell(trouble: Trouble, *, is_over: bool = False) -> None:
    """Let the rooms above hear of it, soon. Call from a running loop; never raises, never waits."""
    task = asyncio.get_running_loop().create_task(asyncio.to_thread(_send, trouble, is_over), name="trouble")
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


def tell_here(trouble: Trouble, *, is_over: bool = False) -> None:
    """The same from a thread without a loop: the rooms above have heard of it when it returns. Never raises."""
    _send(trouble, is_over)


def tell_written(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Tell what a write says: keys that are refused, positions that were closed for want of a stop. Call after its commit."""
    for trouble in troubles_in(records):
        tell(trouble)


def troubles_in(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Trouble]:
    """The troubles in a write's records, by the ledger's names of statements."""
    for record in records.get("account_attention", ()):
        yield Trouble(TroubleKind.ACCOUNT_ATTENTION, record["id"], figures={"code": record["code"]})
    for record in records.get("positions_closed", ()):
        if record["code"] == UNPROTECTED_EXIT:
            yield Trouble(TroubleKind.CLOSED_UNPROTECTED, position_id=record["id"])


async def all_told() -> None:
    """Wait for what is being told: for a loop that ends, and for tests."""
    while _under_way:
        await asyncio.gather(*_under_way, return_exceptions=True)


def _send(trouble: Trouble, is_over: bool) -> None:
    try:
        event = trouble_over if is_over else trouble_found
        for hearer, outcome in event.send_robust(sender=Trouble, trouble=trouble):
            if isinstance(outcome, Exception):
                log.error("%r did not hear of %s: %r", hearer, trouble.kind, outcome)
    finally:
        connections.close_all()  # this thread's own
