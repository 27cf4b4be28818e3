"""A bot's published figures follow its trades' books: a result is known to the cent when the fees of its exit are booked (BOT-20)."""

from datetime import datetime

from signals.desk import Desk
from signals.ledger.book_statements import BOT_FIGURES

BOOKED_SINCE = """
    SELECT now() AS at, array_agg(DISTINCT bot_id) FILTER (WHERE bot_id IS NOT NULL) AS bots FROM signals_position
    WHERE status = 'closed' AND fills_booked_at > coalesce(%s, now() - interval '1 day') - interval '15 s'
"""


async def follow_booked_trades(desk: Desk, since: datetime | None) -> datetime:
    """Recompute the figures of every bot with a trade whose books were closed since then (the last day without one).

    Answers the moment to go on from. A booking under way at that moment is seen by the next round: it looks 15 s back.
    """
    row = (await desk.ledger.query(BOOKED_SINCE, [since]))[0]
    for bot in row["bots"] or ():  # one by one: who waits for another bot's row holds none
        await desk.ledger.query(BOT_FIGURES, {"bots": [bot]})
    at: datetime = row["at"]
    return at
