"""Recurring work of the whole fleet, counted in the database: rates, durations, and who fails again and again (OPS-09).

In PostgreSQL and not in Redis: the guardian needs no broker, a flushed Redis must not forget that operators were told, and the
figures outlive restarts. Each process adds what it did every few seconds, so that no row is hot.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from signals import troubles
from signals.desk import Desk
from signals.ledger.records import as_json
from signals.run_log import Tally
from signals.troubles import Trouble, TroubleKind

log = logging.getLogger(__name__)

RUNS = """jsonb_to_recordset(%(runs)s::jsonb) AS v(name text, succeeded bigint, failed bigint, total_ms bigint, slowest_ms bigint,
        failures_in_a_row int, last_error text)"""
STORE = f"""
    WITH hours AS (
        INSERT INTO signals_workflowhour AS h (name, hour, succeeded, failed, total_ms, slowest_ms)
        SELECT v.name, date_trunc('hour', now(), 'UTC'), v.succeeded, v.failed, v.total_ms, v.slowest_ms FROM {RUNS}
        ORDER BY v.name
        ON CONFLICT (name, hour) DO UPDATE SET succeeded = h.succeeded + excluded.succeeded, failed = h.failed + excluded.failed,
            total_ms = h.total_ms + excluded.total_ms, slowest_ms = greatest(h.slowest_ms, excluded.slowest_ms)
    ), forgotten AS (
        DELETE FROM signals_workflowhour WHERE hour < now() - interval '7 days'
    )
    INSERT INTO signals_workflow AS w (name, succeeded, failed, total_ms, failures_in_a_row, last_error, last_run_at,
        last_success_at)
    SELECT v.name, v.succeeded, v.failed, v.total_ms, v.failures_in_a_row, v.last_error, now(),
        CASE WHEN v.succeeded > 0 THEN now() END
    FROM {RUNS} ORDER BY v.name
    ON CONFLICT (name) DO UPDATE SET succeeded = w.succeeded + excluded.succeeded, failed = w.failed + excluded.failed,
        total_ms = w.total_ms + excluded.total_ms,
        failures_in_a_row = excluded.failures_in_a_row + CASE WHEN excluded.succeeded > 0 THEN 0 ELSE w.failures_in_a_row END,
        last_error = coalesce(nullif(excluded.last_error, ''), w.last_error), last_run_at = excluded.last_run_at,
        last_success_at = coalesce(excluded.last_success_at, w.last_success_at)
    RETURNING w.name
"""  # noqa: S608 -- constants of this module
# One process only gets a row of it: who changes `alerted_at` tells.
TURNS = """
    UPDATE signals_workflow w SET alerted_at = CASE WHEN w.failures_in_a_row = 0 THEN NULL ELSE now() END
    WHERE w.name = ANY(%(names)s) AND ((w.alerted_at IS NULL AND w.failures_in_a_row >= %(alert_after)s)
       OR (w.alerted_at IS NOT NULL AND w.failures_in_a_row = 0))
    RETURNING w.name, w.failures_in_a_row, w.last_error
"""


async def report_runs(desk: Desk) -> None:
    """Write down what this process did since the last time, and tell who began to fail or works again.

    Raises LedgerUnavailable; then nothing is lost: it is written the next time.
    """
    tallies = desk.runs.take()
    if not tallies:
        return
    try:
        await desk.ledger.query(STORE, _runs(tallies))
        turns = await desk.ledger.query(TURNS, _names(tallies))
    except BaseException:
        desk.runs.give_back(tallies)
        raise
    for trouble, is_over in troubles_of(turns):
        troubles.tell(trouble, is_over=is_over)


def report_now(tallies: Sequence[Tally]) -> None:
    """The same from a thread without a loop: written and told when it returns."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STORE, _runs(tallies))
        cursor.execute(TURNS, _names(tallies))
        columns = [column.name for column in cursor.description or ()]
        turns = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for trouble, is_over in troubles_of(turns):
        troubles.tell_here(trouble, is_over=is_over)


def troubles_of(turns: Iterable[dict[str, Any]]) -> list[tuple[Trouble, bool]]:
    """What operators are to be told, and whether it is over."""
    found = []
    for row in turns:
        is_over = row["failures_in_a_row"] == 0
        log.log(
            logging.INFO if is_over else logging.ERROR, "workflow %s", "works again" if is_over else "fails",
            extra={"context": {"workflow": row["name"], "in_a_row": row["failures_in_a_row"], "error": row["last_error"]}},
        )  # fmt: skip
        found.append((failing(row["name"], row["failures_in_a_row"], row["last_error"]), is_over))
    return found


def failing(name: str, failures_in_a_row: int, last_error: str) -> Trouble:
    """The trouble that a workflow is which failed so often."""
    figures = {"failures": str(failures_in_a_row), "error": last_error}
    return Trouble(TroubleKind.WORKFLOW_FAILING, workflow=name, figures=figures)


def _runs(tallies: Sequence[Tally]) -> dict[str, Any]:
    return {"runs": Jsonb([asdict(tally) for tally in tallies], dumps=as_json)}


def _names(tallies: Sequence[Tally]) -> dict[str, Any]:
    return {"names": [tally.name for tally in tallies], "alert_after": settings.ALERT_AFTER_FAILURES}
