"""Numbers are read as people type them, in both languages; what can be read in two ways is never a silent multiple."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.utils import translation

from accounts.models import Role, User
from bots.models import Bot
from exchanges.models import ExchangeAccount
from front.forms.look import PageForm, dress
from front.forms.managing import BotForm
from front.forms.paper import ResetForm
from front.forms.typed import UnreadableError, other_reading, typed_decimal
from signals.models import Signal
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.front.test_following import LIMITS, follow
from tests.trading_world import make_account, make_bot, make_user

D = Decimal


class PercentForm(PageForm):
    percent = forms.DecimalField(max_digits=6, decimal_places=2, max_value=1000)


class WholeForm(PageForm):
    whole = forms.IntegerField()


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("en", "77,5", "77.5"), ("en", "77.5", "77.5"), ("en", "5,25", "5.25"), ("en", "0,500", "0.5"), ("en", "0.500", "0.5"),
        ("en", "1,250", "1250"), ("en", "1.250", "1.25"), ("en", "1,250.50", "1250.5"), ("en", "1,250,000", "1250000"),
        ("en", "12,500,000.75", "12500000.75"), ("en", "1250,500", "1250.5"), ("en", "1,2345", "1.2345"), ("en", ",5", "0.5"),
        ("en", ".5", "0.5"), ("en", "100", "100"), ("en", " 5. ", "5"), ("en", "-2,5", "-2.5"), ("en", "+3", "3"),
        ("en", "012,500", "12.5"),
        ("pt-br", "77,5", "77.5"), ("pt-br", "77.5", "77.5"), ("pt-br", "77.50", "77.5"), ("pt-br", "0.500", "0.5"),
        ("pt-br", "0,500", "0.5"), ("pt-br", "1.250", "1250"), ("pt-br", "1,250", "1.25"), ("pt-br", "1.250,50", "1250.5"),
        ("pt-br", "1.250.000", "1250000"), ("pt-br", "2500.00", "2500"), ("pt-br", "95.000,50", "95000.5"), ("pt-br", "-1.000", "-1000"),
    ],
)  # fmt: skip
def test_a_number_is_what_was_meant(language: str, typed: str, expected: str) -> None:
    assert typed_decimal(typed, language) == D(expected)


@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize(
    "typed",
    ["1e5", "1E-5", "NaN", "Infinity", "1 000", "1_000", "$5", "5%", "abc", "", ".", ",", "-", "--5", "1,2,3", "1.2.3",
     "12,34.5", "12.34,5", ",.5", "1,250.5,5", "0,500,000.", "٣", "½", "1'000", "0x10"],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(language: str, typed: str) -> None:
    with pytest.raises(UnreadableError):
        typed_decimal(typed, language)


@pytest.mark.parametrize(
    ("language", "typed"), [("en", "1.250,50"), ("en", "1.250.000"), ("pt-br", "1,250.50"), ("pt-br", "1,250,000")]
)
def test_separators_in_the_other_languages_order_are_refused(language: str, typed: str) -> None:
    with pytest.raises(UnreadableError):
        typed_decimal(typed, language)


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [("en", "2,500", "2.5"), ("pt-br", "2.500", "2.5"), ("pt-br", "1.000", "1"), ("pt-br", "-100.000", "100"),
     ("en", "2.500", None), ("pt-br", "0.500", None), ("pt-br", "2.5", None), ("pt-br", "1.250,00", None), ("pt-br", "1.250.000", None)],
)  # fmt: skip
def test_two_readings(language: str, typed: str, expected: str | None) -> None:
    assert other_reading(typed, language) == (D(expected) if expected else None)


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [("en", "2,5", "2.5"), ("en", "2.500", "2.5"), ("en", "0,500", "0.5"), ("pt-br", "0.500", "0.5"), ("pt-br", "2.5", "2.5"),
     ("pt-br", "2,500", "2.5"), ("pt-br", "1.000,00", "1000"), ("pt-br", "1000", "1000")],
)  # fmt: skip
def test_percentages_are_read(language: str, typed: str, expected: str) -> None:
    with translation.override(language):
        form = PercentForm({"percent": typed})

        assert form.is_valid(), form.errors
        assert form.cleaned_data["percent"] == D(expected)


@pytest.mark.parametrize(
    ("language", "typed", "said"),
    [
        ("en", "2,500", "“2,500” can be read in two ways: type 2500 or 2.5."),
        ("en", "1,000", "“1,000” can be read in two ways: type 1000 or 1."),
        ("pt-br", "2.500", "“2.500” pode ser lido de duas formas: digite 2500 ou 2,5."),
        ("pt-br", "1.000", "“1.000” pode ser lido de duas formas: digite 1000 ou 1."),
        ("en", "1e1", "Type a number, for example 1,250.50."),
        ("pt-br", "abc", "Digite um número, por exemplo 1.250,50."),
        ("en", "1,255", "“1,255” can be read in two ways: type 1255 or 1.255."),
    ],
)
def test_a_percentage_is_never_silently_a_thousandfold(language: str, typed: str, said: str) -> None:
    with translation.override(language):
        assert PercentForm({"percent": typed}).errors["percent"] == [said]


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [("en", "15", 15), ("en", "3,600", 3600), ("pt-br", "3.600", 3600), ("en", "15.0", 15), ("en", "15,0", 15),
     ("en", "1,5", None), ("pt-br", "1.5", None), ("pt-br", "1,5", None), ("en", "1e2", None), ("en", "x", None)],
)  # fmt: skip
def test_whole_numbers_stay_whole(language: str, typed: str, expected: int | None) -> None:
    with translation.override(language):
        form = WholeForm({"whole": typed})

        assert form.is_valid() is (expected is not None)
        assert form.cleaned_data.get("whole") == expected


@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize("value", [D("10000"), D("95000.50"), D("0.50"), D("1250.00"), D("1000000.00")])
def test_what_a_form_shows_it_reads_back(language: str, value: Decimal) -> None:
    with translation.override(language):
        shown = ResetForm(initial={"start_balance": value})["start_balance"]
        drawn = shown.field.widget.get_context("x", shown.value(), {})["widget"]["value"]

        assert typed_decimal(drawn, language) == value


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [("en", "1500,5", "1500.5"), ("en", "1,500", "1500"), ("pt-br", "1500.5", "1500.5"), ("pt-br", "1.500", "1500")],
)
def test_the_play_money(language: str, typed: str, expected: str) -> None:
    with translation.override(language):
        form = ResetForm({"start_balance": typed})

        assert form.is_valid(), form.errors
        assert form.cleaned_data["start_balance"] == D(expected)


def test_dressing_twice_reads_once() -> None:
    with translation.override("pt-br"):
        form = dress(PercentForm({"percent": "0.500"}))

        assert form.is_valid()
        assert form.cleaned_data["percent"] == D("0.5")


@pytest.fixture
def ana() -> User:
    return make_user(Role.MANAGER)


@pytest.fixture
def visitor(ana: User) -> Client:
    return browser_of(ana)


@pytest.fixture
def account(ana: User) -> ExchangeAccount:
    return make_account(ana)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "margin", "stop"),
    [("en", "77,5", "2,5"), ("en", "77.5", "2.500"), ("pt-br", "77.5", "2.5"), ("pt-br", "77,50", "2,500")],
)
def test_a_clients_terms(visitor: Client, account: ExchangeAccount, language: str, margin: str, stop: str) -> None:
    bot = make_bot()
    visitor.post("/language/", {"language": language})

    follow(visitor, bot, account, own_margin="on", custom_margin_usd=margin, own_stop_loss="on", custom_stop_loss_pct=stop,
           max_daily_loss_usd="150", own_price_guard="on", max_price_deviation_pct="0.500" if language == "pt-br" else "0,500")  # fmt: skip

    made = Subscription.objects.get(bot=bot)
    assert (made.custom_margin_usd, made.custom_stop_loss_pct, made.max_price_deviation_pct) == (
        D("77.5"), D("2.5"), D("0.5"),
    )  # fmt: skip


@pytest.mark.django_db
def test_the_preview_reads_alike(visitor: Client, account: ExchangeAccount) -> None:
    bot = make_bot()
    visitor.post("/language/", {"language": "en"})
    typed = {"exchange_account": str(account.pk), **LIMITS, "own_margin": "on", "custom_margin_usd": "77,5"}

    form = visitor.post(f"/bots/{bot.pk}/preview/", typed).context["form"]

    assert form.cleaned_data["custom_margin_usd"] == D("77.5")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "margin", "stop", "errors"),
    [("en", "5,25", "2,5", ["custom_margin_usd"]), ("en", "50", "2,500", ["custom_stop_loss_pct"]),
     ("pt-br", "50", "2.500", ["custom_stop_loss_pct"]), ("en", "1e5", "2", ["custom_margin_usd"])],
)  # fmt: skip
def test_a_clients_terms_refused(
    visitor: Client, account: ExchangeAccount, language: str, margin: str, stop: str, errors: list[str]
) -> None:
    bot = make_bot()
    visitor.post("/language/", {"language": language})

    answer = follow(
        visitor, bot, account, own_margin="on", custom_margin_usd=margin, own_stop_loss="on", custom_stop_loss_pct=stop
    )

    assert list(answer.context["form"].errors) == errors
    assert not Subscription.objects.filter(bot=bot).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("en", {"default_margin_usd": "77,5", "default_stop_loss_pct": "2,5"}, ("77.5", "2.5")),
        ("en", {"default_take_profit_pct": "5,25"}, ("5.25",)),
        ("pt-br", {"default_margin_usd": "77.5", "default_stop_loss_pct": "0.500"}, ("77.5", "0.5")),
        ("pt-br", {"default_take_profit_pct": "1.25"}, ("1.25",)),
        ("en", {"default_leverage": "1,5"}, {"default_leverage"}),
        ("pt-br", {"default_take_profit_pct": "1.000"}, {"default_take_profit_pct"}),
    ],
)  # fmt: skip
def test_a_bots_defaults(language: str, typed: dict[str, str], expected: Any) -> None:
    bot = make_bot()
    with translation.override(language):
        shown = {field.name: field.value() for field in BotForm(instance=bot)}
        form = BotForm(shown | typed, instance=Bot.objects.get(pk=bot.pk))

        if isinstance(expected, set):
            assert set(form.errors) == expected
        else:
            assert form.is_valid(), form.errors
            assert tuple(form.cleaned_data[name] for name in typed) == tuple(map(D, expected))


@pytest.mark.django_db
def test_the_price_of_a_signal_by_hand(visitor: Client, ana: User) -> None:
    bot = make_bot(ana)
    visitor.post("/language/", {"language": "en"})

    visitor.post(
        f"/manage/bots/{bot.pk}/signal/", {"ticker": "BTCUSDT", "action": "buy", "price": "95000,50", "is_test": "on"}
    )

    assert Signal.objects.get().price == D("95000.50")
