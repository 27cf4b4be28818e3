"""Compare the positions an account holds with those in our books: what is foreign, and what of ours is gone (D25, F25).

What the books say and the exchange does not is never believed after one read: a difference counts only when it is the same
in two looks a second apart, both of our books and of the exchange's (F37).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from exchanges.errors import RefusalKind, Refused
from exchanges.types import ExchangePosition, MarketType, PositionMode, PositionSide
from signals.booking import CLOCKS_APART, book, last_exit_price, note_foreign
from signals.cancelling import cancel_protection
from signals.desk import Desk, TradingClient, announce_position
from signals.facts import AccountKeys
from signals.late_fills import sell_late_fill, unsold_rest
from signals.ledger.fill_booking import Booking
from signals.ledger.ledger import Write
from signals.leverage_watch import FollowLeverage, follow_leverage
from signals.symbol_failures import SymbolFailures

# A symbol, and on a hedge account the side of it: what can hold one position at the exchange.
Slot = tuple[str, PositionSide | None]
Differences = dict[Slot, tuple[Decimal, list[dict[str, Any]]]]
BETWEEN_LOOKS_S = 1.0
WITHOUT_PROOF_S = (3.0, 5.0, 7.0)


async def compare_positions(
    desk: Desk,
    client: TradingClient,
    keys: AccountKeys,
    look_again: Callable[[], Awaitable[None]],
    failures: SymbolFailures,
) -> None:
    """Note what is foreign, close what of ours is gone. `look_again` reconciles orders and fills between the two looks; what
    differs on a symbol where that failed proves nothing and waits. A slot that cannot be settled is in `failures`."""
    first = await _differences(desk, client, keys, on_leverage=follow_leverage)
    settled = {slot[0] for slot in first} - {slot[0] for slot, (difference, _) in first.items() if difference}
    for symbol_key in settled:
        await note_foreign(desk, keys.account_id, symbol_key, Decimal(0))
    if not any(difference for difference, _ in first.values()):
        return
    await desk.sleep(BETWEEN_LOOKS_S)
    await look_again()
    second = await _differences(desk, client, keys)
    for slot, (difference, rows) in second.items():
        name = (MarketType.FUTURES.value, slot[0])
        if difference and first.get(slot, (None,))[0] == difference and name not in failures:
            await failures.keep(name, _settle_difference(desk, client, keys, slot, difference, rows))
    if any(difference for difference, _ in second.values()):
        await look_again()  # stops and targets follow what changed


async def _settle_difference(
    desk: Desk,
    client: TradingClient,
    keys: AccountKeys,
    slot: Slot,
    difference: Decimal,
    rows: list[dict[str, Any]],
) -> None:
    """What two looks agreed on: ours that is gone, a rest of ours that came late, a part sold elsewhere, or not ours."""
    symbol_key, side = slot
    net = difference + sum((_signed(row) for row in rows), Decimal(0))
    gone = [row for row in rows if _signed(row) * net <= 0]
    for row in gone:
        await _close_what_is_gone(desk, client, keys, row)
    if gone:
        return
    is_more = side is None or (difference > 0) is (side is PositionSide.LONG)
    rest = await unsold_rest(desk, keys.account_id, symbol_key, difference) if is_more else None
    if rest is not None:
        market = await client.market(MarketType.FUTURES, symbol_key)
        await sell_late_fill(desk, market, *rest)
    elif len(rows) == 1 and abs(net) < rows[0]["quantity"]:
        await _follow_partial_sale(desk, client, keys, rows[0], abs(net))
    else:
        await note_foreign(desk, keys.account_id, symbol_key, difference)


async def _differences(
    desk: Desk, client: TradingClient, keys: AccountKeys, *, on_leverage: FollowLeverage | None = None
) -> Differences:
    """Per slot: the exchange's quantity less ours, and our open positions; without symbols that are being traded.

    A hedge account holds both sides of a symbol at once: each is compared by itself.
    """
    before = await _open_futures(desk, keys.account_id)
    there = await client.positions(MarketType.FUTURES)
    after = await _open_futures(desk, keys.account_id)
    if on_leverage is not None:
        await on_leverage(desk, client, keys, there, after)
    found: Differences = {}
    for symbol_key in after.keys() | {position.market_key for position in there}:
        rows = after.get(symbol_key, [])
        if before.get(symbol_key, []) != rows or any(row["busy"] for row in rows):
            continue
        held = [position for position in there if position.market_key == symbol_key]
        for side in _sides(keys, held):
            ours = [row for row in rows if side in (None, row["side"])]
            theirs = sum((position.signed for position in held if side in (None, position.side)), Decimal(0))
            found[symbol_key, side] = (theirs - sum((_signed(row) for row in ours), Decimal(0)), ours)
    return found


def _sides(keys: AccountKeys, held: list[ExchangePosition]) -> list[PositionSide | None]:
    """The slots of a symbol. An account that shows both sides is a hedge account, whatever we believe of it."""
    is_hedged = keys.position_mode == PositionMode.HEDGE or len({position.side for position in held}) > 1
    return list(PositionSide) if is_hedged else [None]


async def _open_futures(desk: Desk, account_id: UUID) -> dict[str, list[dict[str, Any]]]:
    books = await desk.ledger.books_of(account_id)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in books.positions:
        if row["market_type"] == MarketType.FUTURES and row["status"] == "open":
            rows[row["symbol_key"]].append(row)
    for symbol_key in books.busy_symbols:
        rows[symbol_key].append({"busy": True, "quantity": Decimal(0), "side": PositionSide.LONG})
    return rows


async def _close_what_is_gone(desk: Desk, client: TradingClient, keys: AccountKeys, row: dict[str, Any]) -> None:
    """Whoever closed it left a fill; without one the exchange may be wrong about the position, and is asked for longer."""
    try:
        market = await client.market(MarketType.FUTURES, row["symbol_key"])
        fills = await client.fills(market, since=row["opened_at"] - CLOCKS_APART)
    except Refused as error:
        if error.kind is not RefusalKind.UNKNOWN_SYMBOL:
            raise
        if await _stays_gone(desk, client, keys, row):
            await _end_delisted(desk, row)
        return
    side = PositionSide(row["side"])
    sold = sum(
        (f.quantity for f in fills if f.side is not side.entry_side and f.filled_at >= row["opened_at"]), Decimal(0)
    )
    if sold < row["quantity"] and not await _stays_gone(desk, client, keys, row):
        return
    price = last_exit_price(fills, PositionSide(row["side"]), row["opened_at"]) or await client.price(market)
    await book(desk, client, keys, market, fills, exits={row["id"]: "external"}, prices={row["id"]: price})
    await cancel_protection(desk, client, market, row["id"])


async def _end_delisted(desk: Desk, row: dict[str, Any]) -> None:
    """The symbol is gone, and the position with it. Nobody can be asked at which price: it ends in the books at its entry's."""
    booked = await desk.ledger.book(
        Booking(positions=[row["id"]], exits={row["id"]: "external"}, prices={row["id"]: row["entry_price"]})
    )
    for closed in booked.closed:
        announce_position(desk, closed, closed["exit_reason"])
    write = Write(None)
    for key in await desk.ledger.protection_of(row["id"]):
        write.add("order_answers", client_order_id=key, status="cancelled", at=desk.now())
    write.add(
        "position_events", position_id=row["id"], code="delisted", at=desk.now(), params={"symbol": row["symbol_key"]}
    )
    await desk.ledger.record(write)


async def _stays_gone(desk: Desk, client: TradingClient, keys: AccountKeys, row: dict[str, Any]) -> bool:
    """Whether the exchange goes on saying so, look after look."""
    for pause in WITHOUT_PROOF_S:
        await desk.sleep(pause)
        found = (await _differences(desk, client, keys)).values()
        if not any(difference and row["id"] in {item["id"] for item in rows} for difference, rows in found):
            return False
    return True


async def _follow_partial_sale(
    desk: Desk, client: TradingClient, keys: AccountKeys, row: dict[str, Any], left: Decimal
) -> None:
    """Someone sold a part of the only position on this symbol at the exchange: it is smaller now."""
    market = await client.market(MarketType.FUTURES, row["symbol_key"])
    fills = await client.fills(market, since=row["opened_at"] - CLOCKS_APART)
    await book(desk, client, keys, market, fills, left={row["id"]: left})
    event = {"code": "reduced_elsewhere", "at": desk.now(), "params": {"quantity": f"{left.normalize():f}"}}
    await desk.ledger.record(Write(None).add("position_events", position_id=row["id"], **event))


def _signed(row: dict[str, Any]) -> Decimal:
    quantity: Decimal = row["quantity"]
    return quantity if row["side"] == PositionSide.LONG else -quantity
