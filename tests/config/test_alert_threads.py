"""WHK-01: whatever pages and the API wait for, an alert is stored: it has threads of its own. A real web process with two others."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from bots.models import Bot
from bots.secrets import keep_secret
from subscriptions.models import Subscription
from tests.processes import Processes
from tests.trading_world import make_account, make_user

pytestmark = pytest.mark.worker
PATH = "/api/v1/bots/webhook/master/scalper"
SECRET = "a-secret-of-the-bot"


def post(processes: Processes, path: str, **fields: str) -> int:
    url = urlsplit(processes.web_url)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=20)
    body = json.dumps({"ticker": "BTCUSDT.P", "action": "buy", "secret": SECRET, **fields})
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_an_alert_is_stored_while_every_thread_of_the_pages_waits(processes: Processes) -> None:
    bot = Bot(manager=make_user("manager"), name="Scalper", master_webhook_path="scalper")
    keep_secret(bot, SECRET)
    bot.save()
    client = make_user()
    Subscription.objects.create(user=client, bot=bot, exchange_account=make_account(client))
    processes.start("web", WEB_THREADS="2")
    post(processes, PATH, id="first")

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(post, processes, f"{PATH}?wait=2", id=f"waits {number}") for number in range(6)]
        time.sleep(0.3)
        began = time.monotonic()
        status = post(processes, PATH, id="an alert")
        took = time.monotonic() - began
        for one in waiting:
            one.result()

    assert (status, took < 1) == (202, True)
