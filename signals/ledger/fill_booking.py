"""Write fills into the books and draw their consequences, for many accounts in one transaction (D13, DSH-13).

Fills are kept once each; a position's entry, exit, fees and realized P&L are recomputed from its fills; a position whose
stop or target sold it is closed when the fills say so. Everything may run twice: the second run changes nothing more.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from exchanges.types import PositionSide
from signals.ledger import statements as sql
from signals.ledger.group_commit import Connection
from signals.ledger.records import as_json

INSERT_FILLS = """
    INSERT INTO signals_fill (account_id, user_id, market_type, symbol_key, trade_id, exchange_order_id, side, price, quantity,
        fee, fee_currency, fee_usd, realized_pnl, filled_at, booked_at, order_id, position_id)
    SELECT v.account_id, v.user_id, v.market_type, v.symbol_key, v.trade_id, v.exchange_order_id, v.side, v.price, v.quantity,
        v.fee, v.fee_currency, v.fee_usd, v.realized_pnl, v.filled_at, now(), o.id, coalesce(o.position_id, e.position_id)
    FROM jsonb_to_recordset(%s::jsonb) AS v(account_id uuid, user_id uuid, market_type text, symbol_key text, trade_id text,
        exchange_order_id text, side text, price numeric, quantity numeric, fee numeric, fee_currency text, fee_usd numeric,
        realized_pnl numeric, filled_at timestamptz)
    LEFT JOIN LATERAL (
        SELECT id, position_id, execution_id FROM signals_order
        WHERE account_id = v.account_id AND exchange_order_id = v.exchange_order_id AND market_type = v.market_type
        UNION
        SELECT id, position_id, execution_id FROM signals_order
        WHERE account_id = v.account_id AND triggered_order_id = v.exchange_order_id AND triggered_order_id <> ''
          AND market_type = v.market_type
    ) o ON true
    LEFT JOIN signals_execution e ON e.id = o.execution_id
    ON CONFLICT (account_id, market_type, symbol_key, trade_id) DO UPDATE
        SET order_id = coalesce(signals_fill.order_id, excluded.order_id),
            position_id = coalesce(signals_fill.position_id, excluded.position_id)
"""
# A position that was closed at the exchange, or of which `quantity` is left: whatever sold there since, and was no order of
# ours, was its exit. So was what is missing to an `ended` one when its own orders' fills have had time to come: a part had been
# sold by hand before. The owner may have sold something of their own beside: no more is ours than what is gone. On futures the
# last of these trades may be larger than that; then a share of it counts (`_own_share`).
ATTACH = """
    UPDATE signals_fill f SET position_id = n.position_id
    FROM (
        SELECT f.id, p.id AS position_id, p.market_type, f.quantity AS sold, p.opened_quantity - v.quantity - coalesce((
                SELECT sum(x.quantity) FROM signals_fill x WHERE x.position_id = p.id AND x.side = s.exit), 0) AS gone,
            sum(f.quantity) OVER (PARTITION BY p.id ORDER BY f.filled_at, f.id) AS so_far
        FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, quantity numeric, ended boolean)
        JOIN signals_position p ON p.id = v.id
            AND (NOT v.ended OR (p.status = 'closed' AND p.closed_at < now() - interval '3 s'))
        CROSS JOIN LATERAL (SELECT CASE p.side WHEN 'long' THEN 'sell' ELSE 'buy' END AS exit) s
        JOIN signals_fill f ON f.account_id = p.account_id AND f.market_type = p.market_type AND f.symbol_key = p.symbol_key
          AND f.position_id IS NULL AND f.order_id IS NULL AND f.filled_at BETWEEN p.opened_at AND coalesce(p.closed_at, now())
          AND f.side = s.exit
    ) n
    WHERE f.id = n.id AND CASE n.market_type WHEN 'futures' THEN n.so_far - n.sold < n.gone ELSE n.so_far <= n.gone END
"""
# Sums of a position's fills. `entry`/`exit` by the side of the fill against the position's side; `received` is net of a fee
# that was taken from the coin itself (spot).
FILL_SUMS = """
    SELECT p.id, p.status, p.side, p.opened_quantity, p.quantity, p.market_type,
        coalesce(sum(f.quantity) FILTER (WHERE f.side = s.entry), 0) AS entered,
        coalesce(sum(f.quantity - CASE WHEN p.market_type = 'spot' AND f.fee_currency <> ''
                AND starts_with(p.symbol_key, f.fee_currency) THEN f.fee ELSE 0 END) FILTER (WHERE f.side = s.entry), 0) AS received,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side = s.entry), 0) AS paid,
        coalesce(sum(f.quantity) FILTER (WHERE f.side <> s.entry), 0) AS left_quantity,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side <> s.entry), 0) AS got,
        coalesce(sum(f.quantity) FILTER (WHERE f.side <> s.entry AND f.order_id IS NULL), 0) AS elsewhere,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side <> s.entry AND f.order_id IS NULL), 0) AS elsewhere_got,
        coalesce(sum(f.fee_usd) FILTER (WHERE f.side <> s.entry AND f.order_id IS NULL), 0) AS elsewhere_fees,
        coalesce(sum(f.quantity) FILTER (WHERE f.side <> s.entry AND o.leg IN ('stop', 'target')), 0) AS by_legs,
        p.funding, p.usd_rate, coalesce(sum(f.fee_usd), 0) AS fees, max(f.filled_at) FILTER (WHERE f.side <> s.entry) AS last_exit
    FROM signals_position p
    CROSS JOIN LATERAL (SELECT CASE p.side WHEN 'long' THEN 'buy' ELSE 'sell' END AS entry) s
    LEFT JOIN signals_fill f ON f.position_id = p.id
    LEFT JOIN signals_order o ON o.id = f.order_id
    WHERE p.id = ANY(%s) GROUP BY p.id
"""
# Whoever else moves these positions waits until they are recomputed: figures from before a close must not land after it.
LOCK = "SELECT id FROM signals_position WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
CLOSE = """
    UPDATE signals_position p SET status = 'closed', quantity = 0, exit_price = v.price, closed_at = v.at,
        exit_reason = v.code, fills_booked_at = NULL, updated_at = now(),
        realized_pnl = (v.price - p.entry_price) * p.quantity * CASE p.side WHEN 'long' THEN 1 ELSE -1 END / p.usd_rate
            - p.fees - p.funding
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, price numeric, code text, at timestamptz)
    WHERE p.id = v.id AND p.status || '' = 'open' RETURNING p.id, p.user_id, p.subscription_id, p.bot_id, p.symbol_key
"""
REFRESH = """
    UPDATE signals_position p SET fees = v.fees, entry_price = coalesce(v.entry_price, p.entry_price),
        exit_price = CASE WHEN p.status = 'closed' THEN coalesce(v.exit_price, p.exit_price) ELSE p.exit_price END,
        realized_pnl = v.realized_pnl, updated_at = now(),
        fills_booked_at = CASE WHEN v.again THEN NULL WHEN v.complete THEN now() ELSE p.fills_booked_at END
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, fees numeric, entry_price numeric, exit_price numeric,
        realized_pnl numeric, complete boolean, again boolean)
    WHERE p.id = v.id
    RETURNING p.id, p.user_id, p.subscription_id, p.bot_id, p.symbol_key, p.exit_reason,
        v.complete AND p.status = 'closed' AS is_final
"""
# An entry that went on filling after its first answer.
GROW = """
    UPDATE signals_position p SET quantity = p.quantity + CASE p.status WHEN 'open' THEN v.more ELSE 0 END,
        opened_quantity = p.opened_quantity + v.more, updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, more numeric) WHERE p.id = v.id
"""
# A part that someone sold at the exchange, or that a stop or target of ours sold.
SHRINK = """
    UPDATE signals_position p SET quantity = v.quantity, updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, quantity numeric)
    WHERE p.id = v.id AND p.status || '' = 'open' AND p.quantity > v.quantity
    RETURNING p.id, p.quantity
"""
CENTI = Decimal("1e-8")
ENOUGH = Decimal("0.99")  # spot: what was received is net of a fee in the coin, so a little less leaves than entered
Row = dict[str, Any]


@dataclass(slots=True)
class Booking:
    """Fills of one account's symbol, the positions to recompute, and those whose stop or target went off (with the reason).

    `prices` is for positions that were closed at the exchange by someone else: the exit price of what no fill tells;
    `left` for those of which someone sold a part there: the quantity that is left.
    """

    fills: list[Row] = field(default_factory=list)
    positions: list[UUID] = field(default_factory=list)
    exits: dict[UUID, str] = field(default_factory=dict)
    prices: dict[UUID, Decimal] = field(default_factory=dict)
    left: dict[UUID, Decimal] = field(default_factory=dict)
    step: Decimal = Decimal(0)  # of the market: less than one of it cannot be sold


@dataclass(frozen=True, slots=True)
class Booked:
    """What a booking did: the positions it closed (with `exit_reason`), those whose result is final, those that are larger (by
    how much), and open ones that are smaller (what is left of them)."""

    closed: list[Row]
    final: list[Row]
    grown: dict[UUID, Decimal]
    reduced: dict[UUID, Decimal]


async def book_all(connection: Connection, asks: list[Booking]) -> list[Booked]:
    """Write every booking."""
    fills = {_fill_key(fill): fill for ask in asks for fill in ask.fills}
    if fills:  # in one order everywhere: two that book the same fills wait for each other instead of forming a deadlock
        await connection.execute(INSERT_FILLS, [_jsonb([fills[key] for key in sorted(fills)])])
    exits = {key: reason for ask in asks for key, reason in ask.exits.items()}
    prices = {key: price for ask in asks for key, price in ask.prices.items()}
    left = {key: quantity for ask in asks for key, quantity in ask.left.items()}
    records = [{"id": key, "quantity": left.get(key, 0), "ended": False} for key in {*prices, *left}]
    records += [{"id": key, "quantity": 0, "ended": True} for ask in asks for key in ask.positions if key not in prices]
    await connection.execute(ATTACH, [_jsonb(records)])
    sums = await _sums(connection, list({*exits, *left, *(key for ask in asks for key in ask.positions)}))
    steps = {key: ask.step for ask in asks for key in (*ask.exits, *ask.left, *ask.positions)}
    for row in sums:
        row["step"] = steps[row["id"]]
    grown = await _grow(connection, sums)
    reduced = await _shrink(connection, sums, left)
    closed = await _close(connection, _exits_of(sums, exits, prices))
    for row in sums:
        if row["id"] in closed:
            row["status"], row["quantity"] = "closed", Decimal(0)
        # what is left after a stop or target is looked at again at once, by whoever comes first
        row["again"] = row["status"] == "open" and (row["id"] in exits or row["id"] in reduced.keys() - left.keys())
    figures = [_figures(row, prices.get(row["id"])) for row in sums if row["entered"]]
    final = await _refresh(connection, figures)
    return [
        Booked(
            [closed[key] for key in ask.exits if key in closed],
            [row for row in final if row["id"] in ask.exits or row["id"] in ask.positions],
            {key: more for key, more in grown.items() if key in ask.positions},
            {key: rest for key, rest in reduced.items() if key in ask.positions and key not in closed},
        )
        for ask in asks
    ]


async def _refresh(connection: Connection, figures: list[Row]) -> list[Row]:
    """Write the figures; answers the positions that have ended and whose fills are all there."""
    if not figures:
        return []
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(REFRESH, [_jsonb(figures)])
        return [row for row in await cursor.fetchall() if row["is_final"]]


async def _sums(connection: Connection, position_ids: list[UUID]) -> list[Row]:
    if not position_ids:
        return []
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(LOCK, [position_ids])
        await cursor.execute(FILL_SUMS, [position_ids])
        return [_own_share(row) for row in await cursor.fetchall()]


def _own_share(row: Row) -> Row:
    """Of what was sold at the exchange itself, in one trade with something else of the account, only our part (D25)."""
    elsewhere = row["elsewhere"]
    ours = min(elsewhere, max(row["opened_quantity"] - (row["left_quantity"] - elsewhere), Decimal(0)))
    if row["market_type"] == "spot" or ours == elsewhere:
        return row
    others = 1 - ours / elsewhere
    return row | {
        "left_quantity": row["left_quantity"] - (elsewhere - ours),
        "got": row["got"] - row["elsewhere_got"] * others,
        "fees": row["fees"] - row["elsewhere_fees"] * others,
    }


async def _grow(connection: Connection, sums: list[Row]) -> dict[UUID, Decimal]:
    """Follow entries that filled further.

    Answers the positions whose entry filled further, and by how much – on spot, where nothing keeps an order from selling
    other coins, of an ended one no more than was not sold.
    """
    grown = [
        {"id": row["id"], "more": row["received"] - row["opened_quantity"]}
        for row in sums
        if row["received"] > row["opened_quantity"]
    ]
    if grown:
        await connection.execute(GROW, [_jsonb(grown)])
    more = {record["id"]: record["more"] for record in grown}
    for row in sums:
        row["opened_quantity"] += more.get(row["id"], Decimal(0))
        if row["id"] in more and row["market_type"] == "spot" and row["status"] == "closed":
            more[row["id"]] = min(more[row["id"]], max(row["received"] - row["left_quantity"], Decimal(0)))
    return more


async def _shrink(connection: Connection, sums: list[Row], left: dict[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Follow parts sold elsewhere, of which `left` is left, and parts that stops and targets sold. Answers what became smaller."""
    rests = {row["id"]: row["opened_quantity"] - row["by_legs"] for row in sums if _is_sold_in_part(row)}
    for key, quantity in left.items():
        rests[key] = min(quantity, rests.get(key, quantity))
    if not rests:
        return {}
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SHRINK, [_jsonb([{"id": key, "quantity": rests[key]} for key in sorted(rests)])])
        return {row["id"]: row["quantity"] for row in await cursor.fetchall()}


def _is_sold_in_part(row: Row) -> bool:
    """Whether a stop or target of an open position sold less than there is: its order filled in part, or more was added."""
    return row["status"] == "open" and row["by_legs"] > 0 and not _is_all(row, row["left_quantity"])


def _exits_of(sums: list[Row], exits: dict[UUID, str], prices: dict[UUID, Decimal]) -> list[Row]:
    """The exits that are proven: by fills that sold it all, or by a price told for a position that is gone."""
    records = []
    for row in sums:
        reason = exits.get(row["id"])
        if reason is None or row["status"] != "open":
            continue
        left = row["left_quantity"]
        if left and _is_all(row, left):
            records.append({"id": row["id"], "price": row["got"] / left, "code": reason, "at": row["last_exit"]})
        elif row["id"] in prices:
            records.append({"id": row["id"], "price": prices[row["id"]], "code": reason, "at": datetime.now(UTC)})
    return records


def _is_all(row: Row, left: Decimal) -> bool:
    """Whether what left is the whole position: on spot but for a rest that is too small to be sold."""
    missing: Decimal = row["opened_quantity"] - left
    return missing <= row["opened_quantity"] * (1 - ENOUGH) or (row["market_type"] == "spot" and missing < row["step"])


async def _close(connection: Connection, records: list[Row]) -> dict[UUID, Row]:
    if not records:
        return {}
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(CLOSE, [_jsonb(records)])
        closed: dict[UUID, Row] = {row["id"]: row for row in await cursor.fetchall()}
    reasons = {record["id"]: record for record in records}
    openers = [
        {"position_id": key, "code": reasons[key]["code"], "at": reasons[key]["at"]} for key in sorted(closed, key=str)
    ]
    if openers:
        await connection.execute(sql.OPENERS_CLOSED, [_jsonb(openers)])
    return {key: {**row, "exit_reason": reasons[key]["code"]} for key, row in closed.items()}


def _figures(row: Row, told: Decimal | None) -> Row:
    """A position's figures from its fills; what left without a fill of ours counts at the price that was `told`."""
    entered, left, got = row["entered"], row["left_quantity"], row["got"]
    if told is not None:
        untold = max(row["opened_quantity"] - left, Decimal(0))
        left, got = left + untold, got + untold * told
    entry_price = row["paid"] / entered
    direction = 1 if row["side"] == PositionSide.LONG else -1
    gross = direction * (got - entry_price * left) / row["usd_rate"]
    all_left = _is_all(row, left) if row["market_type"] == "spot" else left >= row["opened_quantity"]
    complete = entered >= row["opened_quantity"] and (row["status"] == "open" or all_left)
    return {
        "id": row["id"], "fees": row["fees"].quantize(CENTI), "entry_price": entry_price,
        "exit_price": got / left if left else None, "realized_pnl": (gross - row["fees"] - row["funding"]).quantize(CENTI),
        "complete": complete, "again": row["again"],
    }  # fmt: skip


def _fill_key(fill: Row) -> tuple[str, ...]:
    return tuple(str(fill[name]) for name in ("account_id", "market_type", "symbol_key", "trade_id"))


def _jsonb(records: list[Row]) -> Jsonb:
    return Jsonb(records, dumps=as_json)
