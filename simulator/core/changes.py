"""How each fact alters the state. Nothing is decided here, so a log replays to exactly what was acknowledged."""

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from simulator.core.accounts import Account, position_key
from simulator.core.booking import KEPT_ORDERS, book_futures, book_income, book_spot
from simulator.core.events import (
    AccountClosed,
    AccountOpened,
    AccountReset,
    Change,
    ConditionalEnded,
    ConditionalFinished,
    ConditionalPlaced,
    ConditionalResized,
    ConditionalTriggered,
    Event,
    FundingPaid,
    FundingRateSet,
    FundingSettled,
    IdRuleSet,
    LeverageSet,
    Liquidated,
    ListPlaced,
    MarginModeSet,
    MarketChanged,
    OrderActivated,
    OrderEnded,
    OrderFilled,
    OrderPlaced,
    PermissionsSet,
    PositionModeSet,
    PricesMarked,
    RestScheduled,
)
from simulator.core.markets import Kind
from simulator.core.orders import Status
from simulator.core.state import FundingPoint, State


def apply(state: State, event: Event) -> None:
    """Alter the state as the event says."""
    state.sequence = event.sequence
    _apply(event.change, state, event)


def _account(state: State, event: Event) -> Account:
    account = state.accounts[event.account]
    account.updated = event.time
    return account


@singledispatch
def _apply(change: Change, _state: State, _event: Event) -> None:
    raise TypeError(f"no rule for {type(change).__name__}")


@_apply.register
def _(change: AccountOpened, state: State, _event: Event) -> None:
    account = change.account
    state.accounts[account.id] = state.by_key[account.api_key] = account
    state.last_account = max(state.last_account, account.id)


@_apply.register
def _(change: AccountClosed, state: State, event: Event) -> None:
    state.by_key.pop(change.api_key)
    state.accounts.pop(event.account)


@_apply.register
def _(change: AccountReset, state: State, event: Event) -> None:
    account = _account(state, event)
    account.wallet, account.coins = dict(change.wallet), dict(change.coins)
    for history in (account.positions, account.orders, account.conditionals, account.lists):
        history.clear()
    account.fills.clear()
    account.incomes.clear()
    account.rebuild_indexes()


@_apply.register
def _(change: PermissionsSet, state: State, event: Event) -> None:
    _account(state, event).permissions = change.permissions


@_apply.register
def _(change: IdRuleSet, state: State, event: Event) -> None:
    _account(state, event).unique_ids = change.unique_ids


@_apply.register
def _(change: LeverageSet, state: State, event: Event) -> None:
    _account(state, event).leverages[change.symbol] = change.leverage


@_apply.register
def _(change: MarginModeSet, state: State, event: Event) -> None:
    _account(state, event).isolated[change.symbol] = change.isolated


@_apply.register
def _(change: PositionModeSet, state: State, event: Event) -> None:
    _account(state, event).is_hedged = change.is_hedged


@_apply.register
def _(change: OrderPlaced, state: State, event: Event) -> None:
    account, order = _account(state, event), change.order
    account.orders[order.id] = account.open_orders[order.id] = order
    account.order_ids[order.kind, order.symbol, order.client_id] = order.id
    state.last_order = max(state.last_order, order.id)
    forget_oldest(account.orders, account.open_orders, lambda old: _forget_order(account, old.id))


def _forget_order(account: Account, order_id: int) -> None:
    order = account.orders[order_id]
    key = (order.kind, order.symbol, order.client_id)
    if account.order_ids.get(key) == order_id:
        del account.order_ids[key]


@_apply.register
def _(change: OrderFilled, state: State, event: Event) -> None:
    account, fill = _account(state, event), change.fill
    order = account.orders[fill.order_id]
    order.executed_quantity += fill.quantity
    order.executed_quote += fill.quote_quantity
    order.update_time = event.time
    order.status = Status.FILLED if order.remaining <= 0 else Status.PARTIALLY_FILLED
    if not order.status.is_open:
        account.open_orders.pop(order.id, None)
    account.fills.append(fill)
    if len(account.fills) > 3 * KEPT_ORDERS:
        del account.fills[:KEPT_ORDERS]
    state.last_fill = max(state.last_fill, fill.id)
    if fill.kind is Kind.FUTURES:
        book_futures(account, fill)
    else:
        book_spot(account, fill)


@_apply.register
def _(change: RestScheduled, state: State, event: Event) -> None:
    order = _account(state, event).orders[change.order_id]
    order.rest_due, order.rest_every_ms, order.rest_count = change.due, change.every_ms, change.count


@_apply.register
def _(change: OrderActivated, state: State, event: Event) -> None:
    order = _account(state, event).orders[change.order_id]
    order.is_working, order.update_time = True, event.time


@_apply.register
def _(change: OrderEnded, state: State, event: Event) -> None:
    account = _account(state, event)
    order = account.orders[change.order_id]
    order.status, order.update_time = change.status, event.time
    account.open_orders.pop(order.id, None)


@_apply.register
def _(change: ListPlaced, state: State, event: Event) -> None:
    account = _account(state, event)
    account.lists[change.order_list.id] = change.order_list
    state.last_list = max(state.last_list, change.order_list.id)
    if len(account.lists) > KEPT_ORDERS:
        del account.lists[next(iter(account.lists))]


@_apply.register
def _(change: ConditionalPlaced, state: State, event: Event) -> None:
    account, order = _account(state, event), change.order
    account.conditionals[order.id] = account.open_conditionals[order.id] = order
    account.conditional_ids[order.client_id] = order.id
    state.last_conditional = max(state.last_conditional, order.id)
    forget_oldest(account.conditionals, account.open_conditionals, lambda old: _forget_conditional(account, old.id))


def _forget_conditional(account: Account, conditional_id: int) -> None:
    client_id = account.conditionals[conditional_id].client_id
    if account.conditional_ids.get(client_id) == conditional_id:
        del account.conditional_ids[client_id]


@_apply.register
def _(change: ConditionalResized, state: State, event: Event) -> None:
    order = _account(state, event).conditionals[change.conditional_id]
    order.quantity, order.update_time = change.quantity, event.time


@_apply.register
def _(change: ConditionalTriggered, state: State, event: Event) -> None:
    account = _account(state, event)
    order = account.conditionals[change.conditional_id]
    order.status, order.trigger_time, order.update_time = Status.TRIGGERED, event.time, event.time
    account.open_conditionals.pop(order.id, None)


@_apply.register
def _(change: ConditionalFinished, state: State, event: Event) -> None:
    order = _account(state, event).conditionals[change.conditional_id]
    order.status, order.order_id, order.update_time = Status.FINISHED, change.order_id, event.time


@_apply.register
def _(change: ConditionalEnded, state: State, event: Event) -> None:
    account = _account(state, event)
    order = account.conditionals[change.conditional_id]
    order.status, order.update_time = change.status, event.time
    account.open_conditionals.pop(order.id, None)


@_apply.register
def _(change: PricesMarked, state: State, _event: Event) -> None:
    state.prices.update(change.prices)
    state.marks = dict(change.marks)


@_apply.register
def _(change: MarketChanged, state: State, _event: Event) -> None:
    state.terms[f"{change.terms.kind}:{change.terms.symbol}"] = change.terms


@_apply.register
def _(change: FundingRateSet, state: State, _event: Event) -> None:
    state.funding_rates[change.symbol] = change.rate


@_apply.register
def _(change: FundingSettled, state: State, event: Event) -> None:
    state.settled += [FundingPoint(s, event.time, rate, change.marks[s]) for s, rate in change.rates.items()]
    del state.settled[:-KEPT_ORDERS]


@_apply.register
def _(change: FundingPaid, state: State, event: Event) -> None:
    account = _account(state, event)
    book_income(account, event, "FUNDING_FEE", change.symbol, change.amount)
    if account.is_isolated(change.symbol):
        account.positions[position_key(change.symbol, change.position_side)].margin += change.amount


@_apply.register
def _(change: Liquidated, state: State, event: Event) -> None:
    if change.covered:
        book_income(_account(state, event), event, "INSURANCE_CLEAR", change.symbol, change.covered)


def forget_oldest(history: dict[int, Any], still_open: dict[int, Any], forget: Callable[[Any], None]) -> None:
    """Drop the oldest closed entries once there are a tenth more than we keep."""
    surplus = len(history) - len(still_open) - KEPT_ORDERS
    if surplus < KEPT_ORDERS // 10:
        return
    closed = (entry_id for entry_id in history if entry_id not in still_open)
    for entry_id in [next(closed) for _ in range(surplus)]:
        forget(history[entry_id])
        del history[entry_id]
