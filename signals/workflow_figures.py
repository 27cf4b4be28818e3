"""How each recurring work goes, for operators: rates and durations of the last 24 hours, and who fails (OPS-09)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from signals.models import Workflow, WorkflowHour

LABELS = {
    "sweep": _("Sweep of executions"),
    "follow_prices": _("Watch of prices"),
    "follow_rounds": _("Rounds of accounts"),
    "follow_figures": _("Figures of bots"),
    "reconcile": _("Reconciliation of accounts"),
    "funding": _("Reading of funding"),
    "exchanges.check_account": _("Check of an account's keys"),
    "exchanges.check_waiting": _("Round of keys that wait"),
    "exchanges.check_all": _("Daily round of keys"),
    "exchanges.read_balances": _("Reading of balances"),
    "exchanges.read_all_balances": _("Round of balances"),
    "exchanges.destroy_idle_keys": _("Destruction of idle keys"),
    "exchanges.load_markets": _("Loading of an exchange's markets"),
    "exchanges.tell_market": _("Answers about markets"),
    "exchanges.run_canaries": _("Round of test trades"),
    "exchanges.run_canary": _("Test trade"),
    "accounts.send_verification": _("Message to confirm an e-mail address"),
    "accounts.send_password_reset": _("Message to set a new password"),
    "accounts.send_password_changed": _("Message that a password was changed"),
    "notifications.take_stock": _("Stocktaking of notices"),
    "front.beat_heart": _("Heartbeat"),
}
DAY = timedelta(hours=24)
HUNDRED = Decimal(100)


class Going(StrEnum):
    """`stumbled`: the last run failed, not yet often enough to tell anybody."""

    WORKS = "works"
    STUMBLED = "stumbled"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class WorkflowFigures:
    """One kind of work over the fleet. `succeeded`, `failed`, `mean_ms` and `slowest_ms` are of the last 24 hours (whole hours);
    what has not run in that time has none."""

    name: str
    going: Going
    succeeded: int
    failed: int
    mean_ms: int | None
    slowest_ms: int | None
    failures_in_a_row: int
    last_error: str
    last_run_at: datetime
    last_success_at: datetime | None
    alerted_at: datetime | None

    @property
    def label(self) -> str:
        return workflow_label(self.name)

    @property
    def runs(self) -> int:
        return self.succeeded + self.failed

    @property
    def success_rate(self) -> Decimal | None:
        """Percent of the runs of the last 24 hours, two decimals; None without one."""
        return (HUNDRED * self.succeeded / self.runs).quantize(Decimal("0.01")) if self.runs else None


def workflow_label(name: str) -> str:
    """The work in words of the active language; a work that has none yet by its name."""
    return gettext(LABELS[name]) if name in LABELS else name


def read_workflows(now: datetime) -> list[WorkflowFigures]:
    """Every work that ever ran, those that fail first: two queries."""
    sums: dict[str, dict[str, Any]] = {
        row["name"]: {**row}
        for row in WorkflowHour.objects.filter(hour__gt=now - DAY)
        .values("name")
        .annotate(ok=Sum("succeeded"), bad=Sum("failed"), ms=Sum("total_ms"), slowest=Max("slowest_ms"))
        .order_by()
    }
    found = [_figures(row, sums.get(row.name)) for row in Workflow.objects.all()]
    return sorted(found, key=lambda row: (-row.failures_in_a_row, row.name))


def _figures(row: Workflow, day: dict[str, Any] | None) -> WorkflowFigures:
    going = Going.WORKS
    if row.failures_in_a_row:
        going = Going.FAILING if row.failures_in_a_row >= settings.ALERT_AFTER_FAILURES else Going.STUMBLED
    succeeded, failed = (day["ok"], day["bad"]) if day else (0, 0)
    runs = succeeded + failed
    return WorkflowFigures(
        row.name, going, succeeded, failed, day["ms"] // runs if day and runs else None, day["slowest"] if day else None,
        row.failures_in_a_row, row.last_error, row.last_run_at, row.last_success_at, row.alerted_at,
    )  # fmt: skip
