"""Password change and reset, e-mail verification (D20, SEC-05): links by mail, no user oracle, sessions end."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import AuditEntry, User
from tests.accounts.conftest import PASSWORD
from tests.accounts.queue import run_queued

NEW = "another-long-password"


def ask_reset(api: APIClient, email: str) -> int:
    return api.post("/api/v1/auth/password/reset", {"email": email}, format="json").status_code


def link_parts() -> tuple[str, str]:
    found = re.search(r"/password/reset/([^/\s]+)/([^/\s]+)/", mail.outbox[-1].body)
    assert found
    return found[1], found[2]


def confirm(api: APIClient, uid: str, token: str, password: str = NEW) -> tuple[int, str]:
    form = {"uid": uid, "token": token, "new_password": password}
    answer = api.post("/api/v1/auth/password/reset/confirm", form, format="json")
    return answer.status_code, answer.json()["errors"][0]["code"] if answer.content else ""


def test_a_reset_link_works_once_and_ends_every_session(api: APIClient, ana: User) -> None:
    pair = tokens.open_family(ana)
    assert ask_reset(api, "ANA@example.com") == 202
    assert run_queued() == ["accounts.send_password_reset"]
    assert mail.outbox[0].to == ["ana@example.com"]
    uid, token = link_parts()

    assert confirm(api, uid, token) == (204, "")

    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert ana.email_verified_at is not None
    assert api.post("/api/v1/auth/refresh", {"refresh": pair.refresh}, format="json").status_code == 401
    assert confirm(api, uid, token, "a-third-long-password") == (400, "link_refused")
    assert AuditEntry.objects.filter(event="password_reset").count() == 1
    assert run_queued() == ["accounts.send_password_changed"]
    assert mail.outbox[-1].subject == "Your password was changed"


def test_an_unknown_address_has_the_same_answer_and_no_mail(api: APIClient, ana: User) -> None:
    assert ask_reset(api, "nobody@example.com") == 202
    assert run_queued() == ["accounts.send_password_reset"]
    assert mail.outbox == []


def test_a_reset_link_dies_after_an_hour(api: APIClient, ana: User) -> None:
    ask_reset(api, ana.email)
    run_queued()

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert confirm(api, *link_parts()) == (400, "link_refused")


@pytest.mark.parametrize(("uid", "token"), [("x", "y"), ("AAAA", "a-b"), ("é", "1"), ("____", "")])
@pytest.mark.django_db
def test_a_made_up_link_is_refused(api: APIClient, uid: str, token: str) -> None:
    assert confirm(api, uid, token)[0] == 400


def test_a_reset_lifts_the_lock_of_failed_logins(api: APIClient, ana: User) -> None:
    for _ in range(5):
        api.post("/api/v1/auth/login", {"email": ana.email, "password": "wrong-password"}, format="json")
    ask_reset(api, ana.email)
    run_queued()

    confirm(api, *link_parts())

    answer = api.post("/api/v1/auth/login", {"email": ana.email, "password": NEW}, format="json")
    assert answer.status_code == 200


def test_no_more_than_five_reset_mails_an_hour(api: APIClient, ana: User) -> None:
    assert [ask_reset(api, ana.email) for _ in range(7)] == [202] * 7
    assert len(run_queued()) == 5


def test_changing_the_password_needs_the_old_one_and_ends_sessions(api: APIClient, ana: User) -> None:
    pair = tokens.open_family(ana)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    path = "/api/v1/auth/password/change"

    wrong = api.post(path, {"old_password": "no", "new_password": NEW}, format="json")
    weak = api.post(path, {"old_password": PASSWORD, "new_password": "12345678901"}, format="json")
    right = api.post(path, {"old_password": PASSWORD, "new_password": NEW}, format="json")

    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "wrong_password")
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (400, "new_password")
    assert right.status_code == 204
    assert api.get("/api/v1/auth/me").status_code == 401
    ana.refresh_from_db()
    assert ana.check_password(NEW)


def test_the_verification_link_proves_the_mailbox_once(api: APIClient, ana: User) -> None:
    api.force_authenticate(ana)
    assert api.post("/api/v1/auth/email/resend").status_code == 202
    run_queued()
    token = re.search(r"/verify-email/([^/\s]+)/", mail.outbox[-1].body)[1]
    path = "/api/v1/auth/email/verify"

    assert api.post(path, {"token": token + "x"}, format="json").status_code == 400
    assert [api.post(path, {"token": token}, format="json").status_code for _ in range(2)] == [204, 204]

    ana.refresh_from_db()
    assert ana.email_verified_at is not None
    assert AuditEntry.objects.filter(event="email_verified").count() == 1
    api.post("/api/v1/auth/email/resend")
    run_queued()
    assert len(mail.outbox) == 1


def test_mail_is_written_in_the_persons_language(api: APIClient, ana: User) -> None:
    ask_reset(api, ana.email)
    run_queued()

    assert mail.outbox[0].subject == "A new password for Batuta"
    assert mail.outbox[0].body.startswith("Hello Ana,")
