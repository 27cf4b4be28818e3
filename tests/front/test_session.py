"""Logging in and out, registering and passwords by the pages (SEC-04, LEG-01, 05)."""

import pytest
from django.test import Client

from accounts.models import Consent, User
from accounts.passwords import make_reset_token
from accounts.verification import make_token
from tests.front.conftest import browser_of
from tests.trading_world import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password"
NEWCOMER = {
    "name": "Ana",
    "email": "Ana@Example.org",
    "password": "tiririca-42-verde",
    "terms": "on",
    "privacy": "on",
    "time_zone": "America/Recife",
}


def test_registering_tells_everything_that_is_wrong_at_once(client: Client) -> None:
    answer = client.post("/register/", {"email": "no address", "password": "short"})

    assert set(answer.context["form"].errors) == {"email", "password", "terms", "privacy"}
    assert not User.objects.exists()


def test_the_right_password_leads_to_the_dashboard(client: Client) -> None:
    user = make_user()

    answer = client.post("/login/", {"email": user.email.upper(), "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client) -> None:
    user = make_user()

    wrong = client.post("/login/", {"email": user.email, "password": "x"})
    unknown = client.post("/login/", {"email": "nobody@example.org", "password": "x"})

    assert [wrong.status_code, unknown.status_code] == [200, 200]
    errors = [list(answer.context["form"].non_field_errors()) for answer in (wrong, unknown)]
    assert errors[0] == errors[1] != []


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [("/trades/", "/trades/"), ("https://evil.example/", "/dashboard/"), ("//evil.example", "/dashboard/")],
)
def test_after_the_login_only_addresses_of_this_site_are_visited(client: Client, asked: str, led_to: str) -> None:
    user = make_user()

    answer = client.post("/login/", {"email": user.email, "password": PASSWORD, "next": asked})

    assert answer["Location"] == led_to


def test_five_failures_lock_the_login_with_a_page_that_says_so(client: Client) -> None:
    user = make_user()

    for _ in range(5):
        answer = client.post("/login/", {"email": user.email, "password": "x"})

    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"


def test_a_page_asked_for_without_a_login_comes_after_it(client: Client) -> None:
    assert client.get("/trades/?status=open")["Location"] == "/login/?next=/trades/%3Fstatus%3Dopen"


def test_logging_out_needs_a_post(client: Client) -> None:
    client.force_login(make_user())

    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_registering_makes_a_client_in_the_language_and_zone_of_the_browser(client: Client) -> None:
    answer = client.post("/register/", NEWCOMER, HTTP_ACCEPT_LANGUAGE="en")

    user = User.objects.get(email="ana@example.org")
    assert answer["Location"] == "/accounts/"
    assert (user.role, user.language, user.time_zone, user.check_password(NEWCOMER["password"])) == (
        "client", "en", "America/Recife", True,
    )  # fmt: skip
    assert client.session["_auth_user_id"] == str(user.pk)
    given = Consent.objects.filter(user=user).values_list("kind", "accepted")
    assert dict(given) == {"terms": True, "privacy": True, "marketing": False}


@pytest.mark.parametrize("missing", ["terms", "privacy"])
def test_without_both_consents_there_is_no_account(client: Client, missing: str) -> None:
    answer = client.post("/register/", {name: text for name, text in NEWCOMER.items() if name != missing})

    assert list(answer.context["form"].errors) == [missing]  # LEG-05
    assert User.objects.count() == 0


def test_a_weak_password_and_a_taken_address_are_told_at_their_fields(client: Client) -> None:
    make_user(email="ana@example.org")

    taken = client.post("/register/", NEWCOMER)
    weak = client.post("/register/", {**NEWCOMER, "email": "b@example.org", "password": "1234567890"})

    assert list(taken.context["form"].errors) == ["email"]
    assert list(weak.context["form"].errors) == ["password"]


def test_a_new_password_by_the_link_works_once(client: Client) -> None:
    user = make_user()
    uid, token = make_reset_token(user)
    link = f"/password/reset/{uid}/{token}/"

    assert client.get(link).status_code == 200
    assert client.post(link, {"password": "tiririca-42-verde"})["Location"] == "/login/"
    assert client.get(link).status_code == 410
    user.refresh_from_db()
    assert user.check_password("tiririca-42-verde")


def test_opening_the_verification_link_changes_nothing_confirming_does(client: Client) -> None:
    user = make_user()
    link = f"/verify-email/{make_token(user)}/"

    client.get(link)
    assert User.objects.get(pk=user.pk).email_verified_at is None
    assert client.post(link).status_code == 200
    assert User.objects.get(pk=user.pk).email_verified_at is not None
    assert client.post("/verify-email/nonsense/").status_code == 410


def test_changing_the_password_keeps_this_session(client: Client) -> None:
    user = make_user()
    client.force_login(user)

    answer = client.post("/settings/password/", {"old": PASSWORD, "new": "tiririca-42-verde"})

    assert answer["Location"] == "/settings/"
    assert client.get("/dashboard/").status_code == 200


def test_who_lives_by_utc_stays_there_when_something_else_is_saved() -> None:
    user = make_user(time_zone="UTC")
    page = browser_of(user)

    shown = page.get("/settings/").content.decode()
    page.post("/settings/", {"name": "Somebody new", "language": "en", "time_zone": "UTC"})

    user.refresh_from_db()
    assert '<option value="UTC" selected>' in shown
    assert (user.name, user.time_zone) == ("Somebody new", "UTC")
