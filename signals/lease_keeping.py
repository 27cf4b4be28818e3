"""The lease of an execution is renewed while a worker is at it: who asks a slow exchange for long is not replaced in the middle.

Else the next one begins anew, and is replaced in turn. A frozen or dead worker renews nothing (promise 7).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from signals.desk import Job
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import LeaseLost

RENEW_EVERY_S = 2.5
# What takes longer than that hangs: somebody else may have a try.
LONGEST_S = 60.0


@asynccontextmanager
async def kept(job: Job) -> AsyncIterator[None]:
    """Within the block the job's lease does not run out, for a minute at most. What is done sooner costs a timer, no more."""
    keeping: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    timer = loop.call_later(RENEW_EVERY_S, lambda: keeping.append(loop.create_task(_keep(job), name="lease")))
    try:
        yield
    finally:
        timer.cancel()
        for task in keeping:
            task.cancel()
        if keeping:
            await asyncio.gather(*keeping, return_exceptions=True)


async def _keep(job: Job) -> None:
    with suppress(LeaseLost):  # told by whatever the job does next
        for _ in range(int(LONGEST_S / RENEW_EVERY_S)):
            asked_at = job.desk.now()
            with suppress(LedgerUnavailable):
                await job.desk.ledger.record(job.step("renew"))
                job.renewed(asked_at)
            await asyncio.sleep(RENEW_EVERY_S)
