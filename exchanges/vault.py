"""The only module that decrypts (D17, SEC-08). AES-256-GCM; a data key per row, wrapped by a key of the ring.

`BATUTA_KEYS` is the ring: `id:base64,…`, 32 bytes each; the first key encrypts, the others still open. What is sealed
is bound to its place: table, row and field are authenticated with every value, so that a ciphertext moved to another
row does not open.
"""

import base64
import binascii
import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.digests import digest_matches, keyed_digest

__all__ = [
    "SealBroken",
    "Sealed",
    "current_key_id",
    "digest_matches",
    "key_ids",
    "keyed_digest",
    "rewrap",
    "seal",
    "unseal",
]

NONCE_BYTES = 12
KEY_BYTES = 32
KEY_ID_LENGTH = 40


class SealBroken(Exception):
    """What was sealed does not open: moved, altered, or its key is not in the ring."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed set of values as three columns. Holds nothing readable."""

    ciphertext: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    key_id: str


def seal(*, table: str, row_id: UUID, values: dict[str, str]) -> Sealed:
    """Encrypt `values` for one row under a new data key, wrapped by the ring's first key."""
    data_key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
    fields = {
        name: base64.b64encode(_encrypt(data_key, text.encode(), _place(table, row_id, name))).decode()
        for name, text in values.items()
    }
    key_id = current_key_id()
    return Sealed(json.dumps(fields).encode(), _wrap(key_id, data_key, table, row_id), key_id)


def unseal(*, table: str, row_id: UUID, sealed: Sealed) -> dict[str, str]:
    """Decrypt what `seal` made for this very row. Raises SealBroken; the caller drops the values after one use."""
    data_key = _unwrap(table, row_id, sealed)
    try:
        fields: dict[str, str] = json.loads(bytes(sealed.ciphertext))
        return {
            name: _decrypt(data_key, base64.b64decode(text), _place(table, row_id, name)).decode()
            for name, text in fields.items()
        }
    except (InvalidTag, ValueError, AttributeError, TypeError) as error:
        raise SealBroken(f"{table} {row_id} does not open") from error


def rewrap(*, table: str, row_id: UUID, sealed: Sealed) -> Sealed:
    """The same ciphertext, its data key wrapped by the ring's first key. Raises SealBroken."""
    unseal(table=table, row_id=row_id, sealed=sealed)
    data_key = _unwrap(table, row_id, sealed)
    key_id = current_key_id()
    return Sealed(bytes(sealed.ciphertext), _wrap(key_id, data_key, table, row_id), key_id)


def current_key_id() -> str:
    """The id of the key that encrypts."""
    return next(iter(_ring(settings.BATUTA_KEYS)))


def key_ids() -> list[str]:
    """The ids of all keys in the ring, the encrypting one first. Raises ImproperlyConfigured on a malformed ring."""
    return list(_ring(settings.BATUTA_KEYS))


@lru_cache(maxsize=4)
def _ring(text: str) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for entry in text.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key_id) > KEY_ID_LENGTH or len(key) != KEY_BYTES or key_id in ring:
            raise ImproperlyConfigured("BATUTA_KEYS must be `id:base64 of 32 bytes`, separated by commas, each id once")
        ring[key_id] = key
    return ring


def _place(table: str, row_id: UUID, name: str) -> bytes:
    return f"{table}|{row_id}|{name}".encode()


def _wrap(key_id: str, data_key: bytes, table: str, row_id: UUID) -> bytes:
    return _encrypt(_ring(settings.BATUTA_KEYS)[key_id], data_key, _place(table, row_id, f"#{key_id}"))


def _unwrap(table: str, row_id: UUID, sealed: Sealed) -> bytes:
    key = _ring(settings.BATUTA_KEYS).get(sealed.key_id)
    if key is None:
        raise SealBroken(f"{table} {row_id} needs the key {sealed.key_id!r}, which is not in BATUTA_KEYS")
    try:
        return _decrypt(key, bytes(sealed.wrapped_key), _place(table, row_id, f"#{sealed.key_id}"))
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"the data key of {table} {row_id} does not open") from error


def _encrypt(key: bytes, text: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, place)


def _decrypt(key: bytes, sealed: bytes, place: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
