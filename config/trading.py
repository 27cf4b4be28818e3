"""What a trading worker does besides its tasks: warm the markets up, and take its turn as the guardian.

Loaded by workers only (`imports` in `config.celery`): it reaches ccxt, which the web process never does.
"""

import asyncio
import os
import socket
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import redis.asyncio
from celery import current_app
from django.conf import settings

from config import pool
from exchanges import client as exchange_client
from exchanges.errors import ExchangeError
from exchanges.limits import Priority, at_most
from exchanges.market_cache import publish_markets
from exchanges.registry import all_venues
from signals import hot_prices
from signals.guardian import Guardian
from signals.ledger.group_commit import LedgerUnavailable
from signals.receive import queue_of
from signals.tasks import EXECUTE_TASK, desk
from signals.workflows import report_runs
from workers.publish import ring

WORKER = os.environ.get("BATUTA_PROCESS") or f"{socket.gethostname()}-{os.getpid()}"
HEARTBEAT_S = 2
HEARTBEAT_LIVES_S = 10
SHARE_MARKETS_S = 600
WATCH_CLOCKS_S = 60
REPORT_S = 2
USED_VENUES = "SELECT DISTINCT exchange, testnet FROM exchanges_exchangeaccount WHERE deleted_at IS NULL"


@pool.on_warm_up
async def warm_up() -> None:
    """Markets and connections for every venue on which someone has an account, before the first message."""
    venues = await desk().ledger.query(USED_VENUES)
    known = {venue.id for venue in all_venues()}
    async with asyncio.timeout(20):
        await exchange_client.warm_up(sorted({row["exchange"] for row in venues} & known))


@pool.on_loop_start
async def be_present() -> None:
    """The worker's own lock: what it holds is taken over as soon as it dies."""
    await desk().ledger.presence.keep()


@pool.on_loop_start
async def guard() -> None:
    """The guardian's turn of this worker."""
    preferred = os.environ.get("BATUTA_GUARDIAN") == "lead"
    await Guardian(
        desk(), ring_again, _public, name=f"{WORKER} {uuid4().hex[:8]}", preferred=preferred,
        reconcile_s=settings.RECONCILE_SECONDS,
    ).run()  # fmt: skip


@pool.on_loop_start
async def report() -> None:
    """Write down how this worker's recurring work goes (OPS-09)."""
    while True:
        await asyncio.sleep(REPORT_S)
        with suppress(LedgerUnavailable, psycopg.Error):  # nothing is lost: it is written the next time
            await report_runs(desk())


def _public(venue_id: str, testnet: bool) -> exchange_client.PublicClient:
    return exchange_client.public(venue_id, testnet=testnet)


@pool.on_loop_start
async def keep_prices_warm() -> None:
    """Prices of what was traded a moment ago stay under a second old, so that the next signal need not ask first."""
    await hot_prices.keep_warm(_public)


@pool.on_loop_start
async def share_markets() -> None:
    """Tell the web processes the smallest sizes of every market, for their warnings; they never ask an exchange."""
    while True:
        for row in await desk().ledger.query(USED_VENUES):
            client = exchange_client.public(row["exchange"], testnet=row["testnet"])
            for market_type in client.venue.market_types:
                with suppress(ExchangeError), at_most(Priority.BACKGROUND):
                    markets = await client.markets(market_type)
                    await asyncio.to_thread(
                        publish_markets, row["exchange"], market_type.value, markets, testnet=row["testnet"]
                    )
        await asyncio.sleep(SHARE_MARKETS_S)


@pool.on_loop_start
async def watch_clocks() -> None:
    """Keep the difference between the exchanges' clocks and ours known: requests are signed by theirs (F33)."""
    while True:
        await asyncio.sleep(WATCH_CLOCKS_S)
        for row in await desk().ledger.query(USED_VENUES):
            client = exchange_client.public(row["exchange"], testnet=row["testnet"])
            for market_type in client.venue.market_types:
                with suppress(ExchangeError):
                    await client.measure_clock(market_type)


@pool.on_loop_start
async def beat_heart() -> None:
    """Leave a key that expires: `/readyz` and the doctor see that this worker's loop turns."""
    key = f"batuta:worker:{WORKER}"
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
        while True:
            with suppress(redis.RedisError, OSError):
                await server.set(key, "alive", ex=HEARTBEAT_LIVES_S)
            await asyncio.sleep(HEARTBEAT_S)


async def ring_again(executions: list[tuple[UUID, str]]) -> None:
    """Ring the workers for executions that were left pending; in a thread, for a frozen broker must not hold the loop."""
    queues: dict[str, list[UUID]] = {}
    for execution_id, action in executions:
        queues.setdefault(queue_of(action), []).append(execution_id)
    for queue, ids in queues.items():
        await asyncio.to_thread(ring, EXECUTE_TASK, queue, ids, current_app)
