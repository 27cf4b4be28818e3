"""Bring the exchange's truth home: fills, fees, exits by stop and target, leftovers, stops gone missing (D13).

One account at a time; positions that were closed elsewhere are `signals.compare`'s.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.limits import Priority, at_most
from exchanges.types import ExchangeFill, MarketType
from signals import troubles
from signals.booking import CLOCKS_APART, EXIT_REASONS, book
from signals.compare import compare_positions
from signals.desk import Desk, TradingClient, add_attention
from signals.facts import AccountKeys
from signals.funding import book_funding
from signals.invariants.truth import is_ours
from signals.late_fills import sell_late_fill
from signals.ledger.account_books import AccountBooks
from signals.ledger.ledger import Write
from signals.standing_orders import (
    Symbol,
    cancel_leftovers,
    follow_orders,
    lists_what_fired,
    repair_if_naked,
    resize_if_unequal,
    revive,
    settle_exits,
)
from signals.symbol_failures import SymbolFailures, SymbolName
from signals.troubles import Trouble, TroubleKind

log = logging.getLogger(__name__)

SYMBOLS_AT_ONCE = 4
LISTED_AFTER_S = (0.3, 0.7)


async def reconcile_account(account_id: UUID, desk: Desk) -> bool:
    """Compare one account with the exchange and set the books right; repairs a missing stop. Never raises; False = failed."""
    with desk.runs.measure("reconcile") as run:
        try:
            with at_most(Priority.QUERY):
                await _reconcile(account_id, desk)
        except ExchangeError as error:
            log.warning("account %s could not be reconciled: %s", account_id, error.message)
            run.fail(error.message)
            if await _note_refused_keys(account_id, desk, error):
                run.leave_out()  # the account's trouble, told to its owner
            return False
        except Exception as error:
            log.exception("account %s could not be reconciled", account_id)
            run.fail(error)
            return False
        return True


async def _note_refused_keys(account_id: UUID, desk: Desk, error: ExchangeError) -> bool:
    """Whether it is the account's keys that are refused; then the account asks for attention."""
    if not (isinstance(error, Refused) and error.kind is RefusalKind.CREDENTIALS):
        return False
    await desk.ledger.record(add_attention(Write(None), account_id, error))
    return True


async def _reconcile(account_id: UUID, desk: Desk) -> None:
    books = await desk.ledger.books_of(account_id)
    if books.keys is None:
        return
    client = desk.connect(books.keys)
    failures = SymbolFailures(account_id)
    compare = await _reconcile_symbols(desk, client, books.keys, books, failures)
    flat = not books.positions and bool(books.keys.position_mode)  # told by accounts that trade futures only
    if compare or flat:

        async def look_again() -> None:  # a stop may have filled between two looks: then it says so itself
            again = await desk.ledger.books_of(account_id)
            if again.keys is not None:
                await _reconcile_symbols(desk, client, again.keys, again, failures)

        await compare_positions(desk, client, books.keys, look_again, failures)
    await book_funding(desk, client, books.keys, books.funding_due)
    failures.raise_first()
    await desk.ledger.record(Write(None).add("accounts_reconciled", id=account_id, at=desk.now()))


async def _reconcile_symbols(
    desk: Desk,
    client: TradingClient,
    keys: AccountKeys,
    books: AccountBooks,
    failures: SymbolFailures,
    *,
    first_look: bool = True,
) -> bool:
    """Per symbol: orders, fills, exits, leftovers, missing stops. Says whether positions have to be compared.

    Some at once: one whose stop is refused until its deadline (D7) keeps no other one waiting. What fails is in `failures`,
    and not looked at again in this run.
    """
    turn = asyncio.Semaphore(SYMBOLS_AT_ONCE)

    async def look(name: SymbolName) -> Symbol | None:
        async with turn:
            return await failures.keep(name, _reconcile_symbol(desk, client, keys, books, *name))

    looks = (look(name) for name in _naked_first(books) if name not in failures)
    symbols = [symbol for symbol in await asyncio.gather(*looks) if symbol is not None]
    if first_look and any(symbol.grown for symbol in symbols):  # it needs a larger stop now, not at the next round
        again = await desk.ledger.books_of(keys.account_id)
        return await _reconcile_symbols(desk, client, keys, again, failures, first_look=False)
    exited = {key for symbol in symbols for key in symbol.exited}
    # also what has ended and is not wholly booked: its entry may have filled further than its exits sold
    return any(row["market_type"] == MarketType.FUTURES and row["id"] not in exited for row in books.positions)


def _naked_first(books: AccountBooks) -> list[SymbolName]:
    """The symbols of an account; first those with a position whose stop is not even in the books."""
    stops = {order["position_id"] for order in books.orders if order["leg"] == "stop"}
    naked = {
        (row["market_type"], row["symbol_key"])
        for row in books.positions
        if row["status"] == "open" and row["stop_price"] is not None and row["id"] not in stops
    }
    names = {(row["market_type"], row["symbol_key"]) for row in (*books.positions, *books.orders)}
    return sorted(names, key=lambda name: (name not in naked, name))


async def _reconcile_symbol(
    desk: Desk, client: TradingClient, keys: AccountKeys, books: AccountBooks, market_type: str, symbol_key: str
) -> Symbol | None:
    """One symbol, as far as the exchange trades it still; None = it does not: the account's other symbols are looked at, and
    what was held here is for `compare_positions` (F38)."""
    try:
        symbol = Symbol(
            await client.market(MarketType(market_type), symbol_key),
            [row for row in books.positions if (row["market_type"], row["symbol_key"]) == (market_type, symbol_key)],
            [row for row in books.orders if (row["market_type"], row["symbol_key"]) == (market_type, symbol_key)],
        )
        await _set_right(desk, client, keys, symbol)
    except Refused as error:
        if error.kind is not RefusalKind.UNKNOWN_SYMBOL:
            raise
        log.warning("%s is not traded any more: nothing can be asked about it", symbol_key)
        return None
    return symbol


async def _set_right(desk: Desk, client: TradingClient, keys: AccountKeys, symbol: Symbol) -> None:
    ended = any(row["status"] == "closed" for row in symbol.positions)  # look once more what it has left behind
    if ended or any(order["leg"] in EXIT_REASONS for order in symbol.orders):
        symbol.standing = {answer.client_order_id: answer for answer in await client.standing_protection(symbol.market)}
        symbol.orders += await revive(desk, keys, symbol)
        if any(not is_ours(key) for key in symbol.standing):
            troubles.tell(Trouble(TroubleKind.FOREIGN_ORDERS, keys.account_id, symbol_key=symbol.market.key))
    await follow_orders(desk, client, symbol)
    await _book_fills(desk, client, keys, symbol)
    for position_id, more in symbol.grown.items():
        await sell_late_fill(desk, symbol.market, position_id, more)
    await cancel_leftovers(desk, client, symbol)
    for row in symbol.positions:
        is_held = row["id"] not in symbol.exited and row["id"] not in symbol.selling
        if row["status"] == "open" and not row["busy"] and row["protected_at"] and is_held:
            await repair_if_naked(desk, client, keys, symbol, row)
            await resize_if_unequal(desk, client, symbol, row)


async def _book_fills(desk: Desk, client: TradingClient, keys: AccountKeys, symbol: Symbol) -> None:
    followed = symbol.exited.keys() | symbol.entries_followed
    pending = {
        row["id"]: row["opened_at"]
        for row in symbol.positions
        if row["fills_booked_at"] is None or row["id"] in followed
    }
    for order in symbol.orders:  # an entry may fill further when its position has ended and is booked
        if order["position_id"] in symbol.entries_followed:
            pending.setdefault(order["position_id"], order["created_at"])
    if not pending:
        return
    since: datetime = min(pending.values()) - CLOCKS_APART
    fills, is_all_listed = await _fills_of(desk, client, symbol, since)
    exits = {
        row["id"]: symbol.exited[row["id"]]
        for row in symbol.positions
        if row["status"] == "open" and row["id"] in symbol.exited and not row["busy"]
    }
    booked = await book(desk, client, keys, symbol.market, fills, positions=pending, exits=exits)
    symbol.grown = booked.grown
    settle_exits(symbol, booked, is_all_listed=is_all_listed)


async def _fills_of(
    desk: Desk, client: TradingClient, symbol: Symbol, since: datetime
) -> tuple[Sequence[ExchangeFill], bool]:
    """The symbol's trades, and whether those of the legs that went off are all among them; they are waited for a moment, since
    only they prove what is left."""
    fills = await client.fills(symbol.market, since=since)
    for pause in LISTED_AFTER_S:
        if lists_what_fired(symbol, fills):
            return fills, True
        await desk.sleep(pause)
        fills = await client.fills(symbol.market, since=since)
    return fills, lists_what_fired(symbol, fills)
