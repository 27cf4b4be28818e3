"""The audit log is append-only, chained and verifiable (SEC-05)."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from accounts.audit import Event, broken_lines, record
from accounts.models import AuditEntry, User


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def write_three() -> list[int]:
    return [record(Event.LOGGED_IN, number=number).pk for number in range(3)]


@pytest.mark.django_db
def test_a_line_says_who_what_where_and_when() -> None:
    user = User.objects.create_user("ana@example.com", "a-long-password")
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.5", HTTP_USER_AGENT="Firefox" + "x" * 400)

    entry = record(Event.LOGGED_IN, request=request, user=user, by="api")

    entry.refresh_from_db()
    assert (entry.event, entry.user_id, entry.actor_id) == ("logged_in", user.pk, user.pk)
    assert (entry.ip_address, entry.user_agent) == ("203.0.113.5", ("Firefox" + "x" * 400)[:300])
    assert entry.details == {"by": "api"}
    assert list(broken_lines()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["UPDATE accounts_auditentry SET event = 'x'", "DELETE FROM accounts_auditentry"])
def test_the_database_refuses_changes(change: str) -> None:
    write_three()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(change)

    assert AuditEntry.objects.filter(event="logged_in").count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE accounts_auditentry SET details = '{{}}' WHERE id = {0}", "line {0} was altered"),
        ("UPDATE accounts_auditentry SET ip_address = '1.1.1.1' WHERE id = {0}", "line {0} was altered"),
        ("DELETE FROM accounts_auditentry WHERE id = {0}", "line {1} does not follow"),
    ],
)
def test_verify_audit_names_a_tampered_line(tampering: str, problem: str) -> None:
    _, second, third = write_three()
    run("ALTER TABLE accounts_auditentry DISABLE TRIGGER audit_is_append_only")
    run(tampering.format(second))

    with pytest.raises(CommandError, match=problem.format(second, third)):
        call_command("verify_audit")


@pytest.mark.django_db
def test_verify_audit_notices_a_cut_end_by_an_earlier_head() -> None:
    *_, last = write_three()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    head = out.getvalue().strip().rpartition(" ")[2]
    run("ALTER TABLE accounts_auditentry DISABLE TRIGGER audit_is_append_only")
    run(f"DELETE FROM accounts_auditentry WHERE id = {last}")

    call_command("verify_audit", stdout=out)
    with pytest.raises(CommandError, match="is not there any more"):
        call_command("verify_audit", head=head)


@pytest.mark.django_db(transaction=True)
def test_parallel_writers_keep_one_chain() -> None:
    def write(number: int) -> None:
        record(Event.LOGGED_OUT, number=number)
        connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(32)))

    assert AuditEntry.objects.count() == 32
    assert list(broken_lines()) == []
