"""Keys are replaced and accounts deleted while positions are open (D1, D17, EXC-19)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from exchanges import vault
from exchanges.candidates import TABLE
from exchanges.checking import check_account, sealed_keys_of, waiting_accounts
from exchanges.lifecycle import destroy_idle_keys
from exchanges.models import ExchangeAccount, KeyCandidate
from signals.models import Execution, Position
from simulator.testing import RunningSimulator as Simulator
from subscriptions.models import Subscription
from tests.exchanges.accounts.test_add import PATH, form
from tests.trading_world import make_bot, make_position

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(api: APIClient, sim: Simulator, worker: None) -> ExchangeAccount:
    answer = api.post(PATH, form(sim.control.create_account()), format="json")
    return ExchangeAccount.objects.get(pk=answer.json()["id"])


def open_keys(account: ExchangeAccount) -> dict[str, str]:
    account.refresh_from_db()
    return vault.unseal(table=TABLE, row_id=account.pk, sealed=sealed_keys_of(account))


def hold(account: ExchangeAccount) -> Position:
    subscription = Subscription.objects.create(user=account.user, bot=make_bot(), exchange_account=account)
    return make_position(subscription)


def put(api: APIClient, account: ExchangeAccount, key: dict[str, Any]) -> Any:
    body = {"api_key": key["api_key"], "secret_key": key["secret"]}
    return api.put(f"{PATH}/{account.pk}/keys", body, format="json")


def test_good_keys_take_the_place_of_the_old_ones(api: APIClient, account: ExchangeAccount, sim: Simulator) -> None:
    position = hold(account)
    key = sim.control.create_account(wallet={"USDT": "5000"})
    sim.control.trade_by_hand(key["api_key"], position.symbol_key, "BUY", "0.01")  # the same account, by another key

    answer = put(api, account, key)

    assert (answer.status_code, answer.json()["key_last4"]) == (200, key["api_key"][-4:])
    assert open_keys(account)["secret_key"] == key["secret"]
    assert account.key_version == 2
    assert AuditEntry.objects.order_by("-id").first().event == "keys_replaced"


def test_keys_of_another_account_are_refused_while_a_position_is_open(
    api: APIClient, account: ExchangeAccount, sim: Simulator
) -> None:
    """Else its position would look closed, and nobody could close it any more."""
    hold(account)
    before = open_keys(account)

    answer = put(api, account, sim.control.create_account())

    assert (answer.status_code, answer.json()["code"]) == (422, "other_account")
    assert open_keys(account) == before
    assert Position.objects.get().status == "open"


def test_refused_keys_leave_the_old_ones_at_work(api: APIClient, account: ExchangeAccount, sim: Simulator) -> None:
    before = open_keys(account)
    key = sim.control.create_account(permissions={"withdrawals": True})

    answer = put(api, account, key)

    assert (answer.status_code, answer.json()["code"]) == (422, "withdrawals_enabled")
    assert open_keys(account) == before
    assert (account.status, KeyCandidate.objects.count()) == ("verified", 0)


def test_a_key_revoked_at_the_exchange_is_noticed_by_the_daily_check(account: ExchangeAccount, sim: Simulator) -> None:
    sim.control.delete_account(open_keys(account)["api_key"])

    check_account(account.pk)

    account.refresh_from_db()
    assert (account.status, account.status_code) == ("needs_attention", "keys_refused")


def test_keys_that_an_exchange_begins_to_refuse_are_asked_about_again_for_an_hour(account: ExchangeAccount) -> None:
    """F34: it may have been a matter of minutes; after an hour the daily check is enough."""
    asked = {}
    for minutes in (5, 7, 61):
        then = timezone.now() - timedelta(minutes=minutes)
        ExchangeAccount.objects.filter(pk=account.pk).update(
            status="needs_attention", status_code="invalid_credentials", checked_at=then, updated_at=then
        )
        asked[minutes] = waiting_accounts()

    assert asked == {5: [], 7: [account.pk], 61: []}
    check_account(account.pk)
    account.refresh_from_db()
    assert (account.status, account.status_code) == ("verified", "")
    assert waiting_accounts() == []


def test_deleting_without_open_positions_destroys_the_keys_at_once(api: APIClient, account: ExchangeAccount) -> None:
    answer = api.delete(f"{PATH}/{account.pk}")

    account.refresh_from_db()
    assert answer.status_code == 204
    assert (bytes(account.sealed_keys), bytes(account.wrapped_data_key), account.key_id) == (b"", b"", "")
    assert (account.is_active, account.is_main, account.deleted_at is None) == (False, False, False)
    assert api.get(f"{PATH}/{account.pk}").status_code == 404


def test_open_positions_ask_for_the_choice(api: APIClient, account: ExchangeAccount) -> None:
    hold(account)

    answer = api.delete(f"{PATH}/{account.pk}")

    assert (answer.status_code, answer.json()["code"], answer.json()["open_positions"]) == (409, "choose_positions", 1)
    account.refresh_from_db()
    assert account.deleted_at is None
    assert api.delete(f"{PATH}/{account.pk}?close_positions=perhaps").status_code == 400


@pytest.mark.parametrize(("choice", "closes"), [("true", 1), ("false", 0)])
def test_the_choice_is_taken_and_keys_live_until_the_account_is_flat(
    api: APIClient, account: ExchangeAccount, choice: str, closes: int
) -> None:
    position = hold(account)

    answer = api.delete(f"{PATH}/{account.pk}?close_positions={choice}")

    assert answer.status_code == 204
    assert Execution.objects.filter(action="close_all", account=account).count() == closes
    assert Subscription.objects.get().status == "cancelled"
    assert destroy_idle_keys() == 0
    assert open_keys(account)["api_key"]
    Position.objects.filter(pk=position.pk).update(status="closed", quantity=0)
    assert destroy_idle_keys() == 1
    account.refresh_from_db()
    assert bytes(account.sealed_keys) == b""
    assert AuditEntry.objects.filter(event="keys_destroyed").count() == 1


def test_the_next_account_becomes_the_main_one(api: APIClient, account: ExchangeAccount, sim: Simulator) -> None:
    second = api.post(PATH, form(sim.control.create_account()), format="json").json()["id"]

    api.delete(f"{PATH}/{account.pk}")

    assert [row["id"] for row in api.get(PATH).json()["results"] if row["is_main"]] == [second]


def test_a_deleted_key_may_be_connected_again(api: APIClient, ana: User, sim: Simulator, worker: None) -> None:
    key = sim.control.create_account()
    first = api.post(PATH, form(key), format="json").json()["id"]
    api.delete(f"{PATH}/{first}")

    assert api.post(PATH, form(key), format="json").status_code == 201
