"""Trouble that a client and the bots' managers must hear of at once: told from the trading loop, never in the way of trading.

    troubles.tell(Trouble(TroubleKind.CLOSED_UNPROTECTED, account_id=…, position_id=…, symbol_key=…))

It returns at once: hearers run in a thread. What is lost with a process that dies is found again from the rows (by who hears).
"""

import asyncio
import logging
from dataclasses import dataclass, field
from enum import StrEnum
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


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong on an account. `figures` are plain texts for its sentences."""

    kind: TroubleKind
    account_id: UUID
    position_id: UUID | None = None
    symbol_key: str = ""
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The same for the same trouble: who was told of it is not told again until it is over."""
        if self.position_id is not None:
            return f"position {self.position_id}"
        return f"account {self.account_id} {self.symbol_key}".strip()


_under_way: set[asyncio.Task[None]] = set()


def tell(trouble: Trouble, *, is_over: bool = False) -> None:
    """Let the rooms above hear of it, soon. Call from a running loop; never raises, never waits."""
    task = asyncio.get_running_loop().create_task(asyncio.to_thread(_send, trouble, is_over), name="trouble")
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


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
