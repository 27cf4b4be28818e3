"""The vault: what is sealed opens only where it was sealed (D17, SEC-08, EXC-12)."""

import base64
import hashlib
import hmac
import uuid
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from exchanges import vault

ROW = uuid.UUID("6f2bd1a0-5a5c-4f0e-9d5b-0e4a9a3f1c11")
VALUES = {"api_key": "AKIA-canary-1234", "secret_key": "sécret-canary", "passphrase": ""}
RING_OLD = "old:" + base64.b64encode(b"o" * 32).decode()
RING_NEW = "new:" + base64.b64encode(b"n" * 32).decode()


@pytest.fixture(autouse=True)
def old_ring(settings: Settings) -> None:
    settings.BATUTA_KEYS = RING_OLD


def seal(row: uuid.UUID = ROW, table: str = "exchange_account") -> vault.Sealed:
    return vault.seal(table=table, row_id=row, values=VALUES)


def test_what_was_sealed_opens_for_its_row() -> None:
    assert vault.unseal(table="exchange_account", row_id=ROW, sealed=seal()) == VALUES


def test_sealed_bytes_and_repr_show_nothing() -> None:
    sealed = seal()

    shown = sealed.ciphertext + sealed.wrapped_key + repr(sealed).encode()

    assert b"canary" not in shown
    assert base64.b64encode(b"AKIA-canary-1234") not in shown


def test_two_seals_of_the_same_values_share_nothing() -> None:
    first, second = seal(), seal()

    assert first.ciphertext != second.ciphertext
    assert first.wrapped_key != second.wrapped_key


@pytest.mark.parametrize(("table", "row"), [("exchange_account", uuid.uuid4()), ("bot", ROW)])
def test_a_ciphertext_moved_to_another_place_does_not_open(table: str, row: uuid.UUID) -> None:
    with pytest.raises(vault.SealBroken):
        vault.unseal(table=table, row_id=row, sealed=seal())


def test_fields_swapped_inside_a_row_do_not_open() -> None:
    sealed = seal()
    swapped = sealed.ciphertext.replace(b"api_key", b"#").replace(b"secret_key", b"api_key")
    swapped = swapped.replace(b"#", b"secret_key")

    with pytest.raises(vault.SealBroken):
        vault.unseal(table="exchange_account", row_id=ROW, sealed=replace(sealed, ciphertext=swapped))


@pytest.mark.parametrize("ciphertext", [b"", b"{}x", b"[1]", b'{"api_key": 1}', b'{"api_key": "AAAA"}', b"\xff"])
def test_garbage_is_a_broken_seal(ciphertext: bytes) -> None:
    with pytest.raises(vault.SealBroken):
        vault.unseal(table="exchange_account", row_id=ROW, sealed=replace(seal(), ciphertext=ciphertext))


def test_a_key_that_left_the_ring_is_named(settings: Settings) -> None:
    sealed = seal()
    settings.BATUTA_KEYS = RING_NEW

    with pytest.raises(vault.SealBroken, match="needs the key 'old'"):
        vault.unseal(table="exchange_account", row_id=ROW, sealed=sealed)


def test_rewrapping_moves_a_row_to_the_first_key(settings: Settings) -> None:
    sealed = seal()
    settings.BATUTA_KEYS = f"{RING_NEW},{RING_OLD}"

    turned = vault.rewrap(table="exchange_account", row_id=ROW, sealed=sealed)
    settings.BATUTA_KEYS = RING_NEW

    assert turned.key_id == "new"
    assert vault.unseal(table="exchange_account", row_id=ROW, sealed=turned) == VALUES


@pytest.mark.parametrize(
    "ring", ["", "a", "a:", "a:AAAA", ":" + RING_OLD[4:], f"{RING_OLD},{RING_OLD}", f"{RING_OLD},"]
)
def test_a_malformed_ring_stops_everything(settings: Settings, ring: str) -> None:
    settings.BATUTA_KEYS = ring

    with pytest.raises(ImproperlyConfigured, match="BATUTA_KEYS"):
        vault.key_ids()


def test_a_keyed_digest_depends_on_key_purpose_and_text(settings: Settings) -> None:
    settings.SECRET_KEY = "one"
    expected = hmac.new(
        hmac.digest(b"one", b"batuta webhook", hashlib.sha256), "segredo é".encode(), hashlib.sha256
    ).hexdigest()

    assert vault.keyed_digest("webhook", "segredo é") == expected
    assert vault.keyed_digest("other", "segredo é") != expected
    assert vault.digest_matches("webhook", "segredo é", expected)
    assert not vault.digest_matches("webhook", "segredo e", expected)
    assert not vault.digest_matches("webhook", "\ud800", expected)


def test_old_digests_match_while_the_old_key_is_a_fallback(settings: Settings) -> None:
    settings.SECRET_KEY = "one"
    digest = vault.keyed_digest("webhook", "secret")
    settings.SECRET_KEY = "two"

    assert not vault.digest_matches("webhook", "secret", digest)
    settings.SECRET_KEY_FALLBACKS = ["one"]
    assert vault.digest_matches("webhook", "secret", digest)
