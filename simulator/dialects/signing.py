"""HMAC SHA256 as exchanges ask for it, compared in constant time."""

import base64
import hmac


def hex_signature(secret: str, text: str) -> str:
    """Lower-case hexadecimal HMAC SHA256 of the text."""
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def base64_signature(secret: str, text: str) -> str:
    """Base64 HMAC SHA256 of the text."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def is_same(expected: str, given: str) -> bool:
    """Whether both are equal, told in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())
