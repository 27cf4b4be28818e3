"""The entry of one execution: what to send, decided before a byte leaves, and what of it was filled."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from exchanges.client_ids import client_order_id
from exchanges.clock_setting import SKEW_REFUSES_MS
from exchanges.errors import ExchangeError, NotSent, OutcomeUnknown
from exchanges.types import Leg, MarginMode, Market, MarketType, OrderAnswer, OrderTerms, PositionSide
from exchanges.venue import Features
from signals import hot_prices
from signals.desk import Job, TradingClient
from signals.facts import Facts, Held
from signals.gates import Skip, foreign_conflict, is_one_way, price_guard, wanted_side
from signals.ledger.ledger import Write
from signals.order_rows import add_order
from signals.protection import is_target_watched, prices_on_tick
from signals.quote_rates import usd_rate_of
from signals.sizing import (
    CENT,
    TooSmall,
    entry_quantity,
    on_tick_towards_entry,
    round_down,
    stop_is_reachable,
    stop_price,
    target_price,
)
from subscriptions.terms import Terms, effective_terms

BOOK_TIMEOUT_S = 0.5
ONE = Decimal(1)
NET_REACH = Decimal("1.5")  # of the own stop's distance
PROTECTION_NAMES = {frozenset[Leg](): "none", frozenset({Leg.STOP}): "stop", frozenset({Leg.TARGET}): "target",
                    frozenset({Leg.STOP, Leg.TARGET}): "both"}  # fmt: skip


class Refusal(Exception):
    """A gate that needed the exchange's price or limits refused; nothing was placed."""

    def __init__(self, skip: Skip, error: ExchangeError | None = None) -> None:
        super().__init__(skip.code)
        self.skip = skip
        self.error = error


@dataclass(frozen=True, slots=True)
class Entered:
    """What the entry order brought. `quantity` net of a fee taken from the coin (spot)."""

    quantity: Decimal
    price: Decimal
    order_id: str
    acknowledged_at: datetime
    answer: OrderAnswer


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """Everything that the entry order says, decided before a byte leaves. `cost` in quote currency, for spot."""

    facts: Facts
    market: Market
    side: PositionSide
    terms: Terms
    price: Decimal
    quantity: Decimal
    cost: Decimal | None
    entry_key: str
    book: tuple[Decimal, Decimal] | None = None  # best bid and best ask when it was decided (ORD-01)
    usd_rate: Decimal = ONE  # quote currency for one US dollar

    def send(self, client: TradingClient) -> Awaitable[OrderAnswer]:
        if self.cost is not None:
            return client.enter_with_cost(self.market, self.cost, self.entry_key)
        terms = OrderTerms(
            margin_mode=MarginMode(self.terms.margin_mode),
            leverage=self.terms.leverage,
            net_stop=net_for(self, client.venue.features),
        )
        return client.enter(self.market, self.side.entry_side, self.quantity, self.entry_key, terms=terms)

    def is_fresh(self, job: Job) -> bool:
        return (job.desk.now() - self.facts.signalled_at).total_seconds() <= self.facts.max_signal_age_s

    def entered(self, answer: OrderAnswer, now: datetime) -> Entered:
        quantity = answer.filled_quantity
        if self.cost is not None and answer.fee_currency == self.market.base:
            quantity -= answer.fee
        if answer.average_price is None:
            raise ValueError("an entry without a price cannot be booked")
        return Entered(quantity, answer.average_price, answer.exchange_order_id, now, answer)

    def protection_prices(self, entry: Decimal) -> dict[Leg, Decimal]:
        """The computed stop and target for an entry price (EXE-11), only those that are configured."""
        prices: dict[Leg, Decimal] = {}
        if self.terms.stop_loss_pct is not None:
            prices[Leg.STOP] = stop_price(entry, self.terms.stop_loss_pct, self.side)
        if self.terms.take_profit_pct is not None:
            prices[Leg.TARGET] = target_price(entry, self.terms.take_profit_pct, self.side)
        return prices

    @property
    def joined(self) -> Held | None:
        """The position that this entry adds to (D10 `add`)."""
        held = self.facts.position
        return held if held is not None and held.side is self.side else None

    @property
    def position_id(self) -> UUID:
        """Derived, so that a recovery books the same position again and not a second one."""
        if self.joined:
            return self.joined.id
        return self.facts.own_position_id or uuid5(self.facts.id, "position")


def net_for(plan: EntryPlan, features: Features) -> Decimal | None:
    """The trigger of a safety net that travels in the entry call, where the exchange can carry one (P2): the position is never
    without a stop, not even for the moment until our own stop stands.

    Half as far again from the price as our own stop, so that this one goes first, and before liquidation. None where
    something else of the account stands on the symbol: the net would close that too (D25).
    """
    facts, stop = plan.facts, plan.protection_prices(plan.price).get(Leg.STOP)
    if stop is None or not features.attached_stops or not facts.is_futures:
        return None
    if plan.joined or facts.others_quantity or facts.foreign_quantity:
        return None
    net = on_tick_towards_entry(plan.price + (stop - plan.price) * NET_REACH, plan.price, plan.market.price_step)
    reachable = net > 0 and stop_is_reachable(net, plan.price, plan.terms.leverage, plan.side)
    return net if reachable else on_tick_towards_entry(stop, plan.price, plan.market.price_step)


async def plan_entry(job: Job) -> EntryPlan:
    """Read the price, guard it, size the order, set leverage and margin mode when they differ (EXE-04…06, D16)."""
    facts, client = job.facts, job.client
    skew = client.clock_skew_ms(facts.market_type)
    if abs(skew) > SKEW_REFUSES_MS:  # as last measured: it may be over
        skew = await client.measure_clock(facts.market_type)
    if abs(skew) > SKEW_REFUSES_MS:
        raise Refusal(Skip("clock_skew", {"value": skew / 1000, "limit": SKEW_REFUSES_MS / 1000}))
    market = await client.market(facts.market_type, facts.symbol_key)
    hot_prices.note(facts.exchange, facts.testnet, market)
    price, book = await asyncio.gather(client.price(market), _book_of(client, market))
    guard = price_guard(facts, price, is_paper=client.venue.features.is_paper)
    if guard:
        raise Refusal(guard)
    plan = replace(size_entry(facts, market, price, usd_rate=await usd_rate_of(client, market)), book=book)
    await _check_direction(job, market)
    await _set_terms(job, plan)
    return plan


async def _book_of(client: TradingClient, market: Market) -> tuple[Decimal, Decimal] | None:
    """Best bid and ask, for the order's context: never waited for longer than a price takes."""
    try:
        async with asyncio.timeout(BOOK_TIMEOUT_S):
            return await client.best_bid_ask(market)
    except (ExchangeError, TimeoutError):
        return None


async def _check_direction(job: Job, market: Market) -> None:
    """D25: the last reconciliation saw something on this symbol that is not ours, or was long ago: look before entering."""
    facts = job.facts
    if not is_one_way(facts) or (facts.is_compared and not facts.foreign_quantity):
        return
    there = await job.client.positions(MarketType.FUTURES)
    net = sum((position.signed for position in there if position.market_key == market.key), Decimal(0))
    held = facts.position
    own = held.signed if held and held.side is wanted_side(facts.action) else Decimal(0)  # a reversal has left its own
    refusal = foreign_conflict(facts, net - own)
    if refusal:
        raise Refusal(refusal)


def _terms_of(facts: Facts, side: PositionSide) -> Terms:
    """The effective terms; what is added to a position has its leverage and margin mode (they are the symbol's)."""
    terms, held = effective_terms(facts, facts), facts.position
    if held is None or held.side is not side:
        return terms
    return replace(terms, leverage=held.leverage, margin_mode=held.margin_mode)


def size_entry(
    facts: Facts, market: Market, price: Decimal, terms: Terms | None = None, *, usd_rate: Decimal = ONE
) -> EntryPlan:
    """The order for these facts at this price, on the effective terms or those given; raises Refusal where it cannot work.

    `usd_rate`: quote currency for one US dollar, since the margin is in dollars.
    """
    side = wanted_side(facts.action)
    terms = terms or _terms_of(facts, side)
    if market.max_leverage is not None and terms.leverage > market.max_leverage:
        raise Refusal(Skip("leverage_too_high", {"value": terms.leverage, "limit": market.max_leverage}))
    limit = facts.others_leverage
    if facts.is_futures and limit is not None and terms.leverage > limit:
        # leverage is the symbol's: a higher one would move the other position's liquidation towards its stop
        params = {"value": terms.leverage, "limit": limit, "holder": facts.others_holder}
        raise Refusal(Skip("leverage_in_use", params))
    try:
        margin = terms.margin_usd * usd_rate
        quantity = entry_quantity(market, margin=margin, leverage=terms.leverage, price=price)
    except TooSmall as small:
        params = {"what": small.what, "value": f"{small.value:f}", "limit": f"{small.minimum:f}"}
        raise Refusal(Skip("below_minimum", params)) from small
    held = facts.position
    if held is not None and held.side is side and market.max_market_quantity is not None:
        together = held.quantity + quantity
        if together > market.max_market_quantity:  # one stop must be able to carry all of it
            largest = f"{market.max_market_quantity:f}"
            raise Refusal(Skip("above_maximum", {"value": f"{together:f}", "limit": largest}))
    cost = None if facts.is_futures else round_down(margin, CENT)
    entry_key = client_order_id(facts.id, Leg.ENTRY, 1)
    plan = EntryPlan(facts, market, side, terms, price, quantity, cost, entry_key, usd_rate=usd_rate)
    prices = plan.protection_prices(price)
    stop, target = prices.get(Leg.STOP), prices.get(Leg.TARGET)
    if stop is not None and not stop_is_reachable(stop, price, terms.leverage, side):
        raise Refusal(Skip("stop_unreachable", {"value": f"{stop:f}", "leverage": terms.leverage}))
    if target is not None and target <= 0:
        raise Refusal(Skip("stop_unreachable", {"value": f"{target:f}", "leverage": terms.leverage}))
    return plan


def plan_as_sent(
    facts: Facts, market: Market, price: Decimal, terms: Terms, *, quantity: Decimal, usd_rate: Decimal
) -> EntryPlan:
    """The plan of an order that has left: nothing of it is weighed again, whatever the exchange's limits have become since."""
    cost = None if facts.is_futures else round_down(terms.margin_usd * usd_rate, CENT)
    key = client_order_id(facts.id, Leg.ENTRY, 1)
    return EntryPlan(facts, market, wanted_side(facts.action), terms, price, quantity, cost, key, usd_rate=usd_rate)


async def _set_terms(job: Job, plan: EntryPlan) -> None:
    facts, terms = job.facts, plan.terms
    if not facts.is_futures or (facts.set_leverage, facts.set_margin_mode) == (terms.leverage, terms.margin_mode):
        return
    try:
        await job.client.set_terms(plan.market, leverage=terms.leverage, margin_mode=MarginMode(terms.margin_mode))
    except (NotSent, OutcomeUnknown):
        # Setting is idempotent: once more, then the entry is left out rather than sent on other terms.
        await job.desk.sleep(0.3)
        await job.client.set_terms(plan.market, leverage=terms.leverage, margin_mode=MarginMode(terms.margin_mode))
    where = {"account_id": facts.account_id, "market_type": facts.market_type.value}
    write = Write(None).add("settings", symbol_key=facts.symbol_key, leverage=terms.leverage, margin_mode=terms.margin_mode,
                            **where)  # fmt: skip
    if job.client.venue.features.margin_mode_of_account:
        write.add("margin_modes", margin_mode=terms.margin_mode, **where)
    await job.desk.ledger.record(write)


def market_conditions(price: Decimal, book: tuple[Decimal, Decimal] | None) -> dict[str, str]:
    """What an order's context says of its market (ORD-01): last price, best bid and ask, the spread in percent of the middle."""
    told = {"price": f"{price:f}"}
    if book is not None:
        bid, ask = book
        spread = 200 * (ask - bid) / (ask + bid)
        told |= {"best_bid": f"{bid:f}", "best_ask": f"{ask:f}", "spread_pct": f"{spread:.6f}"}
    return told


def sending_write(job: Job, plan: EntryPlan) -> Write:
    """SENDING, with the rows of the entry and of the first stop and target: all that may leave us now stands written."""
    terms, now = plan.terms, job.desk.now()
    prices = plan.protection_prices(plan.price)
    write = job.step(
        "sending", at=now, leverage=terms.leverage, margin_usd=terms.margin_usd, stop_loss_pct=terms.stop_loss_pct,
        take_profit_pct=terms.take_profit_pct, margin_mode=terms.margin_mode, price=plan.price, quantity=plan.quantity,
        usd_rate=plan.usd_rate,
        protection=PROTECTION_NAMES[frozenset(prices)],
    )  # fmt: skip
    add_order(job, write, plan.market, Leg.ENTRY, attempt=1, side=plan.side.entry_side.value, quantity=plan.quantity,
              context=market_conditions(plan.price, plan.book))  # fmt: skip
    sent = prices_on_tick(plan.market, plan.price, prices)
    if len(sent) == 2 and is_target_watched(job.client.venue, plan.market):
        del sent[Leg.TARGET]
    for leg, price in sent.items():
        add_order(
            job,
            write,
            plan.market,
            leg,
            attempt=1,
            side=plan.side.exit_side.value,
            quantity=plan.quantity,
            trigger=price,
        )
    return write
