"""Settings, balances, positions and bills of an account. OKX has one wallet for swaps and spot, the core has two.

A coin is told as one: what the swaps' wallet has, and what spot has gained or lost of it since the start. Each of the core's two
pays for its own orders, so that an account could spend its start balance twice here.
"""

from decimal import Decimal
from typing import Any

from simulator.core import margin, registry, spot
from simulator.core.accounts import Account
from simulator.core.amounts import ZERO
from simulator.core.margin import PositionMargin
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain
from simulator.dialects.okx.errors import malformed
from simulator.dialects.okx.order_views import MOST, SIDE_NAMES
from simulator.dialects.okx.orders import MARGIN_MODES

MODES = {"long_short_mode": True, "net_mode": False}
FUNDING_FEE = ("8", "173")  # type and subtype of a bill


def config(call: Call) -> Any:
    account, rights = call.account, call.account.permissions
    granted = {"read_only": rights.reading, "trade": rights.futures or rights.spot, "withdraw": rights.withdrawals}
    return [
        {
            "uid": str(account.id),
            "mainUid": str(account.id),
            "acctLv": "2" if rights.futures else "1",
            "posMode": "long_short_mode" if account.is_hedged else "net_mode",
            "autoLoan": False,
            "perm": ",".join(name for name, has in granted.items() if has),
            "ip": "203.0.113.7" if rights.ip_restrict else "",
            "label": account.label,
            "level": "Lv1",
            "type": "0",
            "kycLv": "3",
        }
    ]


def set_position_mode(call: Call) -> Any:
    hedged = call.choice("posMode", MODES)
    if hedged is not call.account.is_hedged:
        registry.set_position_mode(call.exchange, call.account, is_hedged=hedged)
    return [{"posMode": call.text("posMode")}]


def set_leverage(call: Call) -> Any:
    """Kept by symbol here; OKX keeps it by margin mode and, isolated on a hedge account, by side."""
    market, mode = call.market("instId"), call.text("mgnMode")
    if mode not in MARGIN_MODES:
        raise malformed("mgnMode")
    needs_side = call.account.is_hedged and mode == "isolated"
    if needs_side is not (call.optional("posSide") in ("long", "short")):
        raise malformed("posSide")
    lever = call.decimal("lever")
    registry.set_leverage(call.exchange, call.account, market.symbol, int(lever))
    row = {"instId": market.name, "lever": plain(lever), "mgnMode": mode, "posSide": call.optional("posSide")}
    return [row]


def leverage_info(call: Call) -> Any:
    account, mode = call.account, call.text("mgnMode")
    sides = ("long", "short") if account.is_hedged else ("net",)
    market = call.market("instId")
    row = {"instId": market.name, "mgnMode": mode, "ccy": "", "lever": str(account.leverage(market.symbol))}
    return [row | {"posSide": side} for side in sides]


def _cash(account: Account, coin: str) -> Decimal:
    """A coin as one wallet would hold it; named in both start balances, it is the same money."""
    started_twice = account.start_coins.get(coin, ZERO) if coin in account.start_wallet else ZERO
    return account.wallet.get(coin, ZERO) + account.coins.get(coin, ZERO) - started_twice


def balance(call: Call) -> Any:
    account, summary = call.account, margin.summarize(call.exchange, call.account)
    locked, rows = spot.locked_balances(account), []
    for coin in sorted({*account.wallet, *account.coins}):
        cash, is_margin = _cash(account, coin), coin == "USDT"
        profit = summary.unrealized_pnl if is_margin else ZERO
        used = summary.wallet + summary.unrealized_pnl - summary.available if is_margin else ZERO
        available = max(cash + profit - used - locked.get(coin, ZERO), ZERO)
        if call.optional("ccy") and coin not in call.text("ccy").split(","):
            continue
        rows.append(
            {
                "ccy": coin,
                "eq": fixed(cash + profit),
                "cashBal": plain(cash),
                "upl": fixed(profit),
                "availEq": fixed(available),
                "availBal": fixed(min(available, cash)),
                "frozenBal": fixed(cash + profit - available),
                "ordFrozen": plain(locked.get(coin, ZERO)),
                "eqUsd": fixed(cash + profit) if is_margin else "",
                "uTime": str(account.updated),
            }
        )
    dollars = next((row["eq"] for row in rows if row["ccy"] == "USDT"), "0")
    return [{"totalEq": dollars, "isoEq": "", "adjEq": "", "uTime": str(account.updated), "details": rows}]


def positions(call: Call) -> Any:
    named = call.market("instId").symbol if call.optional("instId") else ""
    summary = margin.summarize(call.exchange, call.account)
    return [_position(call, one) for one in summary.positions if named in ("", one.position.symbol)]


def _position(call: Call, measured: PositionMargin) -> dict[str, Any]:
    position = measured.position
    market = call.market_of(position.symbol)
    contracts = market.to_contracts(position.quantity)
    return {
        "instType": "SWAP",
        "instId": market.name,
        "mgnMode": "isolated" if measured.isolated else "cross",
        "posId": f"{position.symbol}{position.side}",
        "posSide": SIDE_NAMES[position.side],
        "pos": plain(abs(contracts) if call.account.is_hedged else contracts),
        "availPos": plain(abs(contracts)),
        "avgPx": fixed(position.entry_price),
        "markPx": plain(measured.price),
        "last": plain(call.exchange.price(position.symbol)),
        "upl": fixed(measured.unrealized_pnl),
        "lever": str(measured.leverage),
        "liqPx": fixed(measured.liquidation_price) if measured.liquidation_price else "",
        "margin": fixed(position.margin) if measured.isolated else "",
        "imr": "" if measured.isolated else fixed(measured.initial),
        "mmr": fixed(measured.maintenance),
        "mgnRatio": "",
        "notionalUsd": fixed(abs(measured.notional)),
        "ccy": market.quote,
        "adl": "1",
        "cTime": str(position.update_time),
        "uTime": str(position.update_time),
    }


def bills(call: Call) -> Any:
    """GET bills and bills-archive: funding fees, newest first. Other kinds of bills are not kept here."""
    if call.optional("type") not in ("", FUNDING_FEE[0]):
        return []
    begin, end, most = call.integer("begin", 0), call.integer("end", 2**62), call.integer("limit", MOST)
    paid = [one for one in reversed(call.account.incomes) if one.kind == "FUNDING_FEE" and begin <= one.time <= end]
    return [
        {
            "billId": str(one.id),
            "instType": "SWAP",
            "instId": call.market_of(one.symbol).name,
            "ccy": one.asset,
            "type": FUNDING_FEE[0],
            "subType": FUNDING_FEE[1],
            "balChg": plain(one.amount),
            "posBalChg": "0",
            "pnl": plain(one.amount),
            "ts": str(one.time),
        }
        for one in paid[: min(most, MOST)]
    ]
