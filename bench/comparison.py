"""Run `floor` and `gather` as processes of their own against the bench's exchange."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

from bench.figures import latencies, middle, nothing
from bench.tied import tied

GATHER_SECONDS = 120


@contextmanager
def running_exchange(latency_ms: float) -> Iterator[str]:
    """The bench's exchange in a process of its own; its address."""
    command = tied([sys.executable, "-m", "bench.exchange", "--latency-ms", str(latency_ms)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def reset(exchange: str) -> None:
    with urlopen(f"{exchange}/_bench/reset", timeout=10):
        pass


def told(exchange: str) -> dict[str, Any]:
    """What the exchange saw since the last reset."""
    with urlopen(f"{exchange}/_bench/acks", timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def measure(module: str, exchange: str, subscribers: int, runs: int, seconds: float) -> dict[str, Any]:
    """The median figures of `bench.floor` or `bench.gather`; None for each, with the error, where it fails."""
    measured = []
    for _ in range(runs):
        outcome = _run_once(module, exchange, subscribers, seconds)
        if outcome.get("error"):
            return nothing(outcome["error"])
        try:
            measured.append(latencies(outcome["began"], told(exchange)["acks"], subscribers))
        except ValueError as error:
            return nothing(str(error))
    return dict(middle(measured))


def _run_once(module: str, exchange: str, subscribers: int, seconds: float) -> dict[str, Any]:
    command = tied([sys.executable, "-m", module, "--exchange", exchange, "--subscribers", str(subscribers)])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            return {"error": f"{module} did not start"}
        reset(exchange)
        try:
            output, _ = process.communicate("\n", timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return {"error": f"did not finish within {seconds:.0f} s"}
    lines = output.splitlines()
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {"error": f"{module} ended without figures"}
    return found
