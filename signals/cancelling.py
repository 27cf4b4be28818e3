"""Stops and targets that are to go: cancelled at the exchange, and written down as gone."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.types import Market, OrderState
from signals.desk import Desk, TradingClient
from signals.ledger.ledger import Write


async def cancel_protection(desk: Desk, client: TradingClient, market: Market, position_id: UUID) -> None:
    """Cancel the stop and target of a position. What cannot be cancelled now is left to the janitor, which sees it stand."""
    await cancel_legs(desk, client, market, await desk.ledger.protection_of(position_id))


async def cancel_legs(desk: Desk, client: TradingClient, market: Market, keys: Sequence[str]) -> None:
    """Cancel these stops and targets, and write down which are gone."""
    if not keys:
        return
    try:
        outcomes = await client.cancel_protection(market, keys)
        fired = {key for key, error in outcomes.items() if _is_missing(error) and await _has_fired(client, market, key)}
    except ExchangeError:
        return
    await record_cancelled(desk, {key: error for key, error in outcomes.items() if key not in fired}, missing_too=True)


async def _has_fired(client: TradingClient, market: Market, key: str) -> bool:
    """What cannot be cancelled may have been triggered just now: its fill is for the next look to book."""
    leg = await client.find_protection(market, key)
    return leg is not None and (bool(leg.triggered_order_id) or leg.state is OrderState.FILLED)


def _is_missing(error: ExchangeError | None) -> bool:
    return isinstance(error, Refused) and error.kind is RefusalKind.NOT_FOUND


async def record_cancelled(
    desk: Desk, outcomes: Mapping[str, ExchangeError | None], *, missing_too: bool = False
) -> None:
    """Write down which of them are gone by what the exchange answered to their cancelling.

    `missing_too`: also those that it says it does not have. Where the position stands, these may have been triggered just now:
    then the next look tells.
    """
    write = Write(None)
    for key, error in outcomes.items():
        if error is None or (missing_too and _is_missing(error)):
            write.add("order_answers", client_order_id=key, status="cancelled", at=desk.now())
    if write.records:
        await desk.ledger.record(write)
