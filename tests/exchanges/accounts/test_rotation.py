"""`rotate_keys` moves every sealed row under the ring's first key, can be interrupted, and tells what is left (D17)."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from bots.models import Bot
from exchanges import vault
from exchanges.candidates import propose_keys, seal_keys
from exchanges.checking import sealed_keys_of
from exchanges.models import ExchangeAccount, KeyCandidate
from exchanges.sealed_tables import rotate_keys
from tests.trading_world import make_bot

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()
KEYS = {"api_key": "key-1234", "secret_key": "secret"}
pytestmark = pytest.mark.django_db


def make_sealed(number: int) -> ExchangeAccount:
    user = User.objects.create_user(f"u{number}@example.com")
    account = ExchangeAccount(user=user, exchange="binance", name=str(number))
    sealed = seal_keys(account.pk, KEYS)
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.save()
    return account


def run(**options: object) -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(autouse=True)
def old_ring(settings: Settings) -> None:
    settings.BATUTA_KEYS = OLD


def test_everything_sealed_is_turned_and_opens_without_the_old_key(settings: Settings) -> None:
    accounts = [make_sealed(number) for number in range(5)]
    propose_keys(accounts[0], {"api_key": "other-key", "secret_key": "other"})
    bot = make_bot()
    settings.BATUTA_KEYS = f"{NEW},{OLD}"

    told = run(batch_size=2)

    settings.BATUTA_KEYS = NEW
    assert "7 rows are now under key new" in told
    assert "exchanges.ExchangeAccount: 5 rows under key new" in told
    for account in accounts:
        account.refresh_from_db()
        opened = vault.unseal(table="exchange_account", row_id=account.pk, sealed=sealed_keys_of(account))
        assert opened["secret_key"] == "secret"
    assert set(KeyCandidate.objects.values_list("key_id", flat=True)) == {"new"}
    assert Bot.objects.get(pk=bot.pk).secret_key_id == "new"


def test_an_interrupted_run_is_resumed(settings: Settings) -> None:
    for number in range(4):
        make_sealed(number)
    settings.BATUTA_KEYS = f"{NEW},{OLD}"
    next(rotate_keys(batch_size=1))

    assert "ExchangeAccount: 1 rows under key new" in run(report=True)
    assert "3 rows are now under key new" in run()
    assert "0 rows are now under key new" in run()


def test_a_row_that_does_not_open_is_named_and_left(settings: Settings) -> None:
    account = make_sealed(1)
    ExchangeAccount.objects.filter(pk=account.pk).update(sealed_keys=b"{}x")
    settings.BATUTA_KEYS = f"{NEW},{OLD}"

    with pytest.raises(CommandError, match=str(account.pk)):
        run()

    account.refresh_from_db()
    assert account.key_id == "old"
