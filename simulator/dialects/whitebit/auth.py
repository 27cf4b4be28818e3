"""Who signed a request: payload, signature and nonce. Source: docs.whitebit.com, "Authentication".

Every private request is a POST whose body says its own path and a nonce; the header `X-TXC-PAYLOAD` is that body in base64, signed
with HMAC SHA512. With `nonceWindow` a nonce is a time in milliseconds, 5 seconds around the exchange's and used once; else it is
greater than the one before.
"""

import base64
import binascii
import hmac
from collections import defaultdict

from simulator.core.accounts import Account
from simulator.dialects import signing
from simulator.dialects.reading import parse_json
from simulator.dialects.whitebit import errors
from simulator.web import Request

WINDOW_MS = 5_000


class Gate:
    """Checks requests and remembers which nonces were used (not beyond a restart)."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._used: defaultdict[str, dict[int, None]] = defaultdict(dict)

    def check(self, request: Request, account: Account | None, now: int) -> Account:
        """The account that signed it, in the order in which the documentation lists the errors. VenueError."""
        payload = request.header(b"x-txc-payload")
        if account is None or not signing.is_same(
            _signature(account.secret, payload), request.header(b"x-txc-signature")
        ):
            raise errors.before("Unauthorized request.")
        if _decoded(payload) != request.body:
            raise errors.before("Invalid payload")
        told = parse_json(request.body)
        if told.get("request") != request.path:
            raise errors.before("Request not provided.")
        self._check_nonce(account.api_key, str(told.get("nonce", "")), told.get("nonceWindow", "false"), now)
        return account

    def _check_nonce(self, api_key: str, text: str, window: object, now: int) -> None:
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise errors.before("Nonce not provided.")
        if window not in ("true", "false"):
            raise errors.before("Invalid nonceWindow.")
        nonce = int(text)
        if window == "false":
            if nonce <= self._last.get(api_key, -1):
                raise errors.used_nonce()
            self._last[api_key] = nonce
            return
        if abs(nonce - now) > WINDOW_MS:
            raise errors.before("Your nonce is more than 5 seconds lesser than the current nonce")
        self._use(self._used[api_key], nonce, now)

    def _use(self, used: dict[int, None], nonce: int, now: int) -> None:
        if nonce in used:
            raise errors.used_nonce()
        used[nonce] = None
        for old in list(used):
            if abs(old - now) <= WINDOW_MS:
                break
            del used[old]


def _signature(secret: str, payload: str) -> str:
    return hmac.digest(secret.encode(), payload.encode(), "sha512").hex()


def _decoded(payload: str) -> bytes:
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        return b""
