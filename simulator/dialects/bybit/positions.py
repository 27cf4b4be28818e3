"""/v5/position/list and the position's own stop and target (/v5/position/trading-stop)."""

from typing import Any

from simulator.core import margin
from simulator.core import protection as core
from simulator.core.accounts import Position
from simulator.core.orders import CONTRACT_PRICE, OrderType, PositionSide, Trigger
from simulator.dialects.bybit.errors import wrong
from simulator.dialects.bybit.lookup import page
from simulator.dialects.bybit.orders import TRIGGERS, position_side
from simulator.dialects.bybit.views import INDEX_OF
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain


def list_positions(call: Call) -> Any:
    """With a symbol its positions, also empty ones (which tells the position mode); else what is held."""
    account = call.account
    if call.optional("symbol"):
        sides = (PositionSide.LONG, PositionSide.SHORT) if account.is_hedged else (PositionSide.BOTH,)
        wanted = [account.position(call.market().symbol, side) for side in sides]
    elif call.optional("settleCoin"):
        wanted = list(account.positions.values()) if call.text("settleCoin") == "USDT" else []
    else:
        raise wrong("params error: symbol or settleCoin is required")
    return page(call, [_describe(call, position) for position in wanted], most=200)


def _describe(call: Call, position: Position) -> dict[str, Any]:
    measured = margin.measure_position(call.exchange, call.account, position)
    held = position.quantity
    stop, target = (
        core.find_trigger(call.account, position.symbol, position.side, kind)
        for kind in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET)
    )
    return {
        "positionIdx": INDEX_OF[position.side],
        "symbol": call.market_of(position.symbol).name,
        "side": "Buy" if held > 0 else "Sell" if held < 0 else "",
        "size": plain(abs(held)),
        "avgPrice": plain(position.entry_price),
        "positionValue": fixed(abs(held) * position.entry_price) if held else "",
        "tradeMode": 0,
        "positionStatus": "Normal",
        "autoAddMargin": 0,
        "leverage": str(measured.leverage),
        "positionBalance": fixed(measured.initial),
        "markPrice": plain(measured.price),
        "liqPrice": fixed(measured.liquidation_price) if held and measured.liquidation_price else "",
        "positionMM": fixed(measured.maintenance),
        "positionIM": fixed(measured.initial),
        "tpslMode": "Full",
        "stopLoss": plain(stop.trigger_price) if stop else "",
        "takeProfit": plain(target.trigger_price) if target else "",
        "trailingStop": "0",
        "unrealisedPnl": fixed(measured.unrealized_pnl) if held else "",
        "curRealisedPnl": "0",
        "cumRealisedPnl": "0",
        "riskId": 1,
        "riskLimitValue": "2000000",
        "createdTime": str(position.update_time),
        "updatedTime": str(position.update_time),
        "isReduceOnly": False,
        "seq": call.exchange.state.sequence,
    }


def set_trading_stop(call: Call) -> Any:
    """Stop and target of the whole position; "0" removes one."""
    market = call.market()
    if call.optional("tpslMode") not in ("", "Full"):
        raise wrong("params error: only tpslMode Full here")
    position = call.account.position(market.symbol, position_side(call))
    for name, source, kind in (
        ("stopLoss", "slTriggerBy", OrderType.STOP_MARKET),
        ("takeProfit", "tpTriggerBy", OrderType.TAKE_PROFIT_MARKET),
    ):
        if call.optional(name):
            price = call.decimal(name)
            working = call.choice(source, TRIGGERS, CONTRACT_PRICE)
            trigger = Trigger(price, working_type=working) if price else None
            core.set_trigger(call.exchange, call.account, position, kind, trigger)
    return {}
