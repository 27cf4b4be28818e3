"""Keyed digests: a secret or an address can be compared with one, and cannot be read from it.

The key is made from SECRET_KEY, so that a process that only compares (the webhook) needs no key of the vault. When
SECRET_KEY changes, the old one belongs into SECRET_KEY_FALLBACKS as long as old digests shall match.
"""

import hashlib
import hmac

from django.conf import settings


def keyed_digest(purpose: str, text: str) -> str:
    """HMAC-SHA256 of `text` as 64 hex digits; the same text has another digest for every purpose."""
    return _digest(settings.SECRET_KEY, purpose, text)


def digest_matches(purpose: str, text: str, digest: str) -> bool:
    """Whether `digest` was made from `text`, in constant time, under the present key or one of its fallbacks."""
    matched = False
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        matched |= hmac.compare_digest(_digest(key, purpose, text), digest)
    return matched


def _digest(secret: str, purpose: str, text: str) -> str:
    key = hmac.digest(secret.encode(), f"batuta {purpose}".encode(), hashlib.sha256)
    # surrogatepass: a body with lone surrogates must be compared and refused, not crash
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
