"""Registration, login, logout, profile, consents over the API (SEC-01…05, SEC-07, LEG-01, LEG-02, LEG-04, LEG-05)."""

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, Consent, TokenFamily, User
from tests.accounts.conftest import PASSWORD

FORM = {
    "email": "Bia@Example.com",
    "password": "correct-horse-battery",
    "name": "Bia",
    "terms_accepted": True,
    "privacy_accepted": True,
}


def events() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))


def log_in(api: APIClient, email: str = "ana@example.com", password: str = PASSWORD) -> dict[str, str]:
    answer = api.post("/api/v1/auth/login", {"email": email, "password": password}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


@pytest.mark.django_db
def test_register_creates_a_client_with_consents_and_tokens(api: APIClient) -> None:
    """SEC-01, SEC-04, LEG-01, LEG-04"""
    began = timezone.now()

    answer = api.post("/api/v1/auth/register", FORM, format="json", REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="curl")

    user = User.objects.get()
    assert answer.status_code == 201
    assert set(answer.json()) == {"user", "access", "refresh"}
    assert answer.json()["user"]["email"] == "bia@example.com"
    assert (user.role, user.is_staff, user.check_password(FORM["password"])) == ("client", False, True)
    assert FORM["password"] not in user.password
    assert [(c.kind, c.accepted, c.ip_address, c.user_agent) for c in Consent.objects.order_by("kind")] == [
        ("marketing", False, "203.0.113.7", "curl"),
        ("privacy", True, "203.0.113.7", "curl"),
        ("terms", True, "203.0.113.7", "curl"),
    ]
    assert all(began <= consent.created_at <= timezone.now() for consent in Consent.objects.all())
    assert events() == ["consent_changed", "registered"]
    assert api.get("/api/v1/auth/me", HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["terms_accepted", "privacy_accepted"])
@pytest.mark.parametrize("given", [False, None, "missing"])
def test_register_is_refused_without_terms_and_privacy(api: APIClient, name: str, given: object) -> None:
    form = {key: value for key, value in {**FORM, name: given}.items() if value != "missing"}

    answer = api.post("/api/v1/auth/register", form, format="json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]
    assert User.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"password": "short"}, "password", "password_too_short"),
        ({"password": "bia@example.com"}, "password", "password_too_similar"),
        ({"email": "nobody"}, "email", "invalid"),
        ({"email": "ANA@example.com"}, "email", "email_taken"),
        ({"role": "admin"}, "role", "unknown_field"),
        ({"is_staff": True}, "is_staff", "unknown_field"),
    ],
)
def test_register_names_what_is_wrong(
    api: APIClient, ana: User, change: dict[str, object], field: str, code: str
) -> None:
    answer = api.post("/api/v1/auth/register", {**FORM, **change}, format="json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert User.objects.count() == 1


def test_login_answers_tokens_that_carry_who_and_until_when(api: APIClient, ana: User) -> None:
    """SEC-03, D20"""
    pair = log_in(api, "ANA@example.com")

    access = jwt.decode(pair["access"], settings.SECRET_KEY, algorithms=["HS256"])
    assert (access["user_id"], access["email"]) == (str(ana.pk), "ana@example.com")
    assert access["exp"] - access["iat"] == 15 * 60
    refresh = jwt.decode(pair["refresh"], settings.SECRET_KEY, algorithms=["HS256"])
    assert refresh["exp"] - refresh["iat"] == 7 * 24 * 3600
    assert events() == ["logged_in"]


def test_every_failed_login_has_the_same_answer(api: APIClient, ana: User) -> None:
    User.objects.create_user("blocked@example.com", PASSWORD, is_active=False)

    answers = [
        api.post("/api/v1/auth/login", {"email": email, "password": password}, format="json")
        for email, password in [
            ("ana@example.com", "wrong-password"),
            ("nobody@example.com", PASSWORD),
            ("blocked@example.com", PASSWORD),
            ("no address", PASSWORD),
        ]
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()["code"] == "login_refused"
    assert events() == ["login_failed"] * 4


@pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com"])
def test_login_locks_after_five_failures_also_for_the_right_password(api: APIClient, ana: User, email: str) -> None:
    wrong = {"email": email, "password": "wrong-password"}
    statuses = [api.post("/api/v1/auth/login", wrong, format="json").status_code for _ in range(6)]

    answer = api.post("/api/v1/auth/login", {"email": email, "password": PASSWORD}, format="json")

    assert statuses == [401, 401, 401, 401, 429, 429]
    assert answer.status_code == 429
    assert (answer["Content-Type"], answer.json()["code"]) == ("application/problem+json", "too_many_attempts")
    assert int(answer["Retry-After"]) > 0
    assert "login_locked" in events()


def test_rotating_forwarded_addresses_do_not_unlock(api: APIClient, ana: User) -> None:
    wrong = {"email": "ana@example.com", "password": "wrong-password"}

    statuses = [
        api.post("/api/v1/auth/login", wrong, format="json", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").status_code
        for n in range(20)
    ]

    assert statuses.count(401) == 4


def test_logout_ends_access_and_refresh(api: APIClient, ana: User) -> None:
    pair = log_in(api)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {pair['access']}"}

    answer = api.post("/api/v1/auth/logout", {"refresh": pair["refresh"]}, format="json")

    assert answer.status_code == 204
    assert api.get("/api/v1/auth/me", **bearer).status_code == 401
    assert api.post("/api/v1/auth/refresh", {"refresh": pair["refresh"]}, format="json").status_code == 401
    assert events()[-1] == "logged_out"


def test_a_blocked_person_is_refused_at_once(api: APIClient, ana: User) -> None:
    pair = log_in(api)
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert api.get("/api/v1/auth/me", HTTP_AUTHORIZATION=f"Bearer {pair['access']}").status_code == 401
    assert api.post("/api/v1/auth/refresh", {"refresh": pair["refresh"]}, format="json").status_code == 401


def forged(**changes: object) -> str:
    claims = {"user_id": "x", "exp": 4_000_000_000, "jti": "1", "token_type": "access", **changes}
    return jwt.encode(claims, str(changes.pop("key", settings.SECRET_KEY)), algorithm="HS256")


@pytest.mark.django_db
def test_forged_tokens_are_refused(api: APIClient, ana: User) -> None:
    pair = log_in(api)
    payload = jwt.decode(pair["access"], options={"verify_signature": False})
    tokens = [
        "rubbish",
        pair["refresh"],  # wrong type
        jwt.encode(payload, "", algorithm="none"),
        jwt.encode(payload, "another-key-that-is-long-enough-for-sha256", algorithm="HS256"),
        jwt.encode(payload, settings.SECRET_KEY, algorithm="HS512"),
        jwt.encode({**payload, "family": str(ana.pk)}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({k: v for k, v in payload.items() if k != "family"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({**payload, "exp": 1}, settings.SECRET_KEY, algorithm="HS256"),
    ]

    statuses = [api.get("/api/v1/auth/me", HTTP_AUTHORIZATION=f"Bearer {token}").status_code for token in tokens]

    assert statuses == [401] * len(tokens)


def test_a_token_is_refused_in_the_readers_language(api: APIClient) -> None:
    for header, words in (("Bearer x.y.z", "O token informado não é válido"), ("Bearer", "valores")):
        answer = api.get("/api/v1/auth/me", HTTP_AUTHORIZATION=header, HTTP_ACCEPT_LANGUAGE="pt-BR")

        assert (answer.status_code, words in answer.json()["detail"]) == (401, True), answer.json()


def test_me_is_read_and_changed(api: APIClient, ana: User) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {log_in(api)['access']}"}
    change = {"name": "Ana S.", "language": "pt-br", "time_zone": "Europe/Lisbon"}

    answer = api.put("/api/v1/auth/me", change, format="json", **bearer)

    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in change} == change
    assert api.get("/api/auth/me/", **bearer).json() == answer.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "localtime"}, "time_zone"),
        ({"language": "xx"}, "language"),
        ({"email": "x@y.z"}, "email"),
    ],
)
def test_me_refuses_what_cannot_be(api: APIClient, ana: User, change: dict[str, str], field: str) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {log_in(api)['access']}"}
    whole = {"name": "Ana", "language": "en", "time_zone": "UTC", **change}

    answer = api.put("/api/v1/auth/me", whole, format="json", **bearer)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_a_page_session_needs_the_csrf_token(ana: User) -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(ana)

    answer = api.put("/api/v1/auth/me", {"name": "x", "language": "en", "time_zone": "UTC"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_each_choice_is_kept_with_when_and_from_where(api: APIClient, ana: User) -> None:
    """LEG-02, LEG-04, LEG-08: a choice that is taken back stands beside the one before."""
    api.force_authenticate(ana)
    began = timezone.now()

    for accepted, address in ((True, "203.0.113.7"), (False, "203.0.113.8")):
        origin = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": f"Firefox from {address}"}
        api.post("/api/v1/legal/consents", {"marketing_accepted": accepted}, format="json", **origin)

    rows = Consent.objects.filter(user=ana).order_by("id")
    kept = [(row.accepted, row.ip_address, row.user_agent) for row in rows]
    assert kept == [
        (True, "203.0.113.7", "Firefox from 203.0.113.7"),
        (False, "203.0.113.8", "Firefox from 203.0.113.8"),
    ]
    assert began <= rows[0].created_at <= rows[1].created_at <= timezone.now()
    (shown,) = api.get("/api/v1/legal/consents").json()
    assert (shown["kind"], shown["accepted"], shown["ip_address"]) == ("marketing", False, "203.0.113.8")


def test_login_opens_one_family_each(api: APIClient, ana: User) -> None:
    log_in(api)
    log_in(api)

    assert TokenFamily.objects.filter(user=ana, ended_at=None).count() == 2
