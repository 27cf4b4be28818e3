"""Stop loss and take profit: place them at once, read them back, and never leave a position without its stop (D7, D8).

A stop that cannot be placed and read back by the deadline ends in a market exit; a target that fails never delays the stop.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from exchanges.client_ids import client_order_id
from exchanges.errors import ExchangeError, NotSent, RefusalKind, Refused, seconds_to_wait
from exchanges.types import Leg, MarginMode, Market, OrderAnswer, OrderState, PositionSide, ProtectionLeg
from signals.desk import Job
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import LeaseLost, Write
from signals.order_rows import LEG_NAMES, add_answer, add_order
from signals.sizing import on_tick_towards_entry, round_down

DEADLINE = timedelta(seconds=5)  # D7, from the fill
RECOVERY_DEADLINE = timedelta(seconds=15)  # D7, while a process is being recovered
LAST_ATTEMPTS = 40  # of older ones the exchange has said long ago what became of them
LONGEST_MS = 2**31 - 1  # what a column of milliseconds holds: 24 days


class Guarded(StrEnum):
    STANDING = "standing"
    TARGET_WATCHED = "target_watched"
    EXIT_STOP = "stop_loss"
    EXIT_TARGET = "take_profit"
    EXIT_FAILED = "protection_failed"


@dataclass(slots=True)
class Protection:
    """What is to stand for a position, and what stands. Prices computed and on the tick; quantity in base units."""

    market: Market
    side: PositionSide
    quantity: Decimal
    prices: dict[Leg, Decimal]
    sent: dict[Leg, Decimal]
    filled_at: datetime
    deadline: datetime
    position_id: UUID
    entry: Decimal
    margin_mode: MarginMode = MarginMode.ISOLATED
    attempt: int = 1
    standing: dict[Leg, OrderAnswer] = field(default_factory=dict)
    stop_stood_at: datetime | None = None
    surplus: list[str] = field(default_factory=list)
    # Rows that a slow database did not take in time: written again with the verdict.
    late: list[Write] = field(default_factory=list)

    # A target that we watch ourselves, since it cannot stand beside the stop (D27).
    watched: Decimal | None = None

    @property
    def target(self) -> Decimal | None:
        """The target that stands or is watched."""
        return self.watched or self.sent.get(Leg.TARGET)

    def watch_target(self) -> None:
        """Leave the target to our own watch: only the stop is placed."""
        if len(self.sent) == 2:
            self.watched = self.sent.pop(Leg.TARGET)

    @property
    def missing(self) -> list[Leg]:
        return [leg for leg in self.sent if leg not in self.standing]

    def refit(self, market: Market) -> None:
        """Say the same by the market's new steps and ticks."""
        self.market = market
        self.quantity = round_down(self.quantity, market.quantity_step)
        self.sent = prices_on_tick(market, self.entry, self.prices)
        if self.watched:
            self.watch_target()

    def unprotected_ms(self, now: datetime) -> int:
        if Leg.STOP not in self.sent:
            return 0
        return min(LONGEST_MS, max(0, int(((self.stop_stood_at or now) - self.filled_at).total_seconds() * 1000)))


def is_target_watched(venue: Any, market: Market) -> bool:
    """Whether a target beside a stop is left to our own watch, since the exchange cannot hold both (D27)."""
    return not venue.features.holds_both_legs(market.market_type)


def prices_on_tick(market: Market, entry: Decimal, prices: dict[Leg, Decimal]) -> dict[Leg, Decimal]:
    """The prices to be sent: on the market's price step, a stop never further from the entry than computed (D26)."""
    return {leg: on_tick_towards_entry(price, entry, market.price_step) for leg, price in prices.items()}


async def protect(job: Job, guard: Protection) -> Guarded:
    """Place what is missing and read it back until it stands, or say why the position has to be closed now."""
    pause = 0.05
    if is_target_watched(job.client.venue, guard.market):
        guard.watch_target()
    while True:
        legs = [
            ProtectionLeg(leg, client_order_id(job.facts.id, leg, guard.attempt), guard.sent[leg])
            for leg in guard.missing
        ]
        answers = await job.client.place_protection(
            guard.market, guard.side, guard.quantity, legs, margin_mode=guard.margin_mode
        )
        answered_at = job.desk.now()
        await _record_answers(job, guard, legs, answers)
        for leg, verdict in ((Leg.STOP, Guarded.EXIT_STOP), (Leg.TARGET, Guarded.EXIT_TARGET)):
            answer = answers.get(leg)
            if isinstance(answer, Refused) and answer.kind is RefusalKind.WOULD_TRIGGER:
                return verdict
        if not answers or not all(
            map(seconds_to_wait, answers.values())
        ):  # else nothing left us: nothing to be seen there
            await read_back(job, guard)
        now = job.desk.now()
        if not guard.missing:
            return Guarded.TARGET_WATCHED if guard.watched else Guarded.STANDING
        if any(answer.code == "not_ours" for answer in answers.values() if isinstance(answer, NotSent)):
            raise LeaseLost(str(job.facts.id))
        await _follow_new_rules(job, guard, answers)
        # the exchange's door is shut: neither stop nor exit can leave, so the same ids are tried when it opens
        if shut := seconds_to_wait(answers.get(Leg.STOP if Leg.STOP in guard.missing else Leg.TARGET)):
            await _wait_at_the_door(job, guard, answered_at + timedelta(seconds=shut))
            continue
        if now >= guard.deadline:
            return Guarded.EXIT_FAILED if Leg.STOP in guard.missing else Guarded.TARGET_WATCHED
        await job.desk.sleep(min(pause, max(0.0, (guard.deadline - now).total_seconds())))
        pause = min(pause * 2, 0.8)
        await plan_next_attempt(job, guard)


async def read_back(job: Job, guard: Protection) -> None:
    """See what stands at the exchange. Our own orders of any attempt count; more than one of a leg is surplus."""
    ours = {
        client_order_id(job.facts.id, leg, attempt): leg
        for leg in guard.sent
        for attempt in range(max(1, guard.attempt - LAST_ATTEMPTS), guard.attempt + 1)
    }
    try:
        found = {answer.client_order_id: answer for answer in await job.client.standing_protection(guard.market)}
    except ExchangeError:
        return  # not read back: it does not stand until we have seen it
    for key, leg in ours.items():
        answer = found.get(key)
        if answer is None:
            continue
        held = guard.standing.setdefault(leg, answer)
        if held.client_order_id != key:
            guard.surplus.append(key)
    await asyncio.gather(*(_look_for_triggered(job, guard, leg) for leg in guard.missing))
    if guard.stop_stood_at is None and Leg.STOP in guard.standing:
        guard.stop_stood_at = job.desk.now()
    if guard.surplus:
        await job.client.cancel_protection(guard.market, guard.surplus)
        guard.surplus.clear()


async def _look_for_triggered(job: Job, guard: Protection, leg: Leg) -> None:
    """A leg that was placed and no longer stands may have triggered already: then the position is being closed by it."""
    key = client_order_id(job.facts.id, leg, guard.attempt)
    try:
        answer = await job.client.find_protection(guard.market, key)
    except ExchangeError:
        return
    if answer is not None and (answer.triggered_order_id or answer.state in (OrderState.FILLED, OrderState.OPEN)):
        guard.standing[leg] = answer


async def _record_answers(
    job: Job, guard: Protection, legs: list[ProtectionLeg], answers: dict[Leg, OrderAnswer | ExchangeError]
) -> None:
    failed = {
        leg: answer for leg, answer in answers.items() if isinstance(answer, ExchangeError) and not _exists(answer)
    }
    if not failed:
        return  # what was placed is written once, when it has been read back
    write = Write(None)
    for leg in legs:
        if leg.leg in failed:
            add_answer(job, write, failed[leg.leg], leg.client_order_id)
            error = failed[leg.leg]
            job.event(write, "protection_refused", leg=LEG_NAMES[leg.leg], attempt=guard.attempt, exchange_code=error.code,
                      message=error.message[:200])  # fmt: skip
    await _record_quickly(job, guard, write)


async def _follow_new_rules(job: Job, guard: Protection, answers: dict[Leg, OrderAnswer | ExchangeError]) -> None:
    """Steps or ticks changed under us: the next try goes by the market's rules of now (F38)."""
    refused = [answer for answer in answers.values() if isinstance(answer, Refused)]
    if any(answer.kind is RefusalKind.MARKET_RULES for answer in refused):
        with suppress(ExchangeError):
            guard.refit(await job.client.fresh_market(guard.market))


async def _wait_at_the_door(job: Job, guard: Protection, opens_at: datetime) -> None:
    asked_at = job.desk.now()
    await job.desk.ledger.record(job.step("renew"))
    job.renewed(asked_at)
    await job.desk.sleep(min(max((opens_at - job.desk.now()).total_seconds(), 0.0), 2.0))
    guard.deadline = max(guard.deadline, job.desk.now() + timedelta(seconds=2))


def _exists(error: ExchangeError) -> bool:
    """A duplicate id: the leg was placed before, by us or a worker before us; reading back will find it."""
    return isinstance(error, Refused) and error.kind is RefusalKind.DUPLICATE


async def plan_next_attempt(job: Job, guard: Protection) -> None:
    """Write the rows of the next try, with new client order ids, before it is sent (D4)."""
    guard.attempt += 1
    write = Write(None)
    for leg in guard.missing:
        add_order(job, write, guard.market, leg, attempt=guard.attempt, side=guard.side.exit_side.value,
                  quantity=guard.quantity, trigger=guard.sent[leg], position_id=guard.position_id, fenced=False)  # fmt: skip
    await _record_quickly(job, guard, write)


async def _record_quickly(job: Job, guard: Protection, write: Write) -> None:
    """Write, but never let a slow database keep a position naked: the legs' ids are derived and found again without rows."""
    try:
        async with asyncio.timeout(0.5):
            await job.desk.ledger.record(write)
    except (TimeoutError, LedgerUnavailable):
        guard.late.append(write)


async def record_late(job: Job, guard: Protection) -> None:
    """Write what a slow database did not take in time; a second time changes nothing."""
    while guard.late:
        await job.desk.ledger.record(guard.late.pop(0))
