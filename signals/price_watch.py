"""Who has to be asked now: accounts whose stop or target the shared price touched, and all others by turns (promise 7)."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from exchanges.errors import ExchangeError
from exchanges.market_cache import publish_prices
from exchanges.types import MarketType
from signals.desk import Desk, PublicPrices
from signals.states import LIVE_ORDERS_SQL, UNSETTLED_SQL

log = logging.getLogger(__name__)

# So many executions under way at once that what can wait should.
A_BROADCAST = 100
# So many accounts are answered to one question for those whose turn it is. The exchanges share them, place by place: those of
# one that is away do not move on, and must not take every turn from the others'.
MOST_DUE = 1000

WATCHED = """
    SELECT DISTINCT p.exchange, a.testnet, p.market_type
    FROM signals_position p JOIN exchanges_exchangeaccount a ON a.id = p.account_id WHERE p.status = 'open'
"""
TOUCHED = """
    SELECT DISTINCT p.account_id
    FROM jsonb_to_recordset(%s::jsonb) AS v(symbol_key text, low numeric, high numeric)
    JOIN signals_position p ON p.symbol_key = v.symbol_key
    JOIN exchanges_exchangeaccount a ON a.id = p.account_id
    WHERE p.status = 'open' AND p.protected_at IS NOT NULL AND p.exchange = %s AND a.testnet = %s AND p.market_type = %s
      AND CASE p.side WHEN 'long' THEN v.low <= p.stop_price OR v.high >= p.target_price
                      ELSE v.high >= p.stop_price OR v.low <= p.target_price END
"""
# Own orders are followed up at once: positions whose fills are not booked yet. While a broadcast is on its way its orders go
# first, and the fills wait for at most ten seconds.
UNBOOKED = f"""
    SELECT DISTINCT p.account_id FROM signals_position p
    WHERE p.fills_booked_at IS NULL AND p.opened_at < now() - interval '1 s'
      AND (coalesce(p.closed_at, p.opened_at) < now() - interval '10 s' OR %(broadcast)s > (
            SELECT count(*) FROM (
                SELECT 1 FROM signals_execution e
                WHERE e.state IN ({UNSETTLED_SQL}) AND e.created_at > now() - interval '20 s'
                LIMIT %(broadcast)s) AS on_their_way))
      AND (p.status = 'open' OR p.closed_at > now() - interval '1 day')
      AND (p.protected_at IS NOT NULL OR p.status = 'closed' OR (p.stop_price IS NULL AND p.target_price IS NULL))
"""  # noqa: S608 -- constants
# Funding is read at most hourly, also of a position that has just been closed.
UNFUNDED = """
    SELECT a.id AS account_id
    FROM signals_position p JOIN exchanges_exchangeaccount a ON a.id = p.account_id
    WHERE length(a.sealed_keys) > 0 AND a.id <> ALL(%(resting)s::uuid[])
      AND p.market_type = 'futures' AND p.status = 'closed'
      AND p.closed_at BETWEEN now() - interval '1 day' AND now() - interval '2 minutes'
      AND date_trunc('hour', p.closed_at) > p.opened_at
      AND (p.funding_read_at IS NULL OR p.funding_read_at < date_trunc('hour', p.closed_at))
    GROUP BY a.id
    ORDER BY row_number() OVER (PARTITION BY a.exchange, a.testnet ORDER BY min(p.closed_at)), min(p.closed_at)
    LIMIT %(most)s
"""
# Orders of ours that may still stand, or whose end nobody heard, without a position that would have its account asked.
LEFTOVERS = f"""
    SELECT a.id AS account_id
    FROM signals_order o
    JOIN signals_execution e ON e.id = o.execution_id
    JOIN exchanges_exchangeaccount a ON a.id = o.account_id AND length(a.sealed_keys) > 0
    LEFT JOIN signals_position p ON p.id = coalesce(o.position_id, e.position_id)
    WHERE a.id <> ALL(%(resting)s::uuid[])
      AND o.status IN ({LIVE_ORDERS_SQL}) AND o.updated_at < now() - interval '5 s'
      AND e.state NOT IN ({UNSETTLED_SQL})
      AND (p.id IS NULL OR p.status <> 'open' OR o.status IN ('planned', 'unknown') OR o.leg IN ('entry', 'exit'))
    GROUP BY a.id
    ORDER BY row_number() OVER (PARTITION BY a.exchange, a.testnet ORDER BY min(o.updated_at)), min(o.updated_at)
    LIMIT %(most)s
"""  # noqa: S608 -- constants
# By turns (ORD-09) who holds something, ours or not; every ten minutes who may enter something.
DUE = """
    SELECT a.id AS account_id FROM exchanges_exchangeaccount a
    WHERE length(a.sealed_keys) > 0 AND a.id <> ALL(%(resting)s::uuid[]) AND (
      ( (a.reconciled_at IS NULL OR a.reconciled_at < now() - make_interval(secs => %(every)s)
           OR a.reconciled_at < (SELECT since FROM signals_lease WHERE name = 'guardian'))
      AND (EXISTS (SELECT 1 FROM signals_position p WHERE p.account_id = a.id AND p.status = 'open')
           OR EXISTS (SELECT 1 FROM signals_foreignholding h WHERE h.account_id = a.id AND h.quantity <> 0)))
      OR (a.reconciled_at < now() - interval '10 minutes' AND a.is_active AND a.status = 'verified' AND EXISTS (
          SELECT 1 FROM subscriptions_subscription s WHERE s.exchange_account_id = a.id AND s.status = 'active')))
    ORDER BY row_number() OVER (PARTITION BY a.exchange, a.testnet ORDER BY a.reconciled_at NULLS FIRST),
             a.reconciled_at NULLS FIRST
    LIMIT %(most)s
"""

LOOK_S = 1.0  # a round waits no longer than this for one exchange


class PriceWatch:
    """Keeps the range in which each price moved since the last look, so that a touch between two looks is not missed
    where the exchange's own last price shows it again."""

    def __init__(self, desk: Desk, public: PublicPrices, *, reconcile_s: int) -> None:
        self._desk = desk
        self._public = public
        self._reconcile_s = reconcile_s
        self._asked: dict[tuple[str, bool, str], asyncio.Future[list[UUID]]] = {}
        self._last: dict[tuple[str, bool, str], dict[str, Decimal]] = defaultdict(dict)

    async def touched(self) -> list[UUID]:
        """Accounts with an open position whose stop or target lies in the range between the last price and this one."""
        watched = await self._desk.ledger.query(WATCHED)
        looks = (self._look(row["exchange"], row["testnet"], row["market_type"]) for row in watched)
        return [account for found in await asyncio.gather(*looks) for account in found]

    async def _look(self, exchange: str, testnet: bool, market_type: str) -> list[UUID]:
        """One exchange, never waited for beyond LOOK_S: an answer that comes later is used by the round in which it comes."""
        where = (exchange, testnet, market_type)
        asked = self._asked.get(where)
        if asked is None:
            asked = self._asked[where] = asyncio.ensure_future(self._touched_at(*where))
        await asyncio.wait({asked}, timeout=LOOK_S)
        if not asked.done():
            return []
        del self._asked[where]
        return asked.result()

    async def _touched_at(self, exchange: str, testnet: bool, market_type: str) -> list[UUID]:
        try:
            prices = await self._public(exchange, testnet).prices(MarketType(market_type))
        except ExchangeError as error:
            log.warning("no prices from %s: %s", exchange, error.message)
            return []
        except Exception:  # an exchange that this release does not know, or a bug of one: the others go on
            log.exception("no prices from %s", exchange)
            return []
        await asyncio.to_thread(publish_prices, exchange, market_type, prices, testnet=testnet)  # for the pages
        last = self._last[(exchange, testnet, market_type)]
        ranges: list[dict[str, Any]] = []
        for key, price in prices.items():
            before = last.get(key, price)
            ranges.append({"symbol_key": key, "low": str(min(before, price)), "high": str(max(before, price))})
        self._last[(exchange, testnet, market_type)] = prices
        rows = await self._desk.ledger.query(TOUCHED, [Jsonb(ranges), exchange, testnet, market_type])
        return [row["account_id"] for row in rows]

    async def unbooked(self) -> list[UUID]:
        """Accounts with fills of our own orders that are not in the books yet."""
        return [row["account_id"] for row in await self._desk.ledger.query(UNBOOKED, {"broadcast": A_BROADCAST})]

    async def leftovers(self, resting: Collection[UUID] = ()) -> list[UUID]:
        """Accounts with orders of ours that outlived their position or whose end is not known, or with funding to be read;
        none of those `resting`."""
        turn = {"resting": list(resting), "most": MOST_DUE}
        rows = [*await self._desk.ledger.query(LEFTOVERS, turn), *await self._desk.ledger.query(UNFUNDED, turn)]
        return [row["account_id"] for row in rows]

    async def due(self, resting: Collection[UUID] = ()) -> list[UUID]:
        """Accounts that hold something and were not asked since their last turn; none of those `resting`."""
        turn = {"resting": list(resting), "most": MOST_DUE, "every": self._reconcile_s}
        return [row["account_id"] for row in await self._desk.ledger.query(DUE, turn)]
