"""Measure the product: one POST to the webhook, N subscribers, through queue, workers, database and signed requests."""

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import close_old_connections, connection

from bench.books import SYMBOL
from bench.comparison import reset, told
from bench.figures import latencies, middle
from bench.population import PATH, SECRET, VENUE, populate
from bench.processes import Fleet, running_fleet

SETTLE_SECONDS = 120.0
POLL_SECONDS = 0.2
QUIET_SECONDS = 2.0
QUIET_REQUESTS = 10
ROUND_SECONDS = 60  # every account that holds a position is looked at once in this time, with at most three requests

UNSETTLED = (
    "SELECT count(*) FROM signals_execution WHERE state IN ('PENDING','CLAIMED','SENDING','UNCONFIRMED','FILLED')"
)
OUTCOMES = "SELECT state || ' ' || reason_code, count(*) FROM signals_execution WHERE signal_id = %s GROUP BY 1"


class BenchFailed(Exception):
    """The product did not do what was measured; the text says what it did instead."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An alert that was accepted: when its POST began (seconds, monotonic) and what the answer took."""

    began: float
    webhook_ms: float
    signal_id: str


def measure_product(exchange: str, subscribers: int, runs: int) -> dict[str, Any]:
    """The product's figures, medians over `runs`; the first signal and its close only warm up. Raises BenchFailed."""
    populate(subscribers)
    with running_fleet({VENUE: exchange}) as fleet:
        try:
            send_signal(fleet, "buy", subscribers)
            measured = []
            for _ in range(runs):
                wait_until_quiet(exchange, subscribers)
                send_signal(fleet, "close", subscribers)
                measured.append(_measure_once(fleet, exchange, subscribers))
        except BenchFailed as error:
            raise BenchFailed(f"{error}\n{fleet.logs()}") from error
        return {**middle(measured), "rss_mb": round(fleet.rss_mb(), 1)}


def _measure_once(fleet: Fleet, exchange: str, subscribers: int) -> dict[str, float]:
    wait_until_quiet(exchange, subscribers)
    reset(exchange)
    cpu = fleet.cpu_ms()
    began, webhook_ms = send_signal(fleet, "buy", subscribers)
    cpu = fleet.cpu_ms() - cpu
    seen = told(exchange)
    try:
        figures = latencies(began, seen["acks"], subscribers)
    except ValueError as error:
        raise BenchFailed(f"{error}; refused: {seen['refused']}") from error
    return {
        "webhook_ms": round(webhook_ms, 1),
        **figures,
        "cpu_ms_per_subscriber": cpu / subscribers,
        "exchange_cpu_ms": seen["cpu_ms"],
    }


def wait_until_quiet(exchange: str, subscribers: int) -> None:
    """Wait until the accounts of the signal before have been looked after: only prices and the minute's round are asked."""

    def requests() -> int:
        reset(exchange)
        time.sleep(QUIET_SECONDS)
        return int(told(exchange)["requests"])

    wait_while_busy(requests, subscribers)


def wait_while_busy(requests: Callable[[], int], subscribers: int) -> None:
    """The same for any exchange: `requests` waits for QUIET_SECONDS and tells how many came meanwhile."""
    end = time.monotonic() + SETTLE_SECONDS
    quiet = QUIET_REQUESTS + int(3 * subscribers * QUIET_SECONDS / ROUND_SECONDS)
    while time.monotonic() < end:
        if requests() <= quiet:
            return
    raise BenchFailed(f"the exchange was still asked more than {quiet} times in {QUIET_SECONDS} s")


def send_signal(fleet: Fleet, action: str, subscribers: int) -> tuple[float, float]:
    """POST an alert and wait until each of its executions is settled; when it began and what the answer took (ms)."""
    posted = post_alert(fleet, action)
    wait_until_settled(action)
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, [posted.signal_id])
        outcomes = dict(cursor.fetchall())
    close_old_connections()
    wanted = "PROTECTED " if action == "buy" else "CLOSED closed_by_signal"
    if outcomes != {wanted: subscribers}:
        raise BenchFailed(f"executions of `{action}` ended as {outcomes}")
    return posted.began, posted.webhook_ms


def post_alert(fleet: Fleet, action: str, path: str = PATH) -> Posted:
    """POST an alert to the bot of this path. Raises BenchFailed when it is not accepted."""
    alert = {"ticker": SYMBOL, "action": action, "secret": SECRET, "id": uuid4().hex}
    body = json.dumps(alert).encode()
    line = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=30)
    line.connect()
    began = time.monotonic()
    line.request("POST", f"/api/v1/bots/webhook/master/{path}", body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    text = answer.read()
    webhook_ms = (time.monotonic() - began) * 1000
    line.close()
    if answer.status != http.client.ACCEPTED:
        raise BenchFailed(f"the webhook answered {answer.status}: {text[:300]!r}")
    return Posted(began, webhook_ms, json.loads(text)["signal_id"])


def wait_until_settled(action: str) -> None:
    """Wait until no execution is on its way any more. Raises BenchFailed when that takes too long."""
    end = time.monotonic() + SETTLE_SECONDS
    time.sleep(0.3)  # the measured part: nothing of ours runs in it
    while _count(UNSETTLED):
        if time.monotonic() > end:
            raise BenchFailed(f"executions of `{action}` were not settled in {SETTLE_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def _count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
