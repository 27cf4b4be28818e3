"""Bring the exchange's truth home: fills, fees, exits by stop and target, leftovers, stops gone missing (D13).

One account at a time; positions that were closed elsewhere are `signals.compare`'s.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.types import Leg, Market, MarketType, OrderAnswer, OrderState
from signals.booking import book
from signals.compare import compare_positions, net_of
from signals.desk import Desk, TradingClient
from signals.facts import AccountKeys
from signals.ledger.account_books import AccountBooks
from signals.ledger.ledger import Write
from signals.repair import repair_position
from signals.resize import resize_protection
from signals.sizing import round_down

log = logging.getLogger(__name__)

EXIT_REASONS = {"stop": "stop_loss", "target": "take_profit"}
LEG_NAMES = {Leg.STOP: "stop", Leg.TARGET: "target"}
CLOCKS_APART = timedelta(minutes=2)  # fills carry the exchange's time (F33)


@dataclass(slots=True)
class Symbol:
    """One symbol of one account: our positions and live orders there, what stands at the exchange, and what went off."""

    market: Market
    positions: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    standing: dict[str, OrderAnswer] = field(default_factory=dict)
    exited: dict[UUID, str] = field(default_factory=dict)
    # Positions whose entry order was asked for again (it may have filled further), and those that it made larger.
    entries_followed: set[UUID] = field(default_factory=set)
    grown: set[UUID] = field(default_factory=set)


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
    books = await desk.ledger.books_of(account_id)
    if books.keys is None:
        return
    client = desk.connect(books.keys)
    if await _reconcile_symbols(desk, client, books.keys, books):

        async def look_again() -> None:  # a stop may have filled between two looks: then it says so itself
            again = await desk.ledger.books_of(account_id)
            if again.keys is not None:
                await _reconcile_symbols(desk, client, again.keys, again)

        await compare_positions(desk, client, books.keys, look_again)
    await desk.ledger.record(Write(None).add("accounts_reconciled", id=account_id, at=desk.now()))


async def _reconcile_symbols(
    desk: Desk, client: TradingClient, keys: AccountKeys, books: AccountBooks, *, first_look: bool = True
) -> bool:
    """Symbol by symbol: orders, fills, exits, leftovers, missing stops. Says whether a futures position is still open."""
    exited: set[UUID] = set()
    grown: set[UUID] = set()
    names = sorted({(row["market_type"], row["symbol_key"]) for row in (*books.positions, *books.orders)})
    for market_type, symbol_key in names:
        symbol = Symbol(
            await client.market(MarketType(market_type), symbol_key),
            [row for row in books.positions if (row["market_type"], row["symbol_key"]) == (market_type, symbol_key)],
            [row for row in books.orders if (row["market_type"], row["symbol_key"]) == (market_type, symbol_key)],
        )
        await _reconcile_symbol(desk, client, keys, symbol)
        exited |= symbol.exited.keys()
        grown |= symbol.grown
    if grown and first_look:  # what filled further needs a larger stop now, not at the next round
        return await _reconcile_symbols(
            desk, client, keys, await desk.ledger.books_of(keys.account_id), first_look=False
        )
    return any(
        row["market_type"] == MarketType.FUTURES and row["status"] == "open" and row["id"] not in exited
        for row in books.positions
    )


async def _reconcile_symbol(desk: Desk, client: TradingClient, keys: AccountKeys, symbol: Symbol) -> None:
    if any(order["leg"] in EXIT_REASONS for order in symbol.orders):
        symbol.standing = {answer.client_order_id: answer for answer in await client.standing_protection(symbol.market)}
    await _follow_orders(desk, client, symbol)
    await _book_fills(desk, client, keys, symbol)
    await _cancel_leftovers(desk, client, symbol)
    for row in symbol.positions:
        if row["status"] == "open" and not row["busy"] and row["protected_at"] and row["id"] not in symbol.exited:
            await _repair_if_naked(desk, client, symbol, row)
            await _resize_if_unequal(desk, client, symbol, row)


async def _follow_orders(desk: Desk, client: TradingClient, symbol: Symbol) -> None:
    """What became of our orders that do not stand: triggered, filled, cancelled, or never placed."""
    gone = [order for order in symbol.orders if order["client_order_id"] not in symbol.standing]
    answers = await asyncio.gather(*(_find(client, symbol.market, order) for order in gone))
    write = Write(None)
    for order, answer in zip(gone, answers, strict=True):
        fields: dict[str, Any] = {}
        if answer is None:
            status = "not_placed" if order["status"] in ("planned", "unknown") else "cancelled"
        else:
            status = answer.state.value
            fields = {"exchange_order_id": answer.exchange_order_id, "triggered_order_id": answer.triggered_order_id,
                      "filled_quantity": answer.filled_quantity, "average_price": answer.average_price}  # fmt: skip
            if answer.state is OrderState.OPEN:  # the list left it out, the order itself says that it stands (F37)
                symbol.standing[order["client_order_id"]] = answer
            if order["leg"] == "entry" and answer.filled_quantity:
                symbol.entries_followed.add(order["position_id"])
            fired = answer.triggered_order_id or answer.state is OrderState.FILLED
            if fired and order["leg"] in EXIT_REASONS:
                symbol.exited[order["position_id"]] = EXIT_REASONS[order["leg"]]
        order["status"] = status
        write.add("order_answers", client_order_id=order["client_order_id"], status=status, at=desk.now(), **fields)
    if write.records:
        await desk.ledger.record(write)


async def _find(client: TradingClient, market: Market, order: dict[str, Any]) -> OrderAnswer | None:
    look = client.find_protection if order["leg"] in EXIT_REASONS else client.find_order
    return await look(market, order["client_order_id"])


async def _book_fills(desk: Desk, client: TradingClient, keys: AccountKeys, symbol: Symbol) -> None:
    followed = symbol.exited.keys() | symbol.entries_followed
    pending = [row for row in symbol.positions if row["fills_booked_at"] is None or row["id"] in followed]
    if not pending:
        return
    since: datetime = min(row["opened_at"] for row in pending) - CLOCKS_APART
    fills = await client.fills(symbol.market, since=since)
    exits = {
        row["id"]: symbol.exited[row["id"]]
        for row in symbol.positions
        if row["status"] == "open" and row["id"] in symbol.exited and not row["busy"]
    }
    ids = [row["id"] for row in pending]
    symbol.grown = (await book(desk, client, keys, symbol.market, fills, positions=ids, exits=exits)).grown


async def _cancel_leftovers(desk: Desk, client: TradingClient, symbol: Symbol) -> None:
    """The janitor of D8: whatever of ours stands for a position that is gone is cancelled."""
    gone = {row["id"] for row in symbol.positions if row["status"] == "closed"} | set(symbol.exited)
    open_ids = {row["id"] for row in symbol.positions if row["status"] == "open"} - gone
    left = [
        order["client_order_id"]
        for order in symbol.orders
        if order["client_order_id"] in symbol.standing and order["position_id"] not in open_ids
    ]
    if not left:
        return
    outcomes = await client.cancel_protection(symbol.market, left)
    write = Write(None)
    for key, error in outcomes.items():
        if error is None or (isinstance(error, Refused) and error.kind is RefusalKind.NOT_FOUND):
            write.add("order_answers", client_order_id=key, status="cancelled", at=desk.now())
    await desk.ledger.record(write)


async def _resize_if_unequal(desk: Desk, client: TradingClient, symbol: Symbol, row: dict[str, Any]) -> None:
    """Stop and target are for what is held: neither more after a part was sold, nor less after the entry filled further (I4)."""
    wanted = round_down(row["quantity"], symbol.market.quantity_step)
    unequal = {
        order["leg"]: symbol.standing[order["client_order_id"]]
        for order in symbol.orders
        if order["position_id"] == row["id"] and order["client_order_id"] in symbol.standing
        and symbol.standing[order["client_order_id"]].quantity not in (None, wanted)
    }  # fmt: skip
    if unequal and wanted >= symbol.market.min_quantity:
        legs = {leg: unequal[name] for leg, name in LEG_NAMES.items() if name in unequal}
        await resize_protection(desk, client, symbol.market, row, legs, wanted)


async def _repair_if_naked(desk: Desk, client: TradingClient, symbol: Symbol, row: dict[str, Any]) -> None:
    standing = {order["leg"] for order in symbol.orders
                if order["position_id"] == row["id"] and order["client_order_id"] in symbol.standing}  # fmt: skip
    wanted = {Leg.STOP: row["stop_price"], Leg.TARGET: row["target_price"]}
    missing = {leg: price for leg, price in wanted.items() if price is not None and LEG_NAMES[leg] not in standing}
    if not missing:
        return
    if symbol.market.market_type is MarketType.FUTURES:
        there = await client.positions(symbol.market.market_type)
        if net_of(there, symbol.market.key) == 0:
            return  # flat at the exchange: a matter of `compare_positions`, not of protection
    await repair_position(desk, client, symbol.market, row, missing)
