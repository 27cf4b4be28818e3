"""A worker that freezes in the middle of a transaction: its rows are free again for whoever takes over (F5, promise 7)."""

import asyncio
import time
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from signals.ledger import ledger as ledger_module
from signals.ledger.group_commit import GroupCommit, LedgerUnavailable
from signals.ledger.ledger import Ledger
from signals.models import Lease
from signals.tasks import database_parameters

pytestmark = pytest.mark.django_db(transaction=True)
TAKE = "UPDATE signals_lease SET holder = %s WHERE name = 'guardian' RETURNING holder"


class Sleeper:
    """A group whose transaction takes the row, and sleeps as long as it is told before it commits."""

    def __init__(self, ledger: Ledger, *, patience_s: float) -> None:
        self.group: GroupCommit[str, str] = GroupCommit(
            "test", connect=ledger.connect, run=self._run, patience_s=patience_s
        )
        self.naps = [2.0]
        self.has_locked = asyncio.Event()

    async def _run(self, open_transaction: psycopg.AsyncConnection[Any], asks: list[str]) -> list[str]:
        await open_transaction.execute(TAKE, [asks[-1]])
        self.has_locked.set()
        if self.naps:
            await asyncio.sleep(self.naps.pop())
        return asks


@pytest.fixture
def lease(monkeypatch: pytest.MonkeyPatch) -> Lease:
    monkeypatch.setattr(ledger_module, "HELD_AT_MOST_S", 0.5)
    return Lease.objects.create(name="guardian", holder="nobody", until=timezone.now())


async def _while_one_sleeps(patience_s: float) -> tuple[float, str | BaseException]:
    """How long another one waits for the row, and what became of the sleeper's own ask."""
    ledger = Ledger(database_parameters())
    sleeper = Sleeper(ledger, patience_s=patience_s)
    asked = asyncio.create_task(sleeper.group.submit("the sleeper"))
    await sleeper.has_locked.wait()
    began = time.monotonic()
    await ledger.query(TAKE, ["the other one"])
    waited = time.monotonic() - began
    [answer] = await asyncio.gather(asked, return_exceptions=True)
    await sleeper.group.close()
    await ledger.close()
    return waited, answer


def test_the_rows_are_free_again_and_an_intent_was_not_written(lease: Lease) -> None:
    waited, answer = asyncio.run(_while_one_sleeps(patience_s=0))

    assert waited < 1.9
    assert isinstance(answer, LedgerUnavailable)
    lease.refresh_from_db()
    assert lease.holder == "the other one"


def test_an_answer_that_may_be_written_twice_is_written_again(lease: Lease) -> None:
    waited, answer = asyncio.run(_while_one_sleeps(patience_s=4))

    assert waited < 1.9
    assert answer == "the sleeper"
    lease.refresh_from_db()
    assert lease.holder == "the sleeper"


def test_a_web_process_keeps_no_row_either() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)


def test_the_desk_connects_as_the_url_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "sslmode", "verify-full")

    assert database_parameters()["sslmode"] == "verify-full"
