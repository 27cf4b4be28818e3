"""The worker of the Procfile checks keys and reads balances (EXC-19), and tells market data: real process, broker and exchange dialect."""

import time

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from exchanges import lifecycle
from exchanges.addresses import configure
from exchanges.models import AccountStatus, BalanceSnapshot, ExchangeAccount
from simulator.testing import ControlClient
from tests.processes import Processes

pytestmark = pytest.mark.worker


def test_keys_are_checked_by_the_default_worker(processes: Processes, settings: Settings) -> None:
    processes.start("simulator")
    processes.start("default")
    configure({"paper": processes.simulator_url})
    settings.KEY_CHECK_WAIT_S = 30.0
    key = ControlClient(processes.simulator_url, settings.SIMULATOR_TOKEN).create_account(
        wallet={"USDT": "1000"}, coins={}
    )
    user = User.objects.create_user("ana@example.com", "a-long-password")
    keys = {"api_key": key["api_key"], "secret_key": key["secret"]}

    account = lifecycle.add_account(user=user, exchange="paper", name="Mine", keys=keys)
    with pytest.raises(lifecycle.KeysRefused) as refusal:
        lifecycle.add_account(user=user, exchange="paper", name="Other", keys={**keys, "api_key": "no-such-key"})

    assert (account.status, account.is_main) == (AccountStatus.VERIFIED, True)
    assert BalanceSnapshot.objects.get(account=account).equity == 1000
    assert refusal.value.code == "keys_refused"
    assert ExchangeAccount.objects.count() == 1


def test_market_data_is_told_by_the_default_worker(processes: Processes, settings: Settings) -> None:
    """EXC-15: question and answer through the real broker, the exchange's address known to worker and web process alike."""
    processes.start("simulator")
    processes.start("default")
    configure({"paper": processes.simulator_url})
    api = APIClient()
    api.force_authenticate(User.objects.create_user("ana@example.com", "a-long-password"))
    ControlClient(processes.simulator_url, settings.SIMULATOR_TOKEN).set_price("BTCUSDT", "95000")
    until = time.monotonic() + 30  # a worker that starts takes longer than a question waits

    answer = api.get("/api/v1/exchanges/paper/ticker?symbol=BTCUSDT")
    while answer.status_code == 503 and time.monotonic() < until:
        answer = api.get("/api/v1/exchanges/paper/ticker?symbol=BTCUSDT")

    assert (answer.status_code, answer.json()["last"]) == (200, "95000")
    assert api.get("/api/v1/exchanges/paper/candles?symbol=BTCUSDT&timeframe=1m").status_code == 200
