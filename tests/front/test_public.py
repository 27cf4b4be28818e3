"""Landing, legal texts, languages, errors, health: what everybody sees."""

import pytest
from django.test import Client

from accounts.models import User
from tests.trading_world import make_user

pytestmark = pytest.mark.django_db


def test_the_first_language_is_portuguese_and_the_browser_may_say_english(client: Client) -> None:
    unknown = client.get("/", HTTP_ACCEPT_LANGUAGE="de")
    english = client.get("/", HTTP_ACCEPT_LANGUAGE="en-US")

    assert '<html lang="pt-br"' in unknown.content.decode()
    assert '<html lang="en"' in english.content.decode()


def test_a_visitor_switches_the_language_by_a_button(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "/login/"}, HTTP_ACCEPT_LANGUAGE="pt-br")

    assert answer["Location"] == "/login/"
    assert '<html lang="en"' in client.get("/login/", HTTP_ACCEPT_LANGUAGE="pt-br").content.decode()


def test_the_switch_never_leads_away(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_a_signed_in_person_keeps_the_language(client: Client) -> None:
    user = make_user(language="en")
    client.force_login(user)

    client.post("/language/", {"language": "pt-br", "next": "/dashboard/"})

    assert User.objects.get(pk=user.pk).language == "pt-br"
    assert '<html lang="pt-br"' in client.get("/dashboard/").content.decode()


@pytest.mark.parametrize("kind", ["terms", "privacy", "risk"])
def test_legal_texts_are_open_to_all(client: Client, kind: str) -> None:
    assert client.get(f"/legal/{kind}/").status_code == 200


def test_an_unknown_page_is_404_with_a_page(client: Client) -> None:
    answer = client.get("/nothing-here/", HTTP_ACCEPT_LANGUAGE="en")

    assert (answer.status_code, "Nothing plays here" in answer.content.decode()) == (404, True)


def test_a_page_without_its_slash_leads_to_it_and_keeps_the_query(client: Client) -> None:
    answer = client.get("/executions?status=failed")

    assert (answer.status_code, answer["Location"]) == (301, "/executions/?status=failed")
    assert client.post("/login").status_code == 404
    assert client.get("/api/nothing").status_code == 404


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_theme_is_drawn_by_the_server(client: Client, theme: str) -> None:
    client.cookies["theme"] = theme

    assert f'data-theme="{theme}"' in client.get("/").content.decode()


def test_a_theme_that_does_not_exist_is_not_written_into_the_page(client: Client) -> None:
    client.cookies["theme"] = "x onload=alert(1)"

    assert "data-theme" not in client.get("/").content.decode().split("<body", 1)[0]


def test_no_page_has_inline_script_or_style(client: Client) -> None:
    for address in ("/", "/login/", "/register/"):
        page = client.get(address).content.decode()

        assert " style=" not in page
        assert "<style" not in page
        assert "onclick" not in page
        assert "https://" not in page.replace("https://www.w3.org", "")


def test_health_answers_without_a_database_question(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").json() == {"status": "ok"}


def test_readiness_names_what_is_missing(client: Client, settings: object) -> None:
    settings.EXCHANGE_URLS = {"paper": "http://127.0.0.1:9"}  # type: ignore[attr-defined]

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {"database": "ok", "broker": "ok", "worker": "no heartbeat", "simulator": "does not answer"},
        "heartbeats": {"beat": "no heartbeat", "default": "no heartbeat"},
    }
