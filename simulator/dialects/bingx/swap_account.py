"""Balances, positions, leverage, modes and income of a futures account."""

from decimal import Decimal
from typing import Any

from simulator.core import margin, registry
from simulator.core.markets import Kind
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bingx import errors
from simulator.dialects.bingx.swap_views import coin, describe_position
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain

MARGIN_TYPES = {"ISOLATED": True, "CROSSED": False}
LEVERAGE_SIDES = {side: side for side in ("LONG", "SHORT", "BOTH")}


def balance(call: Call) -> Any:
    """GET v3 user/balance: one row for each coin."""
    account = call.account
    rows = []
    for asset, amount in ({"USDT": Decimal(0)} | account.wallet).items():
        summary = margin.summarize(call.exchange, account, asset)
        is_margin = asset == "USDT"
        profit = summary.unrealized_pnl if is_margin else Decimal(0)
        rows.append(
            {
                "userId": f"{account.id}***{account.id}",
                "asset": coin(account, asset),
                "balance": fixed(amount),
                "equity": fixed(amount + profit),
                "unrealizedProfit": fixed(profit),
                "realisedProfit": "0.0000",
                "availableMargin": fixed(summary.available if is_margin else amount),
                "usedMargin": fixed(summary.position_initial if is_margin else Decimal(0)),
                "freezedMargin": fixed(summary.order_initial if is_margin else Decimal(0)),
                "shortUid": str(account.id),
            }
        )
    return rows


def positions(call: Call) -> Any:
    symbols = {market.symbol for market in call.markets()}
    held = margin.summarize(call.exchange, call.account).positions
    return [
        describe_position(call.market_of(m.position.symbol), call.account, m)
        for m in held
        if m.position.symbol in symbols
    ]


def get_leverage(call: Call) -> Any:
    market = call.market()
    leverage = call.account.leverage(market.symbol)
    return {
        "longLeverage": leverage,
        "shortLeverage": leverage,
        "maxLongLeverage": market.max_leverage,
        "maxShortLeverage": market.max_leverage,
    }


def set_leverage(call: Call) -> Any:
    """POST leverage, for BOTH on one-way accounts, for LONG and SHORT on hedge accounts (one leverage for both here)."""
    market, side, is_hedged = call.market(), call.choice("side", LEVERAGE_SIDES), call.account.is_hedged
    if (side == "BOTH") == is_hedged:
        raise errors.wrong_mode("Side", is_hedged=is_hedged)
    leverage = call.integer("leverage")
    registry.set_leverage(call.exchange, call.account, market.symbol, leverage)
    return {"leverage": leverage, "symbol": market.name}


def get_margin_type(call: Call) -> Any:
    return {"marginType": "ISOLATED" if call.account.is_isolated(call.market().symbol) else "CROSSED"}


def set_margin_type(call: Call) -> Any:
    """POST marginType; the one that is set already is taken as well (assumed)."""
    symbol, isolated = call.market().symbol, call.choice("marginType", MARGIN_TYPES)
    try:
        registry.set_margin_mode(call.exchange, call.account, symbol, isolated=isolated)
    except Refused as refusal:
        if refusal.reason is not Reason.MARGIN_MODE_UNCHANGED:
            raise
    return {}


def get_position_mode(call: Call) -> Any:
    return {"dualSidePosition": "true" if call.account.is_hedged else "false"}


def set_position_mode(call: Call) -> Any:
    call.text("dualSidePosition")
    wanted = call.flag("dualSidePosition")
    try:
        registry.set_position_mode(call.exchange, call.account, is_hedged=wanted)
    except Refused as refusal:
        if refusal.reason is not Reason.POSITION_MODE_UNCHANGED:
            raise
    return get_position_mode(call)


def income(call: Call) -> Any:
    """GET user/income: funding, realized profit and fees, oldest first."""
    symbols, wanted = {market.symbol for market in call.markets()}, call.optional("incomeType")
    start, end, account = call.integer("startTime", 0), call.integer("endTime", 2**62), call.account
    rows = [(one.symbol, one.kind, one.amount, one.asset, one.time, f"{one.id}_9") for one in account.incomes]
    for fill in account.fills:
        if fill.kind is Kind.FUTURES:
            rows.append((fill.symbol, "TRADING_FEE", -fill.fee, fill.fee_asset, fill.time, f"{fill.id}_0"))
            rows.append((fill.symbol, "REALIZED_PNL", fill.realized_pnl, fill.fee_asset, fill.time, f"{fill.id}_1"))
    chosen = [row for row in rows if row[0] in symbols and wanted in ("", row[1]) and start <= row[4] <= end]
    return [
        {
            "symbol": call.market_of(symbol).name,
            "incomeType": kind,
            "income": plain(amount),
            "asset": coin(account, asset),
            "info": kind,
            "time": at,
            "tranId": number,
            "tradeId": number,
        }
        for symbol, kind, amount, asset, at, number in sorted(chosen, key=lambda row: row[4])[
            : call.integer("limit", 100)
        ]
    ]


def permissions(call: Call) -> Any:
    """GET v1 account/apiPermissions, which comes without the envelope: 1 spot, 2 reading, 3 futures, 5 withdrawals."""
    own = call.account.permissions
    rights = ((1, own.spot), (2, own.reading), (3, own.futures), (5, own.withdrawals))
    return {
        "apiKey": call.account.api_key,
        "permissions": [right for right, granted in rights if granted],
        "ipAddresses": ["127.0.0.1"] if own.ip_restrict else [],
        "note": call.account.label,
    }
