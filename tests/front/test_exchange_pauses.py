"""B14: operators see where entries are paused and why, and lift it; managers and administrators are told once. Pages and API."""

import pytest
from django.test import Client
from django.utils import timezone, translation
from rest_framework.test import APIClient

from accounts.models import AuditEntry, Role, User
from bots.models import Bot
from exchanges.canary_verdicts import Verdict
from exchanges.models import CanaryRun, VenuePause
from exchanges.pausing import pause_entries, resume_entries
from front.templatetags.operations import canary_mood, canary_words
from notifications.models import Notice
from notifications.stocktaking import take_stock
from notifications.texts import words_of

pytestmark = pytest.mark.django_db
API = "/api/v1/operations"


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("admin@test.local", "x", role=Role.ADMIN, is_superuser=True)


@pytest.fixture
def manager() -> User:
    user = User.objects.create_user("manager@test.local", "x", role=Role.MANAGER)
    Bot.objects.create(manager=user, name="Scalper", master_webhook_path="scalper", market_type="futures")
    return user


def standing(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user, resolved_at=None).values_list("kind", flat=True))


def test_who_is_concerned_is_told_once_until_it_is_over(admin: User, manager: User) -> None:
    other = User.objects.create_user("spot@test.local", "x", role=Role.MANAGER)
    Bot.objects.create(manager=other, name="Spot", master_webhook_path="spot", market_type="spot")

    pause_entries("binance", "futures", "stop_failed", "stop: -4120 not supported", by_canary=True)
    take_stock(timezone.now())
    told = [standing(user) for user in (admin, manager, other)]
    resume_entries("binance", "futures", by_canary=True)

    assert told == [["entries_paused"], ["entries_paused"], []]
    assert [standing(user) for user in (admin, manager)] == [[], []]


def test_a_pause_names_the_exchange_in_the_readers_language(admin: User) -> None:
    pause_entries("paper", "futures", "maintenance", "", by_canary=False)

    with translation.override("pt-br"):
        assert "Simulação" in words_of(Notice.objects.get(user=admin)).title


def test_a_pause_nobody_told_of_is_found_by_the_stocktaking(admin: User) -> None:
    VenuePause.objects.create(exchange="binance", market_type="futures", reason="stop_failed")

    take_stock(timezone.now())
    told = standing(admin)
    VenuePause.objects.update(lifted_at=timezone.now())
    take_stock(timezone.now())

    assert (told, standing(admin)) == (["entries_paused"], [])


def test_the_page_shows_pause_and_test_trades_and_an_administrator_lifts_it(admin: User) -> None:
    pause_entries("binance", "futures", "stop_failed", "stop: -4120 not supported", by_canary=True)
    CanaryRun.objects.create(exchange="binance", market_type="futures", verdict="stop_failed", detail="stop: -4120")
    admin.language = "en"
    admin.save()
    page = Client()
    page.force_login(admin)

    shown = page.get("/operations/protection/").content.decode()
    answer = page.post("/operations/resume/", {"exchange": "binance", "market_type": "futures"}, follow=True)

    assert "New entries paused" in shown
    assert "stop: -4120 not supported" in shown
    assert "the stop did not stand" in shown
    assert answer.status_code == 200
    assert not VenuePause.objects.filter(lifted_at=None).exists()
    assert AuditEntry.objects.filter(event="entries_resumed", user_id=admin.pk).count() == 1


def test_an_administrator_pauses_an_exchange_on_the_page(admin: User) -> None:
    page = Client()
    page.force_login(admin)
    words = {"place": "binance:futures", "detail": "maintenance at nine"}

    shown = page.get("/operations/protection/").content.decode()
    answers = [page.post("/operations/pause/", words, follow=True).status_code for _ in range(2)]
    refused = page.post("/operations/pause/", {"place": "nowhere:futures", "detail": ""})

    assert 'value="binance:futures"' in shown
    (pause,) = VenuePause.objects.filter(lifted_at=None)
    assert (pause.exchange, pause.market_type, pause.reason, pause.detail) == (
        "binance", "futures", "by_hand", "maintenance at nine",
    )  # fmt: skip
    assert AuditEntry.objects.filter(event="entries_paused", user_id=admin.pk).count() == 1
    assert (answers, refused.status_code) == ([200, 200], 400)


def test_support_sees_pauses_and_makes_none(admin: User) -> None:
    support = User.objects.create_user("support@test.local", "x", role=Role.SUPPORT)
    page = Client()
    page.force_login(support)

    shown = page.get("/operations/protection/")
    answer = page.post("/operations/pause/", {"place": "binance:futures", "detail": ""})

    assert (shown.status_code, b"/operations/pause/" in shown.content, answer.status_code) == (200, False, 403)
    assert not VenuePause.objects.exists()


def test_every_verdict_of_a_test_trade_has_words_and_a_colour() -> None:
    assert {verdict: canary_mood(verdict) for verdict in Verdict} == {
        Verdict.RUNNING: "state-wait",
        Verdict.PASSED: "state-good",
        Verdict.STOP_FAILED: "state-bad",
        Verdict.CLOSE_FAILED: "state-bad",
        Verdict.INTERRUPTED: "state-bad",
        Verdict.NOT_TRADED: "state-warn",
        Verdict.UNREACHABLE: "state-warn",
    }
    assert len({canary_words(verdict) for verdict in Verdict}) == len(Verdict)


def test_the_notice_says_it_in_the_readers_language(admin: User) -> None:
    pause_entries("binance", "futures", "stop_failed", "stop: -4120", by_canary=True)
    api = APIClient()
    api.force_authenticate(admin)

    told = api.get("/api/v1/notices", headers={"accept-language": "en"}).json()["results"][0]

    assert told["title"] == "New entries at Binance (Futures) are paused"
    assert told["advice"].startswith("The daily test trade found that a stop loss does not stand there.")
    assert told["advice"].endswith("What the test trade met: stop: -4120")


@pytest.mark.parametrize("detail", ["", "Migration of their engine tonight"])
def test_a_pause_by_hand_says_who_paused_and_who_ends_it(admin: User, detail: str) -> None:
    pause_entries("binance", "futures", "by_hand", detail)
    api = APIClient()
    api.force_authenticate(admin)

    advice = api.get("/api/v1/notices", headers={"accept-language": "en"}).json()["results"][0]["advice"]

    assert advice.startswith("An administrator paused them.")
    assert "test trade" not in advice
    assert "It ends when an administrator lifts it." in advice
    assert advice.endswith(f"The administrator's note: {detail}" if detail else "lifts it.")


def test_an_administrator_pauses_and_lifts_by_the_api(admin: User) -> None:
    api = APIClient()
    api.force_authenticate(admin)
    wanted = {"exchange": "paper", "market_type": "spot", "detail": "maintenance tonight"}

    made = api.post(f"{API}/exchange-pauses", wanted, format="json")
    again = api.post(f"{API}/exchange-pauses", wanted, format="json")
    listed = api.get(f"{API}/exchange-pauses").json()
    lifted = api.delete(f"{API}/exchange-pauses/paper/spot")
    gone = api.delete(f"{API}/exchange-pauses/paper/spot")

    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "already_paused")
    assert [(row["exchange"], row["market_type"], row["reason"], row["by_canary"]) for row in listed] == [
        ("paper", "spot", "by_hand", False)
    ]
    assert (lifted.status_code, gone.status_code) == (204, 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"exchange": "atlantis"},
        {"market_type": "options"},
        {"exchange": "mercado", "market_type": "futures"},
        {"detail": "x" * 501},
    ],
)
def test_a_pause_of_what_is_not_there_is_refused(admin: User, wrong: dict[str, str]) -> None:
    api = APIClient()
    api.force_authenticate(admin)

    answer = api.post(f"{API}/exchange-pauses", {"exchange": "paper", "market_type": "spot", **wrong}, format="json")

    assert answer.status_code == 400
    assert VenuePause.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "field", "code", "text"),
    [
        ({"exchange": "atlantis"}, "exchange", "exchange_not_supported", "A corretora atlantis não é suportada"),
        ({"exchange": "mercado", "market_type": "futures"}, "market_type", "invalid_choice", "Um destes: spot."),
    ],
)
def test_a_refused_pause_says_why_in_the_readers_language(
    admin: User, wrong: dict[str, str], field: str, code: str, text: str
) -> None:
    api = APIClient()
    api.force_authenticate(admin)
    wanted = {"exchange": "paper", "market_type": "spot", **wrong}

    told = api.post(f"{API}/exchange-pauses", wanted, format="json", headers={"accept-language": "pt-BR"}).json()

    assert [(one["field"], one["code"], one["message"]) for one in told["errors"]] == [(field, code, text)]
