"""Liquidation: when the mark price has eaten the margin, the exchange closes the position with an order of its own.

Positions wait in the mark price's books for the next price at which they could be due (`watch`); only then is the account
measured. The level is exact for an isolated position and for a lone cross one; several cross positions share the margin
that is left evenly, so a level comes too early rather than too late, and is drawn anew.
"""

from decimal import Decimal

from simulator.core import futures
from simulator.core.accounts import Account
from simulator.core.amounts import ZERO, money, round_down, round_up
from simulator.core.events import Liquidated, OrderPlaced
from simulator.core.exchange import Exchange
from simulator.core.margin import PositionMargin, summarize
from simulator.core.markets import Kind
from simulator.core.orders import Order, OrderType, Side, TimeInForce

LIQUIDATION_FEE = Decimal("0.0125")
CLIENT_ID = "autoclose-"


def check(exchange: Exchange, account: Account) -> None:
    """Liquidate what is due, until the rest is covered, and watch the levels of what remains."""
    for measured in _isolated(exchange, account):
        if measured.position.margin + measured.unrealized_pnl <= measured.maintenance:
            _liquidate(exchange, account, measured)
    while (cross := _cross(exchange, account)) and cross_slack(exchange, account) <= 0:
        _liquidate(exchange, account, max(cross, key=lambda measured: measured.maintenance))
    _watch(exchange, account)


def cross_slack(exchange: Exchange, account: Account) -> Decimal:
    """How much more the cross positions may lose before their maintenance margin is touched."""
    summary = summarize(exchange, account)
    maintenance = sum((m.maintenance for m in summary.positions if not m.isolated), ZERO)
    return summary.cross_wallet + summary.cross_unrealized_pnl - maintenance


def _isolated(exchange: Exchange, account: Account) -> list[PositionMargin]:
    return [measured for measured in summarize(exchange, account).positions if measured.isolated]


def _cross(exchange: Exchange, account: Account) -> list[PositionMargin]:
    return [measured for measured in summarize(exchange, account).positions if not measured.isolated]


def _liquidate(exchange: Exchange, account: Account, measured: PositionMargin) -> None:
    """Cancel the symbol's open orders, close the position at the market with the liquidation fee.

    The fee takes no more than what is left of an isolated margin, or half of a cross position's maintenance margin: so
    closing one helps the others. What the market takes beyond the margin is `covered` by the insurance fund.
    """
    position, mark = measured.position, exchange.mark(measured.position.symbol)
    futures.cancel_all(exchange, account, position.symbol)
    own_margin, held = position.margin, summarize(exchange, account).cross_wallet
    order = _order(exchange, measured)
    exchange.record(account, OrderPlaced(order))
    collateral = own_margin if measured.isolated else held
    profit = position.quantity * (order.price - position.entry_price)
    most = collateral + profit if measured.isolated else min(collateral + profit, measured.maintenance / 2)
    fee = money(max(min(order.quantity * order.price * LIQUIDATION_FEE, most), ZERO))
    futures.fill_order(exchange, account, order, order.price, order.quantity, fee=fee)
    left = collateral + money(profit) - fee
    is_last = measured.isolated or not _cross(exchange, account)
    change = Liquidated(
        symbol=position.symbol,
        position_side=position.side,
        quantity=position.quantity,
        order_id=order.id,
        mark_price=mark,
        price=order.price,
        fee=fee,
        covered=max(-left, ZERO) if is_last else ZERO,
    )
    exchange.record(account, change)


def _order(exchange: Exchange, measured: PositionMargin) -> Order:
    position, order_id, now = measured.position, exchange.state.last_order + 1, exchange.clock()
    side = Side.SELL if position.quantity > 0 else Side.BUY
    return Order(
        id=order_id,
        kind=Kind.FUTURES,
        symbol=position.symbol,
        client_id=f"{CLIENT_ID}{order_id}",
        side=side,
        type=OrderType.LIMIT,
        quantity=abs(position.quantity),
        price=exchange.taker_price(exchange.market(Kind.FUTURES, position.symbol), side),
        time_in_force=TimeInForce.IOC,
        position_side=position.side,
        time=now,
        update_time=now,
    )


def _watch(exchange: Exchange, account: Account) -> None:
    """Wait for the next mark price at which each position could be due."""
    cross = _cross(exchange, account)
    share = cross_slack(exchange, account) / len(cross) if cross else ZERO
    exchange.unwatch_margin(account)
    for measured in cross:
        _watch_position(exchange, account, measured, share)
    for measured in _isolated(exchange, account):
        own = measured.position.margin + measured.unrealized_pnl - measured.maintenance
        _watch_position(exchange, account, measured, own)


def _watch_position(exchange: Exchange, account: Account, measured: PositionMargin, slack: Decimal) -> None:
    """A falling price takes maintenance margin off a long as it loses; a rising one adds to a short's, up to its bracket."""
    position, price = measured.position, measured.price
    market, quantity = exchange.market(Kind.FUTURES, position.symbol), abs(measured.position.quantity)
    bracket = market.bracket_of(abs(measured.notional))
    if position.quantity > 0:
        level = round_down(price - slack / (quantity * (1 - bracket.maintenance_fraction)), market.tick)
        level = max(min(level, price - market.tick), ZERO)
    else:
        level = min(price + slack / (quantity * (1 + bracket.maintenance_fraction)), bracket.cap / quantity)
        level = max(round_up(level, market.tick), price + market.tick)
    exchange.watch_margin(account, position.symbol, level, above=position.quantity < 0)
