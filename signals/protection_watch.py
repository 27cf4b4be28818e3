"""How well open positions are protected, for operators: what stands without its stop, for how long, and who was worst (B8).

From our books, as reconciliation and the pipeline keep them; the exchange's own word is `manage.py audit_positions`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

ALARM_AFTER = timedelta(seconds=5)
WINDOW = timedelta(days=1)
LISTED, WORST = 200, 10

# The newest order of each leg says whether it stands; the newest entry says which execution to look at.
OPEN = """
    SELECT p.id, p.symbol_key, p.market_type, p.side, p.quantity, p.exchange, p.opened_at, p.protected_at, p.unprotected_ms,
        p.stop_price, p.target_price, p.account_id, p.bot_id, b.name AS bot_name, u.email AS owner, a.status AS account_status,
        a.reconciled_at, x.id AS execution_id, x.filled_at, coalesce(o.stop_stands, false) AS stop_stands,
        coalesce(o.target_stands, false) AS target_stands, o.stop_ended_at
    FROM signals_position p
    JOIN bots_bot b ON b.id = p.bot_id
    JOIN accounts_user u ON u.id = p.user_id
    JOIN exchanges_exchangeaccount a ON a.id = p.account_id
    LEFT JOIN LATERAL (
        SELECT e.id, e.filled_at FROM signals_execution e WHERE e.position_id = p.id AND e.action IN ('buy', 'sell')
        ORDER BY e.filled_at DESC NULLS LAST, e.created_at DESC LIMIT 1
    ) x ON true
    LEFT JOIN LATERAL (
        SELECT bool_or(r.leg = 'stop' AND r.status IN ('open', 'partial')) AS stop_stands,
            bool_or(r.leg = 'target' AND r.status IN ('open', 'partial')) AS target_stands,
            max(r.updated_at) FILTER (WHERE r.leg = 'stop') AS stop_ended_at
        FROM signals_order r
        WHERE r.leg IN ('stop', 'target') AND r.position_id = p.id
    ) o ON true
    WHERE p.status = 'open' ORDER BY p.opened_at DESC
"""
# Of a position: what its entries and its repairs took, of those opened in the window.
STRETCHES = """
    SELECT p.id, p.symbol_key, p.opened_at, p.status, p.exit_reason, b.name AS bot_name,
        greatest(p.unprotected_ms, coalesce(x.ms, 0)) AS ms, x.execution_id
    FROM signals_position p
    JOIN bots_bot b ON b.id = p.bot_id
    LEFT JOIN LATERAL (
        SELECT sum(e.unprotected_ms) AS ms, (array_agg(e.id ORDER BY e.unprotected_ms DESC NULLS LAST))[1] AS execution_id
        FROM signals_execution e WHERE e.position_id = p.id AND e.action IN ('buy', 'sell')
    ) x ON true
    WHERE p.opened_at > %(since)s AND p.stop_price IS NOT NULL
"""
FIGURES = f"""
    SELECT count(*) AS positions, coalesce(max(s.ms), 0) AS worst, coalesce(sum(s.ms), 0) AS total,
        coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY s.ms), 0) AS p99
    FROM ({STRETCHES}) s
"""  # noqa: S608 -- built from a constant of this module
WORST_ROWS = f"SELECT * FROM ({STRETCHES}) s WHERE s.ms > 0 ORDER BY s.ms DESC LIMIT %(limit)s"  # noqa: S608
TROUBLED = """
    SELECT a.id, a.name, a.exchange, a.status, a.status_code, a.status_detail, a.checked_at, u.email AS owner,
        count(p.id) AS open_positions
    FROM exchanges_exchangeaccount a
    JOIN accounts_user u ON u.id = a.user_id
    LEFT JOIN signals_position p ON p.account_id = a.id AND p.status = 'open'
    WHERE a.deleted_at IS NULL AND a.status IN ('needs_attention', 'invalid')
    GROUP BY a.id, u.email ORDER BY count(p.id) DESC, a.checked_at DESC LIMIT %(limit)s
"""
LEADER = "SELECT holder, until FROM signals_lease WHERE name = 'guardian'"


@dataclass(frozen=True, slots=True)
class Guarded:
    """An open position. `bare_s`: seconds that it stands without its configured stop by now; None while it has it or needs none."""

    id: UUID
    symbol_key: str
    market_type: str
    side: str
    quantity: Decimal
    exchange: str
    bot_id: UUID
    bot_name: str
    owner: str
    account_id: UUID
    account_status: str
    execution_id: UUID | None
    opened_at: datetime
    age_s: int
    stop_price: Decimal | None
    target_price: Decimal | None
    stop_stands: bool
    target_stands: bool
    unprotected_ms: int
    bare_s: int | None

    @property
    def wants_stop(self) -> bool:
        return self.stop_price is not None

    @property
    def age_ms(self) -> int:
        return self.age_s * 1000

    @property
    def bare_total_ms(self) -> int:
        """What is over, and what goes on."""
        return self.unprotected_ms + (self.bare_s or 0) * 1000

    @property
    def is_alarm(self) -> bool:
        """B8: more than five seconds without the stop that is configured."""
        return self.bare_s is not None and self.bare_s > ALARM_AFTER.total_seconds()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one position went without its stop, milliseconds."""

    position_id: UUID
    execution_id: UUID | None
    symbol_key: str
    bot_name: str
    opened_at: datetime
    ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds without a stop, over the positions opened in the last 24 hours that were to have one."""

    positions: int
    worst_ms: int
    p99_ms: int
    total_ms: int


@dataclass(frozen=True, slots=True)
class TroubledAccount:
    id: UUID
    name: str
    exchange: str
    owner: str
    status: str
    code: str
    detail: str
    checked_at: datetime | None
    open_positions: int


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything of the page. Lists are cut at 200; `open_count` and `protected_count` are of all."""

    open_count: int
    protected_count: int
    alarms: list[Guarded]
    positions: list[Guarded]
    figures: Figures
    worst: list[Stretch]
    accounts: list[TroubledAccount]
    guardian: str
    guardian_until: datetime | None


def read_watch(now: datetime) -> Watch:
    """Five statements, whatever is open."""
    found = [_guarded(row, now) for row in _rows(OPEN, {})]
    found.sort(key=lambda row: (-(row.bare_s or -1), row.opened_at))
    window = {"since": now - WINDOW, "limit": WORST}
    leader = next(iter(_rows(LEADER, {})), None)
    return Watch(
        open_count=len(found),
        protected_count=sum(row.stop_stands or not row.wants_stop for row in found),
        alarms=[row for row in found if row.is_alarm],
        positions=found[:LISTED],
        figures=_figures(_rows(FIGURES, window)[0]),
        worst=[
            Stretch(
                row["id"], row["execution_id"], row["symbol_key"], row["bot_name"], row["opened_at"], int(row["ms"])
            )
            for row in _rows(WORST_ROWS, window)
        ],
        accounts=[_troubled(row) for row in _rows(TROUBLED, {"limit": LISTED})],
        guardian=leader["holder"] if leader else "",
        guardian_until=leader["until"] if leader else None,
    )


def _guarded(row: dict[str, Any], now: datetime) -> Guarded:
    names = set(Guarded.__slots__) - {"age_s", "bare_s"}
    values = {name: row[name] for name in names}
    bare_since = _bare_since(row)
    bare_s = None if bare_since is None else max(0, int((now - bare_since).total_seconds()))
    return Guarded(**values, age_s=max(0, int((now - row["opened_at"]).total_seconds())), bare_s=bare_s)


def _bare_since(row: dict[str, Any]) -> datetime | None:
    """Since when a position with a configured stop has none: since its (last) entry, or since its stop's row ended."""
    if row["stop_price"] is None or row["stop_stands"]:
        return None
    if row["protected_at"] is None:
        return row["filled_at"] or row["opened_at"]
    return row["stop_ended_at"] or row["protected_at"]


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(row["positions"], int(row["worst"]), int(row["p99"]), int(row["total"]))


def _troubled(row: dict[str, Any]) -> TroubledAccount:
    return TroubledAccount(
        row["id"], row["name"], row["exchange"], row["owner"], row["status"], row["status_code"], row["status_detail"],
        row["checked_at"], row["open_positions"],
    )  # fmt: skip


def _rows(statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
