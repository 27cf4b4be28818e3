"""An entry that filled further after its position had ended: nobody wants the rest, so it is sold at once, reduce-only (I3).

It is found in two ways, and neither can do without the other. A booking that sees the fill for the first time tells by how much
the position grew (`Booked.grown`): at once, and the only way on spot, where an account's coins do not say whose they are. It tells
once: a worker that dies between the booking and the sale, or a sale that is refused, would leave the rest for ever. So the
comparison of futures positions also asks what the fills of ended positions left unsold (`unsold_rest`), as often as the account
holds more than our books; by itself it would let every rest stand for the second between its two looks. On spot a rest that was
told and not sold stays among the coins of the account.
"""

from decimal import Decimal
from uuid import UUID

from exchanges.errors import ExchangeError
from exchanges.types import Leg, MarginMode, Market, OrderAnswer, PositionSide
from signals.desk import LEASE, Desk, Job
from signals.exit_order import EXIT_ATTEMPTS, EXITS_FILLED
from signals.ledger.ledger import Write
from signals.order_rows import add_answer, add_order
from signals.sizing import round_down

OPENER = """
    SELECT e.id, p.side, p.margin_mode FROM signals_execution e JOIN signals_position p ON p.id = e.position_id
    WHERE p.id = %s AND p.status = 'closed' AND e.action IN ('buy', 'sell') ORDER BY e.created_at DESC LIMIT 1
"""


# What was sold at the exchange itself is not for sale any more, also before it is booked to the position.
UNSOLD = """
    SELECT u.id, u.side, u.unsold FROM (
        SELECT p.id, p.side, p.closed_at, sum(CASE WHEN f.side = s.entry THEN f.quantity ELSE -f.quantity END) - coalesce((
            SELECT sum(x.quantity) FROM signals_fill x
            WHERE x.account_id = p.account_id AND x.market_type = p.market_type AND x.symbol_key = p.symbol_key
              AND x.position_id IS NULL AND x.order_id IS NULL AND x.side <> min(s.entry)
              AND x.filled_at BETWEEN p.opened_at AND p.closed_at), 0) AS unsold
        FROM signals_position p
        CROSS JOIN LATERAL (SELECT CASE p.side WHEN 'long' THEN 'buy' ELSE 'sell' END AS entry) s
        JOIN signals_fill f ON f.position_id = p.id
        WHERE p.account_id = %s AND p.symbol_key = %s AND p.market_type = 'futures' AND p.status = 'closed'
          AND p.fills_booked_at IS NULL AND p.closed_at > now() - interval '1 day'
        GROUP BY p.id
    ) u WHERE u.unsold > 0 ORDER BY u.closed_at DESC
"""


async def unsold_rest(
    desk: Desk, account_id: UUID, symbol_key: str, difference: Decimal
) -> tuple[UUID, Decimal] | None:
    """The ended position whose fills say that more was entered than left, where the account holds that much beside our
    books: `difference`, long positive, as two looks agreed. The quantity is what may be sold of it."""
    for row in await desk.ledger.query(UNSOLD, [account_id, symbol_key]):
        if (row["side"] == PositionSide.LONG) == (difference > 0):
            return row["id"], min(row["unsold"], abs(difference))
    return None


async def sell_late_fill(desk: Desk, market: Market, position_id: UUID, quantity: Decimal) -> None:
    """Sell `quantity` (base units) that came after the position was closed; does nothing while it is open.

    An outcome that stays open is followed like that of any order; what cannot be sold shows as a foreign position.
    """
    openers = await desk.ledger.query(OPENER, [position_id])
    facts = await desk.ledger.facts_of(openers[0]["id"]) if openers else None
    if facts is None:
        return
    quantity = round_down(quantity, market.quantity_step)
    if quantity < market.min_quantity:
        return
    # a client that signs nothing once its time is over: until then the order may still arrive (D4)
    client = desk.connect(facts)
    job = Job(facts, facts.lease_epoch, desk, client, lease_ends=desk.now() + LEASE)
    side = PositionSide(openers[0]["side"])
    attempt = (await desk.ledger.query(EXIT_ATTEMPTS, [facts.id]))[0]["last"] + 1
    sold = (await desk.ledger.query(EXITS_FILLED, [position_id]))[0]["quantity"]
    write = Write(None)
    key = add_order(job, write, market, Leg.EXIT, attempt=attempt, side=side.exit_side.value, quantity=quantity,
                    position_id=position_id, fenced=False, sold=sold, late=True)  # fmt: skip
    await desk.ledger.record(write)
    if key in write.refused:  # another one sells it, or has done so
        return
    answer: OrderAnswer | ExchangeError
    try:
        answer = await client.reduce(market, side, quantity, key, margin_mode=MarginMode(openers[0]["margin_mode"]))
    except ExchangeError as error:
        answer = error
    write = job.event(Write(None), "late_rest_sold", quantity=f"{quantity.normalize():f}")
    add_answer(job, write, answer, key)
    await desk.ledger.record(write)
