"""EXC-02…06, EXC-13, EXC-19: keys of every exchange are entered through the API and proven with the exchange itself."""

from base64 import b64encode
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from exchanges import doors, market_loading, vault
from exchanges.checking import sealed_keys_of
from exchanges.client import configure
from exchanges.models import ExchangeAccount
from exchanges.places import place_of
from exchanges.registry import all_venues, get_venue
from exchanges.venue import Venue
from simulator.testing import RunningSimulator, run_simulator
from tests.accounts.queue import run_queued
from tests.contract.stages import stage_of

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/exchange-accounts"
PLAYED = [venue for venue in all_venues() if not venue.features.is_paper and not stage_of(venue).recorded]


@pytest.fixture
def at(settings: Settings, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Any]:
    """Starts a venue's simulator and a worker; gives the control of the exchange."""
    over, started = Event(), []

    def start(venue: Venue) -> RunningSimulator:
        running = run_simulator(exchange=stage_of(venue).exchange or venue.id)
        sim = running.__enter__()
        started.append(running)
        configure({venue.id: sim.url})
        monkeypatch.setattr(market_loading, "_books", {})
        monkeypatch.setattr(doors, "_doors", {})
        return sim

    def work() -> None:
        while not over.wait(0.02):
            run_queued()
        connection.close()

    thread = Thread(target=work)
    thread.start()
    yield start
    over.set()
    thread.join()
    for running in started:
        running.__exit__(None, None, None)


@pytest.fixture
def api(transactional_db: None) -> APIClient:
    made = APIClient()
    made.force_authenticate(User.objects.create_user("ana@example.com", "a-long-password"))
    return made


def keys_for(sim: RunningSimulator, venue: Venue, variant: str = "", **wanted: Any) -> dict[str, str]:
    asks = {asked.name for asked in venue.credential_fields}
    quote = stage_of(venue).quote
    passphrase = {"passphrase": "a-pass-Phrase1"} if "passphrase" in asks else {}
    # the label says which kind of account it is, where an exchange has several
    kind = {"label": variant or "classic"}
    values = {"wallet": {quote: "1000"}, "coins": {quote: "1000"}, **kind, **passphrase, **wanted}
    made = sim.control.create_account(**values)
    chosen = {"variant": variant} if variant else {}
    return {"api_key": made["api_key"], "secret_key": made["secret"], **passphrase, **chosen}


def form(venue: Venue, keys: dict[str, str]) -> dict[str, Any]:
    return {"name": venue.label, "exchange": venue.id, **keys}


@pytest.mark.parametrize("venue", PLAYED, ids=lambda venue: venue.id)
def test_good_keys_are_accepted_and_the_account_is_worth_something(at: Any, api: APIClient, venue: Venue) -> None:
    sim = at(venue)

    answer = api.post(PATH, form(venue, keys_for(sim, venue)), format="json")

    assert (answer.status_code, answer.json()["status"]) == (201, "verified"), answer.content
    account = ExchangeAccount.objects.get()
    balances = api.get(f"{PATH}/{account.pk}/balances").json()
    assert [row["currency"] for row in balances["balances"]] == [stage_of(venue).quote]


def test_every_field_is_taken_and_the_keys_are_sealed(at: Any, api: APIClient) -> None:
    """EXC-02: name, exchange, keys, passphrase, testnet and is_main; of the keys nothing is readable, nor answered."""
    venue = get_venue("bitget")
    keys = keys_for(at(venue), venue, environment="demo")
    first = ExchangeAccount.objects.create(user=User.objects.get(), exchange="paper", name="First", is_main=True)

    answer = api.post(PATH, form(venue, keys) | {"name": "Demo", "testnet": True, "is_main": True}, format="json")

    account = ExchangeAccount.objects.exclude(pk=first.pk).get()
    shown = api.get(f"{PATH}/{account.pk}")
    assert (answer.status_code, answer.json()["status"]) == (201, "verified"), answer.content
    assert {name: shown.json()[name] for name in ("name", "exchange", "testnet", "is_main", "is_active")} == {
        "name": "Demo", "exchange": "bitget", "testnet": True, "is_main": True, "is_active": True,
    }  # fmt: skip
    assert api.get(f"{PATH}/{first.pk}").json()["is_main"] is False
    columns = bytes(account.sealed_keys) + bytes(account.wrapped_data_key)
    for secret in keys.values():
        assert secret not in (answer.content + shown.content).decode()
        assert secret.encode() not in columns
        assert b64encode(secret.encode()) not in columns
    assert (
        vault.unseal(table="exchange_account", row_id=account.pk, sealed=sealed_keys_of(account)).items()
        >= keys.items()
    )


@pytest.mark.parametrize("venue", PLAYED, ids=lambda venue: venue.id)
def test_a_wrong_secret_is_refused_and_nothing_is_stored(at: Any, api: APIClient, venue: Venue) -> None:
    sim = at(venue)
    keys = keys_for(sim, venue)

    answer = api.post(PATH, form(venue, keys | {"secret_key": "f" * 64}), format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "keys_refused"), answer.content
    assert not ExchangeAccount.objects.filter(status="verified").exists()


@pytest.mark.parametrize(
    "venue", [one for one in all_venues() if not one.features.is_paper], ids=lambda venue: venue.id
)
def test_the_form_asks_for_a_passphrase_exactly_where_the_exchange_has_one(api: APIClient, venue: Venue) -> None:
    """EXC-04, EXC-05, EXC-06"""
    needs = venue.id in ("bitget", "okx", "kucoin")
    keys = {"api_key": "k" * 32, "secret_key": "s" * 32} | ({} if needs else {"passphrase": "x"})

    answer = api.post(PATH, form(venue, keys), format="json")

    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"] if one["field"] == "passphrase"] == [
        ("passphrase", "required" if needs else "not_used")
    ]


@pytest.mark.parametrize(("real", "chosen"), [("unified", ""), ("classic", "unified")])
def test_keys_of_the_other_kind_of_account_are_told_so(at: Any, api: APIClient, real: str, chosen: str) -> None:
    venue = get_venue("bitget")
    sim = at(venue)

    answer = api.post(PATH, form(venue, keys_for(sim, venue, chosen, label=real)), format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_variant"), answer.content


@pytest.mark.parametrize(("exchange", "words"), [("okx", "passphrase"), ("bitget", "password")])
def test_a_wrong_passphrase_is_named_with_the_exchanges_own_words(
    at: Any, api: APIClient, exchange: str, words: str
) -> None:
    venue = get_venue(exchange)
    keys = keys_for(at(venue), venue)

    answer = api.post(PATH, form(venue, keys | {"passphrase": "another-one"}), format="json", HTTP_ACCEPT_LANGUAGE="en")

    assert (answer.status_code, answer.json()["code"]) == (422, "keys_refused")
    assert "the secret or the passphrase is wrong" in answer.json()["detail"]
    assert words in answer.json()["exchange_answer"].lower()


@pytest.mark.parametrize(
    ("testnet", "words"), [(True, "tried at its testnet / demo"), (False, "tried at the live exchange")]
)
def test_refused_keys_say_where_they_were_tried(at: Any, api: APIClient, testnet: bool, words: str) -> None:
    venue = get_venue("bybit")
    keys = keys_for(at(venue), venue) | {"secret_key": "f" * 64}

    answer = api.post(PATH, form(venue, keys) | {"testnet": testnet}, format="json", HTTP_ACCEPT_LANGUAGE="en")

    assert (answer.status_code, words in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("kind", ["unified", "classic"])
def test_the_kind_of_account_is_known_without_opening_the_keys(at: Any, api: APIClient, kind: str) -> None:
    venue = get_venue("bitget")
    sim = at(venue)

    answer = api.post(PATH, form(venue, keys_for(sim, venue, kind)), format="json")

    assert (answer.status_code, answer.json()["variant"]) == (201, kind), answer.content
    with override("en"):
        assert place_of(ExchangeAccount.objects.get()) == f"Bitget · {kind.capitalize()}"


def test_a_kind_of_account_that_there_is_not_is_refused(api: APIClient) -> None:
    keys = {"api_key": "k" * 32, "secret_key": "s" * 32, "passphrase": "p", "variant": "moon"}

    answer = api.post(PATH, form(get_venue("okx"), keys), format="json")

    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("variant", "invalid_choice")]
