"""What happens when a price moves: stops and targets fire, resting limits fill, in the order the price reaches them."""

from decimal import Decimal

from simulator.core import conditionals, funding, futures, liquidation, spot
from simulator.core.books import Book, Waiter, Waiting
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind


def move_price(exchange: Exchange, symbol: str, target: Decimal, *, continuous: bool) -> None:
    """Move the last price to `target` and carry out everything that this sets off; the mark price follows unless set.

    Continuous: the price passes every level on the way, so a stop fills at its trigger price. Otherwise it jumps (a gap):
    a stop fills at `target`. Limits always fill at their own price.
    """
    books = [exchange.books[symbol]]
    if symbol not in exchange.state.marks:
        books.append(exchange.mark_books[symbol])
    _move(exchange, exchange.state.prices, books, symbol, target, continuous=continuous)


def move_mark(exchange: Exchange, symbol: str, target: Decimal | None, *, continuous: bool = False) -> None:
    """Set the mark price apart from the last price, or (None) let it follow the last price again."""
    marks, book = exchange.state.marks, exchange.mark_books[symbol]
    marks.setdefault(symbol, exchange.price(symbol))
    _move(exchange, marks, [book], symbol, target or exchange.price(symbol), continuous=continuous)
    if target is None:
        del marks[symbol]


def _move(
    exchange: Exchange, prices: dict[str, Decimal], books: list[Book], symbol: str, target: Decimal, *, continuous: bool
) -> None:
    if not continuous:
        prices[symbol] = target
    while True:
        due = _pop_due(books, prices[symbol])
        if due:
            _carry_out(exchange, due)
        elif prices[symbol] == target:
            return
        else:
            levels = [book.next_level(prices[symbol], target) for book in books]
            prices[symbol] = min(levels) if target >= prices[symbol] else max(levels)


def _pop_due(books: list[Book], price: Decimal) -> Waiter | None:
    for book in books:
        if due := book.pop_due(price):
            return due
    return None


def measure_margins(exchange: Exchange) -> None:
    """Liquidate whatever is due at the prices as they are."""
    for symbol in exchange.mark_books:
        _move(
            exchange,
            {symbol: exchange.mark(symbol)},
            [exchange.mark_books[symbol]],
            symbol,
            exchange.mark(symbol),
            continuous=False,
        )


def let_time_pass(exchange: Exchange) -> None:
    """What is due by the exchange's clock: pieces of thin orders, funding."""
    funding.settle_due(exchange)
    while due := exchange.pop_due_rest(exchange.clock()):
        account, order = due
        (futures if order.kind is Kind.FUTURES else spot).fill_piece(exchange, account, order)


def _carry_out(exchange: Exchange, waiter: Waiter) -> None:
    account = exchange.state.accounts[waiter.account]
    if waiter.waiting is Waiting.MARGIN:
        liquidation.check(exchange, account)
        return
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
