"""Bring the exchange's truth home: fills, fees, exits by stop and target, positions closed elsewhere, stops gone missing (D13).

One account at a time. What the books say and the exchange does not is never believed after one read: a position counts as
gone only when two reads a second apart agree (fault F37).
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.types import ExchangePosition, Leg, Market, MarketType, OrderAnswer, OrderState, PositionSide
from signals import booking
from signals.closing import cancel_protection
from signals.desk import Desk, TradingClient
from signals.facts import AccountKeys
from signals.ledger.ledger import Write
from signals.repair import repair_position

log = logging.getLogger(__name__)

ACCOUNT = """
    SELECT id AS account_id, user_id, exchange, testnet, position_mode, sealed_keys, wrapped_data_key, key_id
    FROM exchanges_exchangeaccount WHERE id = %s AND length(sealed_keys) > 0
"""
# Open positions, and closed ones whose fills are not all booked yet.
POSITIONS = """
    SELECT p.id, p.subscription_id, p.account_id, p.bot_id, p.symbol_key, p.market_type, p.side, p.quantity, p.opened_quantity,
           p.entry_price, p.stop_price, p.target_price, p.leverage, p.effective_at, p.opened_at, p.unprotected_ms,
           p.status, p.protected_at, p.fills_booked_at, p.closed_at,
           EXISTS (SELECT 1 FROM signals_execution e WHERE e.account_id = p.account_id AND e.symbol_key IN (p.symbol_key, '*')
                   AND e.state IN ('CLAIMED', 'SENDING', 'UNCONFIRMED', 'FILLED')) AS busy
    FROM signals_position p
    WHERE p.account_id = %s AND (p.status = 'open' OR (p.fills_booked_at IS NULL AND p.closed_at > now() - interval '1 day'))
"""
LIVE_ORDERS = """
    SELECT o.client_order_id, o.leg, o.status, o.exchange_order_id, coalesce(o.position_id, e.position_id) AS position_id,
           o.symbol_key, o.market_type
    FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
    WHERE o.account_id = %s AND o.leg IN ('stop', 'target') AND o.status IN ('planned', 'open', 'partial', 'unknown')
      AND e.state NOT IN ('PENDING', 'CLAIMED', 'SENDING', 'UNCONFIRMED', 'FILLED')
"""
BUSY_SYMBOLS = """
    SELECT DISTINCT e.symbol_key FROM signals_execution e
    WHERE e.account_id = %s AND e.state IN ('CLAIMED', 'SENDING', 'UNCONFIRMED', 'FILLED')
"""
EXIT_REASONS = {"stop": "stop_loss", "target": "take_profit"}


@dataclass(slots=True)
class Books:
    """One symbol of one account: our positions and live orders there, and what the exchange says stands."""

    market: Market
    positions: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    standing: dict[str, OrderAnswer]
    exited: dict[UUID, str]


async def reconcile_account(account_id: UUID, desk: Desk) -> bool:
    """Compare one account with the exchange and set the books right; repairs a missing stop. Never raises; False = failed."""
    try:
        await _reconcile(account_id, desk)
    except ExchangeError as error:
        log.warning("account %s could not be reconciled: %s", account_id, error.message)
        await _note_refused_keys(account_id, desk, error)
        return False
    except Exception:
        log.exception("account %s could not be reconciled", account_id)
        return False
    return True


async def _note_refused_keys(account_id: UUID, desk: Desk, error: ExchangeError) -> None:
    if isinstance(error, Refused) and error.kind is RefusalKind.CREDENTIALS:
        write = Write(None).add(
            "account_attention", id=account_id, code="invalid_credentials", detail=error.message[:500]
        )
        await desk.ledger.record(write)


async def _reconcile(account_id: UUID, desk: Desk) -> None:
    accounts = await desk.ledger.query(ACCOUNT, [account_id])
    if not accounts:
        return
    keys = AccountKeys.from_row(accounts[0])
    client = desk.connect(keys)
    if await _reconcile_symbols(desk, client, keys):
        await _compare_positions(desk, client, keys)
    await desk.ledger.query(
        "UPDATE exchanges_exchangeaccount SET reconciled_at = now() WHERE id = %s RETURNING id", [account_id]
    )


async def _reconcile_symbols(desk: Desk, client: TradingClient, keys: AccountKeys) -> bool:
    """Symbol by symbol: orders, fills, exits, leftovers, missing stops. Says whether a futures position is still open."""
    rows = await desk.ledger.query(POSITIONS, [keys.account_id])
    orders = await desk.ledger.query(LIVE_ORDERS, [keys.account_id])
    exited: set[UUID] = set()
    for market_type, symbol_key in sorted({(row["market_type"], row["symbol_key"]) for row in (*rows, *orders)}):
        market = await client.market(MarketType(market_type), symbol_key)
        books = Books(
            market,
            [row for row in rows if (row["market_type"], row["symbol_key"]) == (market_type, symbol_key)],
            [row for row in orders if (row["market_type"], row["symbol_key"]) == (market_type, symbol_key)],
            {},
            {},
        )
        await _reconcile_symbol(desk, client, keys, books)
        exited |= books.exited.keys()
    return any(
        row["market_type"] == MarketType.FUTURES and row["status"] == "open" and row["id"] not in exited for row in rows
    )


async def _reconcile_symbol(desk: Desk, client: TradingClient, keys: AccountKeys, books: Books) -> None:
    if books.orders:
        books.standing = {answer.client_order_id: answer for answer in await client.standing_protection(books.market)}
    await _follow_orders(desk, client, books)
    await _book_fills(desk, client, keys, books)
    for row in books.positions:
        if row["status"] == "open" and row["id"] in books.exited and not row["busy"]:
            await booking.close_from_fills(desk, row["id"], books.exited[row["id"]])
    await _cancel_leftovers(desk, client, books)
    for row in books.positions:
        if row["status"] == "open" and not row["busy"] and row["protected_at"] and row["id"] not in books.exited:
            await _repair_if_naked(desk, client, books, row)


async def _follow_orders(desk: Desk, client: TradingClient, books: Books) -> None:
    """What became of our stops and targets that no longer stand: triggered, cancelled, or never placed."""
    write = Write(None)
    for order in books.orders:
        if order["client_order_id"] in books.standing:
            continue
        answer = await client.find_protection(books.market, order["client_order_id"])
        if answer is None:
            status, fields = "not_placed" if order["status"] == "planned" else "cancelled", {}
        else:
            status = answer.state.value
            fields = {"exchange_order_id": answer.exchange_order_id, "triggered_order_id": answer.triggered_order_id,
                      "filled_quantity": answer.filled_quantity, "average_price": answer.average_price}  # fmt: skip
            if answer.triggered_order_id or answer.state is OrderState.FILLED:
                books.exited[order["position_id"]] = EXIT_REASONS[order["leg"]]
        order["status"] = status
        write.add("order_answers", client_order_id=order["client_order_id"], status=status, at=desk.now(), **fields)
    if write.records:
        await desk.ledger.record(write)


async def _book_fills(desk: Desk, client: TradingClient, keys: AccountKeys, books: Books) -> None:
    pending = [row for row in books.positions if row["fills_booked_at"] is None or row["id"] in books.exited]
    if not pending:
        return
    since: datetime = min(row["opened_at"] for row in pending) - timedelta(seconds=10)
    fills = await client.fills(books.market, since=since)
    await booking.book_fills(desk, client, keys, books.market, fills)
    await booking.refresh_positions(desk, [row["id"] for row in pending])


async def _cancel_leftovers(desk: Desk, client: TradingClient, books: Books) -> None:
    """The janitor of D8: whatever of ours stands for a position that is gone is cancelled."""
    gone = {row["id"] for row in books.positions if row["status"] == "closed"} | set(books.exited)
    open_ids = {row["id"] for row in books.positions if row["status"] == "open"} - gone
    left = [
        order["client_order_id"]
        for order in books.orders
        if order["client_order_id"] in books.standing and order["position_id"] not in open_ids
    ]
    if not left:
        return
    outcomes = await client.cancel_protection(books.market, left)
    write = Write(None)
    for key, error in outcomes.items():
        if error is None or (isinstance(error, Refused) and error.kind is RefusalKind.NOT_FOUND):
            write.add("order_answers", client_order_id=key, status="cancelled", at=desk.now())
    await desk.ledger.record(write)


async def _repair_if_naked(desk: Desk, client: TradingClient, books: Books, row: dict[str, Any]) -> None:
    standing = {order["leg"] for order in books.orders
                if order["position_id"] == row["id"] and order["client_order_id"] in books.standing}  # fmt: skip
    wanted = {Leg.STOP: row["stop_price"], Leg.TARGET: row["target_price"]}
    names = {Leg.STOP: "stop", Leg.TARGET: "target"}
    missing = {leg: price for leg, price in wanted.items() if price is not None and names[leg] not in standing}
    if not missing:
        return
    held = _net(await client.positions(books.market.market_type), books.market.key) if _is_futures(books) else None
    if held is not None and held == 0:
        return  # flat at the exchange: a matter of `_compare_positions`, not of protection
    await repair_position(desk, client, books.market, row, missing)


def _is_futures(books: Books) -> bool:
    return books.market.market_type is MarketType.FUTURES


async def _compare_positions(desk: Desk, client: TradingClient, keys: AccountKeys) -> None:
    """Futures: what the exchange holds beside ours (D25), and positions of ours that are gone there (F25).

    A difference counts when it is the same in two looks a second apart, both of our books and of the exchange's.
    """
    first = await _differences(desk, client, keys.account_id)
    if not first:
        return
    for symbol_key, (difference, _) in first.items():
        if not difference:
            await booking.note_foreign(desk, keys.account_id, symbol_key, Decimal(0))
    if not any(difference for difference, _ in first.values()):
        return
    await desk.sleep(1.0)
    await _reconcile_symbols(desk, client, keys)  # a stop may have filled between the looks: then it says so itself
    second = await _differences(desk, client, keys.account_id)
    for symbol_key, (difference, rows) in second.items():
        if not difference or first.get(symbol_key, (None,))[0] != difference:
            continue
        net = difference + sum((_signed(row) for row in rows), Decimal(0))
        gone = [row for row in rows if _signed(row) * net <= 0]
        for row in gone:
            await _close_what_is_gone(desk, client, keys, row)
        if not gone:
            await booking.note_foreign(desk, keys.account_id, symbol_key, difference)


Differences = dict[str, tuple[Decimal, list[dict[str, Any]]]]


async def _differences(desk: Desk, client: TradingClient, account_id: UUID) -> Differences:
    """Per symbol: the exchange's net quantity less ours, and our open positions; without symbols that are being traded."""
    before = await _open_futures(desk, account_id)
    there = await client.positions(MarketType.FUTURES)
    after = await _open_futures(desk, account_id)
    found: Differences = {}
    for symbol_key in after.keys() | {position.market_key for position in there}:
        rows = after.get(symbol_key, [])
        unchanged = before.get(symbol_key, []) == rows
        if unchanged and not any(row["busy"] for row in rows):
            found[symbol_key] = (_net(there, symbol_key) - sum((_signed(row) for row in rows), Decimal(0)), rows)
    return found


async def _open_futures(desk: Desk, account_id: UUID) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await desk.ledger.query(POSITIONS, [account_id]):
        if row["market_type"] == MarketType.FUTURES and row["status"] == "open":
            rows[row["symbol_key"]].append(row)
    busy = await desk.ledger.query(BUSY_SYMBOLS, [account_id])
    for row in busy:
        rows[row["symbol_key"]].append({**row, "busy": True, "quantity": Decimal(0), "side": PositionSide.LONG})
    return rows


async def _close_what_is_gone(desk: Desk, client: TradingClient, keys: AccountKeys, row: dict[str, Any]) -> None:
    market = await client.market(MarketType.FUTURES, row["symbol_key"])
    fills = await client.fills(market, since=row["opened_at"] - timedelta(seconds=10))
    await booking.book_fills(desk, client, keys, market, fills)
    price = booking.last_exit_price(fills, row) or await client.price(market)
    await booking.close_position(desk, row["id"], price, "external")
    await cancel_protection(desk, client, market, row["id"])


def _net(positions: list[ExchangePosition], symbol_key: str) -> Decimal:
    return sum((position.signed for position in positions if position.market_key == symbol_key), Decimal(0))


def _signed(row: dict[str, Any]) -> Decimal:
    quantity: Decimal = row["quantity"]
    return quantity if row["side"] == PositionSide.LONG else -quantity
