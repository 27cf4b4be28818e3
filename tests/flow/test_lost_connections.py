"""The database came back: connections that died while nothing ran on them cost nobody anything (F8, promise 7)."""

import asyncio
from typing import Any

import psycopg
import pytest

from signals.ledger.group_commit import GroupCommit, LedgerUnavailable
from signals.ledger.ledger import Ledger
from signals.tasks import database_parameters

pytestmark = pytest.mark.django_db(transaction=True)
END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'lost'"


def ledger_to_lose() -> Ledger:
    return Ledger({**database_parameters(), "application_name": "lost"})


async def end_its_sessions() -> None:
    async with await psycopg.AsyncConnection.connect(**database_parameters()) as connection:
        await connection.execute(END_SESSIONS)


async def _echo(open_transaction: psycopg.AsyncConnection[Any], asks: list[str]) -> list[str]:
    await open_transaction.execute("SELECT 1")
    return asks


def test_an_intent_is_written_over_a_new_connection() -> None:
    """It has no patience, for it must not run twice; but it has not run yet."""

    async def ask() -> list[str]:
        ledger = ledger_to_lose()
        group: GroupCommit[str, str] = GroupCommit("test", connect=ledger.connect, run=_echo, patience_s=0)
        answers = [await group.submit("before")]
        await end_its_sessions()
        answers.append(await group.submit("after"))
        await group.close()
        return answers

    assert asyncio.run(ask()) == ["before", "after"]


def test_one_failure_tells_of_all_borrowed_connections() -> None:
    async def ask() -> list[Any]:
        ledger = ledger_to_lose()
        at_once = [ledger.query("SELECT pg_sleep(0.2)") for _ in range(4)]  # as many as the pool has
        await asyncio.gather(*at_once)
        await end_its_sessions()
        told: list[Any] = []
        for _ in range(6):
            try:
                told.append((await ledger.query("SELECT 7 AS seven"))[0]["seven"])
            except LedgerUnavailable as error:
                told.append(type(error))
        await ledger.close()
        return told

    assert asyncio.run(ask()) == [LedgerUnavailable, 7, 7, 7, 7, 7]


def test_who_lost_one_hears_of_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the others do: one that is silent instead of dead takes long to tell."""

    async def never_ends(pool: Any) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr("signals.ledger.ledger.AsyncConnectionPool.check", never_ends)

    async def ask() -> bool:
        ledger = ledger_to_lose()
        await ledger.query("SELECT 1")
        await end_its_sessions()
        with pytest.raises(LedgerUnavailable):
            await asyncio.wait_for(ledger.query("SELECT 1"), 10)
        await ledger.close()
        return True

    assert asyncio.run(ask())
