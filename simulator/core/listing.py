"""Markets that change while the exchange runs: other filters, halted, delisted, renamed."""

from dataclasses import replace
from decimal import Decimal

from simulator.core import conditionals, futures, spot
from simulator.core.accounts import Account, Position
from simulator.core.amounts import ZERO
from simulator.core.events import MarketChanged, OrderPlaced, PricesMarked
from simulator.core.exchange import Exchange
from simulator.core.markets import Kind, Market, MarketStatus, MarketTerms
from simulator.core.orders import Order, OrderType, Side
from simulator.core.refusals import Reason, Refused


def terms_of(exchange: Exchange, market: Market) -> MarketTerms:
    """What can be changed of a market, as it stands."""
    changed = exchange.state.terms.get(f"{market.kind}:{market.symbol}")
    return MarketTerms(
        kind=market.kind,
        symbol=market.symbol,
        like=changed.like if changed else market.symbol,
        tick=market.tick,
        step=market.step,
        min_quantity=market.min_quantity,
        min_notional=market.min_notional,
        status=market.status,
    )


def change_market(exchange: Exchange, terms: MarketTerms) -> None:
    """From now on the market has these terms. GONE: its orders are cancelled first, its positions settled at the mark price.

    Refused UNKNOWN_SYMBOL for a market that is not there (any more).
    """
    exchange.market(terms.kind, terms.symbol)
    if terms.status is MarketStatus.GONE:
        for account in list(exchange.state.accounts.values()):
            _empty(exchange, account, terms.kind, terms.symbol)
    exchange.record(None, MarketChanged(terms))


def rename_market(exchange: Exchange, kind: Kind, old: str, new: str) -> None:
    """The old symbol is delisted, the new one is listed with its terms and price. Refused UNKNOWN_SYMBOL for `old`."""
    terms = terms_of(exchange, exchange.market(kind, old))
    if (kind, new) in exchange.markets and exchange.markets[kind, new].status is not MarketStatus.GONE:
        raise Refused(Reason.SYMBOL_EXISTS, symbol=new)
    change_market(exchange, replace(terms, status=MarketStatus.GONE))
    exchange.record(None, PricesMarked({new: exchange.price(old)}, dict(exchange.state.marks)))
    exchange.record(None, MarketChanged(replace(terms, symbol=new)))


def _empty(exchange: Exchange, account: Account, kind: Kind, symbol: str) -> None:
    for order in list(account.open_orders.values()):
        if (order.kind, order.symbol) == (kind, symbol) and order.status.is_open:
            (futures if kind is Kind.FUTURES else spot).cancel_order(exchange, account, order)
    if kind is Kind.FUTURES:
        conditionals.cancel_all(exchange, account, symbol)
        for position in [held for held in account.positions.values() if held.symbol == symbol]:
            _settle(exchange, account, position)


def _settle(exchange: Exchange, account: Account, position: Position) -> None:
    """Close the position at the mark price, free of charge."""
    order_id, now = exchange.state.last_order + 1, exchange.clock()
    order = Order(
        id=order_id,
        kind=Kind.FUTURES,
        symbol=position.symbol,
        client_id=f"delivery-{order_id}",
        side=Side.SELL if position.quantity > 0 else Side.BUY,
        type=OrderType.MARKET,
        quantity=abs(position.quantity),
        position_side=position.side,
        time=now,
        update_time=now,
    )
    exchange.record(account, OrderPlaced(order))
    futures.fill_order(exchange, account, order, exchange.mark(position.symbol), order.quantity, fee=ZERO)


def parse_terms(terms: MarketTerms, values: dict[str, Decimal], status: MarketStatus) -> MarketTerms:
    """The terms with these changed; ValueError when they make no grid."""
    changed = replace(
        terms,
        status=status,
        tick=values.get("tick", terms.tick),
        step=values.get("step", terms.step),
        min_quantity=values.get("min_quantity", terms.min_quantity),
        min_notional=values.get("min_notional", terms.min_notional),
    )
    if changed.tick <= 0 or changed.step <= 0:
        raise ValueError("tick and step are above zero")
    return replace(changed, min_quantity=max(changed.min_quantity, changed.step))
