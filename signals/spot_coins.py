"""What a spot account really has of the coin that it bought: net of fees, and less what its owner sold by hand (D27, F20).

Spot has no positions to ask for. The trades tell the fee that was taken from the coin; the balance tells what is left, and
is asked only where our own orders say that something is missing (it is the dearest of questions).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.errors import ExchangeError, OutcomeUnknown
from exchanges.types import Balance, ExchangeFill, Market, MarketType, OrderAnswer, PositionSide, Side
from signals.booking import CLOCKS_APART, book, last_exit_price
from signals.desk import Desk, TradingClient
from signals.facts import AccountKeys, Facts
from signals.ledger.ledger import Write
from signals.sizing import round_down

FEE_PAUSES = (0.0, 0.3, 0.7, 1.5)
# Two looks a second apart; more of them where no trade tells that the coins were sold (F37).
LOOKS, LOOKS_WITHOUT_PROOF = (1.0,), (1.0, 3.0, 5.0)


async def with_fee(
    desk: Desk, client: TradingClient, market: Market, answer: OrderAnswer, since: datetime
) -> OrderAnswer:
    """The answer to a purchase with the fee that its trades tell: an order that was asked for afterwards does not tell it.

    Raises OutcomeUnknown while the exchange does not list all of its trades.
    """
    if answer.fee_currency:
        return answer
    error: ExchangeError | None = None
    for pause in FEE_PAUSES:
        await desk.sleep(pause)
        try:
            fills = await client.fills(market, since=since - CLOCKS_APART)
        except ExchangeError as failed:
            error = failed
            continue
        ours = [fill for fill in fills if fill.exchange_order_id == answer.exchange_order_id]
        if sum((fill.quantity for fill in ours), Decimal(0)) >= answer.filled_quantity:
            fee = sum((fill.fee for fill in ours if fill.fee_currency == market.base), Decimal(0))
            return replace(answer, fee=fee, fee_currency=market.base if fee else ours[0].fee_currency)
    raise OutcomeUnknown("The fee of the purchase is not told yet", code="fee_unknown") from error


async def free_coins(desk: Desk, client: TradingClient, market: Market, wanted: Decimal) -> Decimal:
    """What may be sold of the market's coin now; less than `wanted` only when two looks say so."""
    free = _of(await client.balances(MarketType.SPOT), market).free
    if free < wanted:
        await desk.sleep(LOOKS[0])
        free = max(free, _of(await client.balances(MarketType.SPOT), market).free)
    return free


async def coins_left(desk: Desk, client: TradingClient, market: Market, row: dict[str, Any]) -> Decimal:
    """What is left of the position `row`, none of whose orders stands: less than its quantity only when look after look
    says so. Coins of the owner's own beside it count for it: one coin is like another."""
    wanted: Decimal = row["quantity"]
    left = await _total(client, market)
    if left >= round_down(wanted, market.quantity_step):
        return wanted
    fills = await client.fills(market, since=row["opened_at"] - CLOCKS_APART)
    is_proven = _sold(fills, row["opened_at"]) >= wanted - left
    for pause in LOOKS if is_proven else LOOKS_WITHOUT_PROOF:
        await desk.sleep(pause)
        left = max(left, await _total(client, market))
    return min(left, wanted)


async def follow_hand_sale(
    desk: Desk, client: TradingClient, keys: AccountKeys | Facts, market: Market,
    position_id: UUID, opened_at: datetime, left: Decimal,
) -> None:  # fmt: skip
    """Someone sold coins of a position at the exchange: book that `left` are left, or that it ended there."""
    fills = await client.fills(market, since=opened_at - CLOCKS_APART)
    if round_down(left, market.quantity_step) < market.min_quantity:
        price = last_exit_price(fills, PositionSide.LONG, opened_at) or await client.price(market)
        await book(desk, client, keys, market, fills, exits={position_id: "external"}, prices={position_id: price})
        return
    await book(desk, client, keys, market, fills, left={position_id: left})
    event = {"code": "reduced_elsewhere", "at": desk.now(), "params": {"quantity": f"{left.normalize():f}"}}
    await desk.ledger.record(Write(None).add("position_events", position_id=position_id, **event))


async def _total(client: TradingClient, market: Market) -> Decimal:
    return _of(await client.balances(MarketType.SPOT), market).total


def _of(balances: Sequence[Balance], market: Market) -> Balance:
    nothing = Balance(currency=market.base, free=Decimal(0), used=Decimal(0), total=Decimal(0))
    return next((balance for balance in balances if balance.currency == market.base), nothing)


def _sold(fills: Iterable[ExchangeFill], since: datetime) -> Decimal:
    return sum((fill.quantity for fill in fills if fill.side is Side.SELL and fill.filled_at >= since), Decimal(0))
