"""Settings, rights, coins, positions and records of a unified account.

The core has a futures wallet and coins of spot apart, a unified account one purse: what is told here is the futures wallet.
"""

from typing import Any

from simulator.core import margin, registry
from simulator.core.amounts import ZERO
from simulator.core.margin import PositionMargin
from simulator.dialects.bitget.market_data import PRODUCT
from simulator.dialects.bitget.mix_account import held_side, mode_name
from simulator.dialects.bitget.mix_orders import MOST
from simulator.dialects.bitget.positions import MARGIN_MODES, MODES, take_margin_mode
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain


def settings(call: Call) -> Any:
    return {
        "uid": str(call.account.id),
        "accountMode": "unified",
        "assetMode": "single",
        "accountLevel": "basic",
        "holdMode": mode_name(call.account),
        "stpMode": "none",
        "symbolConfigList": [
            {
                "category": PRODUCT,
                "symbol": call.market_of(symbol).name,
                "marginMode": "isolated" if call.account.is_isolated(symbol) else "crossed",
                "leverage": str(leverage),
            }
            for symbol, leverage in sorted(call.account.leverages.items())
        ],
        "coinConfigList": [],
    }


def info(call: Call) -> Any:
    """Whose key it is and what it may do."""
    rights = call.account.permissions
    granted = {"uta_mgt": rights.futures, "uta_trade": rights.futures, "withdraw": rights.withdrawals}
    return {
        "userId": str(call.account.id),
        "inviterId": "",
        "parentId": "",
        "channelCode": "",
        "channel": "",
        "ips": "203.0.113.7" if rights.ip_restrict else "",
        "permType": "read-and-write" if rights.futures else "read-only",
        "permissions": [name for name, has in granted.items() if has],
        "regisTime": str(call.account.created),
    }


def assets(call: Call) -> Any:
    summary = margin.summarize(call.exchange, call.account)
    equity = plain(summary.wallet + summary.unrealized_pnl)
    coins = []
    for coin, wallet in sorted(call.account.wallet.items()):
        profit = summary.unrealized_pnl if coin == "USDT" else ZERO
        available = summary.available if coin == "USDT" else wallet
        row = {"coin": coin, "equity": plain(wallet + profit), "usdValue": plain(wallet + profit)}
        coins.append(row | {"balance": plain(wallet), "available": plain(available), "debt": "0", "locked": "0"})
    return {
        "accountEquity": equity,
        "usdtEquity": equity,
        "btcEquity": "0",
        "unrealisedPnl": plain(summary.unrealized_pnl),
        "effEquity": equity,
        "mmr": plain(summary.maintenance),
        "imr": plain(summary.position_initial),
        "mgnRatio": "0",
        "positionMgnRatio": "0",
        "assets": coins,
    }


def set_leverage(call: Call) -> Any:
    """One leverage by symbol here. The margin mode that is named becomes the symbol's where nothing stands."""
    market = call.market()
    if call.optional("marginMode"):
        take_margin_mode(call, market, call.choice("marginMode", MARGIN_MODES))
    registry.set_leverage(call.exchange, call.account, market.symbol, int(call.decimal("leverage")))
    return "success"


def set_hold_mode(call: Call) -> Any:
    hedged = call.choice("holdMode", MODES)
    if hedged is not call.account.is_hedged:
        registry.set_position_mode(call.exchange, call.account, is_hedged=hedged)
    return "success"


def positions(call: Call) -> Any:
    """GET current-position."""
    call.text("category")
    named = call.market().symbol if call.optional("symbol") else ""
    measured = margin.summarize(call.exchange, call.account).positions
    rows = [_position(call, one) for one in measured if one.position.quantity and named in ("", one.position.symbol)]
    return {"list": rows or None}


def _position(call: Call, measured: PositionMargin) -> dict[str, Any]:
    position, quantity = measured.position, plain(abs(measured.position.quantity))
    market = call.market_of(position.symbol)
    return {
        "category": PRODUCT,
        "symbol": market.name,
        "marginCoin": market.quote,
        "holdMode": mode_name(call.account),
        "posSide": held_side(measured),
        "marginMode": "isolated" if measured.isolated else "crossed",
        "positionBalance": plain(measured.initial),
        "available": quantity,
        "frozen": "0",
        "total": quantity,
        "leverage": str(measured.leverage),
        "curRealisedPnl": "0",
        "avgPrice": plain(position.entry_price),
        "positionStatus": "normal",
        "unrealisedPnl": plain(measured.unrealized_pnl),
        "liquidationPrice": plain(measured.liquidation_price),
        "mmr": plain(measured.maintenance),
        "profitRate": "0",
        "markPrice": plain(measured.price),
        "breakEvenPrice": plain(position.entry_price),
        "totalFunding": "0",
        "openFeeTotal": "0",
        "closeFeeTotal": "0",
        "createdTime": str(position.update_time),
        "updatedTime": str(position.update_time),
    }


def records(call: Call) -> Any:
    """GET financial-records: funding, newest first. Other kinds of records are not kept here."""
    begin, end = call.integer("startTime", 0), call.integer("endTime", 2**62)
    rows = [
        {
            "id": str(one.id),
            "category": PRODUCT,
            "symbol": call.market_of(one.symbol).name,
            "coin": one.asset,
            "type": f"CONTRACT_MAIN_SETTLE_FEE_USER_{'IN' if one.amount > 0 else 'OUT'}",
            "amount": plain(one.amount),
            "fee": "0",
            "balance": plain(call.account.wallet["USDT"]),
            "ts": str(one.time),
        }
        for one in reversed(call.account.incomes)
        if one.kind == "FUNDING_FEE" and begin <= one.time <= end
    ]
    rows = [row for row in rows if call.optional("type") in ("", row["type"])][: min(call.integer("limit", MOST), MOST)]
    return {"list": rows, "cursor": rows[-1]["id"] if rows else None}
