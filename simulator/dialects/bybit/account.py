"""The unified account: balances, modes, leverage, the key."""

from decimal import Decimal
from typing import Any

from simulator.core import margin, registry, spot
from simulator.core.amounts import ZERO
from simulator.core.markets import Kind
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bybit.errors import margin_mode_refused, wrong
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain
from simulator.dialects.errors import VenueError

MARGIN_MODES = {"ISOLATED_MARGIN": True, "REGULAR_MARGIN": False}
POSITION_MODES = {"0": False, "3": True}


def wallet_balance(call: Call) -> Any:
    if call.text("accountType") != "UNIFIED":
        raise wrong("accountType only support UNIFIED.")
    wanted = set(filter(None, call.optional("coin").split(",")))
    coins = [_coin(call, coin, amount) for coin, amount in holdings(call).items() if not wanted or coin in wanted]
    usd = sum((Decimal(coin["usdValue"]) for coin in coins), ZERO)
    isolated = _is_isolated(call)
    available = "" if isolated else fixed(margin.summarize(call.exchange, call.account).available)
    total = {"accountType": "UNIFIED", "totalEquity": fixed(usd), "totalWalletBalance": fixed(usd)}
    return {"list": [total | {"totalMarginBalance": fixed(usd), "totalAvailableBalance": available, "coin": coins}]}


def holdings(call: Call) -> dict[str, Decimal]:
    """One wallet: what both kinds of trading have made of what the account began with. (The core keeps them apart.)"""
    account = call.account
    pots = ((account.wallet, account.start_wallet), (account.coins, account.start_coins))
    amounts: dict[str, Decimal] = {}
    for coin in sorted({coin for pot in pots for side in pot for coin in side}):
        began = max(start.get(coin, ZERO) for _, start in pots)
        amounts[coin] = began + sum((now.get(coin, ZERO) - start.get(coin, ZERO) for now, start in pots), ZERO)
    return amounts


def _coin(call: Call, coin: str, amount: Decimal) -> dict[str, str]:
    summary = margin.summarize(call.exchange, call.account, coin) if coin == "USDT" else None
    profit = summary.unrealized_pnl if summary else ZERO
    locked = spot.locked_balances(call.account).get(coin, ZERO)
    price = Decimal(1) if coin == "USDT" else call.exchange.state.prices.get(f"{coin}USDT", ZERO)
    return {
        "coin": coin,
        "equity": plain(amount + profit),
        "usdValue": fixed((amount + profit) * price),
        "walletBalance": plain(amount),
        "unrealisedPnl": plain(profit),
        "locked": plain(locked),
        "totalOrderIM": plain(summary.order_initial) if summary else "0",
        "totalPositionIM": plain(summary.position_initial) if summary else "0",
        "totalPositionMM": plain(summary.maintenance) if summary else "0",
        "borrowAmount": "0",
        "bonus": "0",
        "availableToWithdraw": "",
    }


def _is_isolated(call: Call) -> bool:
    return any(call.account.isolated.values())


def account_info(call: Call) -> Any:
    mode = "ISOLATED_MARGIN" if _is_isolated(call) else "REGULAR_MARGIN"
    return {"marginMode": mode, "unifiedMarginStatus": 5, "isMasterTrader": False, "updatedTime": "0"}


def set_margin_mode(call: Call) -> Any:
    """For every symbol at once; refused, all of it, while anything is open on contracts."""
    isolated = call.choice("setMarginMode", MARGIN_MODES)
    account = call.account
    symbols = [market.symbol for market in call.markets() if account.is_isolated(market.symbol) != isolated]
    if symbols and account.positions:
        raise margin_mode_refused("Please ensure that there are no positions in your account")
    if symbols and (account.open_conditionals or any(o.kind is Kind.FUTURES for o in account.open_orders.values())):
        raise margin_mode_refused("Please ensure that there are no active orders in your account")
    for symbol in symbols:
        registry.set_margin_mode(call.exchange, account, symbol, isolated=isolated)
    return {"reasons": []}


def set_leverage(call: Call) -> Any:
    """The same for both sides; 110043 when it is so already."""
    market, leverage = call.market(), call.integer("buyLeverage")
    if call.integer("sellLeverage") != leverage:
        raise wrong("buy leverage not equal to sell leverage")
    if call.account.leverage(market.symbol) == leverage and market.symbol in call.account.leverages:
        raise VenueError(110043, "leverage not modified")
    registry.set_leverage(call.exchange, call.account, market.symbol, leverage)
    return {}


def switch_mode(call: Call) -> Any:
    """Of a symbol, or of all symbols of a coin. (The core has one mode for the account.)"""
    if not call.optional("symbol") and not call.optional("coin"):
        raise wrong("params error: symbol or coin is required")
    if call.optional("symbol"):
        call.market()
    try:
        registry.set_position_mode(call.exchange, call.account, is_hedged=call.choice("mode", POSITION_MODES))
    except Refused as refusal:
        if refusal.reason is Reason.POSITION_MODE_UNCHANGED and not call.optional("symbol"):
            return {}
        raise
    return {}


def query_api(call: Call) -> Any:
    """What the key may do."""
    allowed = call.account.permissions
    return {
        "id": str(call.account.id),
        "note": call.account.label,
        "apiKey": call.account.api_key,
        "readOnly": 0 if allowed.futures or allowed.spot else 1,
        "secret": "",
        "permissions": {
            "ContractTrade": ["Order", "Position"] if allowed.futures else [],
            "Spot": ["SpotTrade"] if allowed.spot else [],
            "Wallet": ["AccountTransfer", "Withdraw"] if allowed.withdrawals else ["AccountTransfer"],
            "Options": [],
            "Derivatives": [],
            "Exchange": [],
        },
        "ips": ["192.0.2.7"] if allowed.ip_restrict else ["*"],
        "type": 1,
        "unified": 0,
        "uta": 1,
        "userID": call.account.id,
        "isMaster": True,
    }
