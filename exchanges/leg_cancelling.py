"""Cancelling protection legs, where one cancellation may take its sibling along (an order list)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from exchanges.dialect import Dialect
from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.types import OrderAnswer, OrderState

Cancel = Callable[[str], Awaitable[Any]]
Find = Callable[[str], Awaitable[OrderAnswer | None]]
Outcome = dict[str, ExchangeError | None]


async def cancel_legs(dialect: Dialect, cancel: Cancel, find: Find, client_order_ids: Sequence[str]) -> Outcome:
    """Each id → None when it is cancelled now, else its error. Never raises an ExchangeError."""
    if not dialect.siblings_fall_together:
        errors = await asyncio.gather(*(_cancel(cancel, client_order_id) for client_order_id in client_order_ids))
        return {client_order_id: error for client_order_id, (_, error) in zip(client_order_ids, errors, strict=True)}
    outcome: Outcome = {}
    for client_order_id in client_order_ids:
        if client_order_id in outcome:
            continue
        raw, error = await _cancel(cancel, client_order_id)
        if _not_found(error) and None in outcome.values():
            error = await _fell_with_sibling(find, client_order_id, error)
        outcome[client_order_id] = error
        if error is None and raw is not None:
            outcome |= dict.fromkeys(dialect.read_cancelled(raw) & set(client_order_ids))
    return outcome


async def _cancel(cancel: Cancel, client_order_id: str) -> tuple[Any, ExchangeError | None]:
    try:
        return await cancel(client_order_id), None
    except ExchangeError as e:
        return None, e


def _not_found(error: ExchangeError | None) -> bool:
    return isinstance(error, Refused) and error.kind is RefusalKind.NOT_FOUND


async def _fell_with_sibling(find: Find, client_order_id: str, error: ExchangeError | None) -> ExchangeError | None:
    """Nothing to cancel any more, right after another one was cancelled: its list may have taken it along."""
    try:
        found = await find(client_order_id)
    except ExchangeError as e:
        return e
    return None if found is not None and found.state is OrderState.CANCELLED else error
