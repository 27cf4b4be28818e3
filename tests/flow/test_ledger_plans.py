"""The ledger finds its rows by their keys, whatever the planner was told of the tables: a broadcast costs the same per execution."""

import asyncio
import re

import pytest

from signals.ledger import fill_booking, statements
from signals.ledger.ledger import Ledger
from signals.ledger.writing import STATEMENTS
from signals.tasks import database_parameters

BY_KEY = {
    **{name: text for name, text in STATEMENTS.items() if "jsonb_to_recordset" in text and "events" not in name},
    "claim": statements.CLAIM,
    "fills": fill_booking.INSERT_FILLS,
    "close": fill_booking.CLOSE,
    "refresh": fill_booking.REFRESH,
}
# Indexes of rows in a passing state, by which nothing can be looked up that a record names.
OF_A_STATE = re.compile(r"execution_unsettled|position_open_|position_unbooked|order_live")


def plan_of(statement: str) -> str:
    async def explain() -> str:
        ledger = Ledger(database_parameters())
        connection = await ledger.connect()
        try:
            text = statement.replace("lease_owner = %s", "lease_owner = NULL").replace("%s", "'[]'")
            cursor = await connection.execute(f"EXPLAIN {text}")
            return "\n".join(row[0] for row in await cursor.fetchall())
        finally:
            await connection.close()
            await ledger.close()

    return asyncio.run(explain())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(BY_KEY))
def test_each_record_finds_its_row_by_a_key(name: str):
    plan = plan_of(BY_KEY[name])

    assert not re.search("Hash Join|Merge Join|Seq Scan", plan), plan
    assert not OF_A_STATE.search(plan), plan
