"""Positions of a futures account, in the shapes of `account` and of `positionRisk`, versions 2 and 3."""

from decimal import Decimal
from typing import Any

from simulator.core import margin
from simulator.core.accounts import Position
from simulator.core.margin import PositionMargin
from simulator.core.orders import PositionSide
from simulator.dialects.binance.call import Call, fixed, plain
from simulator.dialects.binance.order_lookup import symbol_or_all

MARGIN_ASSET = "USDT"


def all_positions(call: Call) -> list[PositionMargin]:
    """Every symbol, held or not, as the older versions list them; three sides each in hedge mode."""
    sides = list(PositionSide) if call.account.is_hedged else [PositionSide.BOTH]
    held = [call.account.position(market.symbol, side) for market in call.markets() for side in sides]
    return [margin.measure_position(call.exchange, call.account, position) for position in held]


def account_position(call: Call, measured: PositionMargin) -> dict[str, Any]:
    position = measured.position
    return {
        "symbol": position.symbol,
        "initialMargin": fixed(measured.initial),
        "maintMargin": fixed(measured.maintenance),
        "unrealizedProfit": fixed(measured.unrealized_pnl),
        "positionInitialMargin": fixed(measured.initial),
        "openOrderInitialMargin": "0",
        "leverage": str(measured.leverage),
        "isolated": measured.isolated,
        "entryPrice": fixed(position.entry_price),
        "breakEvenPrice": fixed(break_even_price(call, position)),
        "maxNotional": str(call.market_of(position.symbol).notional_cap(measured.leverage)),
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": position.side,
        "positionAmt": plain(position.quantity),
        "isolatedMargin": _isolated_margin(measured),
        "isolatedWallet": fixed(position.margin) if measured.isolated else "0",
        "notional": fixed(measured.notional),
        "updateTime": position.update_time,
    }


def _isolated_margin(measured: PositionMargin) -> str:
    """What an isolated position is worth; "0" marks a cross one."""
    return fixed(measured.position.margin + measured.unrealized_pnl) if measured.isolated else "0"


def break_even_price(call: Call, position: Position) -> Decimal:
    """Entry plus both taker fees."""
    sign = 1 if position.quantity > 0 else -1
    fee = call.market_of(position.symbol).taker_fraction
    return position.entry_price * (1 + sign * 2 * fee)


def position_risk_v2(call: Call) -> Any:
    return [_risk(call, measured) | _risk_of_old(call, measured) for measured in all_positions(call)]


def position_risk_v3(call: Call) -> Any:
    symbol = symbol_or_all(call)
    measured = margin.summarize(call.exchange, call.account).positions
    return [_risk(call, m) for m in measured if symbol in ("", m.position.symbol)]


def _risk(call: Call, measured: PositionMargin) -> dict[str, Any]:
    position = measured.position
    return {
        "symbol": position.symbol,
        "positionSide": position.side,
        "positionAmt": plain(position.quantity),
        "entryPrice": fixed(position.entry_price),
        "breakEvenPrice": fixed(break_even_price(call, position)),
        "markPrice": fixed(measured.price),
        "unRealizedProfit": fixed(measured.unrealized_pnl),
        "liquidationPrice": fixed(measured.liquidation_price),
        "isolatedMargin": _isolated_margin(measured),
        "notional": fixed(measured.notional),
        "marginAsset": MARGIN_ASSET,
        "isolatedWallet": fixed(position.margin) if measured.isolated else "0",
        "initialMargin": fixed(measured.initial),
        "maintMargin": fixed(measured.maintenance),
        "positionInitialMargin": fixed(measured.initial),
        "openOrderInitialMargin": "0",
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": position.update_time,
    }


def _risk_of_old(call: Call, measured: PositionMargin) -> dict[str, Any]:
    """Fields that only version 2 has."""
    market = call.market_of(measured.position.symbol)
    return {
        "leverage": str(measured.leverage),
        "maxNotionalValue": str(market.notional_cap(measured.leverage)),
        "marginType": "isolated" if measured.isolated else "cross",
        "isAutoAddMargin": "false",
    }
