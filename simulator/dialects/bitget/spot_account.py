"""Coins and rights of a classic account."""

from typing import Any

from simulator.core import spot
from simulator.core.amounts import ZERO
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain


def assets(call: Call) -> Any:
    """GET assets: what is held, or one coin."""
    account, locked, wanted = call.account, spot.locked_balances(call.account), call.optional("coin")
    return [
        {
            "coin": coin,
            "available": plain(total - locked.get(coin, ZERO)),
            "limitAvailable": "0",
            "frozen": plain(locked.get(coin, ZERO)),
            "locked": "0",
            "uTime": str(account.updated),
        }
        for coin, total in sorted(account.coins.items())
        if wanted in ("", coin) and (total or wanted)
    ]


def info(call: Call) -> Any:
    """GET info: whose key it is and what it may do."""
    rights = call.account.permissions
    granted = {
        ("coow", "coor"): rights.futures,
        ("stow", "stor"): rights.spot,
    }
    authorities = [write if has else read for (write, read), has in granted.items()]
    return {
        "userId": str(call.account.id),
        "inviterId": "",
        "ips": "203.0.113.7" if rights.ip_restrict else "",
        "authorities": authorities + (["wwow"] if rights.withdrawals else []),
        "parentId": call.account.id,
        "traderType": "not_trader",
        "channelCode": "",
        "channel": "",
        "regisTime": str(call.account.created),
    }
