"""`./batuta bench pages`: how long after an execution has ended its owner's open page hears of it.

Each page is a live stream of one signed-in client. One signal goes to all of them at once; the delay runs from the moment that the
execution's row gives as its end to the moment at which the event has arrived.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import uvloop
from django.conf import settings

from accounts.models import User
from bench.comparison import running_exchange
from bench.figures import percentile
from bench.people import session_of
from bench.population import VENUE, populate
from bench.processes import running_fleet
from bench.product import send_signal, wait_until_quiet
from bench.quiet import Neighbours
from signals.models import Execution

ARRIVE_SECONDS = 30


def add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pages", type=int, default=500, help="open pages, each of another client")
    parser.add_argument("--latency-ms", type=float, default=80, help="of the exchange, before each answer")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    with running_exchange(options.latency_ms) as exchange:
        bot = populate(options.pages)
        with running_fleet({VENUE: exchange}) as fleet:
            for action in ("buy", "close"):
                send_signal(fleet, action, options.pages)
            wait_until_quiet(exchange, options.pages)
            cookies = _cookies(bot)
            with Neighbours() as neighbours:
                connect_s, heard = uvloop.run(
                    _listen(fleet.address, cookies, lambda: send_signal(fleet, "buy", options.pages))
                )
    if neighbours.warning:
        print(neighbours.warning, file=sys.stderr)
    figures = _figures(connect_s, heard, options.pages)
    print(json.dumps(figures) if options.json else table(figures))
    return 0 if figures["lost"] == 0 else 1


def _cookies(bot: Any) -> list[str]:
    name = settings.SESSION_COOKIE_NAME
    return [f"{name}={session_of(user)}" for user in User.objects.filter(subscriptions__bot=bot)]


async def _listen(address: str, cookies: list[str], send: Any) -> tuple[float, dict[str, float]]:
    """Open all pages, send the signal, and note when each execution's protected event arrived (wall clock)."""
    heard: dict[str, float] = {}
    began = time.monotonic()
    streams = await asyncio.gather(*(_open(address, cookie) for cookie in cookies))
    connect_s = time.monotonic() - began
    heard_all = asyncio.Event()

    def note(execution_id: str, moment: float) -> None:
        heard.setdefault(execution_id, moment)
        if len(heard) == len(cookies):
            heard_all.set()

    readers = [asyncio.create_task(_read(reader, note)) for reader, _ in streams]
    await asyncio.get_running_loop().run_in_executor(None, send)
    with suppress(TimeoutError):
        await asyncio.wait_for(heard_all.wait(), ARRIVE_SECONDS)
    for task in readers:
        task.cancel()
    for _, writer in streams:
        writer.close()
    return connect_s, heard


async def _open(address: str, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET /events/ HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.splitlines()[0]:
        raise RuntimeError(f"the live stream answered {head.splitlines()[0]!r}")
    return reader, writer


async def _read(reader: asyncio.StreamReader, note: Callable[[str, float], None]) -> None:
    while line := await reader.readline():
        if line.startswith(b"data: "):
            now, told = time.time(), json.loads(line[6:])
            if told.get("state") == "PROTECTED":
                note(told["execution_id"], now)


def _figures(connect_s: float, heard: dict[str, float], pages: int) -> dict[str, Any]:
    ended = dict(Execution.objects.filter(pk__in=[UUID(key) for key in heard]).values_list("pk", "completed_at"))
    stamps = {str(key): stamp.timestamp() for key, stamp in ended.items() if stamp is not None}
    delays = [(moment - stamps[key]) * 1000 for key, moment in heard.items() if key in stamps]
    if not delays:
        raise RuntimeError("no page heard of its execution")
    return {
        "pages": pages,
        "connect_s": round(connect_s, 2),
        "lost": pages - len(heard),
        **{f"p{percent}_ms": round(percentile(delays, percent), 1) for percent in (50, 99)},
        "last_ms": round(max(delays), 1),
    }


def table(figures: dict[str, Any]) -> str:
    """The same to be read by people."""
    names = ("p50_ms", "p99_ms", "last_ms")
    delays = "  ".join(f"{name} {figures[name]:.1f}" for name in names)
    return f"{figures['pages']} open pages (connected in {figures['connect_s']} s), {figures['lost']} events lost\n{delays}"
