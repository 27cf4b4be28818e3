"""Connecting an exchange account by API (EXC-01, 02, 04, 07, 08, 09, 12, 19, 20, 21, P15)."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from exchanges.market_cache import markets_are_known, read_minimums, server
from exchanges.models import BalanceSnapshot, ExchangeAccount, KeyCandidate
from simulator.testing import RunningSimulator as Simulator
from tests.config.conftest import wait_until

PATH = "/api/v1/exchange-accounts"
pytestmark = pytest.mark.django_db(transaction=True)


def form(key: dict[str, Any], **changes: Any) -> dict[str, Any]:
    keys = {"api_key": key["api_key"], "secret_key": key["secret"]}
    return {"name": "Mine", "exchange": "binance", **keys, **changes}


def events() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))


def test_good_keys_are_verified_sealed_and_never_shown(api: APIClient, ana: User, sim: Simulator, worker: None) -> None:
    key = sim.control.create_account(wallet={"USDT": "1000"}, coins={"USDT": "250"})

    answer = api.post(PATH, form(key), format="json")

    row = ExchangeAccount.objects.get()
    assert (answer.status_code, answer.json()["status"]) == (201, "verified")
    assert answer.json()["key_last4"] == key["api_key"][-4:]
    assert (answer.json()["position_mode"], answer.json()["can_withdraw"]) == ("one_way", False)
    assert (row.is_main, row.is_active, row.user_id) == (True, True, ana.pk)
    for secret in (key["api_key"], key["secret"]):
        assert secret not in answer.content.decode()
        assert secret.encode() not in bytes(row.sealed_keys) + bytes(row.wrapped_data_key)
    assert KeyCandidate.objects.count() == 0
    assert events() == ["keys_submitted", "keys_added"]
    snapshot = BalanceSnapshot.objects.get()
    assert (snapshot.equity, snapshot.free) == (1250, 1250)


@pytest.mark.parametrize(
    ("permissions", "secret", "code"),
    [
        ({}, "wrong-secret", "keys_refused"),
        ({"withdrawals": True}, None, "withdrawals_enabled"),
    ],
)
def test_bad_keys_are_named_and_nothing_is_stored(
    api: APIClient, sim: Simulator, worker: None, permissions: dict[str, bool], secret: str | None, code: str
) -> None:
    key = sim.control.create_account(permissions=permissions)
    key["secret"] = secret or key["secret"]

    answer = api.post(PATH, form(key), format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20
    assert (ExchangeAccount.objects.count(), KeyCandidate.objects.count()) == (0, 0)
    assert events() == ["keys_submitted", "keys_refused"]


def test_without_a_worker_the_account_waits_as_checking(api: APIClient, sim: Simulator, settings: Settings) -> None:
    settings.KEY_CHECK_WAIT_S = 0.1
    key = sim.control.create_account()

    answer = api.post(PATH, form(key), format="json")

    assert (answer.status_code, answer.json()["status"], answer.json()["pending_keys"]) == (202, "checking", True)
    assert ExchangeAccount.objects.get().is_main is False


def test_an_exchange_that_does_not_answer_leaves_the_keys_waiting(
    api: APIClient, sim: Simulator, worker: None, settings: Settings
) -> None:
    settings.KEY_CHECK_WAIT_S = 1.0
    key = sim.control.create_account()
    sim.control.add_fault("answer_before", api_key=key["api_key"], status=503, body="", count=-1)

    answer = api.post(PATH, form(key), format="json")

    assert (answer.status_code, answer.json()["status"]) == (202, "checking")


def test_the_same_key_cannot_stand_behind_two_accounts(api: APIClient, sim: Simulator, worker: None) -> None:
    key = sim.control.create_account()
    api.post(PATH, form(key), format="json")
    other = APIClient()
    other.force_authenticate(User.objects.create_user("bia@example.com", "a-long-password"))

    answers = [client.post(PATH, form(key), format="json") for client in (api, other)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "keys_in_use")] * 2
    assert ExchangeAccount.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field", "code", "message"),
    [
        ({"exchange": "mtgox"}, "exchange", "exchange_not_supported", "Exchange mtgox not supported"),
        ({"passphrase": "x"}, "passphrase", "not_used", "This exchange does not use this field."),
        ({"secret_key": ""}, "secret_key", "blank", "This field may not be blank."),
        ({"api_key": "a b"}, "api_key", "invalid_key", "Only letters, digits and signs, without blanks."),
        ({"user": "x"}, "user", "unknown_field", "This field does not exist or cannot be set."),
        ({"name": ""}, "name", "blank", "This field may not be blank."),
    ],
)
def test_a_malformed_form_is_refused_before_anything_is_asked(
    api: APIClient, change: dict[str, str], field: str, code: str, message: str
) -> None:
    body = {**form({"api_key": "k", "secret": "s"}), **change}

    answer = api.post(PATH, body, format="json", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": field, "code": code, "message": message}]
    assert ExchangeAccount.objects.count() == 0


def test_exactly_one_account_is_the_main_one(api: APIClient, ana: User, sim: Simulator, worker: None) -> None:
    for number, is_main in enumerate([False, False, True]):
        key = sim.control.create_account()
        assert api.post(PATH, form(key, name=str(number), is_main=is_main), format="json").status_code == 201

    main = [row["name"] for row in api.get(PATH).json()["results"] if row["is_main"]]
    first = ExchangeAccount.objects.get(name="0")
    switched = api.patch(f"{PATH}/{first.pk}", {"is_main": True}, format="json")

    assert main == ["2"]
    assert switched.json()["is_main"] is True
    assert ExchangeAccount.objects.filter(user=ana, is_main=True).count() == 1
    assert api.patch(f"{PATH}/{first.pk}", {"is_main": False}, format="json").status_code == 400


def test_a_stranger_sees_nothing(api: APIClient, sim: Simulator, worker: None) -> None:
    account_id = api.post(PATH, form(sim.control.create_account()), format="json").json()["id"]
    stranger = APIClient()
    stranger.force_authenticate(User.objects.create_user("eve@example.com", "a-long-password"))

    path = f"{PATH}/{account_id}"
    statuses = [
        stranger.get(path).status_code,
        stranger.patch(path, {"name": "x"}, format="json").status_code,
        stranger.delete(path).status_code,
        stranger.put(f"{path}/keys", {"api_key": "a", "secret_key": "b"}, format="json").status_code,
        stranger.get(f"{path}/balances").status_code,
        stranger.post(f"{path}/check").status_code,
        stranger.post(f"{path}/reset", {}, format="json").status_code,
    ]

    assert statuses == [404] * 7
    assert stranger.get(PATH).json()["results"] == []


def test_exchanges_tell_what_their_forms_ask(api: APIClient) -> None:
    answer = APIClient().get("/api/v1/exchanges").json()

    binance = next(row for row in answer if row["id"] == "binance")
    assert [field["name"] for field in binance["credential_fields"]] == ["api_key", "secret_key"]


def test_the_first_account_makes_its_exchanges_markets_known(api: APIClient, sim: Simulator, worker: None) -> None:
    """B13: the pages ask no exchange; they know its symbols and smallest orders from now on, not at the next round of a worker."""
    for kind in ("futures", "spot"):
        server(django_settings.REDIS_URL).delete(f"batuta:markets:binance:{kind}")
    key = sim.control.create_account(wallet={"USDT": "1000"})

    api.post(PATH, form(key), format="json")

    wait_until(lambda: markets_are_known("binance", "futures") and markets_are_known("binance", "spot"))
    assert list(read_minimums("binance", "futures", ["BTCUSDT", "NOPEUSDT"])) == ["BTCUSDT"]
