"""Our orders that may stand at the exchange: what became of them, what is left over, and what is missing (D8, I4).

One symbol of one account; `signals.reconcile` goes through them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from exchanges.client_ids import client_order_id
from exchanges.types import ExchangeFill, Leg, Market, MarketType, OrderAnswer, OrderState, PositionSide
from signals.booking import EXIT_REASONS
from signals.cancelling import record_cancelled
from signals.desk import LEASE, Desk, TradingClient
from signals.facts import AccountKeys
from signals.invariants.truth import is_ours
from signals.ledger.fill_booking import Booked
from signals.ledger.ledger import Write
from signals.order_rows import KINDS
from signals.order_sync import sync_orders
from signals.repair import close_if_sold, leave_if_fallen_through, repair_position
from signals.resize import replace_bound_orders, resize_protection
from signals.settling import has_not_ended
from signals.sizing import round_down
from signals.spot_coins import coins_left, follow_hand_sale
from signals.states import LIVE_ORDERS_SQL, UNSETTLED_SQL

LEG_NAMES = {Leg.STOP: "stop", Leg.TARGET: "target"}
MOST_ATTEMPTS = 40  # far beyond what the deadlines of D7 leave time for
UNWRITTEN = """
    SELECT k.key FROM unnest(%s::text[]) AS k(key)
    WHERE NOT EXISTS (SELECT 1 FROM signals_order o WHERE o.client_order_id = k.key)
"""
OPENERS = f"""
    SELECT e.id, e.position_id FROM signals_execution e
    WHERE e.position_id = ANY(%s) AND e.action IN ('buy', 'sell')
      AND e.state NOT IN ({UNSETTLED_SQL})
"""  # noqa: S608 -- constants
REVIVE = f"""
    UPDATE signals_order o SET status = 'open', updated_at = now(), version = o.version + 1
    FROM signals_execution e
    WHERE o.account_id = %s AND o.client_order_id = ANY(%s) AND e.id = o.execution_id
      AND o.status NOT IN ({LIVE_ORDERS_SQL})
      AND e.state NOT IN ({UNSETTLED_SQL})
    RETURNING o.account_id, o.client_order_id, o.leg, o.status, o.version, o.exchange_order_id,
              coalesce(o.position_id, e.position_id) AS position_id, o.symbol_key, o.market_type
"""  # noqa: S608 -- constants


@dataclass(slots=True)
class Symbol:
    """One symbol of one account: our positions and live orders there, what stands at the exchange, and what went off.

    `exited` are positions that a stop or target of theirs has sold, with the reason; `settle_exits` leaves those that are sold
    wholly. `selling` are those of which one is still selling: nothing is placed or cancelled for them meanwhile.
    """

    market: Market
    positions: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    standing: dict[str, OrderAnswer] = field(default_factory=dict)
    exited: dict[UUID, str] = field(default_factory=dict)
    selling: set[UUID] = field(default_factory=set)
    # The legs that went off, with their positions.
    fired: list[tuple[UUID, OrderAnswer]] = field(default_factory=list)
    # Positions whose entry order was asked for again (it may have filled further), and those that it made larger.
    entries_followed: set[UUID] = field(default_factory=set)
    grown: dict[UUID, Decimal] = field(default_factory=dict)


async def revive(desk: Desk, keys: AccountKeys, symbol: Symbol) -> list[dict[str, Any]]:
    """Orders of ours that stand although our books had ended them: the exchange is right."""
    known = {order["client_order_id"] for order in symbol.orders}
    strays = [key for key in symbol.standing if is_ours(key) and key not in known]
    if not strays:
        return []
    revived = await desk.ledger.query(REVIVE, [keys.account_id, strays])
    return revived + await _write_missing_rows(desk, keys, symbol, strays)


async def _write_missing_rows(desk: Desk, keys: AccountKeys, symbol: Symbol, strays: list[str]) -> list[dict[str, Any]]:
    """Stops and targets whose row a dying database or worker never wrote: their ids are derived, so they name themselves."""
    unwritten = {row["key"] for row in await desk.ledger.query(UNWRITTEN, [strays])}
    sides = {row["id"]: PositionSide(row["side"]).exit_side.value for row in symbol.positions}
    if not unwritten or not sides:
        return []
    write = Write(None)
    for opener in await desk.ledger.query(OPENERS, [list(sides)]):
        for leg, attempt in product(LEG_NAMES, range(1, MOST_ATTEMPTS + 1)):
            key = client_order_id(opener["id"], leg, attempt)
            if key not in unwritten:
                continue
            answer = symbol.standing[key]
            write.add("orders", id=uuid4(), execution_id=opener["id"], epoch=None, position_id=opener["position_id"],
                      account_id=keys.account_id, symbol_key=symbol.market.key, market_type=symbol.market.market_type.value,
                      leg=LEG_NAMES[leg], attempt=attempt, client_order_id=key, side=sides[opener["position_id"]],
                      kind=KINDS[leg], reduce_only=True, quantity=answer.quantity, trigger_price=answer.trigger_price,
                      context={}, at=desk.now())  # fmt: skip
            write.add("order_answers", client_order_id=key, status=answer.state.value, at=desk.now(),
                      exchange_order_id=answer.exchange_order_id)  # fmt: skip
    if write.records:
        await desk.ledger.record(write)
    return [{**row, "status": "open"} for row in write.records.get("orders", [])]


async def follow_orders(desk: Desk, client: TradingClient, symbol: Symbol) -> None:
    """What became of our orders that do not stand: triggered, filled, cancelled, or never placed."""
    gone = [order for order in symbol.orders if order["client_order_id"] not in symbol.standing]
    gone = [order for order in gone if not await _may_still_arrive(desk, client, symbol.market, order)]
    for order, answer in await sync_orders(desk, gone, lambda order: _find(client, symbol.market, order)):
        if answer is None:
            continue
        if answer.state is OrderState.OPEN:  # the list left it out, the order itself says that it stands (F37)
            symbol.standing[order["client_order_id"]] = answer
        if order["leg"] == "entry" and answer.filled_quantity:
            symbol.entries_followed.add(order["position_id"])
        fired = answer.triggered_order_id or answer.state is OrderState.FILLED or answer.filled_quantity
        if fired and order["leg"] in EXIT_REASONS:
            symbol.exited[order["position_id"]] = EXIT_REASONS[order["leg"]]
            symbol.fired.append((order["position_id"], answer))
            if has_not_ended(answer):
                symbol.selling.add(order["position_id"])


async def _may_still_arrive(desk: Desk, client: TradingClient, market: Market, order: dict[str, Any]) -> bool:
    """An exit that a guardian sent, or was about to: unknown to the exchange says nothing while its sender may sign it and its window
    is open (D4)."""
    if order["leg"] != "exit" or order["status"] not in ("planned", "unknown"):
        return False
    signed_until = max(order["created_at"] + LEASE, order["lease_until"] or order["created_at"])
    closes_at = signed_until + timedelta(seconds=client.venue.features.resend_after_s)
    return desk.now() < closes_at and await _find(client, market, order) is None


async def _find(client: TradingClient, market: Market, order: dict[str, Any]) -> OrderAnswer | None:
    look = client.find_protection if order["leg"] in EXIT_REASONS else client.find_order
    return await look(market, order["client_order_id"])


def lists_what_fired(symbol: Symbol, fills: Sequence[ExchangeFill]) -> bool:
    """Whether the trades of all legs that went off are among `fills`: an exchange may list them later than it tells the order."""
    listed: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        listed[fill.exchange_order_id] += fill.quantity
    return all(
        sum(listed[key] for key in {leg.exchange_order_id, leg.triggered_order_id}) >= leg.filled_quantity
        for _, leg in symbol.fired
    )


def settle_exits(symbol: Symbol, booked: Booked, *, is_all_listed: bool) -> None:
    """Of what went off, only what is sold wholly has ended. A stop may fill in part, and an addition may have come after it: then
    the rest is an open position like any other, of the size that the booking left. `is_all_listed`: the fills tell everything;
    else the legs tell whether anything can be left."""
    closed = {row["id"] for row in booked.closed}
    for row in symbol.positions:
        key = row["id"]
        told = sum((leg.filled_quantity for position_id, leg in symbol.fired if position_id == key), Decimal(0))
        is_left = is_all_listed or told < row["quantity"]
        row["quantity"] = booked.reduced.get(key, row["quantity"])
        if row["status"] == "open" and key not in closed and (is_left or row["busy"] or key in symbol.selling):
            symbol.exited.pop(key, None)


async def cancel_leftovers(desk: Desk, client: TradingClient, symbol: Symbol) -> None:
    """The janitor of D8: whatever of ours stands for a position that is gone is cancelled."""
    gone = {row["id"] for row in symbol.positions if row["status"] == "closed"} | set(symbol.exited)
    open_ids = (
        {row["id"] for row in symbol.positions if row["status"] == "open" and not row["busy"]} - gone - symbol.selling
    )
    held_ids = {row["id"] for row in symbol.positions if row["status"] == "open"} - gone
    left = [
        order["client_order_id"]
        for order in symbol.orders
        if order["client_order_id"] in symbol.standing and order["position_id"] not in held_ids
    ]
    for row in symbol.positions:
        if row["id"] in open_ids:
            left += _surplus(symbol, row)
    if not left:
        return
    outcomes = await client.cancel_protection(symbol.market, left)
    await record_cancelled(desk, outcomes, missing_too=True)


async def resize_if_unequal(desk: Desk, client: TradingClient, symbol: Symbol, row: dict[str, Any]) -> None:
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
        if symbol.market.market_type is MarketType.SPOT or client.venue.features.stops_fit_position:
            await replace_bound_orders(desk, client, symbol.market, row, legs)
        else:
            await resize_protection(desk, client, symbol.market, row, legs, wanted)


def _surplus(symbol: Symbol, row: dict[str, Any]) -> list[str]:
    """All but one of the legs of a kind that stand for a position: the one of its size stays, else the last (I4)."""
    wanted = round_down(row["quantity"], symbol.market.quantity_step)
    surplus: list[str] = []
    for name in EXIT_REASONS:
        keys = [
            order["client_order_id"]
            for order in symbol.orders
            if (order["position_id"], order["leg"]) == (row["id"], name) and order["client_order_id"] in symbol.standing
        ]
        keys.sort(key=lambda key: symbol.standing[key].quantity == wanted)
        surplus += keys[:-1]
    for key in surplus:
        symbol.orders = [order for order in symbol.orders if order["client_order_id"] != key]
    return surplus


async def repair_if_naked(
    desk: Desk, client: TradingClient, keys: AccountKeys, symbol: Symbol, row: dict[str, Any]
) -> None:
    """Place again what should stand for an open position and does not (B8)."""
    standing = {order["leg"] for order in symbol.orders
                if order["position_id"] == row["id"] and order["client_order_id"] in symbol.standing}  # fmt: skip
    wanted = {Leg.STOP: row["stop_price"], Leg.TARGET: row["target_price"]}
    missing = {leg: price for leg, price in wanted.items() if price is not None and LEG_NAMES[leg] not in standing}
    if Leg.STOP not in missing and await leave_if_fallen_through(desk, client, symbol.market, row):
        return
    if not missing:
        return
    if symbol.market.market_type is MarketType.FUTURES:
        there = await client.positions(symbol.market.market_type)
        if not any(held.market_key == symbol.market.key and held.side == row["side"] for held in there):
            await close_if_sold(desk, client, symbol.market, row)
            return  # else it is a matter of `compare_positions`, not of protection
    elif not standing:  # whoever sells by hand has cancelled the orders that held the coins
        left = await coins_left(desk, client, symbol.market, row)
        if left < row["quantity"]:
            await follow_hand_sale(desk, client, keys, symbol.market, row["id"], row["opened_at"], left)
            row["quantity"] = left
        if round_down(left, symbol.market.quantity_step) < symbol.market.min_quantity:
            return
    await repair_position(desk, client, symbol.market, row, missing)
