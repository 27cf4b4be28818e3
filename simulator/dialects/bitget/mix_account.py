"""Settings, balances, positions and bills of a classic account's USDT futures."""

from typing import Any

from simulator.core import margin, registry
from simulator.core.accounts import Account
from simulator.core.margin import PositionMargin
from simulator.core.orders import PositionSide
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bitget.errors import malformed
from simulator.dialects.bitget.market_data import is_ours
from simulator.dialects.bitget.mix_orders import MOST, usdt_market
from simulator.dialects.bitget.positions import MARGIN_MODES, MODES
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain


def mode_name(account: Account) -> str:
    return next(name for name, hedged in MODES.items() if hedged is account.is_hedged)


def _settings(account: Account, symbol: str) -> dict[str, str]:
    leverage = str(account.leverage(symbol))
    return {
        "crossedMarginLeverage": leverage,
        "isolatedLongLever": leverage,
        "isolatedShortLever": leverage,
        "marginMode": "isolated" if account.is_isolated(symbol) else "crossed",
        "posMode": mode_name(account),
    }


def _purse(call: Call) -> dict[str, str]:
    summary = margin.summarize(call.exchange, call.account)
    equity, available = plain(summary.wallet + summary.unrealized_pnl), plain(summary.available)
    return {
        "marginCoin": "USDT",
        "locked": "0",
        "available": available,
        "crossedMaxAvailable": available,
        "isolatedMaxAvailable": available,
        "maxTransferOut": available,
        "accountEquity": equity,
        "usdtEquity": equity,
        "btcEquity": "0",
        "crossedRiskRate": "0",
        "unrealizedPL": plain(summary.unrealized_pnl),
        "coupon": "0",
        "crossedUnrealizedPL": plain(summary.cross_unrealized_pnl),
        "isolatedUnrealizedPL": plain(summary.unrealized_pnl - summary.cross_unrealized_pnl),
        "assetMode": "single",
    }


def account(call: Call) -> Any:
    """GET account: the purse, with the settings of a symbol."""
    return _purse(call) | _settings(call.account, usdt_market(call).symbol)


def accounts(call: Call) -> Any:
    return [_purse(call) | {"assetList": []}] if is_ours(call) else []


def set_leverage(call: Call) -> Any:
    """One leverage by symbol here; Bitget keeps it by margin mode and, isolated on a hedge account, by side."""
    market, who = usdt_market(call), call.account
    isolated_hedge = who.is_hedged and who.is_isolated(market.symbol)
    names = [name for name in ("leverage", "longLeverage", "shortLeverage") if call.optional(name)]
    if isolated_hedge and names == ["leverage"] and call.optional("holdSide") not in ("long", "short"):
        raise malformed("holdSide")
    registry.set_leverage(call.exchange, who, market.symbol, int(call.decimal(names[0] if names else "leverage")))
    leverage = str(who.leverage(market.symbol))
    told = {"symbol": market.name, "marginCoin": market.quote, "longLeverage": leverage, "shortLeverage": leverage}
    return told | {"crossMarginLeverage": leverage, "marginMode": _settings(who, market.symbol)["marginMode"]}


def set_margin_mode(call: Call) -> Any:
    """To the same mode is no error."""
    market, isolated = usdt_market(call), call.choice("marginMode", MARGIN_MODES)
    try:
        registry.set_margin_mode(call.exchange, call.account, market.symbol, isolated=isolated)
    except Refused as refusal:
        if refusal.reason is not Reason.MARGIN_MODE_UNCHANGED:
            raise
    leverage = str(call.account.leverage(market.symbol))
    told = {"symbol": market.name, "marginCoin": market.quote, "marginMode": call.text("marginMode")}
    return told | {"longLeverage": leverage, "shortLeverage": leverage}


def set_position_mode(call: Call) -> Any:
    is_ours(call)
    hedged = call.choice("posMode", MODES)
    if hedged is not call.account.is_hedged:
        registry.set_position_mode(call.exchange, call.account, is_hedged=hedged)
    return {"posMode": call.text("posMode")}


def positions(call: Call) -> Any:
    """GET all-position, and single-position with a symbol."""
    named = call.market().symbol if call.optional("symbol") else ""
    if not is_ours(call):
        return []
    measured = margin.summarize(call.exchange, call.account).positions
    return [_position(call, one) for one in measured if one.position.quantity and named in ("", one.position.symbol)]


def held_side(measured: PositionMargin) -> str:
    position = measured.position
    if position.side is not PositionSide.BOTH:
        return position.side.lower()
    return "long" if position.quantity > 0 else "short"


def _position(call: Call, measured: PositionMargin) -> dict[str, Any]:
    position, quantity = measured.position, plain(abs(measured.position.quantity))
    market = call.market_of(position.symbol)
    return {
        "marginCoin": market.quote,
        "symbol": market.name,
        "holdSide": held_side(measured),
        "openDelegateSize": "0",
        "marginSize": plain(measured.initial),
        "available": quantity,
        "locked": "0",
        "total": quantity,
        "leverage": str(measured.leverage),
        "achievedProfits": "0",
        "openPriceAvg": plain(position.entry_price),
        "marginMode": "isolated" if measured.isolated else "crossed",
        "posMode": mode_name(call.account),
        "unrealizedPL": plain(measured.unrealized_pnl),
        "liquidationPrice": plain(measured.liquidation_price),
        "keepMarginRate": "0.004",
        "markPrice": plain(measured.price),
        "marginRatio": "0",
        "breakEvenPrice": plain(position.entry_price),
        "totalFee": "",
        "deductedFee": "0",
        "assetMode": "single",
        "cTime": str(position.update_time),
        "uTime": str(position.update_time),
    }


def bills(call: Call) -> Any:
    """GET bill: funding, newest first. Other kinds of bills are not kept here."""
    is_ours(call)
    begin, end = call.integer("startTime", 0), call.integer("endTime", 2**62)
    rows = [
        {
            "billId": str(one.id),
            "symbol": call.market_of(one.symbol).name,
            "amount": plain(one.amount),
            "fee": "0",
            "feeByCoupon": "",
            "businessType": "contract_settle_fee",
            "coin": one.asset,
            "balance": plain(call.account.wallet["USDT"]),
            "cTime": str(one.time),
        }
        for one in reversed(call.account.incomes)
        if one.kind == "FUNDING_FEE"
        and begin <= one.time <= end
        and call.optional("businessType") in ("", "contract_settle_fee")
    ]
    rows = rows[: min(call.integer("limit", MOST), MOST)]
    return {"bills": rows, "endId": rows[-1]["billId"] if rows else ""}
