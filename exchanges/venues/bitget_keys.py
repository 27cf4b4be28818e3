"""What Bitget says of a key, and whether it belongs to the kind of account that the client chose.

Classic and unified accounts have endpoints of their own and refuse each other's (40085, 40084). A classic account's key check asks
a unified endpoint first: only where that is refused is the account what the client said.
"""

from typing import Any

from exchanges.dialect import Raw
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused
from exchanges.key_reports import WRONG_VARIANT
from exchanges.types import KeyReport
from exchanges.venues.bitget_answers import POSITION_MODES

UNIFIED_PROBE = "privateUtaGetV3AccountSettings"

IS_UNIFIED = "This key belongs to a unified trading account: choose “Unified” as the kind of account"
IS_CLASSIC = "This key belongs to a classic account: choose “Classic” as the kind of account"

# "Get Account Information", authorities: r at the end reads, w also writes.
_FUTURES, _SPOT, _WITHDRAW = "coow", "stow", "wwow"


def is_unified(said: str = "") -> Refused:
    return Refused(said or IS_UNIFIED, code=WRONG_VARIANT, kind=RefusalKind.CREDENTIALS)


def is_classic() -> Refused:
    return Refused(IS_CLASSIC, code=WRONG_VARIANT, kind=RefusalKind.CREDENTIALS)


def read_classic_key(raw: Raw) -> KeyReport:
    """Rights and bound addresses. Raises Refused(WRONG_VARIANT) when a unified account answered its own endpoint."""
    data = raw["data"]
    if "accountMode" in data:
        raise is_unified()
    rights = set(data["authorities"])
    told = bool(
        rights & {_FUTURES, _SPOT, _WITHDRAW, "coor", "stor", "cpor"}
    )  # older keys tell only "trade", "readonly"
    return KeyReport(
        can_read=True,
        can_trade_spot=_SPOT in rights if told else None,
        can_trade_futures=_FUTURES in rights if told else None,
        can_withdraw=_WITHDRAW in rights if told else None,
        ip_restricted=_has_addresses(data),
        position_mode=None,
    )


def read_unified_key(raw: Raw) -> KeyReport:
    """Rights and bound addresses ("Get Account Info": permType, permissions, ips)."""
    data = raw["data"]
    trades = data["permType"] == "read-and-write" and "uta_trade" in data["permissions"]
    return KeyReport(
        can_read=True,
        can_trade_spot=False,  # not offered on unified accounts, see docs/exchanges/bitget.md
        can_trade_futures=trades,
        can_withdraw="withdraw" in data["permissions"],
        ip_restricted=_has_addresses(data),
        position_mode=None,
    )


def read_unified_settings(raw: Raw) -> KeyReport:
    """The position mode. Raises OutcomeUnknown while the account is on its way from one kind to the other."""
    data = raw["data"]
    if data["accountMode"] not in ("unified", "hybrid"):
        raise OutcomeUnknown("The account is being changed from one kind to the other", code=str(data["accountMode"]))
    return KeyReport(
        can_read=True,
        can_trade_spot=None,
        can_trade_futures=None,
        can_withdraw=None,
        ip_restricted=None,
        position_mode=POSITION_MODES[data["holdMode"]],
    )


def _has_addresses(data: dict[str, Any]) -> bool | None:
    ips = data.get("ips")
    return bool(ips) if ips is not None else None
