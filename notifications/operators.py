"""What only those who run the service are told: recurring work that fails again and again, and that it works again (OPS-09).

Once each: a standing notice says that it fails; when it is over, it makes way for one that says so, which stands for a day.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import Role, User
from notifications.models import Notice, NoticeKind
from notifications.writing import write_notice
from signals.models import Workflow
from signals.troubles import Trouble
from signals.workflows import failing

RECOVERY_STANDS = timedelta(days=1)


def operators() -> QuerySet[User]:
    """Administrators who can sign in. Support reads only, and could put nothing aside."""
    return User.objects.filter(Q(role=Role.ADMIN) | Q(is_superuser=True), is_active=True)


def tell_operators(trouble: Trouble, moment: datetime) -> int:
    """That a workflow fails; says how many had not been told yet."""
    _standing(NoticeKind.WORKFLOW_RECOVERED, trouble).update(resolved_at=moment)
    return _write_all(NoticeKind.WORKFLOW_FAILING, trouble, moment)


def tell_operators_it_is_over(trouble: Trouble, moment: datetime) -> int:
    """That it works again, to whom it was told that it fails; says how many those were."""
    told = _standing(NoticeKind.WORKFLOW_FAILING, trouble)
    people = list(told.values_list("user_id", flat=True))
    ended = told.update(resolved_at=moment)
    _write_all(NoticeKind.WORKFLOW_RECOVERED, trouble, moment, User.objects.filter(pk__in=people))
    return int(ended)


def take_stock_of_workflows(now: datetime) -> tuple[int, int]:
    """What a process that died did not tell: found again from the rows. Says how many were told, and how many are over."""
    alerted = {row.name: row for row in Workflow.objects.filter(alerted_at__isnull=False)}
    standing = Notice.objects.filter(kind=NoticeKind.WORKFLOW_FAILING, resolved_at=None)
    known = {row["figures"]["workflow"] for row in standing.values("figures")}
    told = sum(
        tell_operators(failing(row.name, row.failures_in_a_row, row.last_error), now)
        for row in alerted.values()
        if row.name not in known
    )
    over = sum(tell_operators_it_is_over(failing(name, 0, ""), now) for name in known - alerted.keys())
    read = Notice.objects.filter(kind=NoticeKind.WORKFLOW_RECOVERED, resolved_at=None)
    read.filter(created_at__lt=now - RECOVERY_STANDS).update(resolved_at=now)
    return told, over


def _write_all(kind: NoticeKind, trouble: Trouble, moment: datetime, people: QuerySet[User] | None = None) -> int:
    whom = operators() if people is None else people
    return sum(
        write_notice(
            Notice(
                user_id=user_id, kind=kind, subject=trouble.subject, created_at=moment, seen_at=moment,
                figures={"workflow": trouble.workflow, **trouble.figures},
            )
        )
        for user_id in whom.values_list("pk", flat=True)
    )  # fmt: skip


def _standing(kind: NoticeKind, trouble: Trouble) -> QuerySet[Notice]:
    return Notice.objects.filter(kind=kind, subject=trouble.subject, resolved_at=None)
