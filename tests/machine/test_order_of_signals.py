"""Signals on top of each other, late and twice (D9, I5, I6): what holds in the end is what the last timestamp says.

Alerts go through the webhook's view from 32 threads, the pipeline runs meanwhile with its own database connections, and the
exchange is a simulator process.
"""

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connections

from bots.models import Bot
from signals.desk import Desk
from signals.execute import execute
from signals.models import Execution, Position, Signal
from signals.states import UNSETTLED
from tests.flow.world import World
from tests.machine.town import Town

THREADS, ACCOUNTS, COPIES = 32, 10, 3
SPREAD_S = 1.5  # executions end meanwhile
# In the order of their timestamps; the last one says how it ends.
SENT = {
    "BTCUSDT": ("buy", "close", "sell"),
    "ETHUSDT": ("sell", "close", "buy"),
    "SOLUSDT": ("buy", "close", "buy"),
    "XRPUSDT": ("buy", "sell", "close"),
}
ENDS = {"BTCUSDT": "short", "ETHUSDT": "long", "SOLUSDT": "long"}
PENDING = "SELECT id FROM signals_execution WHERE state = 'PENDING' ORDER BY created_at"
UNFINISHED = "SELECT 1 FROM signals_execution WHERE state = ANY(%s) LIMIT 1"


def alerts(now: datetime, random: Random) -> list[dict[str, Any]]:
    """Every alert three times, in no order; a second lies between the timestamps of a symbol."""
    bodies = [
        {"action": action, "ticker": f"{symbol}.P", "timestamp": (now + timedelta(seconds=number - 5)).isoformat()}
        for symbol, actions in SENT.items()
        for number, action in enumerate(actions)
    ]
    shuffled = bodies * COPIES
    random.shuffle(shuffled)
    return shuffled


async def carry_out_while(posting: Iterable[Any], desk: Desk) -> None:
    """As workers do: whatever is pending, more than once if need be, until all alerts are in and everything is settled."""
    running: set[asyncio.Task[None]] = set()
    while not all(each.done() for each in posting) or await desk.ledger.query(UNFINISHED, [list(UNSETTLED)]):
        rows = await desk.ledger.query(PENDING)
        running |= {asyncio.create_task(execute(row["id"], desk)) for row in rows}
        await asyncio.sleep(0.05)
        running = {task for task in running if not task.done()}
    await asyncio.gather(*running)


def post_until_stored(world: World, bot: Bot, body: dict[str, Any], delay_s: float) -> int:
    """As the sender does: again after a 5xx."""
    time.sleep(delay_s)
    try:
        status = 503
        while status >= 500:
            status = world.post(bot, **body).status_code
        return int(status)
    finally:
        connections["default"].close()


@pytest.mark.parametrize("seed", [1, 2])
def test_open_close_open_shuffled_and_duplicated_ends_as_the_last_timestamp_says(world: World, seed: int) -> None:
    bot = world.bot(quota_per_minute=600)
    clients = world.clients(bot, ACCOUNTS, max_concurrent_positions=10, max_daily_loss_usd=Decimal(1000))
    with ThreadPoolExecutor(THREADS) as threads:
        random = Random(seed)
        bodies = alerts(datetime.now(UTC), random)
        posting = [threads.submit(post_until_stored, world, bot, body, random.random() * SPREAD_S) for body in bodies]
        world.at_desk(lambda desk: carry_out_while(posting, desk))
        statuses = [each.result() for each in posting]

    assert sorted(statuses) == [200] * 24 + [202] * 12
    assert Signal.objects.count() == 12
    assert not Execution.objects.filter(state__in=UNSETTLED).exists()
    for client in clients:
        there = world.exchange_account(client)["positions"]
        held = {each["symbol"]: "long" if Decimal(each["quantity"]) > 0 else "short" for each in there}
        booked = dict(Position.objects.filter(subscription=client, status="open").values_list("symbol_key", "side"))
        assert (held, booked) == (ENDS, ENDS)


def test_a_late_close_that_is_older_than_a_repeated_open_closes_nothing(town: Town) -> None:
    """Open at 10, open at 13 (ignored: it stands already), and only then the close of 11: in order, it ends open."""
    town.begin()
    for number, (action, age_s) in enumerate([("buy", 3.0), ("buy", 0.0), ("close", 1.5)]):
        town.alert(action, "BTCUSDT", age_s=age_s, number=number)
        town.execute(0, 60, *town.pending())
    town.rest()

    assert list(Position.objects.values_list("status", "side")) == [("open", "long")] * 2
    assert town.judge() == []
