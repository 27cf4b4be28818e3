"""ORD-09: how often an account that holds something is compared with its exchange is a setting, within limits."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from exchanges.models import ExchangeAccount
from ops.places import ROOT
from signals.price_watch import PriceWatch
from tests.flow.world import World


@pytest.mark.parametrize(("every_s", "is_due"), [(10, True), (30, True), (60, False)])
def test_an_account_has_its_turn_after_so_many_seconds(world: World, every_s: int, is_due: bool) -> None:
    bot = world.bot()
    holds, flat = world.client(bot, 1), world.client(world.bot("idle"), 2)
    world.trade(bot, "buy")
    ExchangeAccount.objects.update(reconciled_at=timezone.now() - timedelta(seconds=40))

    due = world.at_desk(lambda desk: PriceWatch(desk, None, reconcile_s=every_s).due())  # type: ignore[arg-type]

    assert due == ([holds.exchange_account_id] if is_due else [])
    assert flat.exchange_account_id not in due


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BATUTA_RECONCILE_SECONDS", "", "60"),
        ("BATUTA_RECONCILE_SECONDS", "30", "30"),
        ("BATUTA_RECONCILE_SECONDS", "9", "BATUTA_RECONCILE_SECONDS was 9; it must be from 10 to 300"),
        ("BATUTA_RECONCILE_SECONDS", "301", "BATUTA_RECONCILE_SECONDS was 301; it must be from 10 to 300"),
        ("BATUTA_ALERT_AFTER_FAILURES", "0", "BATUTA_ALERT_AFTER_FAILURES was 0; it must be from 1 to 100"),
    ],
)
def test_a_value_out_of_range_stops_the_start(name: str, value: str, sentence: str) -> None:
    environment = {**os.environ, name: value} if value else {k: v for k, v in os.environ.items() if k != name}
    command = [sys.executable, "-c", "from config import settings; print(settings.RECONCILE_SECONDS)"]

    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert (told.stdout + told.stderr).strip().splitlines()[-1] == sentence
