"""Funding: every eight hours longs pay shorts the symbol's rate on the mark value of the position, or the other way round."""

from collections.abc import Iterable
from decimal import Decimal

from simulator.core.accounts import Account, Position
from simulator.core.amounts import ZERO, money
from simulator.core.events import FundingPaid, FundingRateSet, FundingSettled
from simulator.core.exchange import FUNDING_MS, Exchange
from simulator.core.markets import Kind


def set_rate(exchange: Exchange, symbol: str, rate: Decimal) -> None:
    """The rate of the next settlements (0.0001 = 0.01 %); Refused UNKNOWN_SYMBOL."""
    exchange.market(Kind.FUTURES, symbol)
    exchange.record(None, FundingRateSet(symbol, rate))


def settle(exchange: Exchange, symbols: Iterable[str]) -> None:
    """Now: each position of these symbols pays or receives quantity × mark price × rate."""
    rates = {symbol: exchange.funding_rate(symbol) for symbol in symbols}
    marks = {symbol: exchange.mark(symbol) for symbol in rates}
    exchange.record(None, FundingSettled(rates, marks))
    for account in list(exchange.state.accounts.values()):
        for position in list(account.positions.values()):
            if rates.get(position.symbol):
                _pay(exchange, account, position, rates[position.symbol])


def settle_due(exchange: Exchange) -> None:
    """At the exchange's funding times (0, 8 and 16 h UTC); a time slept through is left out."""
    now = exchange.clock()
    if now >= exchange.next_funding:
        is_late = now - exchange.next_funding >= FUNDING_MS
        exchange.next_funding = now - now % FUNDING_MS + FUNDING_MS
        if not is_late:
            settle(exchange, [symbol for kind, symbol in exchange.markets if kind is Kind.FUTURES])


def _pay(exchange: Exchange, account: Account, position: Position, rate: Decimal) -> None:
    mark = exchange.mark(position.symbol)
    amount = money(-position.quantity * mark * rate)
    if amount != ZERO:
        change = FundingPaid(position.symbol, position.side, position.quantity, mark, rate, amount)
        exchange.record(account, change)
