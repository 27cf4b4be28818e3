"""B14: a test trade whose process ends halfway leaves nothing for ever: row first, left by the next run, never two at once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from exchanges.canaries import CannotFly, fly
from exchanges.models import CanaryRun
from exchanges.pausing import latest_runs
from ops.daemons import wait_until
from simulator.testing import RunningSimulator as Simulator
from tests.flow.test_canary import canary
from tests.flow.world import World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def key(sim: Simulator, settings: Settings) -> str:
    """A demo account whose keys the canary has."""
    made = sim.control.create_account(environment="demo", wallet={"USDT": "10000"}, coins={"USDT": "10000"})
    settings.EXCHANGE_URLS = {"binance": sim.url}
    settings.CANARY_KEYS = {"binance": {"api_key": made["api_key"], "secret_key": made["secret"]}}
    return str(made["api_key"])


def held(sim: Simulator, key: str) -> list[str]:
    return [position["quantity"] for position in sim.control.account(key)["positions"]]


def standing(sim: Simulator, key: str) -> int:
    told = sim.control.account(key)
    return len(told["open_orders"]) + len(told["open_conditionals"])


def bought(sim: Simulator, key: str) -> Decimal:
    """Position and coins together, on spot's step: a fee taken from the coin leaves less than that."""
    told = sim.control.account(key)
    total = sum(map(Decimal, held(sim, key)), Decimal(told["coins"].get("BTC", 0)))
    return total.quantize(Decimal("0.0001"))


def in_process(sim: Simulator, settings: Settings) -> "subprocess.Popen[bytes]":
    """`manage.py canary`, as an operator runs it, over the test's database."""
    before, _, after = os.environ["DATABASE_URL"].partition("?")
    url = f"{before.rpartition('/')[0]}/{connection.settings_dict['NAME']}" + (f"?{after}" if after else "")
    told = {
        "DATABASE_URL": url,
        "BATUTA_ENV": "development",
        "BATUTA_EXCHANGE_URL_BINANCE": sim.url,
        "BATUTA_CANARY_BINANCE": json.dumps(settings.CANARY_KEYS["binance"]),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    command = [sys.executable, "manage.py", "canary", "--venue", "binance"]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told}, stdout=subprocess.DEVNULL)


@contextmanager
def ended_when_it_holds(sim: Simulator, key: str) -> Iterator[None]:
    """SystemExit in the middle, as a worker's time limit raises it."""

    def look(_number: int, _frame: Any) -> None:
        if held(sim, key):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise SystemExit("time limit")

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.worker
def test_what_a_killed_run_left_is_left_by_the_next_one(
    world: World, sim: Simulator, key: str, settings: Settings
) -> None:
    rule = sim.control.add_fault("delay_before", leg="stop", kind="futures", delay_ms=20_000)
    process = in_process(sim, settings)
    assert wait_until(lambda: bool(held(sim, key)), 30)

    with pytest.raises(CannotFly, match="another test trade runs there"):
        fly("binance", at_demo_hosts=False)
    process.kill()
    process.wait(10)
    sim.control.remove_fault(rule)
    row = CanaryRun.objects.get()
    left = (row.verdict, row.symbol, row.may_hold, len(held(sim, key)))
    assert wait_until(_is_free, 10)
    told = fly("binance", at_demo_hosts=False)

    assert left == ("running", "BTCUSDT", True, 1)
    assert [(run.market_type, run.verdict, run.may_hold) for run in told] == [
        ("futures", "interrupted", False),
        ("futures", "passed", False),
        ("spot", "passed", False),
    ]
    assert told[0].pk == row.pk
    assert (held(sim, key), standing(sim, key)) == ([], 0)


def _is_free() -> bool:
    """PostgreSQL has noticed that the killed process is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
        return int(cursor.fetchone()[0]) == 0


def test_a_run_that_is_ended_leaves_what_it_entered(world: World, sim: Simulator, key: str) -> None:
    sim.control.add_fault("delay_before", leg="stop", kind="futures", delay_ms=1_200)

    with pytest.raises(SystemExit, match="time limit"), ended_when_it_holds(sim, key):
        fly("binance", at_demo_hosts=False)

    row = CanaryRun.objects.get()
    assert (row.verdict, row.may_hold) == ("interrupted", False)
    assert (held(sim, key), standing(sim, key)) == ([], 0)


def test_what_could_not_be_left_is_tried_again_and_hides_behind_no_new_run(
    world: World, sim: Simulator, key: str
) -> None:
    rule = sim.control.add_fault("answer_before", leg="close", status=503, kind="futures")
    first = fly("binance", at_demo_hosts=False)

    second = fly("binance", at_demo_hosts=False)
    shown = {run.market_type: run.verdict for run in latest_runs()}
    sim.control.remove_fault(rule)
    third = fly("binance", at_demo_hosts=False)

    assert [(run.market_type, run.verdict) for run in first] == [("futures", "close_failed"), ("spot", "passed")]
    assert [(run.pk == first[0].pk, run.market_type, run.verdict) for run in second] == [
        (True, "futures", "close_failed"),
        (False, "spot", "passed"),
    ]
    assert shown == {"futures": "close_failed", "spot": "passed"}
    assert [(run.market_type, run.verdict) for run in third] == [("futures", "passed"), ("spot", "passed")]
    assert not CanaryRun.objects.filter(may_hold=True).exists()
    assert (held(sim, key), standing(sim, key)) == ([], 0)


@pytest.mark.parametrize("market_type", ["futures", "spot"])
def test_never_more_is_sold_than_the_run_had_entered(world: World, sim: Simulator, key: str, market_type: str) -> None:
    """Its exit was carried out and the process died before the row was ended; what another one holds there stays."""
    fly("binance", at_demo_hosts=False)
    CanaryRun.objects.filter(market_type=market_type).update(verdict="running", may_hold=True)
    sim.control.trade_by_hand(key, symbol="BTCUSDT", side="BUY", quantity="0.05", kind=market_type)
    before = bought(sim, key)

    told = fly("binance", at_demo_hosts=False)

    assert [run.verdict for run in told if run.market_type == market_type] == ["interrupted", "passed"]
    assert (before, bought(sim, key)) == (Decimal("0.0500"), Decimal("0.0500"))


def test_a_paper_run_without_an_end_goes_with_its_account(world: World, sim: Simulator, settings: Settings) -> None:
    settings.EXCHANGE_URLS = {"paper": sim.url}
    settings.SIMULATOR_TOKEN = sim.token
    CanaryRun.objects.create(
        exchange="paper", market_type="futures", symbol="BTCUSDT", verdict="running", may_hold=True
    )

    with pytest.raises(CommandError, match="not passed: paper"):
        canary("--venue", "paper")
    canary("--venue", "paper")

    verdicts = CanaryRun.objects.filter(market_type="futures").order_by("run_at").values_list("verdict", flat=True)
    assert list(verdicts) == ["interrupted", "passed", "passed"]


@pytest.mark.django_db
def test_a_run_that_runs_for_more_than_ten_minutes_counts_as_failed() -> None:
    for minutes, market_type in ((9, "spot"), (11, "futures")):
        row = CanaryRun.objects.create(exchange="binance", market_type=market_type, verdict="running", may_hold=True)
        CanaryRun.objects.filter(pk=row.pk).update(run_at=timezone.now() - timedelta(minutes=minutes))

    shown = {run.market_type: run.verdict for run in latest_runs()}

    assert shown == {"spot": "running", "futures": "interrupted"}
    assert set(CanaryRun.objects.values_list("verdict", flat=True)) == {"running"}
