"""`./batuta bench venues`: one signal to N subscribers spread over several exchanges, and what the workers need for it.

Each exchange is a simulator of its own with the dialect of that exchange. First all subscribers are at one exchange, then the
same number is spread over all, with new processes: the difference is what further exchanges cost.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import redis

from bench.product import BenchFailed
from bench.quiet import Neighbours
from bench.simulators import running_simulator
from bench.venue_figures import LIMIT_MB, checks
from bench.venue_people import settle_in
from bench.venue_signals import measure

VENUES = "binance,bybit,okx,bitget,bingx"
LISTED = 600  # symbols of each kind, about as many as the real exchanges list
MEMORY = {
    "rss_mb": "order workers, resident",
    "uss_mb": "order workers, theirs alone",
    "all_rss_mb": "all workers, resident",
    "all_pss_mb": "all workers, shared pages once",
}


def add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--subscribers", type=int, default=1000)
    parser.add_argument("--venues", default=VENUES, help=f"default: {VENUES}; the first one is also measured alone")
    parser.add_argument("--latency-ms", type=int, default=80, help="of each exchange, half of it before it acts")
    parser.add_argument("--listed", type=int, default=LISTED, help="symbols of each kind on each exchange's list")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    words = ("--latency-ms", str(options.latency_ms), "--listed", str(options.listed))
    try:
        with Neighbours() as neighbours, ExitStack() as stack:
            venue_ids = options.venues.split(",")
            controls = {each: stack.enter_context(running_simulator(each, *words)) for each in venue_ids}
            crowd = settle_in(controls, options.subscribers)
            alone = measure(controls, crowd.alone)
            _forget()
            spread = measure(controls, crowd.spread, each_alone=True)
    except (BenchFailed, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if neighbours.warning:
        print(neighbours.warning, file=sys.stderr)
    figures = {"subscribers": options.subscribers, "latency_ms": options.latency_ms, **spread, "alone": alone}
    figures["checks"] = checks(figures)
    print(json.dumps(figures) if options.json else table(figures))
    return 0 if all(figures["checks"].values()) else 1


def _forget() -> None:
    """What the processes before have shared does not help those that come: they load their lists themselves."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.flushall()


def table(figures: Mapping[str, Any]) -> str:
    """The same to be read by people."""
    venues, alone = figures["venues"], figures["alone"]
    lines = [
        f"{figures['subscribers']} subscribers over {len(venues)} exchanges, {figures['latency_ms']} ms at each; "
        "milliseconds from the POST"
    ]
    lines.append(
        f"{'':12}{'accounts':>9}{'protected':>10}{'guarded':>8}{'entry':>9}{'protection':>11}{'CPU':>7}{'requests':>9}"
    )
    lines += [_row(name, one) for name, one in venues.items()]
    lines.append(_row("all", figures))
    lines += [_row(f"{name} alone", one) for name, one in alone["venues"].items()]
    lines.append(f"{'':12}{'before':>9}{'after':>10}  MB")
    for name, one in (("all", figures), ("one alone", alone)):
        before, after = one["memory"]["before"], one["memory"]["after"]
        lines += [f"{name:12}{before[key]:>9}{after[key]:>10}  {words}" for key, words in MEMORY.items()]
    lines += [f"failed at {name}: {one['failed']}" for name, one in venues.items() if one["failed"]]
    kept = {True: "ok", False: "BROKEN"}
    lines.append(f"all protected: {kept[figures['checks']['all_protected']]}")
    lines.append(f"order workers under {LIMIT_MB:.0f} MB: {kept[figures['checks']['memory']]}")
    lines.append(f"all workers under {LIMIT_MB:.0f} MB, shared pages once: {kept[figures['checks']['memory_of_all']]}")
    return "\n".join(lines)


def _row(name: str, one: Mapping[str, Any]) -> str:
    times = "".join(f"{_shown(one[key]):>{width}}" for key, width in (("entry_last_ms", 9), ("protection_last_ms", 11)))
    costs = f"{_shown(one.get('cpu_ms_per_account')):>7}{_shown(one.get('requests_per_account')):>9}"
    return f"{name:12.12}{one['accounts']:>9}{one['protected']:>10}{one['guarded']:>8}{times}{costs}"


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 100 else f"{value:.0f}"
