"""`./batuta bench fanout`: one signal to N subscribers, beside the floor and the gather design, in one run."""

import argparse
import json
import sys
from typing import Any

from bench.comparison import GATHER_SECONDS, measure, running_exchange
from bench.figures import KEYS
from bench.product import BenchFailed, measure_product
from bench.quiet import Neighbours

FLOOR_SECONDS = 60


def add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--subscribers", type=int, default=50)
    parser.add_argument("--latency-ms", type=float, default=80, help="of the exchange, before each answer")
    parser.add_argument("--runs", type=int, default=3, help="measured signals; the figures are their medians")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    subscribers, runs = options.subscribers, options.runs
    with Neighbours() as neighbours, running_exchange(options.latency_ms) as exchange:
        floor = measure("bench.floor", exchange, subscribers, runs, FLOOR_SECONDS)
        # it takes seconds, and minutes where it fails: many subscribers are measured once
        gather = measure("bench.gather", exchange, subscribers, runs if subscribers <= 100 else 1, GATHER_SECONDS)
        try:
            product = measure_product(exchange, subscribers, runs)
        except (BenchFailed, RuntimeError) as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    if neighbours.warning:
        print(neighbours.warning, file=sys.stderr)
    latency = int(options.latency_ms) if options.latency_ms == int(options.latency_ms) else options.latency_ms
    figures = {"subscribers": subscribers, "latency_ms": latency, **product, "floor": floor, "gather": gather}
    print(json.dumps(figures) if options.json else table(figures))
    return 0


def table(figures: dict[str, Any]) -> str:
    """The same figures to be read by people, with the ratios of the target table."""
    lines = [
        f"{figures['subscribers']} subscribers, {figures['latency_ms']} ms at the exchange; milliseconds from the POST"
    ]
    lines.append(f"{'':24}{'product':>10}{'floor':>10}{'× floor':>9}{'gather':>10}{'× faster':>9}")
    for key in KEYS:
        own, floor, gather = figures[key], figures["floor"][key], figures["gather"][key]
        row = f"{key:24}{own:>10.1f}{_shown(floor):>10}{_ratio(own, floor):>9}{_shown(gather):>10}{_ratio(gather, own):>9}"
        lines.append(row)
    others = ("webhook_ms", "cpu_ms_per_subscriber", "rss_mb", "exchange_cpu_ms")
    lines += [f"{key:24}{figures[key]:>10.2f}" for key in others]
    lines += [f"{name}: {figures[name]['error']}" for name in ("floor", "gather") if figures[name].get("error")]
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _ratio(value: float | None, unit: float | None) -> str:
    return "–" if not value or not unit else f"{value / unit:.2f}"
