"""Every error is a problem document (RFC 9457), and no body is answered with a stack trace."""

import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User

LOGIN = "/api/v1/auth/login"
pytestmark = pytest.mark.django_db


def post(body: bytes | str, content_type: str = "application/json") -> tuple[int, str, str]:
    client = Client(raise_request_exception=False)
    answer = client.post(LOGIN, body, content_type=content_type)
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()) >= {"type", "title", "status", "code", "detail"}
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "parse_error")),
        (b"[" * 50_000, (400, "parse_error")),
        (b'{"email": NaN, "password": "x"}', (400, "parse_error")),
        (b'{"email": 1e999, "password": "x"}', (401, "login_refused")),
        (b'{"email": ' + b"9" * 5000 + b', "password": "x"}', (400, "parse_error")),
        (b'{"email": "a", "email": "b", "password": "x"}', (400, "parse_error")),
        (b'{"email": "\\ud800", "password": "x"}', (400, "parse_error")),
        (b'{"email": "\\u0000", "password": "x"}', (400, "invalid")),
        (b'{"email": "\xff", "password": "x"}', (400, "parse_error")),
        (b'{"email": "' + b"a" * 70_000 + b'"}', (413, "too_large")),
        (b'{"email": "' + b"a" * 3_000_000 + b'"}', (413, "too_large")),
        (b"[]", (400, "invalid")),
        (b"null", (400, "invalid")),
        (b'"text"', (400, "invalid")),
        (b"", (400, "invalid")),
        (b'{"email": {"a": 1}, "password": []}', (400, "invalid")),
    ],
)
def test_bodies_that_make_no_sense(body: bytes, expected: tuple[int, str]) -> None:
    assert post(body)[:2] == expected


def test_a_body_that_is_not_json_is_415() -> None:
    assert post("email=a", "application/x-www-form-urlencoded")[:2] == (415, "unsupported_media_type")


def test_field_errors_are_listed_with_code_and_message() -> None:
    answer = Client().post(LOGIN, "{}", content_type="application/json", headers={"Accept-Language": "en"})

    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "invalid",
        "detail": "email: This field is required. password: This field is required.",
        "errors": [
            {"field": "email", "code": "required", "message": "This field is required."},
            {"field": "password", "code": "required", "message": "This field is required."},
        ],
    }


def test_texts_are_in_the_readers_language() -> None:
    answer = Client().post(LOGIN, "{}", content_type="application/json", headers={"Accept-Language": "pt-BR"})

    assert answer.json()["errors"][0]["message"] == "Este campo é obrigatório."


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/api/v1/nothing/here", (404, "not_found")),
        ("get", "/api/nothing", (404, "not_found")),
        ("delete", LOGIN, (405, "method_not_allowed")),
        ("get", "/api/v1/auth/me", (401, "not_authenticated")),
        ("get", "/api/v1/exchange-accounts/00000000-0000-0000-0000-00000000000x", (404, "not_found")),
    ],
)
def test_paths_and_methods_that_are_none(method: str, path: str, expected: tuple[int, str]) -> None:
    answer = getattr(Client(), method)(path)

    assert (answer.status_code, answer.json()["code"]) == expected
    assert answer["Content-Type"] == "application/problem+json"


def test_not_acceptable_and_bad_pages() -> None:
    client = APIClient()
    client.force_authenticate(User.objects.create_user("ana@example.com", "a-long-password"))

    assert client.get("/api/v1/auth/me", HTTP_ACCEPT="text/html").status_code == 406
    assert client.get("/api/v1/exchange-accounts?page=999").status_code == 404
    assert client.get("/api/v1/exchange-accounts?page=%00").status_code == 404
    assert client.get("/api/v1/exchange-accounts?status=nonsense").status_code == 400
    assert client.get("/api/v1/exchange-accounts?page_size=100000").status_code == 200


def test_an_unknown_fault_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("canary-secret")

    monkeypatch.setattr("accounts.api.signing_in.log_in_to_api", explode)

    status, code, detail = post(json.dumps({"email": "a", "password": "b"}))

    assert (status, code) == (500, "internal_error")
    assert "canary" not in detail


def test_api_answers_are_not_kept_by_caches_and_private_headers_stand() -> None:
    answer = Client().get("/api/v1/auth/me")

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]


def test_the_api_has_a_quota(settings: object) -> None:
    settings.API_QUOTA = "3/m"  # type: ignore[attr-defined]
    client = APIClient()

    answers = [client.get("/api/v1/exchanges") for _ in range(5)]

    assert [answer.status_code for answer in answers].count(200) == 3
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_rotating_forwarded_address_is_the_same_caller(settings: object) -> None:
    settings.API_QUOTA = "3/m"  # type: ignore[attr-defined]
    client = APIClient()

    answers = [client.get("/api/v1/exchanges", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(20)]

    assert [answer.status_code for answer in answers].count(200) == 3
