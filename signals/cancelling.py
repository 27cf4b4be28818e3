"""Stops and targets that are to go: cancelled at the exchange, and written down as gone."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.types import Market
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
    except ExchangeError:
        return
    await record_cancelled(desk, outcomes, missing_too=True)


async def record_cancelled(
    desk: Desk, outcomes: Mapping[str, ExchangeError | None], *, missing_too: bool = False
) -> None:
    """Write down which of them are gone by what the exchange answered to their cancelling.

    `missing_too`: also those that it says it does not have. Where the position stands, these may have been triggered just now:
    then the next look tells.
    """
    write = Write(None)
    for key, error in outcomes.items():
        missing = isinstance(error, Refused) and error.kind is RefusalKind.NOT_FOUND
        if error is None or (missing_too and missing):
            write.add("order_answers", client_order_id=key, status="cancelled", at=desk.now())
    if write.records:
        await desk.ledger.record(write)
