"""Client order ids: derived, never drawn, so that a task that runs twice names the same order twice (D4)."""

import base64
import hashlib
from uuid import UUID

from exchanges.types import Leg

_PREFIX = "b"


def client_order_id(execution_id: UUID, leg: Leg, attempt: int) -> str:
    """18 characters [a-z0-9]: 'b', 16 base32 characters (80 bits) of a hash of (execution, leg, attempt), the leg's letter.

    One format fits every exchange's rule (`research`: OKX takes letters and digits only, Gate 28 characters, BingX lowers case).
    """
    digest = hashlib.blake2s(f"{execution_id}|{leg.value}|{attempt}".encode(), digest_size=10).digest()
    return _PREFIX + base64.b32encode(digest).decode().lower() + leg.value


def order_list_id(stop_client_order_id: str) -> str:
    """The id of an order list (OCO): the stop's, with the last letter 'o'."""
    return stop_client_order_id[:-1] + Leg.OCO.value
