"""Reads accounts as they stand at their exchanges: open positions, open orders, recent fills. Loaded by commands only, never by
the web process: it reaches the exchange client."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from exchanges import client as exchange_client
from exchanges.errors import ExchangeError
from exchanges.registry import UnknownVenue
from exchanges.types import ExchangeFill, ExchangePosition, Market, MarketType, OrderAnswer, PositionMode
from exchanges.vault import SealBroken
from signals.facts import AccountKeys
from signals.invariants.truth import AccountTruth, Holding, TrueFill, TrueOrder, Truth
from signals.tasks import connect_account

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """An account, and the markets of it on which our books have or had something since `fills_since`."""

    keys: AccountKeys
    markets: Sequence[tuple[MarketType, str]]
    fills_since: datetime


def read_live(accounts: Sequence[Asked], now: datetime) -> Truth:
    """Every account that answers; the others are `unread` with the exchange's words. Reads only."""
    return asyncio.run(_read_all(accounts, now))


async def _read_all(accounts: Sequence[Asked], now: datetime) -> Truth:
    slots = asyncio.Semaphore(AT_ONCE)
    steps: dict[tuple[MarketType, str], Decimal] = {}
    unread: dict[UUID, str] = {}

    async def read(asked: Asked) -> AccountTruth | None:
        async with slots:
            try:
                return await _read_account(asked, now, steps)
            except ExchangeError as error:
                unread[asked.keys.account_id] = error.message
            except (UnknownVenue, SealBroken) as error:
                unread[asked.keys.account_id] = f"{type(error).__name__}: {error}"
            return None

    try:
        found = await asyncio.gather(*(read(asked) for asked in accounts))
    finally:
        await exchange_client.close_all()
    return Truth(tuple(account for account in found if account is not None), steps=steps, unread=unread)


async def _read_account(asked: Asked, now: datetime, steps: dict[tuple[MarketType, str], Decimal]) -> AccountTruth:
    client = connect_account(asked.keys)
    positions: list[ExchangePosition] = []
    if MarketType.FUTURES in client.venue.market_types:
        positions = await client.positions(MarketType.FUTURES)
    keys = {*asked.markets, *((MarketType.FUTURES, position.market_key) for position in positions)}
    orders: list[TrueOrder] = []
    fills: list[TrueFill] = []
    for market_type, symbol in sorted(keys):
        market = await client.market(market_type, symbol)
        steps[market_type, symbol] = max(market.quantity_step, steps.get((market_type, symbol), Decimal(0)))
        orders += [_order(market, answer, now) for answer in await client.standing_protection(market)]
        if (market_type, symbol) in asked.markets:
            fills += [_fill(market, fill) for fill in await client.fills(market, since=asked.fills_since)]
    hedged = asked.keys.position_mode == PositionMode.HEDGE
    holdings = tuple(_holding(position, hedged) for position in positions)
    return AccountTruth(
        asked.keys.account_id, tuple(orders), tuple(fills), holdings, is_history=False, since=asked.fills_since
    )


def _order(market: Market, answer: OrderAnswer, now: datetime) -> TrueOrder:
    return TrueOrder(
        exchange_order_id=answer.exchange_order_id, client_order_id=answer.client_order_id, market_type=market.market_type,
        symbol=market.key, side=None, quantity=answer.quantity or Decimal(0), placed_at=now, is_trigger=True,
        is_target=answer.client_order_id.endswith("t"), reduces_only=True, closes_position=not answer.quantity,
    )  # fmt: skip


def _fill(market: Market, fill: ExchangeFill) -> TrueFill:
    return TrueFill(
        fill.exchange_order_id, market.market_type, market.key, fill.side, fill.quantity, fill.price, fill.filled_at,
        client_order_id=fill.client_order_id,
    )  # fmt: skip


def _holding(position: ExchangePosition, hedged: bool) -> Holding:
    side = position.side.value if hedged else ""
    return Holding(MarketType.FUTURES, position.market_key, position.signed, position.entry_price, side)
