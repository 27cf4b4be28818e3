"""What happens when a price moves: stops and targets fire, resting limits fill, in the order the price reaches them."""

from decimal import Decimal

from simulator.core import conditionals, futures, spot
from simulator.core.books import Waiter, Waiting
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind


def move_price(exchange: Exchange, symbol: str, target: Decimal, *, continuous: bool) -> None:
    """Move the last price to `target` and carry out everything that this sets off.

    Continuous: the price passes every level on the way, so a stop fills at its trigger price. Otherwise it jumps (a gap):
    a stop fills at `target`. Limits always fill at their own price.
    """
    prices, book = exchange.state.prices, exchange.books[symbol]
    if not continuous:
        prices[symbol] = target
    while True:
        due = book.pop_due(prices[symbol])
        if due:
            _carry_out(exchange, due)
        elif prices[symbol] == target:
            return
        else:
            prices[symbol] = book.next_level(prices[symbol], target)


def let_time_pass(exchange: Exchange) -> None:
    """Fill the pieces of thin orders that are due by the exchange's clock."""
    while due := exchange.pop_due_rest(exchange.clock()):
        account, order = due
        (futures if order.kind is Kind.FUTURES else spot).fill_piece(exchange, account, order)


def _carry_out(exchange: Exchange, waiter: Waiter) -> None:
    account = exchange.state.accounts[waiter.account]
    if waiter.waiting is Waiting.CONDITIONAL:
        conditionals.trigger(exchange, account, account.conditionals[waiter.order])
        return
    order = account.orders[waiter.order]
    if waiter.waiting is Waiting.STOP:
        spot.activate(exchange, account, order)
    elif order.kind is Kind.FUTURES:
        futures.fill_resting(exchange, account, order)
    else:
        spot.fill_resting(exchange, account, order)
