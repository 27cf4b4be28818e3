"""Balances, leverage, modes and income of a futures account."""

import json
from decimal import Decimal
from typing import Any

from simulator.core import margin, registry
from simulator.core.accounts import Income
from simulator.core.amounts import ZERO
from simulator.core.margin import Summary
from simulator.core.markets import Kind
from simulator.core.orders import Fill
from simulator.dialects.binance.call import Call, fixed, plain
from simulator.dialects.binance.errors import BinanceError, malformed
from simulator.dialects.binance.futures_positions import account_position, all_positions
from simulator.dialects.binance.order_lookup import symbol_or_all, time_range

ASSET = "USDT"


def set_leverage(call: Call) -> Any:
    market, leverage = call.market(), call.integer("leverage")
    cap = registry.set_leverage(call.exchange, call.account, market.symbol, leverage)
    return {"leverage": leverage, "maxNotionalValue": str(cap), "symbol": market.symbol}


def set_margin_type(call: Call) -> Any:
    market, margin_type = call.market(), call.text("marginType")
    if margin_type not in ("ISOLATED", "CROSSED"):
        raise malformed("marginType")
    registry.set_margin_mode(call.exchange, call.account, market.symbol, isolated=margin_type == "ISOLATED")
    return {"code": 200, "msg": "success"}


def get_position_mode(call: Call) -> Any:
    return {"dualSidePosition": call.account.is_hedged}


def set_position_mode(call: Call) -> Any:
    call.text("dualSidePosition")
    registry.set_position_mode(call.exchange, call.account, is_hedged=call.flag("dualSidePosition"))
    return {"code": 200, "msg": "success"}


def get_multi_assets(_call: Call) -> Any:
    return {"multiAssetsMargin": False}


def set_multi_assets(call: Call) -> Any:
    """Single-asset margin is the only mode here."""
    call.text("multiAssetsMargin")
    if call.flag("multiAssetsMargin"):
        raise BinanceError(-4066, "Multi-Assets Mode is not available for this account.")
    raise BinanceError(-4171, "No need to change Multi-Assets Mode.")


def leverage_bracket(call: Call) -> Any:
    return [
        {
            "symbol": market.symbol,
            "notionalCoef": 1.0,
            "brackets": [
                {
                    "bracket": number,
                    "initialLeverage": bracket.leverage,
                    "notionalCap": bracket.cap,
                    "notionalFloor": bracket.floor,
                    "maintMarginRatio": json_number(bracket.maintenance_fraction),
                    "cum": json_number(bracket.deduction),
                }
                for number, bracket in enumerate(market.brackets, start=1)
            ],
        }
        for market in call.markets()
    ]


def json_number(value: Decimal) -> Any:
    """Binance gives these two as JSON numbers, not as strings."""
    return json.loads(plain(value))


def commission_rate(call: Call) -> Any:
    market = call.market()
    return {
        "symbol": market.symbol,
        "makerCommissionRate": plain(market.maker_fraction),
        "takerCommissionRate": plain(market.taker_fraction),
        "rpiCommissionRate": "0",
    }


def symbol_config(call: Call) -> Any:
    account = call.account
    return [
        {
            "symbol": market.symbol,
            "marginType": "ISOLATED" if account.is_isolated(market.symbol) else "CROSSED",
            "isAutoAddMargin": False,
            "leverage": account.leverage(market.symbol),
            "maxNotionalValue": str(market.notional_cap(account.leverage(market.symbol))),
        }
        for market in call.markets()
    ]


def account_config(call: Call) -> Any:
    return _rights(call) | {"dualSidePosition": call.account.is_hedged}


def _rights(call: Call) -> dict[str, Any]:
    permissions = call.account.permissions
    return {
        "feeTier": 0,
        "canTrade": permissions.futures,
        "canDeposit": True,
        "canWithdraw": permissions.withdrawals,
        "updateTime": call.account.updated,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def balance(call: Call) -> Any:
    summary = margin.summarize(call.exchange, call.account)
    return [
        {
            "accountAlias": f"sim{call.account.id}",
            "asset": asset,
            "balance": fixed(amount),
            "crossWalletBalance": fixed(summary.cross_wallet if asset == ASSET else amount),
            "crossUnPnl": fixed(summary.cross_unrealized_pnl if asset == ASSET else ZERO),
            "availableBalance": fixed(summary.available if asset == ASSET else amount),
            "maxWithdrawAmount": fixed(summary.available if asset == ASSET else amount),
            "marginAvailable": True,
            "updateTime": call.account.updated,
        }
        for asset, amount in _wallet(call).items()
    ]


def _wallet(call: Call) -> dict[str, Any]:
    return {ASSET: ZERO} | call.account.wallet


def account_v2(call: Call) -> Any:
    summary = margin.summarize(call.exchange, call.account)
    positions = [account_position(call, measured) for measured in all_positions(call)]
    return (
        _rights(call)
        | {"feeBurn": False}
        | _totals(summary)
        | {"assets": _assets(call, summary), "positions": positions}
    )


def account_v3(call: Call) -> Any:
    summary = margin.summarize(call.exchange, call.account)
    positions = [account_position(call, measured) for measured in summary.positions]
    return _totals(summary) | {"assets": _assets(call, summary), "positions": positions}


def _totals(summary: Summary) -> dict[str, str]:
    return {
        "totalInitialMargin": fixed(summary.position_initial + summary.order_initial),
        "totalMaintMargin": fixed(summary.maintenance),
        "totalWalletBalance": fixed(summary.wallet),
        "totalUnrealizedProfit": fixed(summary.unrealized_pnl),
        "totalMarginBalance": fixed(summary.wallet + summary.unrealized_pnl),
        "totalPositionInitialMargin": fixed(summary.position_initial),
        "totalOpenOrderInitialMargin": fixed(summary.order_initial),
        "totalCrossWalletBalance": fixed(summary.cross_wallet),
        "totalCrossUnPnl": fixed(summary.cross_unrealized_pnl),
        "availableBalance": fixed(summary.available),
        "maxWithdrawAmount": fixed(summary.available),
    }


def _assets(call: Call, summary: Summary) -> list[dict[str, Any]]:
    return [
        {
            "asset": asset,
            "walletBalance": fixed(amount),
            "unrealizedProfit": fixed(summary.unrealized_pnl if asset == ASSET else ZERO),
            "marginBalance": fixed(amount + (summary.unrealized_pnl if asset == ASSET else ZERO)),
            "maintMargin": fixed(summary.maintenance if asset == ASSET else ZERO),
            "initialMargin": fixed(summary.position_initial + summary.order_initial if asset == ASSET else ZERO),
            "positionInitialMargin": fixed(summary.position_initial if asset == ASSET else ZERO),
            "openOrderInitialMargin": fixed(summary.order_initial if asset == ASSET else ZERO),
            "crossWalletBalance": fixed(summary.cross_wallet if asset == ASSET else amount),
            "crossUnPnl": fixed(summary.cross_unrealized_pnl if asset == ASSET else ZERO),
            "availableBalance": fixed(summary.available if asset == ASSET else amount),
            "maxWithdrawAmount": fixed(summary.available if asset == ASSET else amount),
            "marginAvailable": True,
            "updateTime": call.account.updated,
        }
        for asset, amount in _wallet(call).items()
    ]


def income(call: Call) -> Any:
    symbol = symbol_or_all(call)
    start, end, limit = time_range(call, default=100)
    wanted = call.optional("incomeType")
    rows = [
        row
        for fill in call.account.fills
        if fill.kind is Kind.FUTURES and symbol in ("", fill.symbol) and start <= fill.time <= end
        for row in _income_rows(fill)
    ]
    rows += [_income_row(i) for i in call.account.incomes if symbol in ("", i.symbol) and start <= i.time <= end]
    rows = sorted((row for row in rows if wanted in ("", row["incomeType"])), key=lambda row: int(row["time"]))
    return rows[:limit] if start else rows[-limit:]


def _income_row(income: Income) -> dict[str, Any]:
    return {
        "symbol": income.symbol,
        "incomeType": income.kind,
        "income": fixed(income.amount),
        "asset": income.asset,
        "info": income.kind,
        "time": income.time,
        "tranId": income.id * 10 + 9,
        "tradeId": "",
    }


def _income_rows(fill: Fill) -> list[dict[str, Any]]:
    amounts = [("COMMISSION", -fill.fee)]
    if fill.realized_pnl:
        amounts.insert(0, ("REALIZED_PNL", fill.realized_pnl))
    return [
        {
            "symbol": fill.symbol,
            "incomeType": kind,
            "income": fixed(amount),
            "asset": fill.fee_asset,
            "info": str(fill.id),
            "time": fill.time,
            "tranId": fill.id * 10 + number,
            "tradeId": str(fill.id),
        }
        for number, (kind, amount) in enumerate(amounts)
    ]
