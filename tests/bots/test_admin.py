"""BOT-15…18 and issue's item 4 in the admin: whose bots, forms, preview, secrets shown once, archive with its choice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Role, User
from bots.models import Bot
from bots.secrets import secret_matches
from tests.trading_world import make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/bots/bot/"
FORM = {
    "name": "Scalper", "description": "", "market_type": "futures", "master_webhook_path": "scalper-1",
    "default_leverage": "10", "default_margin_usd": "50", "default_stop_loss_pct": "2.5", "default_take_profit_pct": "5",
    "default_margin_mode": "isolated", "opposite_policy": "reverse", "same_side_policy": "ignore", "max_signal_age_s": "60",
    "duplicate_window_s": "20", "quota_per_minute": "10", "master_secret": "",
}  # fmt: skip


@pytest.fixture
def manager() -> User:
    return make_user(Role.MANAGER)


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("address", ["/admin/bots", "/admin/bots/"])
def test_the_address_of_bot_17_leads_to_the_list(manager: User, address: str) -> None:
    assert browser(manager).get(address).headers["location"] == LIST


def test_the_list_has_a_card_per_own_bot(manager: User) -> None:  # BOT-17, 21
    figures = {"total_subscribers": 21, "total_signals_sent": 34, "closed_trades": 55, "avg_win_rate": Decimal("61.8")}
    make_bot(manager, name="Mine", **figures)
    make_bot(name="Foreign")

    page = text_of(browser(manager).get(LIST))

    assert [word in page for word in ("Mine", ">21<", ">34<", "61.8 %", "55 closed trades", "Foreign")] == [
        True
    ] * 5 + [False]


def test_without_a_closed_trade_there_is_no_win_rate_and_columns_are_in_the_readers_language(manager: User) -> None:
    make_bot(manager, total_signals_sent=34)
    manager.language = "pt-br"
    manager.save()

    page = text_of(browser(manager).get(LIST))

    assert [word in page for word in ("0,0 %", "0.0 %", "Total subscribers", "Updated at")] == [False] * 4
    assert [word in page for word in ("Seguidores", "Sinais enviados", "Atualizado em")] == [True] * 3


@pytest.mark.parametrize(("role", "status"), [(Role.CLIENT, 302), (Role.SUPPORT, 200), (Role.ADMIN, 200)])
def test_who_sees_the_list(role: str, status: int) -> None:
    assert browser(make_user(role)).get(LIST).status_code == status


def test_another_managers_bot_cannot_be_opened(manager: User) -> None:
    bot = make_bot()
    client = browser(manager)

    assert client.get(f"{LIST}{bot.pk}/change/").status_code == 302
    assert client.get(f"{LIST}{bot.pk}/secret/").status_code == 404
    assert client.post(f"{LIST}{bot.pk}/archive/").status_code == 404


def test_support_looks_and_changes_nothing() -> None:
    bot, client = make_bot(), browser(make_user(Role.SUPPORT))

    assert client.get(f"{LIST}{bot.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{bot.pk}/change/", FORM).status_code == 403
    assert client.get(f"{LIST}{bot.pk}/secret/").status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_creating_shows_a_drawn_secret_once(manager: User) -> None:
    client = browser(manager)

    shown = client.post(f"{LIST}add/", FORM, follow=True)

    bot = Bot.objects.get()
    secret = shown.context["secret"]
    assert (shown.status_code, bot.manager, len(secret)) == (200, manager, 32)
    assert secret_matches(bot, secret, timezone.now())
    assert secret in text_of(shown)
    assert "/api/v1/bots/webhook/master/scalper-1" in text_of(shown)
    assert f'"secret": "{secret}"' in shown.context["alert_message"]
    assert client.get(f"{LIST}{bot.pk}/secret/shown/")["Location"] == f"{LIST}{bot.pk}/change/"
    assert secret not in text_of(client.get(f"{LIST}{bot.pk}/change/"))


def test_a_path_is_made_from_the_name(manager: User) -> None:
    browser(manager).post(f"{LIST}add/", {**FORM, "name": "Grid ETH", "master_webhook_path": ""})

    assert Bot.objects.get().master_webhook_path == "grid-eth"


def test_creating_with_a_secret_of_ones_own(manager: User) -> None:
    browser(manager).post(f"{LIST}add/", {**FORM, "master_secret": " my own "})

    assert secret_matches(Bot.objects.get(), " my own ", timezone.now())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("market_type", "options"), ("master_webhook_path", "two words"), ("default_leverage", "0"),
        ("default_leverage", "126"), ("default_margin_usd", "9.99"), ("default_stop_loss_pct", "0"),
        ("default_take_profit_pct", "1000.01"), ("master_secret", "x" * 256),
    ],
)  # fmt: skip
def test_the_form_refuses_and_names_each_field(manager: User, field: str, value: str) -> None:  # BOT-18
    page = browser(manager).post(f"{LIST}add/", {**FORM, field: value})

    assert (page.status_code, list(page.context["adminform"].form.errors)) == (200, [field])
    assert Bot.objects.count() == 0


def test_a_taken_path_is_refused(manager: User) -> None:  # BOT-05
    make_bot(master_webhook_path="scalper-1")

    page = browser(manager).post(f"{LIST}add/", FORM)

    assert list(page.context["adminform"].form.errors) == ["master_webhook_path"]


def test_editing_changes_the_bot_and_nothing_else(manager: User) -> None:  # BOT-15
    bot = make_bot(manager, master_webhook_path="scalper-1", total_signals_sent=5)
    digest = bot.secret_digest

    answer = browser(manager).post(f"{LIST}{bot.pk}/change/", {**FORM, "default_leverage": "7"})

    bot.refresh_from_db()
    assert (answer.status_code, bot.default_leverage, bot.name) == (302, 7, "Scalper")
    assert (bot.secret_digest, bot.total_signals_sent, bot.manager) == (digest, 5, manager)


def test_the_market_type_stays_while_something_is_open(manager: User) -> None:
    bot = make_bot(manager, master_webhook_path="scalper-1")
    make_position(make_subscription(bot))

    answer = browser(manager).post(f"{LIST}{bot.pk}/change/", {**FORM, "market_type": "spot"})

    bot.refresh_from_db()
    assert (answer.status_code, bot.market_type) == (200, "futures")
    assert "1 position is open or being entered" in answer.content.decode()


def test_a_manager_cannot_give_a_bot_away_but_an_admin_can(manager: User) -> None:
    bot, other = make_bot(manager, master_webhook_path="scalper-1"), make_user(Role.MANAGER)
    values = {**FORM, "manager": str(other.pk)}

    browser(manager).post(f"{LIST}{bot.pk}/change/", values)
    bot.refresh_from_db()
    assert bot.manager == manager

    browser(make_user(Role.ADMIN)).post(f"{LIST}{bot.pk}/change/", values)
    bot.refresh_from_db()
    assert bot.manager == other


def test_the_preview_follows_the_form(manager: User) -> None:  # BOT-18
    query = {
        "market_type": "futures", "default_leverage": "20", "default_margin_usd": "50", "default_stop_loss_pct": "2",
        "default_take_profit_pct": "4",
    }  # fmt: skip

    page = text_of(browser(manager).get(f"{LIST}preview/", query))

    assert "Margin $50 × 20 = an order of $1000.00" in page.replace(",", "")
    assert "40.0 % of the margin" in page


def test_the_preview_of_nonsense_says_why(manager: User) -> None:
    page = text_of(browser(manager).get(f"{LIST}preview/", {"default_leverage": "0"}))

    assert "Fill in the defaults" in page
    assert "greater than or equal to 1" in page


def test_fields_ask_for_the_preview_and_never_send_the_secret(manager: User) -> None:
    page = text_of(browser(manager).get(f"{LIST}add/"))

    asked = page.partition('hx-params="')[2].partition('"')[0]
    assert page.count("hx-params=") == 5
    assert asked == "market_type,default_leverage,default_margin_usd,default_stop_loss_pct,default_take_profit_pct"


def test_a_new_secret_is_shown_once_and_audited(manager: User) -> None:
    bot, client = make_bot(manager), browser(manager)

    assert client.get(f"{LIST}{bot.pk}/secret/").status_code == 200
    shown = client.post(f"{LIST}{bot.pk}/secret/", {"secret": "", "overlap_minutes": "5"}, follow=True)

    bot.refresh_from_db()
    assert secret_matches(bot, shown.context["secret"], timezone.now())
    assert timedelta(minutes=4) < bot.previous_secret_until - timezone.now() < timedelta(minutes=5)
    assert AuditEntry.objects.filter(event="secret_rotated", actor_id=manager.pk).count() == 1


def test_archiving_asks_and_with_open_positions_wants_a_choice(manager: User) -> None:  # BOT-16, D1
    bot, client = make_bot(manager), browser(manager)
    make_position(make_subscription(bot))
    address = f"{LIST}{bot.pk}/archive/"

    assert "1 position is open" in text_of(client.get(address))
    assert client.post(address, {"close_positions": ""}).status_code == 200
    assert Bot.objects.get(pk=bot.pk).status == "active"

    assert client.post(address, {"close_positions": "no"}).status_code == 302
    assert Bot.objects.get(pk=bot.pk).status == "archived"
    assert client.post(f"{LIST}{bot.pk}/change/", FORM).status_code == 403
    assert client.get(f"{LIST}{bot.pk}/change/").status_code == 200


def test_pause_and_resume_say_how_many_they_changed(manager: User) -> None:
    bots = [make_bot(manager), make_bot(manager, status="archived"), make_bot()]
    client, chosen = browser(manager), [str(bot.pk) for bot in bots]

    page = client.post(LIST, {"action": "pause", "_selected_action": chosen}, follow=True)

    assert [Bot.objects.get(pk=bot.pk).status for bot in bots] == ["paused", "archived", "active"]
    assert "1 bot was paused." in text_of(page)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(manager: User, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        make_bot(manager)
    client = browser(manager)
    client.get(LIST)

    with django_assert_num_queries(6):
        client.get(LIST)
