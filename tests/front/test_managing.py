"""Pages of bot managers (BOT-01, 12, 15…19, 21, D1, D17, WHK-16)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from bots import lifecycle
from bots.models import Bot
from bots.secrets import secret_matches
from exchanges.market_cache import publish_markets, publish_prices
from signals.models import Execution, Signal
from tests.front.conftest import browser_of
from tests.front.test_following import BTC
from tests.trading_world import (
    SECRET,
    make_bot,
    make_execution,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db

BOT = {
    "name": "Scalper",
    "description": "",
    "market_type": "futures",
    "master_webhook_path": "scalper-btc-5min",
    "default_leverage": "10",
    "default_margin_usd": "50,00",
    "default_stop_loss_pct": "2,5",
    "default_take_profit_pct": "5",
    "default_margin_mode": "isolated",
    "opposite_policy": "reverse",
    "same_side_policy": "ignore",
    "max_signal_age_s": "60",
    "duplicate_window_s": "20",
    "quota_per_minute": "10",
}


@pytest.fixture
def manager() -> User:
    return make_user(Role.MANAGER, language="pt-br")


@pytest.fixture
def visitor(manager: User) -> Client:
    return browser_of(manager)


def matches(bot: Bot, secret: str) -> bool:
    return secret_matches(Bot.objects.get(pk=bot.pk), secret, timezone.now())


def test_a_new_bot_shows_its_generated_secret_once(visitor: Client, manager: User) -> None:
    made = visitor.post("/manage/bots/new/", BOT)

    bot = Bot.objects.get()
    assert made["Location"] == f"/manage/bots/{bot.pk}/secret/shown/?new=1"
    answer, again = visitor.get(made["Location"]), visitor.get(made["Location"])
    secret = answer.context["secret"]
    assert (bot.manager, bot.default_stop_loss_pct, matches(bot, secret)) == (manager, Decimal("2.50"), True)
    assert json.loads(answer.context["message"].replace("{{close}}", "1"))["secret"] == secret
    assert "no-store" in answer["Cache-Control"]
    assert again["Location"] == f"/manage/bots/{bot.pk}/"
    assert secret not in visitor.get(f"/manage/bots/{bot.pk}/").content.decode()


def test_blanks_alone_are_no_secret(visitor: Client) -> None:
    page = visitor.post("/manage/bots/new/", {**BOT, "master_secret": "   "}).content.decode()

    assert "Só espaços não são um segredo." in page
    assert not Bot.objects.exists()


def test_the_session_keeps_no_secret(visitor: Client) -> None:
    visitor.post("/manage/bots/new/", {**BOT, "master_secret": "as-typed"})

    assert "as-typed" not in json.dumps(dict(visitor.session.items()))


def test_a_secret_is_shown_only_to_the_session_that_made_it(visitor: Client, manager: User) -> None:
    shown = visitor.post("/manage/bots/new/", BOT)["Location"]

    assert browser_of(manager).get(shown).status_code == 302
    assert visitor.get(shown).status_code == 200


def test_a_secret_that_was_replaced_meanwhile_is_not_shown(visitor: Client, manager: User) -> None:
    shown = visitor.post("/manage/bots/new/", BOT)["Location"]
    lifecycle.rotate_secret(bot=Bot.objects.get(), user=manager)

    assert visitor.get(shown).status_code == 302


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 302)])
def test_a_secret_can_be_shown_for_ten_minutes(
    visitor: Client, minutes: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = visitor.post("/manage/bots/new/", BOT)["Location"]
    later = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert visitor.get(shown).status_code == status


def test_a_secret_with_quotes_still_makes_a_valid_message(visitor: Client) -> None:
    typed = 'say "\\" %s ü'
    page = visitor.get(visitor.post("/manage/bots/new/", {**BOT, "master_secret": typed})["Location"])

    assert json.loads(page.context["message"].replace("{{close}}", "1"))["secret"] == typed


@pytest.mark.parametrize(
    ("name", "typed", "path"),
    [
        ("Scalper BTC 5min", "", "scalper-btc-5min"),
        ("Índice & Ação", "", "indice-acao"),
        ("Taken", "", "taken-2"),
        ("Taken", "taken", "taken-2"),  # as the page's script suggests it
        ("Scalper", "my.Path", "my.Path"),
    ],
)
def test_the_webhook_path_comes_from_the_name_where_none_is_typed(
    visitor: Client, name: str, typed: str, path: str
) -> None:
    taken = make_bot(master_webhook_path="taken")

    visitor.post("/manage/bots/new/", {**BOT, "name": name, "master_webhook_path": typed})

    assert Bot.objects.exclude(pk=taken.pk).get().master_webhook_path == path


def test_a_name_that_makes_no_path_asks_for_one(visitor: Client) -> None:
    answer = visitor.post("/manage/bots/new/", {**BOT, "name": "機器人", "master_webhook_path": ""})

    assert list(answer.context["form"].errors) == ["master_webhook_path"]


def test_an_own_secret_is_kept_as_typed(visitor: Client) -> None:
    visitor.post("/manage/bots/new/", {**BOT, "master_secret": " as typed "})

    assert matches(Bot.objects.get(), " as typed ")  # BOT-06


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("market_type", "options"),
        ("default_leverage", "126"),
        ("default_margin_usd", "9"),
        ("master_webhook_path", "a b"),
        ("default_stop_loss_pct", "0"),
    ],
)
def test_a_wrong_field_is_told_and_nothing_is_made(visitor: Client, field: str, typed: str) -> None:
    answer = visitor.post("/manage/bots/new/", {**BOT, field: typed})

    assert list(answer.context["form"].errors) == [field]
    assert not Bot.objects.exists()


def test_a_webhook_path_is_used_once(visitor: Client) -> None:
    make_bot(master_webhook_path="scalper-btc-5min")

    assert list(visitor.post("/manage/bots/new/", BOT).context["form"].errors) == ["master_webhook_path"]  # BOT-05


def test_a_taken_path_and_a_used_name_are_told_while_one_types(visitor: Client, manager: User) -> None:
    make_bot(master_webhook_path="scalper-btc-5min")
    make_bot(manager, name="SCALPER")

    page = visitor.post("/manage/bots/preview/?new=1", BOT)
    free = visitor.post("/manage/bots/preview/?new=1", {**BOT, "name": "Other", "master_webhook_path": "other"})
    of_an_old_bot = visitor.post("/manage/bots/preview/", BOT)

    hints = page.context["hints"]
    assert (hints.typed_path, hints.free_path, hints.same_name) == ("scalper-btc-5min", "scalper-btc-5min-2", True)
    assert 'data-free-path="scalper-btc-5min-2"' in page.content.decode()
    assert (free.context["hints"].free_path, free.context["hints"].same_name) == ("", False)
    assert "hints" not in of_an_old_bot.context


def test_the_preview_shows_what_a_client_will_trade(visitor: Client) -> None:
    trade = visitor.post("/manage/bots/preview/", BOT).context["trade"]

    assert (trade.notional_usd, trade.long.take_profit.profit_usd) == (Decimal("500.00"), Decimal("25.00"))  # BOT-18


def test_the_preview_takes_the_present_price_and_the_exchanges_steps(visitor: Client) -> None:
    publish_markets("paper", "futures", [BTC])
    publish_prices("paper", "futures", {"BTCUSDT": Decimal(102880)})

    answer = visitor.post("/manage/bots/preview/", BOT)

    trade = answer.context["trade"]
    assert (trade.price, trade.quantity, trade.notional_usd) == (Decimal(102880), Decimal("0.004"), Decimal("411.52"))
    assert trade.long.stop_loss.price == Decimal("100308.0")
    assert "BTCUSDT" in answer.content.decode()


def test_editing_changes_the_settings(visitor: Client, manager: User) -> None:
    bot = make_bot(manager)

    visitor.post(f"/manage/bots/{bot.pk}/edit/", {**BOT, "default_leverage": "7"})

    bot.refresh_from_db()
    assert (bot.default_leverage, bot.name, matches(bot, SECRET)) == (7, "Scalper", True)


def test_a_form_with_errors_leaves_the_page_title_alone(visitor: Client, manager: User) -> None:
    bot = make_bot(manager, name="Before")

    page = visitor.post(f"/manage/bots/{bot.pk}/edit/", {**BOT, "name": "After", "default_leverage": "0"})

    assert page.context["bot"].name == "Before"
    assert Bot.objects.get(pk=bot.pk).name == "Before"


def test_a_rotated_secret_overlaps_with_the_old_one(visitor: Client, manager: User) -> None:
    bot = make_bot(manager)

    made = visitor.post(f"/manage/bots/{bot.pk}/secret/", {"overlap_hours": "1"})

    answer = visitor.get(made["Location"])
    assert [matches(bot, answer.context["secret"]), matches(bot, SECRET)] == [True, True]


def test_pausing_and_resuming(visitor: Client, manager: User) -> None:
    bot = make_bot(manager)

    states = []
    for wish in ("pause", "resume"):
        visitor.post(f"/manage/bots/{bot.pk}/status/", {"do": wish})
        states.append(Bot.objects.get(pk=bot.pk).status)

    assert states == ["paused", "active"]


@pytest.mark.parametrize(("choice", "closes"), [("now", 1), ("stops", 0)])
def test_archiving_with_positions_open_asks_for_a_choice(
    visitor: Client, manager: User, choice: str, closes: int
) -> None:
    bot = make_bot(manager)
    make_position(make_subscription(bot))
    address = f"/manage/bots/{bot.pk}/archive/"

    assert visitor.post(address).context["missing"] is True
    answer = visitor.post(address, {"positions": choice}, follow=True)

    assert Bot.objects.get(pk=bot.pk).status == "archived"
    assert Execution.objects.filter(bot=bot, action="close_all").count() == closes
    assert answer.redirect_chain[0][0] == (f"/manage/bots/{bot.pk}/" if closes else "/manage/bots/")
    assert len(answer.context["messages"]) == 1 + closes
    assert (answer.context.get("closings") or {"total_subscribers": 0})["total_subscribers"] == closes


def test_a_signal_by_hand_takes_the_way_of_an_alert(visitor: Client, manager: User) -> None:
    bot = make_bot(manager)
    make_subscription(bot)

    answer = visitor.post(
        f"/manage/bots/{bot.pk}/signal/", {"ticker": "BTCUSDT", "action": "buy", "price": "95.000,50", "is_test": "on"}
    )

    signal = Signal.objects.get()
    assert answer["Location"] == f"/manage/signals/{signal.pk}/"
    assert (signal.source, signal.price, signal.is_test) == ("manager", Decimal("95000.50"), True)


def test_refused_signals_are_listed_with_their_reason(visitor: Client, manager: User) -> None:
    bot = make_bot(manager)
    make_signal(bot, status="refused", refusal_code="over_quota", refusal_params={"limit": 10})
    visitor.post("/language/", {"language": "en"})

    page = visitor.get(f"/manage/bots/{bot.pk}/").content.decode()

    assert "Over the bot&#x27;s quota of 10 signals a minute" in page


def ask(visitor: Client, bot: Bot) -> list[int]:
    pages = ["", "edit/", "secret/", "archive/", "signal/"]
    return [visitor.get(f"/manage/bots/{bot.pk}/{page}").status_code for page in pages]


def test_another_managers_bot_is_not_found(visitor: Client) -> None:
    assert ask(visitor, make_bot()) == [404] * 5


def test_clients_have_no_desk() -> None:
    assert ask(browser_of(make_user()), make_bot()) == [403] * 5


def test_support_looks_and_changes_nothing() -> None:
    bot, support = make_bot(), browser_of(make_user(Role.SUPPORT))

    answers: list[Any] = [
        support.get(f"/manage/bots/{bot.pk}/"),
        support.post(f"/manage/bots/{bot.pk}/status/", {"do": "pause"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 403]


def test_what_an_archive_closes_is_one_row_and_one_by_one_on_demand(visitor: Client, manager: User) -> None:
    """A bot with a thousand followers has a thousand closings: they must not bury its signals (BOT-16)."""
    bot = make_bot(manager, status="archived")
    make_signal(bot, action="buy")
    for state, reason in (("CLOSED", ""), ("CLOSED", ""), ("SKIPPED", "no_position"), ("REJECTED", "exchange_error")):
        closing = make_signal(bot, action="close_all", symbol_key="*", is_broadcast=False, source="manager")
        make_execution(closing, make_subscription(bot), state, reason_code=reason)

    page = visitor.get(f"/manage/bots/{bot.pk}/").content.decode()
    each = visitor.get(f"/manage/bots/{bot.pk}/?closings=1").content.decode()

    assert [page.count('<tr class="linked">'), each.count('<tr class="linked">')] == [1, 4]
    assert "Posições fechadas de 2 de 4 seguidores" in page
    assert ("1 sem mais nada a fechar" in page, "1 com falha" in page) == (True, True)
    assert "part=1&amp;closings=1" in each


def test_pages_of_a_list_that_follows_by_itself_are_whole_pages(visitor: Client, manager: User) -> None:
    bot = make_bot(manager)
    for _ in range(21):
        make_signal(bot)

    part = visitor.get(f"/manage/bots/{bot.pk}/?part=1").content.decode()

    assert 'href="?page=2"' in part


@pytest.mark.parametrize(
    ("source", "words"), [("tradingview", "por webhook"), ("manager", "à mão"), ("client", "pedido pelo cliente")]
)
def test_a_signal_says_where_it_came_from(visitor: Client, manager: User, source: str, words: str) -> None:
    signal = make_signal(make_bot(manager), source=source)

    assert words in visitor.get(f"/manage/signals/{signal.pk}/").content.decode()


def test_an_archived_bot_shows_its_webhook_while_there_is_something_to_close(visitor: Client, manager: User) -> None:
    bot = make_bot(manager, status="archived")
    before = visitor.get(f"/manage/bots/{bot.pk}/").content.decode()
    make_position(make_subscription(bot))

    holding = visitor.get(f"/manage/bots/{bot.pk}/").content.decode()

    assert ["webhook-title" in page for page in (before, holding)] == [False, True]
