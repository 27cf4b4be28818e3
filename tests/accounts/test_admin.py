"""People, consents and the audit log in the admin, by role (SEC-06, BKO-10)."""

import pytest
from django.test import Client

from accounts.audit import Event, record
from accounts.models import AuditEntry, Role, User
from tests.accounts.queue import run_queued

pytestmark = pytest.mark.django_db


def person(role: Role, email: str = "") -> User:
    staff = role != Role.CLIENT
    return User.objects.create_user(
        email or f"{role}@example.com", "a-long-password", role=role, is_staff=staff, is_superuser=role == Role.ADMIN
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("role", "seen"), [(Role.ADMIN, 200), (Role.SUPPORT, 200), (Role.MANAGER, 403), (Role.CLIENT, 302)]
)
@pytest.mark.parametrize(
    "path", ["accounts/user/", "accounts/consent/", "accounts/auditentry/", "exchanges/exchangeaccount/"]
)
def test_lists_are_for_administrators_and_support(role: Role, seen: int, path: str) -> None:
    record(Event.LOGGED_IN, user=person(Role.CLIENT, "somebody@example.com"))

    assert browser(person(role)).get(f"/admin/{path}").status_code == seen


@pytest.mark.parametrize(
    ("term", "rows"),
    [("eva@", 2), ("EVA@example.com", 2), ("adam@", 1), ("nobody@example.com", 0), ("10.1.2.3", 0)],
)
def test_the_audit_log_is_read_and_searched_by_e_mail(term: str, rows: int) -> None:  # BKO-05, BKO-11
    admin, eva, adam = (
        person(Role.ADMIN),
        person(Role.CLIENT, "eva@example.com"),
        person(Role.CLIENT, "adam@example.com"),
    )
    record(Event.LOGGED_IN, user=eva)
    record(Event.ROLE_CHANGED, user=adam, actor=eva)

    page = browser(admin).get("/admin/accounts/auditentry/", {"q": term}).content.decode()

    assert page.count("field-show_about") == rows
    assert str(eva.pk) not in page


def test_a_line_about_a_person_who_is_gone_shows_the_id() -> None:
    admin, gone = person(Role.ADMIN), person(Role.CLIENT, "gone@example.com")
    key = str(gone.pk)
    record(Event.LOGGED_IN, user=gone)
    gone.delete()

    assert key in browser(admin).get("/admin/accounts/auditentry/").content.decode()


def change(client: Client, user: User, **values: object) -> int:
    form = {"name": user.name, "role": user.role, "language": "en", "time_zone": "UTC", "is_active": "on", **values}
    form = {key: value for key, value in form.items() if value is not None}
    return client.post(f"/admin/accounts/user/{user.pk}/change/", form).status_code


def test_a_changed_role_is_audited_with_its_author() -> None:
    admin, user = person(Role.ADMIN), person(Role.CLIENT)

    assert change(browser(admin), user, role="manager") == 302

    user.refresh_from_db()
    entry = AuditEntry.objects.get(event="role_changed")
    assert (user.role, user.is_staff, user.is_superuser) == ("manager", True, False)
    assert (entry.user_id, entry.actor_id, entry.details) == (
        user.pk,
        admin.pk,
        {"before": "client", "after": "manager"},
    )


def test_blocking_by_the_form_is_audited() -> None:
    user = person(Role.CLIENT)

    assert change(browser(person(Role.ADMIN)), user, is_active=None) == 302

    user.refresh_from_db()
    assert user.is_active is False
    assert AuditEntry.objects.get(event="active_changed").details == {"active": False}


def test_support_changes_nothing() -> None:
    user = person(Role.CLIENT)

    assert change(browser(person(Role.SUPPORT)), user, role="admin") == 403

    user.refresh_from_db()
    assert user.role == Role.CLIENT


def test_a_new_person_is_sent_a_link_for_the_password(mailoutbox: list[object]) -> None:
    form = {"email": "New@Example.com", "name": "N", "role": "manager", "language": "en", "time_zone": "UTC"}

    answer = browser(person(Role.ADMIN)).post("/admin/accounts/user/add/", {**form, "is_active": "on"})

    user = User.objects.get(email="new@example.com")
    assert answer.status_code == 302
    assert (user.role, user.has_usable_password()) == ("manager", False)
    run_queued()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "path", ["accounts/consent/add/", "accounts/auditentry/add/", "exchanges/exchangeaccount/add/"]
)
def test_facts_cannot_be_added(path: str) -> None:
    assert browser(person(Role.ADMIN)).get(f"/admin/{path}").status_code == 403


def test_the_admin_login_locks_too() -> None:
    person(Role.ADMIN)
    form = {"username": "admin@example.com", "password": "wrong-password"}

    statuses = [Client().post("/admin/login/", form).status_code for _ in range(6)]

    assert statuses == [200, 200, 200, 200, 429, 429]


@pytest.mark.parametrize(("query", "destination"), [("", "/admin/"), ("?next=/admin/bots/bot/", "/admin/bots/bot/")])
def test_the_admin_login_leads_to_the_admin_unless_told_otherwise(query: str, destination: str) -> None:
    person(Role.ADMIN)
    form = {"username": "admin@example.com", "password": "a-long-password"}

    answer = Client().post(f"/admin/login/{query}", form)

    assert (answer.status_code, answer["Location"]) == (302, destination)


def test_the_admin_speaks_portuguese() -> None:
    admin = person(Role.ADMIN)
    admin.language = "pt-br"
    admin.save()
    client = browser(admin)

    index = client.get("/admin/").content.decode()
    logins = client.get("/admin/axes/accessattempt/").content.decode()

    texts = (
        "Contas",
        "Corretoras",
        "Assinaturas",
        "Sinais de negociação",
        "Logins malsucedidos",
        "Tentativas de acesso",
    )
    assert [text for text in texts if text not in index] == []
    assert [text for text in ("Trading signals", "Access attempts", "Exchanges") if text in index] == []
    assert "Selecione tentativa de acesso" in logins
    assert "img/favicon" in client.get("/admin/").content.decode()
