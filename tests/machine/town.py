"""The machine's town: one bot, two followers with accounts at the exchange, worker processes, and a guardian.

What happens is started by methods that return at once or after some time of the machine; `rest` lets everything come to
rest, and `judge` holds the exchange's own account of it against the books.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bots.models import Bot
from exchanges.models import AccountStatus, ExchangeAccount
from signals.desk import Desk
from signals.execute import execute
from signals.invariants import Limits, Violation, check
from signals.invariants.reading_book import read_book
from signals.invariants.simulator_events import truth_of
from signals.models import Execution
from signals.reconcile import reconcile_account
from signals.states import UNSETTLED, State
from signals.sweeper import Errands, Sweeper
from signals.tasks import connect_account
from simulator.core.matching import let_time_pass
from subscriptions.models import Subscription, SubscriptionStatus
from tests.flow.world import World
from tests.machine.clocks import MachineClock
from tests.machine.exchange import Exchange
from tests.machine.gated_ledger import GatedLedger, OneLineLedger, Turns
from tests.machine.processes import Process

START_PRICES = {"BTCUSDT": "95234.50", "ETHUSDT": "3000"}
TABLES = ("executionevent", "fill", "order", "execution", "position", "signal", "foreignholding", "lease")
JUDGED = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8")
# Unprotected seconds are judged at rest only: a killed worker may cost a lease, and a frozen one as much as it likes.
LIMITS = Limits(gap_s=1e9, rest_s=0, settle_s=0, drift_s=1e9, clock_s=1.0)
LONGEST_REST_S = 240.0
STEP_S = 4.0


class Town:
    """Made once per test; `begin` and `end` an example."""

    def __init__(self, clock: MachineClock, exchange: Exchange, ledgers: list[OneLineLedger]) -> None:
        self.clock, self.exchange, self._ledgers = clock, exchange, ledgers
        self.world = World(exchange)  # type: ignore[arg-type]
        self.bot = self.world.bot(quota_per_minute=600)
        self.subscriptions = self.world.clients(self.bot, 2)
        self.accounts = [subscription.exchange_account_id for subscription in self.subscriptions]
        self.processes: list[Process] = []
        self.frozen: list[Process] = []
        self.thaws = "BATUTA_MACHINE_DEATHS" not in os.environ  # else nobody who stopped ever goes on
        self._made = 0
        self._turns = Turns(clock.loop)

    # --- an example begins and ends ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Nothing has ever happened."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM signals_{table}")
            cursor.execute("DELETE FROM exchanges_symbolsetting")
        ExchangeAccount.objects.update(status=AccountStatus.VERIFIED, status_code="", reconciled_at=None)
        Subscription.objects.update(status=SubscriptionStatus.ACTIVE)
        self.set_policies("reverse", "ignore")
        self.exchange.restart()
        for made in self.world.keys.values():
            names = {name: made[name] for name in ("api_key", "secret")}
            self.exchange.control.create_account(**names, wallet={"USDT": "10000"}, coins={})
        for symbol, price in START_PRICES.items():
            self.exchange.control.set_price(symbol, price)
        self.processes = [self._new_process(), self._new_process()]

    def end(self) -> None:
        """Clear away whoever still stands somewhere."""
        everybody = [*self.processes, *self.frozen]
        self.processes, self.frozen = [], []
        self.clock.loop.run_until_complete(_bury(everybody))

    def _new_process(self) -> Process:
        self._made += 1
        return Process(f"worker {self._made}")

    def process(self, place: int) -> Process:
        """The process at this place; a new one where the last has stopped."""
        held = self.processes[place]
        if held.is_stopped:
            self.frozen.append(held)
            held = self.processes[place] = self._new_process()
        return held

    def desk(self, process: Process, place: int) -> Desk:
        async def sleep(seconds: float) -> None:
            await process.point("before a pause")
            await asyncio.sleep(seconds)
            await process.point("after a pause")

        ledger = GatedLedger(self._ledgers[place], process, self._turns)
        return Desk(ledger=ledger, connect=connect_account, announce=lambda user, message: None, sleep=sleep)  # type: ignore[arg-type]

    # --- what a process does -----------------------------------------------------------------------------------------

    def work(self, place: int, wait: float, *works: Callable[[Desk], Coroutine[Any, Any, Any]]) -> None:
        """Start these as the process at this place, and let at most so much time pass until they have ended."""

        async def start() -> None:
            process = self.process(place)
            desk = self.desk(process, place)
            for work in works:
                process.start(work(desk))

        self.clock.loop.run_until_complete(start())
        self.pass_time(wait)

    def execute(self, place: int, wait: float, *execution_ids: UUID) -> None:
        self.work(place, wait, *(lambda desk, key=key: execute(key, desk) for key in execution_ids))

    def reconcile(self, place: int, wait: float, *account_ids: UUID) -> None:
        self.work(place, wait, *(lambda desk, key=key: reconcile_account(key, desk) for key in account_ids))

    def sweep(self, place: int, wait: float) -> None:
        """One sweep of the guardian in this process; what it rings is carried out there too."""
        process = self.process(place)

        async def sweep(desk: Desk) -> None:
            async def ring(found: list[tuple[UUID, str]]) -> None:
                for key, _ in found:
                    process.start(execute(key, desk))

            errands = Errands(200)
            await Sweeper(desk, ring, errands).sweep()
            await errands.finish()

        self.work(place, wait, sweep)

    def pass_time(self, seconds: float, *, to_the_end: bool = False) -> None:
        """Until nobody works any more, at most so long; `to_the_end`: also when nobody does."""

        async def wait() -> None:
            loop = asyncio.get_running_loop()
            ends = loop.time() + seconds
            while (left := ends - loop.time()) > 0:
                working = {task for each in self.processes if not each.is_stopped for task in each.tasks}
                if not working:
                    if to_the_end:
                        await asyncio.sleep(left)
                    return
                await asyncio.wait(working, timeout=min(left, 0.25))

        self.clock.loop.run_until_complete(wait())
        let_time_pass(self.exchange.simulator.exchange)

    def stop(self, place: int) -> None:
        """The process ends here and now; unless everybody goes on later, it has died."""
        self.processes[place].stop()

    def thaw(self) -> None:
        """Whoever froze goes on where it stood."""
        if not self.thaws:
            return
        for process in self.frozen:
            process.thaw()
        stopped = [each for each in self.processes if each.is_stopped]
        for process in stopped:
            process.thaw()

    # --- what else happens -------------------------------------------------------------------------------------------

    def alert(self, action: str, symbol: str, *, age_s: float, number: int) -> dict[str, Any]:
        """Post an alert whose own time lies so far back; answers its body, to be posted again."""
        at = self.clock.now() - timedelta(seconds=age_s)
        fields = {"timestamp": at.isoformat(), "id": f"alert {number}"}
        self.post({"action": action, "ticker": f"{symbol}.P", **fields})
        return {"action": action, "ticker": f"{symbol}.P", **fields}

    def post(self, body: dict[str, Any]) -> None:
        self.clock.loop.jump(0.001)
        answer = self.world.post(self.bot, **body)
        assert answer.status_code in (200, 202), answer.content

    def set_active(self, which: int, active: bool) -> None:
        status = SubscriptionStatus.ACTIVE if active else SubscriptionStatus.PAUSED
        rows = Subscription.objects.filter(pk=self.subscriptions[which].pk)
        rows.update(status=status, updated_at=self.clock.now())

    def set_policies(self, opposite: str, same_side: str) -> None:
        Bot.objects.update(opposite_policy=opposite, same_side_policy=same_side)

    def pending(self) -> list[UUID]:
        """Oldest first, one account after the other (their rank is a draw, and a failure must be repeatable)."""
        found = Execution.objects.filter(state=State.PENDING).order_by("created_at")
        rows = sorted(
            found.values_list("created_at", "account_id", "id"), key=lambda row: (row[0], self.accounts.index(row[1]))
        )
        return [row[2] for row in rows]

    def key(self, account_id: UUID) -> str:
        return str(self.world.keys[account_id]["api_key"])

    # --- rest and judgement ------------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Faults are over; sweeps and reconciliations go on until all is settled, and again after the frozen went on."""
        self.exchange.control.clear_faults()
        self.exchange.unreachable = 0
        for process in self.processes:
            process.fuse = None
        self._come_to_rest()
        waking = {task for process in self.frozen for task in process.tasks}
        if self.thaws and waking:
            self.thaw()
            self.clock.loop.run_until_complete(asyncio.wait(waking, timeout=60))
            self._come_to_rest()

    def _come_to_rest(self) -> None:
        ends = self.clock.loop.time() + LONGEST_REST_S
        while self.clock.loop.time() < ends:
            self.sweep(0, 60)
            if not Execution.objects.filter(state__in=UNSETTLED).exists():
                break
            self.pass_time(STEP_S, to_the_end=True)
        for _ in range(2):
            self.reconcile(1, 60, *self.accounts)
            self.pass_time(STEP_S, to_the_end=True)

    def judge(self) -> list[Violation]:
        """I1–I8 at rest, by the product's own checker over the exchange's whole history."""
        report = check(self.truth(), read_book(self.accounts), self.clock.now(), LIMITS)
        return [violation for violation in report.violations if violation.invariant in JUDGED]

    def truth(self) -> Any:
        owners = {made["api_key"]: account_id for account_id, made in self.world.keys.items()}
        return truth_of(self.exchange.control.ledger(), lambda opened: owners.get(opened["api_key"]))


async def _bury(processes: list[Process]) -> None:
    await asyncio.gather(*(process.bury() for process in processes))
