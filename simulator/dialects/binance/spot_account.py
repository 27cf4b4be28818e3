"""A spot account's balances, and what a key may do (`/sapi`)."""

from typing import Any

from simulator.core.amounts import ZERO
from simulator.core.spot import locked_balances
from simulator.dialects.binance.call import Call, fixed


def account(call: Call) -> Any:
    permissions, coins = call.account.permissions, call.account.coins
    locked = locked_balances(call.account)
    known = {asset: ZERO for market in call.markets() for asset in (market.base, market.quote)}
    if call.flag("omitZeroBalances"):
        known = {}
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": permissions.spot,
        "canWithdraw": permissions.withdrawals,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.account.updated,
        "accountType": "SPOT",
        "balances": [
            {"asset": a, "free": fixed(total - locked.get(a, ZERO)), "locked": fixed(locked.get(a, ZERO))}
            for a, total in (known | coins).items()
        ],
        "permissions": ["SPOT"],
        "uid": call.account.id,
    }


def api_restrictions(call: Call) -> Any:
    permissions = call.account.permissions
    return {
        "ipRestrict": permissions.ip_restrict,
        "createTime": call.account.created,
        "enableReading": permissions.reading,
        "enableSpotAndMarginTrading": permissions.spot,
        "enableFutures": permissions.futures,
        "enableWithdrawals": permissions.withdrawals,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "permitsUniversalTransfer": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
    }


def coins(call: Call) -> Any:
    """The coins that exist here; none of them can be deposited or withdrawn."""
    assets = dict.fromkeys(asset for market in call.markets() for asset in (market.base, market.quote))
    locked = locked_balances(call.account)
    return [
        {
            "coin": asset,
            "name": asset,
            "depositAllEnable": False,
            "withdrawAllEnable": False,
            "free": fixed(call.account.coins.get(asset, ZERO) - locked.get(asset, ZERO)),
            "locked": fixed(locked.get(asset, ZERO)),
            "isLegalMoney": False,
            "trading": True,
            "networkList": [],
        }
        for asset in assets
    ]


def nothing(_call: Call) -> Any:
    """There are no margin pairs here."""
    return []


def no_symbols(call: Call) -> Any:
    """There are no coin-margined contracts here."""
    return {"timezone": "UTC", "serverTime": call.exchange.clock(), "rateLimits": [], "symbols": []}
