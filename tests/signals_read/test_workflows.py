"""OPS-09: rates, durations and failures in a row over the fleet; what operators read of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from config.celery import app
from notifications.models import Notice
from signals.models import Workflow, WorkflowHour
from signals.run_log import Tally
from signals.tasks import EXECUTE_TASK
from signals.workflow_figures import Going, read_workflows, workflow_label
from signals.workflows import report_now
from tests.front.conftest import browser_of
from tests.trading_world import api_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)
API, PAGE = "/api/v1/operations/workflows", "/operations/protection/"


def report(*outcomes: str, name: str = "sweep") -> None:
    tally = Tally(name)
    for error in outcomes:
        tally.note(ms=10, error=error)
    report_now([tally])


@pytest.fixture
def admin() -> User:
    return make_user(Role.ADMIN)


def kinds(user: User) -> list[str]:
    """What stands for a person."""
    return [row["kind"] for row in api_of(user).get("/api/v1/notices").json()["results"]]


def test_reports_add_up_over_processes() -> None:
    report("", "", "boom")
    report("bang")
    report("", name="reconcile")

    sweep, reconcile = Workflow.objects.get(name="sweep"), Workflow.objects.get(name="reconcile")
    assert (sweep.succeeded, sweep.failed, sweep.total_ms, sweep.failures_in_a_row) == (2, 2, 40, 2)
    assert (sweep.last_error, sweep.last_success_at is not None, sweep.alerted_at) == ("bang", True, None)
    assert (reconcile.succeeded, reconcile.failures_in_a_row) == (1, 0)


def test_figures_of_the_last_day_and_who_fails_first() -> None:
    report("", "", "", "boom")
    WorkflowHour.objects.create(name="sweep", hour=timezone.now() - timedelta(hours=30), succeeded=1000)
    WorkflowHour.objects.create(
        name="sweep", hour=timezone.now() - timedelta(hours=3), failed=4, total_ms=960, slowest_ms=900
    )
    report("", name="funding")

    sweep, funding = read_workflows(timezone.now())

    assert (sweep.name, sweep.going, sweep.runs, sweep.failed) == ("sweep", Going.STUMBLED, 8, 5)
    assert (str(sweep.success_rate), sweep.mean_ms, sweep.slowest_ms) == ("37.50", 125, 900)
    assert (funding.name, funding.going, str(funding.success_rate)) == ("funding", Going.WORKS, "100.00")


def test_hours_are_forgotten_after_a_week() -> None:
    WorkflowHour.objects.create(name="old", hour=timezone.now() - timedelta(days=8))

    report("")

    assert [row.name for row in WorkflowHour.objects.all()] == ["sweep"]


def test_three_failures_in_a_row_are_told_once_and_the_end_once(admin: User) -> None:
    client, support = make_user(), make_user(Role.SUPPORT)
    told = []
    for error in ("a", "b", "c", "d", "", "", "e", "f", "g"):
        report(error)
        told.append(kinds(admin))

    failing, works = ["workflow_failing"], ["workflow_recovered"]
    assert told == [[], [], failing, failing, works, works, works, works, failing]
    assert Notice.objects.count() == 3
    assert (kinds(client), kinds(support)) == ([], [])


def test_failures_that_are_not_in_a_row_are_told_to_nobody(admin: User) -> None:
    for error in ("a", "b", "", "c", "d", "", "e"):
        report(error)

    assert kinds(admin) == []


def test_how_many_failures_is_a_setting(admin: User, settings: Any) -> None:
    settings.ALERT_AFTER_FAILURES = 1

    report("boom")

    assert kinds(admin) == ["workflow_failing"]
    assert [row.going for row in read_workflows(timezone.now())] == [Going.FAILING]


def test_operators_read_it_in_the_api(admin: User) -> None:
    report("", "boom")

    (row,) = api_of(make_user(Role.SUPPORT)).get(API).json()

    assert {name: row[name] for name in ("name", "title", "going", "succeeded", "failed", "success_rate")} == {
        "name": "sweep", "title": "Sweep of executions", "going": "stumbled", "succeeded": 1, "failed": 1,
        "success_rate": "50.00",
    }  # fmt: skip
    assert (row["mean_ms"], row["slowest_ms"], row["failures_in_a_row"], row["last_error"]) == (10, 10, 1, "boom")
    assert api_of(make_user()).get(API).status_code == 403


def test_operators_see_it_on_their_page(admin: User) -> None:
    visitor = browser_of(admin)
    assert "Nothing has run yet" in visitor.get(PAGE).content.decode()

    report("a", "b", "the exchange <does> not answer")
    page = visitor.get(PAGE).content.decode()

    assert "3 failures in a row" in page
    assert "the exchange &lt;does&gt; not answer" in page
    assert "Sweep of executions failed 3 times in a row" in page  # the notice above every page
    assert f'href="{PAGE}#workflows"' in page


def test_prometheus_gets_the_fleets_counters(client: Client) -> None:
    report("", "", "boom")

    lines = client.get("/metrics").content.decode().splitlines()

    assert 'batuta_workflow_runs_total{outcome="success",workflow="sweep"} 2.0' in lines
    assert 'batuta_workflow_runs_total{outcome="failure",workflow="sweep"} 1.0' in lines
    assert 'batuta_workflow_seconds_total{workflow="sweep"} 0.03' in lines
    assert 'batuta_workflow_failures_in_a_row{workflow="sweep"} 1.0' in lines


def test_every_task_of_ours_has_words() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")} - {EXECUTE_TASK}

    assert {"accounts.send_verification", "exchanges.tell_market", "front.beat_heart"} <= ours
    assert {name for name in ours if workflow_label(name) == name} == set()


def test_a_work_without_words_goes_by_its_name() -> None:
    assert workflow_label("later.room_task") == "later.room_task"


@pytest.mark.parametrize("rows", [1, 3])
def test_two_queries_however_many(rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        report("", name=f"work {number}")

    with django_assert_num_queries(2):
        assert len(read_workflows(timezone.now())) == rows
