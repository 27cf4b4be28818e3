"""The guardian: one loop in the whole fleet that sweeps, watches prices and keeps the books true.

It runs in every worker of the asynchronous pool; a lease of two and a half seconds lets one lead, and another takes over when that
one freezes, or at once when it dies (promise 7). It needs the database and the exchanges, neither the broker nor beat. Two that lead for a
moment do no harm: what they carry on is fenced by each execution's own lease, what they sell by its exit (decision 0012). What dead
workers left every one of them takes up, leading or not: a position without its stop waits for no leader.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import psycopg

from signals.bot_figures import follow_booked_trades
from signals.desk import Desk, PublicPrices
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.presence import is_gone
from signals.price_watch import PriceWatch
from signals.reconcile import reconcile_account
from signals.sweeper import Errands, Ring, Sweeper

log = logging.getLogger(__name__)

# `since`: when the fleet was last without a guardian for long, and came back. What an account did meanwhile nobody followed, so
# it is looked at before its next entry.
# Taken by whoever holds it, when it ran out or its holder is gone, and by a preferred guardian from one that only leads in reserve.
TAKE_LEASE = f"""
    INSERT INTO signals_lease AS l (name, holder, owner, is_preferred, until, since)
    VALUES ('guardian', %(me)s, %(owner)s, %(preferred)s, now() + interval '2.5 s', now())
    ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, owner = excluded.owner, is_preferred = excluded.is_preferred, until = excluded.until,
        since = CASE WHEN l.since IS NULL OR l.until < now() - interval '20 s' THEN now() ELSE l.since END
    WHERE l.holder = excluded.holder OR l.until < now() OR (excluded.is_preferred AND NOT l.is_preferred)
        OR {is_gone("l.owner")}
    RETURNING l.holder
"""  # noqa: S608 -- constants
RENEW_S = 0.5
SWEEP_S = 0.5
WATCH_S = 0.7
SLOW_S = 5.0
FIGURES_S = 10.0
UNBOOKED_AGAIN_S = 4.0
LONGEST_PAUSE_S = 60.0
ERRANDS_AT_ONCE = 200


class Guardian:
    """`run` for ever; leads when it can. `name` tells it from all others.

    A `preferred` guardian (the worker `reconcile`) leads while it lives; the trading workers are its reserve, so that
    following up a thousand fills does not take the time of entries. Accounts that hold something are compared with their
    exchange every `reconcile_s` seconds (ORD-09), those that were touched or traded at once.
    """

    def __init__(
        self, desk: Desk, ring: Ring, public: PublicPrices, *, name: str, preferred: bool, reconcile_s: int
    ) -> None:
        self._desk = desk
        self._me = {"me": name, "preferred": preferred}
        self._errands = Errands(ERRANDS_AT_ONCE)
        self._sweeper = Sweeper(desk, ring, self._errands)
        self._watch = PriceWatch(desk, public, reconcile_s=reconcile_s)
        # When an account may be asked again for its fills; one that cannot be asked waits longer each time.
        self._not_before: dict[UUID, float] = {}
        self._failures: dict[UUID, int] = {}
        self._figures_at: datetime | None = None

    async def run(self) -> None:
        """Wait for the lead, lead until it is lost, again."""
        while True:
            try:
                if await self._holds_lease():
                    log.warning("this worker leads the guardian")
                    await self._lead()
                    log.warning("this worker handed the guardian's lead over")
                await self._sweeper.take_up_lost()
            except (psycopg.OperationalError, LedgerUnavailable, OSError) as error:
                log.warning("the guardian has no database: %s", error)
            await asyncio.sleep(RENEW_S)

    async def _holds_lease(self) -> bool:
        ledger = self._desk.ledger
        return bool(await ledger.query(TAKE_LEASE, {**self._me, "owner": ledger.presence.number}))

    async def _lead(self) -> None:
        loops = [
            asyncio.create_task(self._every(SWEEP_S, "sweep", self._sweeper.sweep)),
            asyncio.create_task(self._every(WATCH_S, "follow_prices", self._follow_prices)),
            asyncio.create_task(self._every(SLOW_S, "follow_rounds", self._follow_rounds)),
            asyncio.create_task(self._every(FIGURES_S, "follow_figures", self._follow_figures)),
            asyncio.create_task(self._renew()),
        ]
        try:
            done, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def _renew(self) -> None:
        """Ends when the lease is someone else's."""
        while await self._holds_lease():  # noqa: ASYNC110 -- another process decides
            await asyncio.sleep(RENEW_S)

    async def _every(self, seconds: float, name: str, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                with self._desk.runs.measure(name):
                    await step()
            except (psycopg.OperationalError, LedgerUnavailable):
                raise
            except Exception:
                log.exception("a guardian's round failed")
            await asyncio.sleep(seconds)

    async def _follow_prices(self) -> None:
        now = asyncio.get_running_loop().time()
        for account_id in await self._watch.touched():
            if account_id not in self._failures or now >= self._not_before.get(account_id, 0):
                self._reconcile(account_id)
        for account_id in await self._watch.unbooked():
            if now >= self._not_before.get(account_id, 0):
                self._reconcile(account_id)

    async def _follow_rounds(self) -> None:
        now = asyncio.get_running_loop().time()
        self._not_before = {key: at for key, at in self._not_before.items() if at > now}
        resting = list(self._not_before)  # told to the question itself: its places are for those that may be asked
        rounds = (*await self._watch.due(resting), *await self._watch.leftovers(resting))
        # one that failed has something that is not set right, whenever its own turn is
        for account_id in (*rounds, *self._failures):
            if now >= self._not_before.get(account_id, 0):
                self._reconcile(account_id)

    async def _follow_figures(self) -> None:
        try:
            self._figures_at = await follow_booked_trades(self._desk, self._figures_at)
        except LedgerUnavailable as error:  # the next round has them too: no statistic costs the lead
            log.warning("the figures of bots are not followed: %s", error)

    def _reconcile(self, account_id: UUID) -> None:
        self._not_before[account_id] = asyncio.get_running_loop().time() + UNBOOKED_AGAIN_S
        self._errands.run(account_id, lambda: self._ask(account_id))

    async def _ask(self, account_id: UUID) -> None:
        if await reconcile_account(account_id, self._desk):
            self._failures.pop(account_id, None)
            return
        failures = self._failures[account_id] = self._failures.get(account_id, 0) + 1
        pause = min(UNBOOKED_AGAIN_S * 2**failures, LONGEST_PAUSE_S)
        self._not_before[account_id] = asyncio.get_running_loop().time() + pause
