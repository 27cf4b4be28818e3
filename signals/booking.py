"""Write the exchange's fills into the books: Fill rows, fees in USD, realized P&L, positions that ended (D13, DSH-13)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from exchanges.types import ExchangeFill, Market, PositionSide
from signals.desk import Desk, TradingClient, announce_position
from signals.facts import AccountKeys
from signals.ledger.ledger import Write

USD_COINS = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USD")

INSERT_FILLS = """
    INSERT INTO signals_fill (account_id, user_id, market_type, symbol_key, trade_id, exchange_order_id, side, price, quantity,
        fee, fee_currency, fee_usd, realized_pnl, filled_at, booked_at, order_id, position_id)
    SELECT v.account_id, v.user_id, v.market_type, v.symbol_key, v.trade_id, v.exchange_order_id, v.side, v.price, v.quantity,
        v.fee, v.fee_currency, v.fee_usd, v.realized_pnl, v.filled_at, now(), o.id, coalesce(o.position_id, e.position_id)
    FROM jsonb_to_recordset(%s::jsonb) AS v(account_id uuid, user_id uuid, market_type text, symbol_key text, trade_id text,
        exchange_order_id text, side text, price numeric, quantity numeric, fee numeric, fee_currency text, fee_usd numeric,
        realized_pnl numeric, filled_at timestamptz)
    LEFT JOIN signals_order o ON o.market_type = v.market_type
        AND ((o.account_id = v.account_id AND o.exchange_order_id = v.exchange_order_id)
          OR (o.account_id = v.account_id AND o.triggered_order_id = v.exchange_order_id AND o.triggered_order_id <> ''))
    LEFT JOIN signals_execution e ON e.id = o.execution_id
    ON CONFLICT (account_id, market_type, symbol_key, trade_id) DO UPDATE
        SET order_id = coalesce(signals_fill.order_id, excluded.order_id),
            position_id = coalesce(signals_fill.position_id, excluded.position_id)
    RETURNING id
"""

# Sums of a position's fills. `entry`/`exit` by the side of the fill against the position's side.
FILL_SUMS = """
    SELECT p.id, p.status, p.side, p.opened_quantity, p.quantity, p.market_type,
        coalesce(sum(f.quantity) FILTER (WHERE f.side = s.entry), 0) AS entered,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side = s.entry), 0) AS paid,
        coalesce(sum(f.quantity) FILTER (WHERE f.side <> s.entry), 0) AS left_quantity,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side <> s.entry), 0) AS got,
        coalesce(sum(f.fee_usd), 0) AS fees, max(f.filled_at) FILTER (WHERE f.side <> s.entry) AS last_exit
    FROM signals_position p
    CROSS JOIN LATERAL (SELECT CASE p.side WHEN 'long' THEN 'buy' ELSE 'sell' END AS entry) s
    LEFT JOIN signals_fill f ON f.position_id = p.id
    WHERE p.id = ANY(%s) GROUP BY p.id
"""
REFRESH = """
    UPDATE signals_position p SET fees = v.fees, entry_price = coalesce(v.entry_price, p.entry_price),
        exit_price = CASE WHEN p.status = 'closed' THEN coalesce(v.exit_price, p.exit_price) ELSE p.exit_price END,
        realized_pnl = v.realized_pnl, fills_booked_at = CASE WHEN v.complete THEN now() ELSE p.fills_booked_at END,
        updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, fees numeric, entry_price numeric, exit_price numeric,
        realized_pnl numeric, complete boolean)
    WHERE p.id = v.id RETURNING p.id
"""
CLOSE = """
    UPDATE signals_position p SET status = 'closed', quantity = 0, exit_price = %s, closed_at = %s, exit_reason = %s,
        fills_booked_at = NULL, updated_at = now(),
        realized_pnl = (%s - p.entry_price) * p.quantity * CASE p.side WHEN 'long' THEN 1 ELSE -1 END - p.fees
    WHERE p.id = %s AND p.status = 'open' RETURNING p.id, p.user_id, p.subscription_id, p.bot_id, p.symbol_key
"""
NOTE_FOREIGN = """
    INSERT INTO signals_foreignholding (account_id, market_type, symbol_key, quantity, seen_at)
    VALUES (%s, 'futures', %s, %s, now())
    ON CONFLICT (account_id, market_type, symbol_key) DO UPDATE SET quantity = excluded.quantity, seen_at = now()
    RETURNING id
"""
CENTI = Decimal("1e-8")


async def book_fills(
    desk: Desk, client: TradingClient, keys: AccountKeys, market: Market, fills: Sequence[ExchangeFill]
) -> None:
    """Store fills, each once, and tie them to our orders and positions where they are ours."""
    if not fills:
        return
    records = []
    for fill in fills:
        fee_usd = await _in_usd(client, market, fill)
        records.append({
            "account_id": str(keys.account_id), "user_id": str(keys.user_id), "market_type": market.market_type.value,
            "symbol_key": market.key, "trade_id": fill.trade_id, "exchange_order_id": fill.exchange_order_id,
            "side": fill.side.value, "price": str(fill.price), "quantity": str(fill.quantity), "fee": str(fill.fee),
            "fee_currency": fill.fee_currency, "fee_usd": str(fee_usd),
            "realized_pnl": None if fill.realized_pnl is None else str(fill.realized_pnl),
            "filled_at": fill.filled_at.isoformat(),
        })  # fmt: skip
    await desk.ledger.query(INSERT_FILLS, [Jsonb(records)])


async def _in_usd(client: TradingClient, market: Market, fill: ExchangeFill) -> Decimal:
    """The fee in USD: as it is in a dollar coin, at the fill's price in the base coin, else at the coin's price now."""
    if fill.fee_currency in USD_COINS or fill.fee_currency == market.quote or not fill.fee:
        return fill.fee
    if fill.fee_currency == market.base:
        return fill.fee * fill.price
    prices = await client.prices(market.market_type)
    price = prices.get(f"{fill.fee_currency}{market.quote}")
    return fill.fee * price if price else Decimal(0)


async def refresh_positions(desk: Desk, position_ids: Sequence[UUID]) -> None:
    """Recompute entry, exit, fees and realized P&L of positions from their fills; marks those whose fills are complete."""
    records = []
    for row in await desk.ledger.query(FILL_SUMS, [list(position_ids)]):
        if not row["entered"]:
            continue
        records.append(_figures(row))
    if records:
        await desk.ledger.query(REFRESH, [Jsonb(records)])


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    entered, left = row["entered"], row["left_quantity"]
    entry_price = row["paid"] / entered
    direction = 1 if row["side"] == PositionSide.LONG else -1
    gross = direction * (row["got"] - entry_price * left)
    # Spot: what was received is net of a fee in the coin, so a little less leaves than entered.
    enough = row["opened_quantity"] * Decimal("0.99") if row["market_type"] == "spot" else row["opened_quantity"]
    complete = entered >= row["opened_quantity"] and (row["status"] == "open" or left >= enough)
    return {
        "id": str(row["id"]), "fees": str(row["fees"].quantize(CENTI)), "entry_price": str(entry_price),
        "exit_price": str(row["got"] / left) if left else None, "realized_pnl": str((gross - row["fees"]).quantize(CENTI)),
        "complete": complete,
    }  # fmt: skip


async def close_from_fills(desk: Desk, position_id: UUID, reason: str) -> bool:
    """Close a position that its stop or target sold, once the fills say so; False while they do not yet."""
    rows = await desk.ledger.query(FILL_SUMS, [[position_id]])
    if not rows or not rows[0]["left_quantity"] or rows[0]["left_quantity"] < rows[0]["quantity"] * Decimal("0.99"):
        return False
    row = rows[0]
    await close_position(desk, position_id, row["got"] / row["left_quantity"], reason, at=row["last_exit"])
    await refresh_positions(desk, [position_id])
    return True


async def close_position(
    desk: Desk, position_id: UUID, price: Decimal, reason: str, *, at: datetime | None = None
) -> None:
    """Book a position as closed at `price`, end its executions with the reason, and tell the owner."""
    moment = at or datetime.now(UTC)
    closed = await desk.ledger.query(CLOSE, [price, moment, reason, price, position_id])
    if not closed:
        return
    write = Write(None).add("openers_closed", position_id=position_id, code=reason, at=moment)
    await desk.ledger.record(write)
    announce_position(desk, closed[0], reason)


async def note_foreign(desk: Desk, account_id: UUID, symbol_key: str, quantity: Decimal) -> None:
    """Remember what the account holds on a symbol beside our positions (D25)."""
    await desk.ledger.query(NOTE_FOREIGN, [account_id, symbol_key, quantity])


def last_exit_price(fills: Sequence[ExchangeFill], row: dict[str, Any]) -> Decimal | None:
    """The price of the last fill against a position's side, when it was sold by someone else."""
    entry_side = PositionSide(row["side"]).entry_side
    exits = [fill for fill in fills if fill.side is not entry_side and fill.filled_at >= row["opened_at"]]
    return exits[-1].price if exits else None
