"""Leverage that somebody raised at the exchange: it moves the liquidation price towards, or before, a position's stop (D16, D26)."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from exchanges.errors import ExchangeError
from exchanges.types import ExchangePosition, MarginMode, MarketType
from signals.desk import Desk, TradingClient
from signals.facts import AccountKeys
from signals.ledger.ledger import Write

log = logging.getLogger(__name__)

TOLD = """
    SELECT e.position_id FROM signals_executionevent n JOIN signals_execution e ON e.id = n.execution_id
    WHERE e.position_id = ANY(%s) AND n.code = %s
"""
Rows = Mapping[str, list[dict[str, Any]]]
FollowLeverage = Callable[[Desk, TradingClient, AccountKeys, list[ExchangePosition], Rows], Awaitable[None]]


async def follow_leverage(
    desk: Desk, client: TradingClient, keys: AccountKeys, there: list[ExchangePosition], ours: Rows
) -> None:
    """Set the leverage of positions of ours back where the exchange shows a higher one than any of them was opened with. One that
    does not let it be lowered under an open position is asked at the next entry; the timeline says what was found."""
    for position in there:
        rows = ours.get(position.market_key, [])
        if any(row["busy"] for row in rows):
            continue
        highest = max((row["leverage"] for row in rows), default=None)
        if highest is not None and position.leverage is not None and position.leverage > highest:
            await _set_back(desk, client, keys, position, rows, highest)


async def _set_back(
    desk: Desk,
    client: TradingClient,
    keys: AccountKeys,
    position: ExchangePosition,
    rows: list[dict[str, Any]],
    leverage: int,
) -> None:
    log.warning("leverage of %s was raised to %s elsewhere", position.market_key, position.leverage)
    mode = MarginMode(rows[0]["margin_mode"])
    known: int | None = leverage
    try:
        market = await client.market(MarketType.FUTURES, position.market_key)
        await client.set_terms(market, leverage=leverage, margin_mode=mode)
    except ExchangeError as error:
        log.warning("leverage of %s could not be set back: %s", position.market_key, error.message)
        known = None  # whatever we believed: the next entry sets it
    write = Write(None).add("settings", account_id=keys.account_id, market_type=MarketType.FUTURES.value,
                            symbol_key=position.market_key, leverage=known, margin_mode=mode.value)  # fmt: skip
    code = "leverage_raised" if known is None else "leverage_set_back"
    params = {"value": str(position.leverage), "limit": str(leverage)}
    told = {row["position_id"] for row in await desk.ledger.query(TOLD, [[row["id"] for row in rows], code])}
    for row in rows:
        if row["id"] not in told:
            write.add("position_events", position_id=row["id"], code=code, at=desk.now(), params=params)
    await desk.ledger.record(write)
