"""Who is asking: key, timestamp and signature, checked as BingX does ("Signature authentication").

The signature is HMAC SHA256, in hexadecimal, over all parameters of query and body in alphabetical order, not encoded.
"""

from collections.abc import Mapping
from typing import Any

from simulator.core.accounts import Account
from simulator.dialects import signing
from simulator.dialects.errors import VenueError

DEFAULT_WINDOW_MS = MAX_WINDOW_MS = 5000
AHEAD_MS = 1000
DEMO_HOST = "open-api-vst."


def is_demo(host: str) -> bool | None:
    """Whether the client meant the demo host; None without a host."""
    return DEMO_HOST in host if host else None


def check_time(parameters: Mapping[str, Any], now: int) -> None:
    """100421 when missing, older than recvWindow, or more than a second ahead."""
    stamp, window = str(parameters.get("timestamp", "")), str(parameters.get("recvWindow") or DEFAULT_WINDOW_MS)
    if not (stamp.isdigit() and window.isdigit()):
        raise _wrong_time()
    if not -AHEAD_MS <= now - int(stamp) <= min(int(window), MAX_WINDOW_MS):
        raise _wrong_time()


def _wrong_time() -> VenueError:
    return VenueError(100421, "Null timestamp or timestamp mismatch")


def check_signature(account: Account, parameters: Mapping[str, Any]) -> None:
    """100412 without one, 100001 for a wrong one."""
    given = str(parameters.get("signature", ""))
    if not given:
        raise VenueError(100412, "Null signature")
    text = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if name != "signature")
    if not signing.is_same(signing.hex_signature(account.secret, text), given.lower()):
        raise VenueError(100001, "Signature verification failed")
