"""`./batuta bench api`: how long API reads take at a steady rate, open loop.

Requests leave on schedule whether or not earlier ones were answered, and each is timed from its place in the schedule, so a
server that stalls is not measured only in its good moments.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter, defaultdict
from typing import Any

import uvloop

from bench.comparison import running_exchange
from bench.figures import percentile
from bench.people import tokens_of
from bench.population import VENUE, populate
from bench.processes import running_fleet
from bench.product import send_signal, wait_until_quiet
from bench.quiet import Neighbours
from exchanges.errors import ExchangeError
from exchanges.http import HttpPool

SUBSCRIBERS = 200
PEOPLE = 100
WARM_UP_SECONDS = 3
LOST = 599  # stands for an answer that never came
# How often each path is asked, relative to the others; {…} is filled with an id of the person's own.
CLIENT_PATHS = {
    "/api/v1/dashboard/summary/": 4,
    "/api/v1/dashboard/performance/": 2,
    "/api/v1/executions/": 4,
    "/api/v1/executions/{execution}": 4,
    "/api/v1/positions/?status=open": 4,
    "/api/v1/orders/": 2,
    "/api/v1/fills/": 2,
    "/api/v1/trades/": 2,
    "/api/v1/signals/": 2,
    "/api/v1/bot-subscriptions/available-bots/": 2,
    "/api/v1/exchange-accounts/": 1,
    "/api/v1/auth/me/": 1,
}
MANAGER_PATHS = {"/api/v1/bots/": 1, "/api/v1/bots/{bot}/signals/": 1, "/api/v1/bots/{bot}/performance/": 1}


def add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=int, default=50, help="requests per second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    with running_exchange(20) as exchange:
        bot = populate(SUBSCRIBERS)
        with running_fleet({VENUE: exchange}) as fleet:
            for action in ("buy", "close", "buy", "close", "buy"):
                send_signal(fleet, action, SUBSCRIBERS)
            wait_until_quiet(exchange, SUBSCRIBERS)
            schedule = _schedule(
                options.rate * (options.seconds + WARM_UP_SECONDS), str(bot.pk), *tokens_of(bot, PEOPLE)
            )
            with Neighbours() as neighbours:
                answers = uvloop.run(_ask_all(fleet.address, schedule, options.rate))
    if neighbours.warning:
        print(neighbours.warning, file=sys.stderr)
    figures = _figures(answers[options.rate * WARM_UP_SECONDS :], options.rate)
    print(json.dumps(figures) if options.json else table(figures))
    return 0


def _schedule(count: int, bot: str, manager: str, clients: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Path as listed, path as asked and token of each request; the same every time."""
    draw = random.Random(1)
    paths = {**CLIENT_PATHS, **MANAGER_PATHS}
    chosen = draw.choices(list(paths), list(paths.values()), k=count)
    asked = []
    for path in chosen:
        token, execution = draw.choice(clients)
        is_managers = path in MANAGER_PATHS
        asked.append((path, path.format(bot=bot, execution=execution), manager if is_managers else token))
    return asked


async def _ask_all(address: str, schedule: list[tuple[str, str, str]], rate: int) -> list[tuple[str, int, float]]:
    # the server closes idle connections after 5 s: one that closes while we write is no fault of the API
    pool, loop = HttpPool(idle_seconds=4), asyncio.get_running_loop()
    began = loop.time() + 0.1

    async def ask(number: int, listed: str, path: str, token: str) -> tuple[str, int, float]:
        due = began + number / rate
        await asyncio.sleep(due - loop.time())
        try:
            status = (await pool.request("GET", address + path, {"Authorization": f"Bearer {token}"}, timeout=30))[0]
        except ExchangeError:  # no connection, or no whole answer
            status = LOST
        return listed, status, (loop.time() - due) * 1000

    answers = await asyncio.gather(*(ask(number, *entry) for number, entry in enumerate(schedule)))
    await pool.close()
    return list(answers)


def _figures(answers: list[tuple[str, int, float]], rate: int) -> dict[str, Any]:
    times = [milliseconds for _, _, milliseconds in answers]
    by_path: dict[str, list[float]] = defaultdict(list)
    for path, _, milliseconds in answers:
        by_path[path].append(milliseconds)
    return {
        "requests_per_second": rate,
        "requests": len(answers),
        "errors": dict(Counter(str(status) for _, status, _ in answers if status >= 400)),
        **{f"p{percent}_ms": round(percentile(times, percent), 1) for percent in (50, 95, 99)},
        "p95_ms_by_path": {path: round(percentile(values, 95), 1) for path, values in sorted(by_path.items())},
    }


def table(figures: dict[str, Any]) -> str:
    """The same to be read by people."""
    lines = [
        f"{figures['requests']} API reads at {figures['requests_per_second']}/s, errors: {figures['errors'] or 'none'}"
    ]
    lines.append("  ".join(f"{name} {figures[name]:.1f}" for name in ("p50_ms", "p95_ms", "p99_ms")))
    lines += [f"{value:>10.1f}  {path}" for path, value in figures["p95_ms_by_path"].items()]
    return "\n".join(lines)
