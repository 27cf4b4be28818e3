"""What an order does to a position, in Bitget's words; classic and unified accounts say it differently."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from simulator.core import futures
from simulator.core.events import MarginModeSet
from simulator.core.markets import Market
from simulator.core.orders import PositionSide, Side
from simulator.core.refusals import Reason, Refused
from simulator.dialects.bitget.errors import malformed
from simulator.dialects.call import Call

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
POSITION_SIDES = {"long": PositionSide.LONG, "short": PositionSide.SHORT}
SIDE_NAMES = {PositionSide.BOTH: "net", PositionSide.LONG: "long", PositionSide.SHORT: "short"}
MARGIN_MODES = {"isolated": True, "crossed": False}
MODES = {"one_way_mode": False, "hedge_mode": True}
ENTRY_SIDES = {PositionSide.LONG: Side.BUY, PositionSide.SHORT: Side.SELL}


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way an order trades, on which position, and whether it can only make that smaller."""

    side: Side
    position_side: PositionSide
    closes: bool


def lower_choice(call: Call, name: str) -> Call:
    """The call with that parameter in lower case: Bitget does not mind its case."""
    return call.part({**call.parameters, name: call.optional(name).lower()})


def classic_direction(call: Call) -> Direction:
    """On a hedge account the side is the position's, and `tradeSide` says whether it is opened or closed; else that is ignored."""
    side = lower_choice(call, "side").choice("side", SIDES)
    if not call.account.is_hedged:
        return Direction(side, PositionSide.BOTH, call.optional("reduceOnly").upper() == "YES")
    trade_side = call.optional("tradeSide").lower()
    if not trade_side:
        raise Refused(Reason.POSITION_SIDE)
    if trade_side not in ("open", "close"):
        raise malformed("tradeSide")
    position_side = PositionSide.LONG if side is Side.BUY else PositionSide.SHORT
    return _on(position_side, side if trade_side == "open" else opposite(side))


def unified_direction(call: Call) -> Direction:
    """The side is the trade's; a hedge account's order names its position."""
    side, named = lower_choice(call, "side").choice("side", SIDES), call.optional("posSide").lower()
    if bool(named) is not call.account.is_hedged:
        raise Refused(Reason.POSITION_SIDE)
    if not named:
        return Direction(side, PositionSide.BOTH, call.optional("reduceOnly").lower() == "yes")
    return _on(lower_choice(call, "posSide").choice("posSide", POSITION_SIDES), side)


def _on(position_side: PositionSide, side: Side) -> Direction:
    return Direction(side, position_side, closes=ENTRY_SIDES[position_side] is not side)


def opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def allowed_quantity(call: Call, market: Market, direction: Direction, quantity: Decimal) -> Decimal:
    """A close on a hedge account closes at most what is held, and is refused where nothing is."""
    if not (direction.closes and call.account.is_hedged):
        return quantity
    held = futures.closable_quantity(call.account, market.symbol, direction.side, direction.position_side)
    if not held:
        raise Refused(Reason.REDUCE_ONLY)
    return min(quantity, held)


def take_margin_mode(call: Call, market: Market, isolated: bool) -> None:
    """The mode that an opening order says becomes the symbol's; refused while a position or an order stands in the other."""
    account = call.account
    if account.is_isolated(market.symbol) is isolated:
        return
    if any(position.symbol == market.symbol for position in account.positions.values()):
        raise Refused(Reason.MARGIN_MODE_POSITION)
    call.exchange.record(account, MarginModeSet(market.symbol, isolated))


def holder(call: Call, name: str, names: Mapping[str, PositionSide]) -> tuple[PositionSide, Side]:
    """Which position a stop or target of `name` (the direction of what is held) belongs to, and the side that closes it."""
    meant = lower_choice(call, name).choice(name, names)
    return (meant if call.account.is_hedged else PositionSide.BOTH), opposite(ENTRY_SIDES[meant])
