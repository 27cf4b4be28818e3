"""What a client asks for on spot, and how it is written down."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.core.accounts import Account
from simulator.core.amounts import ZERO
from simulator.core.events import ListPlaced, OrderPlaced
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind
from simulator.core.orders import (
    SPOT_CONDITIONAL,
    STOPS,
    Order,
    OrderList,
    OrderType,
    Pieces,
    Protection,
    Side,
    TimeInForce,
)


@dataclass(slots=True)
class NewSpotOrder:
    """What a client asks for; a market order gives `quantity` (base) or `quote_quantity` (what to spend or to receive)."""

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal = ZERO
    quote_quantity: Decimal = ZERO
    price: Decimal = ZERO
    stop_price: Decimal = ZERO
    client_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    pieces: Pieces | None = None
    protection: Protection | None = None


def fires_above(kind: OrderType, side: Side) -> bool:
    """Whether a spot stop or target waits for a higher price."""
    return (kind in STOPS) == (side is Side.BUY)


def record_order(
    exchange: Exchange, account: Account, new: NewSpotOrder, *, list_id: int = -1, parent_id: int = 0
) -> Order:
    """Write it down as it is; nothing is checked here."""
    order_id, now = exchange.state.last_order + 1, exchange.clock()
    order = Order(
        id=order_id,
        kind=Kind.SPOT,
        symbol=new.symbol,
        client_id=new.client_id or f"sim{order_id}",
        side=new.side,
        type=new.type,
        quantity=new.quantity,
        price=new.price,
        stop_price=new.stop_price,
        quote_quantity=new.quote_quantity,
        time_in_force=new.time_in_force,
        list_id=list_id,
        is_working=new.type not in SPOT_CONDITIONAL,
        protection=new.protection,
        parent_id=parent_id,
        time=now,
        update_time=now,
    )
    exchange.record(account, OrderPlaced(order))
    return order


def record_list(
    exchange: Exchange,
    account: Account,
    above: NewSpotOrder,
    below: NewSpotOrder,
    client_id: str = "",
    *,
    parent_id: int = 0,
) -> OrderList:
    """Write both down as a list of which the first to work ends the other; nothing is checked here."""
    list_id, first = exchange.state.last_list + 1, exchange.state.last_order + 1
    placed = OrderList(list_id, above.symbol, client_id or f"sim{list_id}", [first, first + 1], exchange.clock())
    exchange.record(account, ListPlaced(placed))
    for leg in (below, above):
        record_order(exchange, account, leg, list_id=list_id, parent_id=parent_id)
    return placed
