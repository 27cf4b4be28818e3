"""Bring fills and exits into the books: fees in USD, realized P&L, positions that ended, and their owners told (D13, DSH-13)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.types import DOLLARS, ExchangeFill, Market, PositionSide
from signals import troubles
from signals.desk import Desk, TradingClient, announce_position
from signals.facts import AccountKeys, Facts
from signals.ledger.fill_booking import Booked, Booking
from signals.quote_rates import usd_rate_of
from signals.troubles import Trouble, TroubleKind

EXIT_REASONS = {"stop": "stop_loss", "target": "take_profit"}
CLOCKS_APART = timedelta(minutes=2)  # fills carry the exchange's time (F33)

NOTE_FOREIGN = """
    INSERT INTO signals_foreignholding (account_id, market_type, symbol_key, quantity, seen_at)
    VALUES (%s, 'futures', %s, %s, now())
    ON CONFLICT (account_id, market_type, symbol_key) DO UPDATE SET quantity = excluded.quantity, seen_at = now()
    RETURNING id
"""


async def book(
    desk: Desk,
    client: TradingClient,
    keys: AccountKeys | Facts,
    market: Market,
    fills: Sequence[ExchangeFill],
    *,
    positions: Iterable[UUID] = (),
    exits: dict[UUID, str] | None = None,
    prices: dict[UUID, Decimal] | None = None,
    left: dict[UUID, Decimal] | None = None,
) -> Booked:
    """Store fills, each once, recompute `positions`, and close those of `exits` that the fills prove to be sold.

    `exits` gives the reason, `prices` the exit price of positions whose end no fill of ours tells, `left` what is left of
    positions that were sold in part elsewhere. Owners are told.
    """
    records = [await _record(client, keys, market, fill) for fill in fills]
    booked = await desk.ledger.book(
        Booking(records, list(positions), exits or {}, prices or {}, left or {}, market.quantity_step)
    )
    for row in booked.closed:
        announce_position(desk, row, row["exit_reason"])
    for row in booked.final:
        announce_position(desk, row, row["exit_reason"], kind="position_booked")
    return booked


async def _record(
    client: TradingClient, keys: AccountKeys | Facts, market: Market, fill: ExchangeFill
) -> dict[str, Any]:
    return {
        "account_id": keys.account_id, "user_id": keys.user_id, "market_type": market.market_type.value,
        "symbol_key": market.key, "trade_id": fill.trade_id, "exchange_order_id": fill.exchange_order_id,
        "side": fill.side.value, "price": fill.price, "quantity": fill.quantity, "fee": fill.fee,
        "fee_currency": fill.fee_currency, "fee_usd": await _in_usd(client, market, fill),
        "realized_pnl": fill.realized_pnl, "filled_at": fill.filled_at,
    }  # fmt: skip


async def _in_usd(client: TradingClient, market: Market, fill: ExchangeFill) -> Decimal:
    """The fee in USD: as it is in a dollar coin, at the fill's price in the base coin, else at the coin's price now."""
    if fill.fee_currency in DOLLARS or not fill.fee:
        return fill.fee
    rate = await usd_rate_of(client, market)
    if fill.fee_currency == market.quote:
        return fill.fee / rate
    if fill.fee_currency == market.base:
        return fill.fee * fill.price / rate
    prices = await client.prices(market.market_type)
    price = prices.get(f"{fill.fee_currency}{market.quote}")
    return fill.fee * price / rate if price else Decimal(0)


async def note_foreign(desk: Desk, account_id: UUID, symbol_key: str, quantity: Decimal) -> None:
    """Remember what the account holds on a symbol beside our positions (D25)."""
    await desk.ledger.query(NOTE_FOREIGN, [account_id, symbol_key, quantity])
    if quantity:
        figures = {"quantity": f"{quantity.normalize():f}"}
        troubles.tell(Trouble(TroubleKind.FOREIGN_POSITION, account_id, symbol_key=symbol_key, figures=figures))


def last_exit_price(fills: Sequence[ExchangeFill], side: PositionSide, opened_at: datetime) -> Decimal | None:
    """The price of the last fill against a position's side since it was opened, when it was sold by someone else."""
    exits = [fill for fill in fills if fill.side is not side.entry_side and fill.filled_at >= opened_at]
    return exits[-1].price if exits else None
