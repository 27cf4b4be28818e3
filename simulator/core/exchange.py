"""The exchange: its state, its books, and the one way in which anything changes (`record`)."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from simulator.core.accounts import Account
from simulator.core.amounts import BASIS_POINT, ZERO, round_down, round_up
from simulator.core.books import Book, Waiter, Waiting
from simulator.core.changes import apply
from simulator.core.events import (
    Change,
    ConditionalPlaced,
    Event,
    FundingPaid,
    MarketChanged,
    OrderActivated,
    OrderFilled,
    OrderPlaced,
    RestScheduled,
)
from simulator.core.markets import MARKETS, START_PRICES, Kind, Market, MarketStatus, MarketTerms
from simulator.core.orders import (
    LIMIT_PRICED,
    MARK_PRICE,
    STOPS,
    ConditionalOrder,
    Order,
    Side,
)
from simulator.core.refusals import Reason, Refused
from simulator.core.state import State

FUNDING_MS = 8 * 60 * 60_000


@dataclass(slots=True)
class Settings:
    """Distance of bid and ask (`spread_bp`, whole) and what a market order loses beyond it, in basis points.

    `unique_ids`: a client id is taken for ever, on every account (else it is free again once its order is closed).
    `shared_ids`: conditional orders on futures take their client ids from the same space as all other orders.
    `oco`, `conditionals`: whether order lists on spot and conditional orders on futures are to be had.
    """

    spread_bp: Decimal = Decimal(0)
    slippage_bp: Decimal = Decimal(0)
    unique_ids: bool = False
    shared_ids: bool = False
    oco: bool = True
    conditionals: bool = True


class Exchange:
    """Holds everything; the rules live in `registry`, `futures`, `spot` and `matching`, which take it as first argument."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        settings: Settings | None = None,
        markets: Iterable[Market] = MARKETS,
        start_prices: Mapping[str, Decimal] = MappingProxyType({}),
        state: State | None = None,
    ) -> None:
        """`clock` gives epoch milliseconds; `start_prices` go before the core's own. A `state` from a snapshot is taken over."""
        self.clock = clock
        self.settings = settings or Settings()
        self.markets = {(market.kind, market.symbol): market for market in markets}
        self.state = state or State()
        known = {**START_PRICES, **start_prices}
        self.state.prices = {s: known[s] for _, s in self.markets if s in known} | self.state.prices
        self.listeners: list[Callable[[Event], None]] = []
        self.books: dict[str, Book] = {}
        self.mark_books: dict[str, Book] = {}
        self.watches: dict[int, int] = {}
        self._unmeasured: dict[int, set[str]] = {}
        self.next_funding = 0
        self.rests: list[tuple[int, int, int]] = []
        self.restore()

    def restore(self) -> None:
        """Rebuild what is derived, after a state was loaded or a log replayed."""
        self.state.rebuild_indexes()
        for terms in self.state.terms.values():
            self._list_market(terms)
        self.books = {symbol: Book(self._is_live) for _, symbol in self.markets}
        self.mark_books = {symbol: Book(self._is_live) for _, symbol in self.markets}
        self.rests, self._unmeasured = [], {}
        self.next_funding = self.clock() - self.clock() % FUNDING_MS + FUNDING_MS
        for account in self.state.accounts.values():
            for order in account.open_orders.values():
                self._watch_order(account.id, order)
                self._watch_rest(account.id, order)
            for conditional in account.open_conditionals.values():
                self._watch_conditional(account.id, conditional)
            self._measure_soon(account)

    def record(self, account: Account | None, change: Change) -> None:
        """Give the change its number and time, tell the listeners, apply it, watch the price levels it brings."""
        account_id = account.id if account else 0
        event = Event(self.state.sequence + 1, self.clock(), account_id, change)
        for listener in self.listeners:
            listener(event)
        apply(self.state, event)
        if isinstance(change, OrderPlaced):
            self._watch_order(account_id, change.order)
        elif isinstance(change, ConditionalPlaced):
            self._watch_conditional(account_id, change.order)
        elif isinstance(change, OrderFilled | FundingPaid):
            self._measure_soon(self.state.accounts[account_id])
        elif isinstance(change, MarketChanged):
            self._list_market(change.terms)
        elif isinstance(change, RestScheduled):
            self._watch_rest(account_id, self.state.accounts[account_id].orders[change.order_id])
        elif isinstance(change, OrderActivated):
            self._watch_order(account_id, self.state.accounts[account_id].orders[change.order_id])

    def market(self, kind: Kind, symbol: str) -> Market:
        """The market, or Refused(UNKNOWN_SYMBOL)."""
        market = self.markets.get((kind, symbol))
        if market is None or market.status is MarketStatus.GONE:
            raise Refused(Reason.UNKNOWN_SYMBOL, symbol=symbol)
        return market

    def market_named(self, kind: Kind, name: str) -> Market:
        """The market by what the exchange calls it, or Refused(UNKNOWN_SYMBOL)."""
        for market in self.markets.values():
            if market.kind is kind and market.name == name and market.status is not MarketStatus.GONE:
                return market
        raise Refused(Reason.UNKNOWN_SYMBOL, symbol=name)

    def open_market(self, kind: Kind, symbol: str, *, opens: bool = True) -> Market:
        """The market, for an order that `opens` a position or not; Refused UNKNOWN_SYMBOL, MARKET_CLOSED, NOT_OPENING."""
        market = self.market(kind, symbol)
        if market.status is MarketStatus.BREAK:
            raise Refused(Reason.MARKET_CLOSED, symbol=symbol)
        if opens and market.status is MarketStatus.SETTLING:
            raise Refused(Reason.NOT_OPENING, symbol=symbol)
        return market

    def _list_market(self, terms: MarketTerms) -> None:
        like = self.markets[terms.kind, terms.like]
        self.markets[terms.kind, terms.symbol] = replace(
            like,
            symbol=terms.symbol,
            base=terms.symbol.removesuffix(like.quote),
            venue_symbol=like.venue_symbol.replace(like.base, terms.symbol.removesuffix(like.quote), 1),
            tick=terms.tick,
            step=terms.step,
            min_quantity=terms.min_quantity,
            min_notional=terms.min_notional,
            status=terms.status,
        )
        for books in (self.books, self.mark_books):
            books.setdefault(terms.symbol, Book(self._is_live))

    def tick(self, symbol: str) -> Decimal:
        """The coarser tick of the symbol's futures and spot, which share a price."""
        return max(market.tick for market in self.markets.values() if market.symbol == symbol)

    def price(self, symbol: str) -> Decimal:
        """The last price, in quote units."""
        return self.state.prices[symbol]

    def mark(self, symbol: str) -> Decimal:
        """The mark price: what was set, else the last price."""
        return self.state.marks.get(symbol) or self.state.prices[symbol]

    def funding_rate(self, symbol: str) -> Decimal:
        return self.state.funding_rates.get(symbol, ZERO)

    def bid_and_ask(self, market: Market) -> tuple[Decimal, Decimal]:
        """Half the spread on either side of the last price, on the tick; the very price where there is no spread."""
        return self._beside(market, self.settings.spread_bp / 2)

    def taker_price(self, market: Market, side: Side) -> Decimal:
        """What a market order pays now: beyond half the spread by the slippage."""
        bid, ask = self._beside(market, self.settings.spread_bp / 2 + self.settings.slippage_bp)
        return ask if side is Side.BUY else bid

    def _beside(self, market: Market, distance_bp: Decimal) -> tuple[Decimal, Decimal]:
        price = self.price(market.symbol)
        if not distance_bp:
            return price, price
        distance = price * distance_bp * BASIS_POINT
        return round_down(price - distance, market.tick), round_up(price + distance, market.tick)

    def _watch_order(self, account_id: int, order: Order) -> None:
        if not order.is_working:
            above = (order.type in STOPS) == (order.side is Side.BUY)
            self.books[order.symbol].add(order.stop_price, above, account_id, order.id, Waiting.STOP)
        elif order.type in LIMIT_PRICED:
            self.books[order.symbol].add(order.price, order.side is Side.SELL, account_id, order.id, Waiting.LIMIT)

    def _watch_rest(self, account_id: int, order: Order) -> None:
        if order.rest_due:
            heapq.heappush(self.rests, (order.rest_due, account_id, order.id))

    def pop_due_rest(self, now: int) -> tuple[Account, Order] | None:
        """The next order of which a piece is due."""
        while self.rests and self.rests[0][0] <= now:
            due, account_id, order_id = heapq.heappop(self.rests)
            account = self.state.accounts.get(account_id)
            order = account.open_orders.get(order_id) if account else None
            if account and order and order.rest_due == due:
                return account, order
        return None

    def _watch_conditional(self, account_id: int, order: ConditionalOrder) -> None:
        book = (self.mark_books if order.working_type == MARK_PRICE else self.books)[order.symbol]
        book.add(order.trigger_price, order.fires_above, account_id, order.id, Waiting.CONDITIONAL)

    def unwatch_margin(self, account: Account) -> None:
        """Nobody waits for the account's old levels any more."""
        self._unmeasured.pop(account.id, None)
        self.watches[account.id] = self.watches.get(account.id, 0) + 1

    def watch_margin(self, account: Account, symbol: str, level: Decimal, *, above: bool) -> None:
        """Measure the account's margin once the mark price has reached the level."""
        version = self.watches.get(account.id, 0)
        self.mark_books[symbol].add(level, above, account.id, account.id, Waiting.MARGIN, version)

    def _measure_soon(self, account: Account) -> None:
        """What an account holds has changed: measure its margin with the next price, whatever that is."""
        symbols = {position.symbol for position in account.positions.values()}
        if symbols <= self._unmeasured.get(account.id, set()):
            return
        self.unwatch_margin(account)
        self._unmeasured[account.id] = symbols
        for symbol in symbols:
            self.watch_margin(account, symbol, ZERO, above=True)

    def _is_live(self, waiter: Waiter) -> bool:
        account = self.state.accounts.get(waiter.account)
        if account is None:
            return False
        if waiter.waiting is Waiting.MARGIN:
            return waiter.version == self.watches.get(waiter.account)
        if waiter.waiting is Waiting.CONDITIONAL:
            return waiter.order in account.open_conditionals
        order = account.open_orders.get(waiter.order)
        return order is not None and order.is_working == (waiter.waiting is Waiting.LIMIT)
