"""Every page in Chromium: nothing in the console, nothing refused by the CSP, no sideways scrolling; both languages, both themes."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Role, User
from bots.models import Bot
from exchanges.models import BalanceSnapshot
from signals.models import Execution, Position
from subscriptions.models import Subscription
from tests.browser.conftest import PHONE, WIDE, Browsers
from tests.front.conftest import trade
from tests.trading_world import make_bot, make_signal, make_subscription, make_user

pytestmark = pytest.mark.browser

PUBLIC = ("/", "/login/", "/register/", "/password/reset/", "/legal/terms/", "/legal/privacy/", "/legal/risk/")
LISTS = (
    "/dashboard/",
    "/bots/",
    "/subscriptions/",
    "/executions/",
    "/trades/",
    "/accounts/",
    "/accounts/add/",
    "/accounts/add/?exchange=okx",  # with a list to choose from
    "/settings/",
)


@pytest.fixture
def follower(transactional_db: None) -> Subscription:
    bot = make_bot(make_user(Role.MANAGER), name="A bot with rather a long name that has to fit on a phone")
    subscription = make_subscription(bot, make_user())
    trade(subscription)
    now = make_signal(bot).created_at
    for hours, equity in ((2, "10000.00"), (1, "9987.40"), (0, "10012.10")):
        at = now.replace(minute=0) - (now - now.replace(hour=max(0, now.hour - hours)))
        BalanceSnapshot.objects.create(
            account=subscription.exchange_account, taken_at=at, equity=Decimal(equity), free=Decimal(equity),
            balances=[{"currency": "USDT", "free": equity, "used": "0", "total": equity, "usd_value": equity}],
        )  # fmt: skip
    return subscription


def pages_of(subscription: Subscription) -> list[str]:
    execution = Execution.objects.filter(subscription=subscription, state="PROTECTED")[0]
    position = Position.objects.get(subscription=subscription, status="open")
    return [
        *LISTS,
        f"/bots/{make_bot().pk}/subscribe/",
        f"/subscriptions/{subscription.pk}/",
        f"/subscriptions/{subscription.pk}/edit/",
        f"/subscriptions/{subscription.pk}/cancel/",
        f"/positions/{position.pk}/close/",
        f"/executions/{execution.pk}/",
        f"/accounts/{subscription.exchange_account_id}/",
    ]


def desk_of(subscription: Subscription) -> list[str]:
    bot, signal = subscription.bot, Execution.objects.filter(subscription=subscription)[0].signal
    tails = ("", "edit/", "secret/", "signal/", "archive/")
    return [
        "/manage/bots/",
        "/manage/bots/new/",
        *(f"/manage/bots/{bot.pk}/{tail}" for tail in tails),
        f"/manage/signals/{signal.pk}/",
    ]


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [(WIDE, "light", "pt-br"), (PHONE, "dark", "pt-br"), (WIDE, "dark", "en"), (PHONE, "light", "en")],
    ids=["wide-light-pt", "phone-dark-pt", "wide-dark-en", "phone-light-en"],
)
def test_every_page_is_clean_and_fits(
    follower: Subscription, browsers: Browsers, size: Any, theme: str, language: str
) -> None:
    User.objects.update(language=language)
    locale = {"pt-br": "pt-BR", "en": "en-US"}[language]
    look = {"size": size, "theme": theme, "language": locale}
    tours = [
        (browsers.open(**look), list(PUBLIC)),
        (browsers.open(follower.user, **look), pages_of(follower)),
        (browsers.open(follower.bot.manager, **look), desk_of(follower)),
    ]

    faults = []
    for watched, pages in tours:
        for path in pages:
            watched.open(path)
            watched.page.wait_for_timeout(60)
            if watched.complaints or watched.overflow() > 0:
                faults.append((path, list(watched.complaints), watched.overflow()))
                watched.complaints.clear()

    assert faults == []
    assert tours[1][0].page.locator("html").get_attribute("lang") == language


def test_long_prices_stay_inside_their_card_on_a_phone(follower: Subscription, browsers: Browsers) -> None:
    prices = {"stop_loss_sent_price": Decimal("100307.90"), "take_profit_sent_price": Decimal("108023.90")}
    execution = Execution.objects.filter(subscription=follower, state="PROTECTED")[0]
    Execution.objects.filter(pk=execution.pk).update(executed_price=Decimal("102879.90"), **prices)
    watched = browsers.open(follower.bot.manager, size=PHONE)
    watched.open(f"/manage/signals/{execution.signal_id}/")

    cut = watched.page.locator("table.rows td").evaluate_all(
        "cells => cells.filter(c => c.scrollWidth > c.clientWidth).length"
    )

    assert watched.page.get_by_text("108,023.90").is_visible()
    assert cut == 0


def test_the_api_can_be_browsed_and_the_admin_has_its_icon(browsers: Browsers, transactional_db: None) -> None:
    watched = browsers.open()
    for path in ("/api/docs/", "/api/docs"):
        watched.open(path)
        expect(watched.page.get_by_text("/api/v1/auth/login", exact=True)).to_be_visible()
    watched.open("/admin/login/")
    watched.page.wait_for_timeout(200)

    assert watched.complaints == []


def test_the_chosen_theme_stays(browsers: Browsers, transactional_db: None) -> None:
    watched = browsers.open(theme="light")
    watched.open("/")

    watched.page.get_by_role("button", name="Alternar entre claro e escuro").click()
    watched.page.reload()

    assert watched.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 18, 16)"


def test_a_dialog_opens_over_the_page_and_escape_closes_it(follower: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(follower.user)
    watched.open("/dashboard/")

    watched.page.locator("#positions").get_by_role("link", name="Close").click()
    dialog = watched.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    watched.page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    assert watched.complaints == []


def test_a_tick_opens_its_field_and_the_preview_follows(follower: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(follower.user)
    watched.open(f"/subscriptions/{follower.pk}/edit/")
    field = watched.page.locator("#id_custom_leverage")
    expect(field).to_be_hidden()

    watched.page.get_by_label("Own leverage").first.check()
    expect(field).to_be_visible()
    field.fill("20")

    expect(watched.page.locator("#preview")).to_contain_text("$1,000.00")  # 50 × 20
    field.fill("90")
    expect(watched.page.locator("#preview")).to_contain_text("liquidated")
    assert watched.complaints == []


def test_menus_work_with_the_keyboard_on_a_phone(follower: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(follower.user, size=PHONE)
    watched.open("/dashboard/")

    watched.page.locator("summary", has_text="More").focus()
    watched.page.keyboard.press("Enter")
    expect(watched.page.get_by_role("link", name="Trades")).to_be_visible()
    watched.page.keyboard.press("Escape")

    expect(watched.page.get_by_role("link", name="Trades")).to_be_hidden()


def test_a_new_bot_gets_its_path_while_its_name_is_typed_and_a_message_ready_to_paste(
    follower: Subscription, browsers: Browsers
) -> None:
    watched = browsers.open(follower.bot.manager)
    watched.open("/manage/bots/new/")
    path = watched.page.locator("#id_master_webhook_path")

    watched.page.locator("#id_name").press_sequentially("Ação BTC 5min")
    expect(path).to_have_value("acao-btc-5min")
    path.fill("own")
    watched.page.locator("#id_name").press_sequentially(" x")
    expect(path).to_have_value("own")
    watched.page.get_by_role("button", name="Create the bot").click()

    secret = watched.page.locator("#secret").inner_text()
    expect(watched.page.locator("#webhook-message")).to_contain_text(f'"secret": "{secret}"')
    watched.page.reload()
    expect(watched.page.locator("#secret")).to_have_count(0)
    assert Bot.objects.filter(master_webhook_path="own").count() == 1
    assert watched.complaints == []


def test_the_secret_is_copied_by_a_button(follower: Subscription, browsers: Browsers) -> None:
    watched = browsers.open(follower.bot.manager)
    watched.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.open(f"/manage/bots/{follower.bot_id}/")

    watched.page.locator("[data-copy='#webhook-url']").click()

    assert watched.page.evaluate("navigator.clipboard.readText()").endswith(
        f"/api/v1/bots/webhook/master/{follower.bot.master_webhook_path}"
    )
