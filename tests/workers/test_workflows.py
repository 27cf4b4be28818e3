"""OPS-09 with real processes: work that fails for a real reason, over a restart, and works again."""

import pytest
from celery import current_app
from django.db import connection

from accounts.models import Role, User
from notifications.models import Notice
from ops.daemons import wait_until
from signals.models import Workflow
from tests.flow.world import World
from tests.processes import Processes, RunningProcess

pytestmark = pytest.mark.worker
# The guardian's rounds and the stocktaking of notices both read it.
TABLE, AWAY = "signals_foreignholding", "signals_foreignholding_away"


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


def in_a_row(name: str) -> int:
    row = Workflow.objects.filter(name=name).first()
    return row.failures_in_a_row if row else 0


def told(admin: User, name: str) -> list[str]:
    rows = Notice.objects.filter(user=admin, subject=f"workflow {name}", resolved_at=None)
    return list(rows.values_list("kind", flat=True))


def ring_stocktaking(worker: RunningProcess, times: int) -> None:
    for _ in range(times):
        before = Workflow.objects.filter(name="notifications.take_stock").values_list("succeeded", "failed").first()
        current_app.send_task("notifications.take_stock", queue="default")
        assert wait_until(
            lambda before=before: (
                Workflow.objects.filter(name="notifications.take_stock").values_list("succeeded", "failed").first()
                != before
            ),
            30,
        ), worker.output[-4000:]


def test_failures_in_a_row_are_told_over_a_restart_and_so_is_the_end(fleet: World, processes: Processes) -> None:
    admin = User.objects.create_user("admin@test.local", "x", role=Role.ADMIN)
    helper = processes.start("default")
    worker = processes.start("reconcile")
    assert wait_until(lambda: Workflow.objects.filter(name="follow_rounds", succeeded__gt=0).exists(), 40), (
        worker.output
    )

    rename(TABLE, AWAY)
    try:
        ring_stocktaking(helper, 3)
        assert wait_until(lambda: in_a_row("follow_rounds") >= 1, 20), worker.output
        assert told(admin, "follow_rounds") == []
        worker.kill()
        worker = processes.start("reconcile")
        assert wait_until(lambda: told(admin, "follow_rounds") == ["workflow_failing"], 40), worker.output
        assert told(admin, "notifications.take_stock") == ["workflow_failing"]
        assert told(admin, "sweep") == []  # the others go on
        assert wait_until(lambda: in_a_row("follow_rounds") >= 5, 30)
    finally:
        rename(AWAY, TABLE)

    assert wait_until(lambda: told(admin, "follow_rounds") == ["workflow_recovered"], 30), worker.output
    ring_stocktaking(helper, 1)
    assert wait_until(lambda: told(admin, "notifications.take_stock") == ["workflow_recovered"], 10)
    assert Notice.objects.count() == 4  # each told once, each end once
    rounds = Workflow.objects.get(name="follow_rounds")
    assert (rounds.failures_in_a_row, rounds.alerted_at) == (0, None)
    assert "signals_foreignholding" in rounds.last_error


def test_an_exchange_that_does_not_answer_makes_reconciliation_fail(fleet: World, processes: Processes) -> None:
    """Counted in the worker that asks, as often as it is set (ORD-09)."""
    bot = fleet.bot()
    client = fleet.client(bot)
    worker = processes.start("reconcile", "-Q", "reconcile,entry,close", BATUTA_RECONCILE_SECONDS="10")
    fleet.alert(bot, "buy")
    assert wait_until(lambda: fleet.execution(client).state == "PROTECTED", 40), worker.output
    assert wait_until(lambda: Workflow.objects.filter(name="reconcile", succeeded__gt=0).exists(), 20)
    client.exchange_account.refresh_from_db()
    first = client.exchange_account.reconciled_at

    def asked_again() -> bool:
        client.exchange_account.refresh_from_db()
        return client.exchange_account.reconciled_at not in (None, first)

    assert wait_until(asked_again, 25), worker.output  # with 60 s it would not be
    fleet.sim.control.add_fault("answer_before", status=503, body="busy")

    assert wait_until(lambda: in_a_row("reconcile") >= 1, 40), worker.output
    assert Workflow.objects.get(name="reconcile").last_error != ""
