"""Funding of futures positions, read from the exchange after each full hour that a position stood through (D13).

Exchanges settle funding at full hours (every one, four or eight); a payment is for all that the account held on the symbol
then: each position of ours has its share by quantity, what the client held beside them has the rest (D25). `Position.funding` is
what was paid, and realized P&L is net of it. On hedge accounts payments do not tell their side: the largest position has them.
"""

import logging
from typing import Any

from psycopg.types.json import Jsonb

from exchanges.errors import ExchangeError
from exchanges.types import DOLLARS, FundingPayment, MarketType
from signals.booking import CLOCKS_APART
from signals.desk import Desk, TradingClient
from signals.facts import AccountKeys
from signals.ledger.records import as_json

log = logging.getLogger(__name__)

INSERT = """
    INSERT INTO signals_funding (account_id, symbol_key, payment_id, amount, currency, paid_at, position_id, share)
    SELECT v.account_id, v.symbol_key, v.payment_id, v.amount, v.currency, v.paid_at, ours.id,
        CASE WHEN a.position_mode = 'hedge' OR ours.id IS NULL OR ours.together + coalesce(h.quantity, 0) = 0 THEN 1
             ELSE least(greatest(round(ours.signed / (ours.together + coalesce(h.quantity, 0)), 10), -10), 10) END
    FROM jsonb_to_recordset(%s::jsonb) AS v(account_id uuid, symbol_key text, payment_id text, amount numeric,
        currency text, paid_at timestamptz)
    JOIN exchanges_exchangeaccount a ON a.id = v.account_id
    LEFT JOIN signals_foreignholding h
           ON h.account_id = v.account_id AND h.market_type = 'futures' AND h.symbol_key = v.symbol_key
    LEFT JOIN LATERAL (
        SELECT q.id, q.signed, sum(q.signed) OVER () AS together, row_number() OVER (ORDER BY abs(q.signed) DESC, q.opened_at) AS place
        FROM (SELECT p.id, p.opened_at, coalesce(nullif(p.quantity, 0), p.opened_quantity) * CASE p.side WHEN 'long' THEN 1 ELSE -1 END
                     AS signed
              FROM signals_position p
              WHERE p.account_id = v.account_id AND p.market_type = 'futures' AND p.symbol_key = v.symbol_key
                AND p.opened_at <= v.paid_at AND coalesce(p.closed_at, v.paid_at) >= v.paid_at) q
    ) ours ON a.position_mode <> 'hedge' OR ours.place = 1
    ON CONFLICT (account_id, payment_id, position_id) DO NOTHING RETURNING id
"""
# The difference only: fills are booked beside this, and both add to the same result.
SUM = """
    UPDATE signals_position p
    SET realized_pnl = p.realized_pnl - (s.paid - p.funding), funding = s.paid, funding_read_at = now(), updated_at = now()
    FROM (SELECT q.id, round(coalesce(-sum(f.amount * f.share), 0), 8) AS paid FROM signals_position q
          LEFT JOIN signals_funding f ON f.position_id = q.id AND f.currency = ANY(%s)
          WHERE q.id = ANY(%s) GROUP BY q.id) s
    WHERE p.id = s.id RETURNING p.id
"""


async def book_funding(desk: Desk, client: TradingClient, keys: AccountKeys, due: list[dict[str, Any]]) -> None:
    """Read and book the funding of the account's positions `due`: those that stood through a full hour since it was last read.

    An exchange that does not tell it now is asked again at the next look.
    """
    if not due or MarketType.FUTURES not in client.venue.market_types:
        return
    since = min(row["opened_at"] for row in due) - CLOCKS_APART
    with desk.runs.measure("funding") as run:
        try:
            payments = await client.funding(since, {row["symbol_key"] for row in due})
        except ExchangeError as error:
            log.warning("funding of account %s could not be read: %s", keys.account_id, error.message)
            run.fail(error.message)
            return
        records = [_record(keys, payment) for payment in payments]
        if records:
            await desk.ledger.query(INSERT, [Jsonb(records, dumps=as_json)])
        await desk.ledger.query(SUM, [list(DOLLARS), [row["id"] for row in due]])


def _record(keys: AccountKeys, payment: FundingPayment) -> dict[str, Any]:
    return {
        "account_id": keys.account_id, "symbol_key": payment.market_key, "payment_id": payment.payment_id,
        "amount": payment.amount, "currency": payment.currency, "paid_at": payment.paid_at,
    }  # fmt: skip
