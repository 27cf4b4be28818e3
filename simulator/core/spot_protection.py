"""Stops and targets that come with a spot purchase: they sell what was received, once the order is filled."""

from simulator.core.accounts import Account
from simulator.core.amounts import ZERO, round_down
from simulator.core.exchange import Exchange
from simulator.core.filters import check_order_id, check_price
from simulator.core.markets import Kind, Market
from simulator.core.orders import Order, OrderType, Protection, Side, Trigger
from simulator.core.refusals import Reason, Refused
from simulator.core.spot_records import NewSpotOrder, fires_above, record_list, record_order


def check_protection(exchange: Exchange, account: Account, market: Market, new: NewSpotOrder) -> None:
    """Refused PRICE_…, WOULD_TRIGGER, DUPLICATE_ID, or REDUCE_ONLY for a sale: there is nothing to protect then."""
    if new.side is Side.SELL:
        raise Refused(Reason.REDUCE_ONLY)
    price = new.price or exchange.price(market.symbol)
    for kind, trigger in triggers_of(new.protection or Protection()):
        check_price(market, trigger.price)
        if price >= trigger.price if fires_above(kind, Side.SELL) else price <= trigger.price:
            raise Refused(Reason.WOULD_TRIGGER, price=price, trigger=trigger.price)
        check_order_id(exchange, account, Kind.SPOT, market.symbol, trigger.client_id)


def triggers_of(protection: Protection) -> list[tuple[OrderType, Trigger]]:
    """Its stop and its target, as far as it has them."""
    pairs = ((OrderType.STOP_LOSS, protection.stop), (OrderType.TAKE_PROFIT, protection.target))
    return [(kind, trigger) for kind, trigger in pairs if trigger]


def protect(exchange: Exchange, account: Account, market: Market, order: Order, protection: Protection) -> None:
    """Place what the order brought with it, for what it bought less the fee; nothing when that is below one step."""
    fees = sum((f.fee for f in account.fills if f.order_id == order.id and f.fee_asset == market.base), ZERO)
    quantity = round_down(order.executed_quantity - fees, market.step)
    legs = [
        NewSpotOrder(order.symbol, Side.SELL, kind, quantity, stop_price=trigger.price, client_id=trigger.client_id)
        for kind, trigger in triggers_of(protection)
    ]
    if quantity <= 0:
        return
    if len(legs) == 2:
        record_list(exchange, account, legs[1], legs[0], parent_id=order.id)
    else:
        for leg in legs:
            record_order(exchange, account, leg, parent_id=order.id)
