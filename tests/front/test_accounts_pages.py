"""Pages of exchange accounts (EXC-09, 20, 21, D1, D21), with a worker that asks a simulated exchange."""

from decimal import Decimal

import pytest
from django import forms
from django.test import Client
from django.utils import timezone

from accounts.models import User
from exchanges.forms import key_field
from exchanges.models import ExchangeAccount
from exchanges.venue import CredentialField
from front.forms.look import dress
from simulator.testing import RunningSimulator
from tests.exchanges.accounts.conftest import running_simulator, sim, worker  # noqa: F401 -- fixtures
from tests.front.conftest import browser_of
from tests.trading_world import make_account, make_position, make_subscription, make_user


@pytest.fixture
def ana(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def visitor(ana: User) -> Client:
    return browser_of(ana)


def test_a_paper_account_with_another_amount(visitor: Client, ana: User, sim: RunningSimulator) -> None:  # noqa: F811
    visitor.post("/accounts/paper/", {"start_balance": "2500.50"})

    assert ExchangeAccount.objects.get(user=ana).start_balance == Decimal("2500.50")


def test_an_amount_that_cannot_be_is_told_at_its_field(visitor: Client, ana: User) -> None:
    answer = visitor.post("/accounts/paper/", {"start_balance": "a lot"})

    assert list(answer.context["paper_form"].errors) == ["start_balance"]
    assert not ExchangeAccount.objects.filter(user=ana).exists()


def test_reloading_the_answer_to_a_paper_account_shows_the_list(visitor: Client) -> None:
    answer = visitor.get("/accounts/paper/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")
    assert not ExchangeAccount.objects.exists()


def test_a_paper_account_takes_one_click(visitor: Client, ana: User, sim: RunningSimulator) -> None:  # noqa: F811
    answer = visitor.post("/accounts/paper/", {"next": "/bots/"})

    account = ExchangeAccount.objects.get(user=ana)
    assert answer["Location"] == "/bots/"
    assert (account.exchange, account.status, account.is_main) == ("paper", "verified", True)


def test_without_the_simulator_nothing_is_created_and_the_page_says_so(
    visitor: Client, ana: User, settings: object
) -> None:
    settings.EXCHANGE_URLS = {"paper": "http://127.0.0.1:9"}  # type: ignore[attr-defined]

    page = visitor.post("/accounts/paper/", follow=True)

    assert "Nothing was created" in page.content.decode()
    assert not ExchangeAccount.objects.exists()


@pytest.mark.usefixtures("worker")
def test_keys_are_checked_when_saved_and_only_their_end_is_shown(
    visitor: Client,
    ana: User,
    sim: RunningSimulator,  # noqa: F811
) -> None:
    made = sim.control.create_account(wallet={"USDT": "100"}, coins={"USDT": "100"})

    answer = visitor.post(
        "/accounts/add/?exchange=binance",
        {"name": "Mine", "api_key": made["api_key"], "secret_key": made["secret"]},
        follow=True,
    )

    account = ExchangeAccount.objects.get(user=ana)
    page = answer.content.decode()
    assert (account.status, answer.status_code) == ("verified", 200)
    assert (made["api_key"] in page, made["secret"] in page, f"…{made['api_key'][-4:]}" in page) == (False, False, True)


@pytest.mark.usefixtures("worker", "sim")
def test_refused_keys_are_not_stored_and_the_page_says_why(visitor: Client) -> None:
    answer = visitor.post(
        "/accounts/add/?exchange=binance", {"name": "Mine", "api_key": "nonsense", "secret_key": "wrong"}
    )

    why, words = answer.context["form"].non_field_errors()
    assert why == (
        "The exchange does not know this key, or the secret is wrong. Copy both again, without spaces. They were tried at the live"
        " exchange: keys of a testnet or demo account work only with that box ticked."
    )
    assert words.startswith("The exchange said: ")
    assert "wrong" not in str(answer.context["form"]["secret_key"])
    assert not ExchangeAccount.objects.exists()


def test_the_form_says_which_exchanges_do_not_tell_what_a_key_may_do(visitor: Client) -> None:
    pages = {
        venue: visitor.get(f"/accounts/add/?exchange={venue}").content.decode() for venue in ("mercado", "binance")
    }
    promise, warning = "A key that can withdraw is refused", "a key that can withdraw is not noticed here"

    assert {venue: (promise in page, warning in page) for venue, page in pages.items()} == {
        "mercado": (False, True), "binance": (True, False),
    }  # fmt: skip


def test_the_form_names_the_markets_that_a_key_is_to_trade(visitor: Client) -> None:
    told = {"mercado": "Trade (spot)", "gate": "Trade (futures)", "binance": "Trade (spot, futures)"}

    for venue, words in told.items():
        page = visitor.get(f"/accounts/add/?exchange={venue}").content.decode()
        assert [text for text in told.values() if text in page] == [words]


def test_what_the_exchange_does_not_tell_of_a_key_is_seen_at_once(visitor: Client, ana: User) -> None:
    account = make_account(ana, exchange="mercado", can_withdraw=None, checked_at=timezone.now())

    def told() -> tuple[bool, bool, bool]:
        page = visitor.get(f"/accounts/{account.pk}/").content.decode()
        return (
            "does not say whether this key can withdraw. Look" in page,
            "not asked yet" in page,
            "does not say<" in page,
        )

    assert told() == (True, False, True)

    ExchangeAccount.objects.update(status="checking", checked_at=None)
    assert told() == (False, True, False)

    ExchangeAccount.objects.update(status="verified", checked_at=timezone.now(), can_withdraw=False)
    assert told() == (False, False, False)


def test_the_form_warns_of_withdrawals(visitor: Client) -> None:
    assert "Never enable withdrawals" in visitor.get("/accounts/add/").content.decode()  # EXC-21


def test_a_choice_is_a_list_and_a_key_of_several_lines_has_room(visitor: Client) -> None:
    form = forms.Form()
    form.fields["secret_key"] = key_field(CredentialField("secret_key", "Private key", secret=True, multiline=True))

    page, area = visitor.get("/accounts/add/?exchange=okx").content.decode(), str(dress(form)["secret_key"])

    assert '<select name="variant" class="select"' in page
    assert area.startswith("<textarea")
    assert 'class="textarea"' in area
    assert 'autocomplete="off"' in area


@pytest.mark.parametrize("exchange", ["nowhere", "paper"])
def test_only_exchanges_with_keys_have_a_form(visitor: Client, exchange: str) -> None:
    assert visitor.get(f"/accounts/add/?exchange={exchange}").status_code == {"nowhere": 404, "paper": 302}[exchange]


def test_another_account_becomes_the_main_one(visitor: Client, ana: User) -> None:
    first, second = make_account(ana), make_account(ana)

    visitor.post(f"/accounts/{second.pk}/change/", {"do": "main"})

    assert [ExchangeAccount.objects.get(pk=row.pk).is_main for row in (first, second)] == [False, True]
    assert visitor.get("/dashboard/").context["account"] == second  # EXC-09
    assert visitor.get(f"/dashboard/?account={first.pk}").context["account"] == first
    assert visitor.get(f"/dashboard/?account={make_account(make_user()).pk}").status_code == 404


@pytest.mark.parametrize(("wish", "active"), [("off", False), ("on", True)])
def test_an_account_is_switched_off_and_on(visitor: Client, ana: User, wish: str, active: bool) -> None:
    account = make_account(ana)

    visitor.post(f"/accounts/{account.pk}/change/", {"do": wish})

    assert ExchangeAccount.objects.get(pk=account.pk).is_active is active


def test_deleting_with_positions_open_asks_for_a_choice(visitor: Client, ana: User) -> None:
    account = make_account(ana)
    make_position(make_subscription(user=ana, exchange_account=account))
    address = f"/accounts/{account.pk}/delete/"

    assert visitor.post(address).context["missing"] is True
    assert ExchangeAccount.objects.get(pk=account.pk).deleted_at is None

    visitor.post(address, {"positions": "stops"})
    assert ExchangeAccount.objects.get(pk=account.pk).deleted_at is not None
    assert visitor.get(f"/accounts/{account.pk}/").status_code == 404


def test_a_paper_account_is_not_set_back_while_positions_are_open(visitor: Client, ana: User) -> None:
    account = make_account(ana)
    make_position(make_subscription(user=ana, exchange_account=account))

    answer = visitor.post(f"/accounts/{account.pk}/reset/", {"start_balance": "5000"})

    assert answer.context["reset_form"].non_field_errors() == ["Positions are open on this account. Close them first."]


def test_only_paper_accounts_can_be_set_back(visitor: Client, ana: User) -> None:
    account = make_account(ana, exchange="binance")

    assert visitor.post(f"/accounts/{account.pk}/reset/", {"start_balance": "5000"}).status_code == 404


def test_a_paper_account_that_the_exchange_lost_is_offered_a_new_start(visitor: Client, ana: User) -> None:
    account = make_account(ana, status="needs_attention", status_code="keys_refused")

    answer = visitor.get(f"/accounts/{account.pk}/")

    assert answer.context["trouble"] == (
        "The paper exchange no longer knows this account. Start it again: its play money is set back to the start."
    )
    assert 'id="reset"' in answer.content.decode()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("invalid_credentials", "A corretora recusou as chaves da conta"),
        ("seal_broken", "As chaves guardadas não podem mais ser abertas"),
    ],
)
def test_an_account_that_needs_attention_says_why(code: str, said: str, transactional_db: None) -> None:
    """Whatever the trading workers wrote: on its page and by the API."""
    ana = make_user(language="pt-br")
    account = make_account(
        ana, exchange="binance", status="needs_attention", status_code=code, status_detail="API-key: 2015"
    )

    page = browser_of(ana).get(f"/accounts/{account.pk}/").content.decode()
    text = browser_of(ana).get(f"/api/v1/exchange-accounts/{account.pk}").json()["status_text"]

    assert text.startswith(said)
    assert said in page
    assert "API-key: 2015" in page
