"""The subscribe dialog (SUB-04, SUB-09, SUB-11, RSK-06, D11, D24): defaults, own values, refusals, warnings, the risk notice."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Consent, Role, User
from bots.models import Bot
from exchanges.market_cache import publish_markets, publish_prices
from exchanges.models import BalanceSnapshot, ExchangeAccount
from exchanges.types import Market, MarketType
from signals.models import Execution, Signal
from signals.reasons import reason_text
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.trading_world import (
    make_account,
    make_bot,
    make_execution,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)

pytestmark = pytest.mark.django_db

LIMITS = {"max_daily_loss_usd": "500", "max_concurrent_positions": "3"}

BTC = Market(
    symbol="BTC/USDT:USDT", id="BTCUSDT", key="BTCUSDT", market_type=MarketType.FUTURES, base="BTC", quote="USDT",
    price_step=Decimal("0.1"), quantity_step=Decimal("0.001"), min_quantity=Decimal("0.001"),
    max_market_quantity=None, min_notional=Decimal(100), contract_size=Decimal(1),
)  # fmt: skip


@pytest.fixture
def ana() -> User:
    return make_user(language="pt-br")


@pytest.fixture
def account(ana: User) -> ExchangeAccount:
    return make_account(ana)


@pytest.fixture
def visitor(ana: User) -> Client:
    return browser_of(ana)


def follow(visitor: Client, bot: Bot, account: ExchangeAccount, **values: Any) -> Any:
    return visitor.post(f"/bots/{bot.pk}/subscribe/", {"exchange_account": str(account.pk), **LIMITS, **values})


def test_the_dialog_asks_for_account_parameters_and_limits(visitor: Client, account: ExchangeAccount) -> None:
    """SUB-11: nothing is ticked, the fields behind the ticks show the bot's values."""
    make_account(make_user(), name="Somebody else's")
    bot = make_bot(
        default_leverage=7, default_margin_usd="60", default_stop_loss_pct="1.5", default_take_profit_pct="3"
    )

    page = visitor.get(f"/bots/{bot.pk}/subscribe/")

    text, form = page.content.decode(), page.context["form"]
    asked = {name: form[name].value() for name in form.fields if f'name="{name}"' in text}
    assert [choice.value for choice, _label in form.fields["exchange_account"].choices] == [account.pk]
    assert asked == {
        "exchange_account": None,
        "own_leverage": None, "custom_leverage": 7, "own_margin": None, "custom_margin_usd": Decimal("60.00"),
        "own_stop_loss": None, "custom_stop_loss_pct": Decimal("1.50"),
        "own_take_profit": None, "custom_take_profit_pct": Decimal("3.00"),
        "own_margin_mode": None, "custom_margin_mode": "isolated",
        "max_daily_loss_usd": Decimal("200.00"), "max_concurrent_positions": 3,
        "own_price_guard": None, "max_price_deviation_pct": Decimal("0.50"), "risk_accepted": None,
    }  # fmt: skip


def test_without_a_tick_every_value_is_the_bots_default(visitor: Client, account: ExchangeAccount) -> None:
    """SUB-09, SUB-11"""
    bot = make_bot()

    answer = follow(visitor, bot, account)

    made = Subscription.objects.get(bot=bot)
    assert answer["Location"] == f"/subscriptions/{made.pk}/"
    assert (made.custom_leverage, made.custom_margin_usd, made.custom_stop_loss_pct, made.custom_take_profit_pct) == (
        None, None, None, None,
    )  # fmt: skip
    assert (made.max_daily_loss_usd, made.max_concurrent_positions, made.stop_loss_enabled) == (Decimal(500), 3, True)


def test_ticked_values_are_own_and_typed_as_in_brazil(visitor: Client, account: ExchangeAccount) -> None:
    """SUB-11"""
    bot = make_bot()

    follow(
        visitor, bot, account, own_leverage="on", custom_leverage="15", own_margin="on", custom_margin_usd="1.200,50",
        own_stop_loss="on", custom_stop_loss_pct="1,5", custom_take_profit_pct="8,00", own_price_guard="on",
        max_price_deviation_pct="0,3",
    )  # fmt: skip

    made = Subscription.objects.get(bot=bot)
    assert (made.custom_leverage, made.custom_margin_usd, made.custom_stop_loss_pct) == (
        15,
        Decimal("1200.50"),
        Decimal("1.50"),
    )
    assert made.custom_take_profit_pct is None  # typed, but not ticked
    assert made.max_price_deviation_pct == Decimal("0.30")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("custom_leverage", {"own_leverage": "on", "custom_leverage": "0"}),
        ("custom_leverage", {"own_leverage": "on", "custom_leverage": "126"}),
        ("custom_margin_usd", {"own_margin": "on", "custom_margin_usd": "9,99"}),
        ("custom_stop_loss_pct", {"own_stop_loss": "on", "custom_stop_loss_pct": ""}),
        ("custom_stop_loss_pct", {"own_leverage": "on", "custom_leverage": "50"}),  # liquidated before the stop (D26)
        ("max_daily_loss_usd", {"max_daily_loss_usd": "0"}),
        ("stop_loss_off", {"stop_loss_off": "on"}),  # the bot does not allow it
    ],
)
def test_a_value_that_cannot_be_is_told_at_its_field(
    visitor: Client, account: ExchangeAccount, field: str, values: dict[str, str]
) -> None:
    bot = make_bot()

    answer = follow(visitor, bot, account, **values)

    assert list(answer.context["form"].errors) == [field]
    assert not Subscription.objects.filter(bot=bot).exists()


def test_everything_that_is_wrong_is_told_at_once(visitor: Client, ana: User, account: ExchangeAccount) -> None:
    bot, real = make_bot(), make_account(ana, exchange="binance", is_main=False)
    wrong = {
        "own_leverage": "on", "custom_leverage": "abc", "own_margin": "on", "custom_margin_usd": "5",
        "own_take_profit": "on", "custom_take_profit_pct": "", "max_daily_loss_usd": "0", "max_concurrent_positions": "x",
        "stop_loss_off": "on", "take_profit_off": "on",
    }  # fmt: skip

    answer = follow(visitor, bot, real, **wrong)

    assert set(answer.context["form"].errors) == {
        "custom_leverage", "custom_margin_usd", "custom_take_profit_pct", "max_daily_loss_usd", "max_concurrent_positions",
        "stop_loss_off", "take_profit_off", "risk_accepted",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "values", "said"),
    [
        ("custom_stop_loss_pct", {"own_stop_loss": "on", "custom_stop_loss_pct": "0"}, "maior ou igual a 0,1."),
        ("custom_margin_usd", {"own_margin": "on", "custom_margin_usd": "2000000"}, "menor ou igual a 1.000.000."),
        ("max_concurrent_positions", {"max_concurrent_positions": "101"}, "menor ou igual a 100."),
        ("custom_stop_loss_pct", {"own_leverage": "on", "custom_leverage": "50"}, "se afastar 2 %"),
        ("custom_stop_loss_pct", {"own_leverage": "on", "custom_leverage": "80"}, "se afastar 1,25 %"),
    ],
)
def test_limits_are_told_in_the_readers_numbers(
    visitor: Client, account: ExchangeAccount, field: str, values: dict[str, str], said: str
) -> None:
    answer = follow(visitor, make_bot(), account, **values)

    told = answer.context["form"].errors[field][0]
    assert said in told.replace("\N{NO-BREAK SPACE}", " ")


def test_each_wrong_value_is_told_once(visitor: Client, account: ExchangeAccount) -> None:
    errors = follow(visitor, make_bot(), account, own_leverage="on", custom_leverage="99999").context["form"].errors

    assert [len(told) for told in errors.values()] == [1]


def test_what_is_typed_beside_an_empty_tick_does_not_count(visitor: Client, account: ExchangeAccount) -> None:
    bot = make_bot()

    follow(visitor, bot, account, custom_leverage="abc", custom_margin_usd="1")

    assert Subscription.objects.get(bot=bot).custom_leverage is None


def test_another_persons_account_cannot_be_chosen(visitor: Client) -> None:
    bot, foreign = make_bot(), make_account(make_user())

    answer = follow(visitor, bot, foreign)

    assert list(answer.context["form"].errors) == ["exchange_account"]


def test_real_money_needs_the_risk_notice_paper_and_test_money_do_not(
    visitor: Client, ana: User, account: ExchangeAccount
) -> None:
    real = make_account(ana, exchange="binance", is_main=False)
    tried = make_account(ana, exchange="binance", testnet=True, is_main=False)
    bots = make_bot(), make_bot(), make_bot(), make_bot()

    paper = follow(visitor, bots[0], account)
    test = follow(visitor, bots[3], tried)
    refused = follow(visitor, bots[1], real)
    accepted = follow(visitor, bots[1], real, risk_accepted="on")
    asked_once = follow(visitor, bots[2], real)

    assert list(refused.context["form"].errors) == ["risk_accepted"]
    assert [answer.status_code for answer in (paper, test, accepted, asked_once)] == [302] * 4
    assert list(Consent.objects.filter(user=ana).values_list("kind", "accepted")) == [("risk", True)]


def test_whoever_follows_already_is_led_to_the_subscription(visitor: Client, ana: User) -> None:
    subscription = make_subscription(user=ana)

    answer = visitor.get(f"/bots/{subscription.bot_id}/subscribe/")

    assert answer["Location"] == f"/subscriptions/{subscription.pk}/"


def test_a_cancelled_subscription_is_taken_up_again_in_the_same_row(visitor: Client, ana: User) -> None:
    old = make_subscription(user=ana, status="cancelled")

    follow(visitor, old.bot, old.exchange_account)

    assert Subscription.objects.get(bot=old.bot).status == "active"
    assert Subscription.objects.get(bot=old.bot).pk == old.pk  # D18


def test_editing_shows_and_changes_own_values(visitor: Client, ana: User) -> None:
    subscription = make_subscription(user=ana, custom_leverage=15)
    page = visitor.get(f"/subscriptions/{subscription.pk}/edit/").context["form"]
    assert (page["own_leverage"].value(), page["own_margin"].value()) == (True, False)

    visitor.post(
        f"/subscriptions/{subscription.pk}/edit/",
        {
            "exchange_account": str(subscription.exchange_account_id),
            **LIMITS,
            "own_margin": "on",
            "custom_margin_usd": "75",
        },
    )

    subscription.refresh_from_db()
    assert (subscription.custom_leverage, subscription.custom_margin_usd) == (None, Decimal(75))


def test_the_preview_shows_stop_and_target_of_price_and_of_margin(visitor: Client, account: ExchangeAccount) -> None:
    bot = make_bot(default_leverage=10, default_stop_loss_pct="2.5", default_take_profit_pct="5")

    answer = visitor.post(f"/bots/{bot.pk}/preview/", {"exchange_account": str(account.pk), **LIMITS})

    terms, trade = answer.context["terms"], answer.context["trade"]
    assert (terms.stop_loss_pct * terms.leverage, terms.take_profit_pct * terms.leverage) == (Decimal(25), Decimal(50))
    assert (trade.notional_usd, trade.long.stop_loss.profit_usd) == (Decimal("500.00"), Decimal("-12.50"))
    assert "25%" in answer.content.decode()  # D26
    assert not Subscription.objects.exists()


def test_the_preview_of_a_real_account_shows_figures_before_the_risk_notice_is_accepted(
    visitor: Client, ana: User
) -> None:
    bot, real = make_bot(default_leverage=10, default_margin_usd="50"), make_account(ana, exchange="binance")

    preview = visitor.post(f"/bots/{bot.pk}/preview/", {"exchange_account": str(real.pk), **LIMITS})
    sent = visitor.post(f"/bots/{bot.pk}/subscribe/", {"exchange_account": str(real.pk), **LIMITS})

    assert (preview.context["trade"].notional_usd, preview.context["form"].errors) == (Decimal("500.00"), {})
    assert list(sent.context["form"].errors) == ["risk_accepted"]
    assert not Subscription.objects.exists()


def test_an_account_of_a_kind_that_does_not_trade_the_bots_market_is_not_offered(visitor: Client, ana: User) -> None:
    spot, futures = make_bot(market_type="spot"), make_bot(market_type="futures")
    unified = make_account(ana, exchange="bitget", variant="unified", name="A")
    classic = make_account(ana, exchange="bitget", variant="classic", name="B", is_main=False)

    def offered(bot: Bot) -> list[tuple[Any, str]]:
        page = visitor.get(f"/bots/{bot.pk}/subscribe/")
        return [(value.value, label) for value, label in page.context["form"].fields["exchange_account"].choices]

    both = [(unified.pk, "A (Bitget · Unificada)"), (classic.pk, "B (Bitget · Clássica)")]
    assert (offered(spot), offered(futures)) == (both[1:], both)
    refused = follow(visitor, spot, unified, risk_accepted="on")
    assert list(refused.context["form"].errors) == ["exchange_account"]


def test_the_preview_says_what_is_really_traded(visitor: Client, account: ExchangeAccount) -> None:
    """EXE-05: the quantity is cut to the exchange's step, and the sum with it."""
    bot = make_bot(default_leverage=10, default_margin_usd="50")
    publish_markets("paper", "futures", [BTC])
    publish_prices("paper", "futures", {"BTCUSDT": Decimal(102880)})

    answer = visitor.post(f"/bots/{bot.pk}/preview/", {"exchange_account": str(account.pk), **LIMITS})

    trade, text = answer.context["trade"], answer.content.decode()
    assert (trade.quantity, trade.notional_usd) == (Decimal("0.004"), Decimal("411.52"))
    assert "0,004 @ 102.880,00" in text
    assert "US$\xa0411,52 de US$\xa0500,00" in text


def test_the_preview_warns_when_the_account_is_too_small(visitor: Client, account: ExchangeAccount) -> None:
    bot = make_bot(default_leverage=1)
    make_signal(bot, symbol_key="BTCUSDT")
    publish_markets("paper", "futures", [BTC])
    publish_prices("paper", "futures", {"BTCUSDT": Decimal(90000)})

    answer = visitor.post(f"/bots/{bot.pk}/preview/", {"exchange_account": str(account.pk), **LIMITS})

    assert [warning["code"] for warning in answer.context["warnings"]] == ["too_small"]


def test_money_in_the_other_wallet_is_not_free_for_this_bot(visitor: Client, account: ExchangeAccount) -> None:
    """SUB-11: half of it lies in the spot wallet, and the bot trades futures."""
    half = {"free": "5000", "used": "0", "total": "5000"}
    coin = {"currency": "USDT", "free": "10000", "used": "0", "total": "10000", "usd_value": "10000"}
    BalanceSnapshot.objects.create(
        account=account, equity=10000, free=10000, taken_at=timezone.now(),
        balances=[{**coin, "markets": {"futures": half, "spot": half}}],
    )  # fmt: skip
    bot = make_bot()
    answers = [
        visitor.post(
            f"/bots/{bot.pk}/preview/",
            {"exchange_account": str(account.pk), **LIMITS, "own_margin": "on", "custom_margin_usd": margin},
        )
        for margin in ("4000", "7000")
    ]

    assert [[warning["code"] for warning in answer.context["warnings"]] for answer in answers] == [
        [],
        ["balance_too_small"],
    ]


def test_pausing_and_resuming(visitor: Client, ana: User) -> None:
    subscription = make_subscription(user=ana)

    states = []
    for step in ("pause", "resume"):
        visitor.post(f"/subscriptions/{subscription.pk}/{step}/")
        states.append(Subscription.objects.get(pk=subscription.pk).status)

    assert states == ["paused", "active"]


def test_of_an_archived_bot_only_leaving_is_offered(visitor: Client, ana: User) -> None:
    subscription = make_subscription(user=ana)
    own = f"/subscriptions/{subscription.pk}"
    before = visitor.get(f"{own}/").content.decode()
    Bot.objects.update(status="archived")

    for page in (visitor.get(f"{own}/").content.decode(), visitor.get("/subscriptions/").content.decode()):
        assert f"{own}/cancel/" in page
        for step in ("pause", "edit"):
            assert f"{own}/{step}/" in before
            assert f"{own}/{step}/" not in page
        assert ">bot: Arquivado</span>" in page


@pytest.mark.parametrize(("choice", "closes"), [("now", 1), ("stops", 0)])
def test_cancelling_with_positions_open_asks_for_a_choice(visitor: Client, ana: User, choice: str, closes: int) -> None:
    subscription = make_subscription(user=ana)
    make_position(subscription)
    address = f"/subscriptions/{subscription.pk}/cancel/"

    undecided = visitor.post(address)
    assert undecided.context["missing"] is True
    assert Subscription.objects.get(pk=subscription.pk).status == "active"

    visitor.post(address, {"positions": choice})
    assert Subscription.objects.get(pk=subscription.pk).status == "cancelled"
    assert Execution.objects.filter(subscription=subscription, action="close_all").count() == closes  # D1


def test_a_client_closes_an_own_position_by_a_button(visitor: Client, ana: User) -> None:
    position = make_position(make_subscription(user=ana))

    answer = visitor.post(f"/positions/{position.pk}/close/", {"next": "/subscriptions/"})

    signal = Signal.objects.get(bot=position.bot)
    assert answer["Location"] == "/subscriptions/"
    assert (signal.action, signal.symbol_key, signal.is_broadcast) == ("close", "BTCUSDT", False)  # D32
    page = visitor.get("/subscriptions/").content.decode()
    assert f'hx-get="/positions/{position.pk}/close/{signal.pk}/"' in page  # the page asks what became of it


def test_a_close_asked_for_on_its_own_page_leads_to_the_account_that_holds_the_position(
    visitor: Client, ana: User, account: ExchangeAccount
) -> None:
    other = make_account(ana, name="Second")
    position = make_position(make_subscription(user=ana, exchange_account=other))
    address = f"/positions/{position.pk}/close/"

    asked, answer = visitor.get(address).content.decode(), visitor.post(address)

    assert (account.is_main, other.is_main) == (True, False)
    assert answer["Location"] == f"/dashboard/?account={other.pk}"
    assert f'href="/dashboard/?account={other.pk}" data-closes' in asked


@pytest.mark.parametrize(
    ("state", "fields", "said"),
    [
        ("PENDING", {}, "The close is on its way to the exchange."),
        ("UNCONFIRMED", {}, "The close is on its way to the exchange."),
        ("SKIPPED", {"reason_code": "superseded"}, "The position was not closed."),
        ("REJECTED", {"reason_code": "exchange_refused"}, "The position was not closed."),
    ],
)
def test_a_page_is_told_what_became_of_a_close_while_the_position_is_open(
    state: str, fields: dict[str, str], said: str
) -> None:
    position = make_position(make_subscription(user=make_user(language="en")))
    signal = make_signal(position.bot, action="close", source="client", is_broadcast=False)
    execution = make_execution(signal, position.subscription, state, **fields)

    page = browser_of(position.user).get(f"/positions/{position.pk}/close/{signal.pk}/").content.decode()

    assert said in page
    assert "The position is closed." not in page
    assert ("hx-get" in page) == (not fields)  # asks again until it has ended
    if fields:
        assert reason_text(fields["reason_code"]) in page
        assert f'href="/executions/{execution.pk}/"' in page


def test_a_page_is_told_that_a_position_is_closed_by_its_row() -> None:
    position = make_position(make_subscription(user=make_user(language="en")), exit_price="96000")
    signal = make_signal(position.bot, action="close", source="client", is_broadcast=False)
    make_execution(signal, position.subscription, "SKIPPED", reason_code="no_position")
    address = f"/positions/{position.pk}/close/{signal.pk}/"

    page = browser_of(position.user).get(address).content.decode()

    assert "The position is closed." in page
    assert "hx-get" not in page
    assert browser_of(make_user()).get(address).status_code == 404


def test_support_changes_nothing_by_pages() -> None:
    support = make_user(Role.SUPPORT)
    subscription = make_subscription(user=support)

    assert browser_of(support).post(f"/subscriptions/{subscription.pk}/pause/").status_code == 403


def test_editing_keeps_an_account_whose_keys_were_refused(visitor: Client, ana: User) -> None:
    refused = make_account(ana, status="invalid", is_main=False)
    make_account(ana)
    subscription = make_subscription(user=ana, exchange_account=refused)

    form = visitor.get(f"/subscriptions/{subscription.pk}/edit/").context["form"]

    assert refused in form.fields["exchange_account"].queryset
    assert form["exchange_account"].value() == refused.pk
