"""An audit of accounts as they are now: read the truth, read the book, judge. What `manage.py audit_positions` runs."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from exchanges.models import ExchangeAccount
from exchanges.types import MarketType
from signals.facts import AccountKeys
from signals.invariants.checking import check
from signals.invariants.live_truth import Asked, read_live
from signals.invariants.reading_book import read_book
from signals.invariants.report import Limits, Report, Verdict
from signals.invariants.simulator_truth import read_simulator
from signals.ledger.account_books import ACCOUNTS
from signals.states import LIVE_ORDERS_SQL

RECENT = timedelta(days=1)
SECOND_LOOK_S = 2.0
CURRENT = ("I3", "I4", "I6")

MARKETS = f"""
    SELECT account_id, market_type, symbol_key FROM signals_position
    WHERE account_id = ANY(%(accounts)s) AND (status = 'open' OR closed_at > %(since)s)
    UNION
    SELECT account_id, market_type, symbol_key FROM signals_order
    WHERE account_id = ANY(%(accounts)s) AND (status IN ({LIVE_ORDERS_SQL}) OR created_at > %(since)s)
"""  # noqa: S608 -- constants


def auditable_accounts(account_id: UUID | None = None) -> list[ExchangeAccount]:
    """Accounts that are not deleted, and deleted ones on which something is still open; without their keys."""
    rows = ExchangeAccount.objects.defer("sealed_keys", "wrapped_data_key")
    if account_id is not None:
        return list(rows.filter(pk=account_id))
    return list(rows.filter(Q(deleted_at=None) | Q(positions__status="open")).distinct().order_by("created_at"))


def audit_simulator(
    accounts: list[ExchangeAccount], limits: Limits | None = None, *, since: datetime | None = None
) -> Report:
    """Judge accounts by the simulator's ledger; those of real exchanges are left out. Raises SimulatorUnreadable."""
    truth = read_simulator(accounts, timezone.now())
    book = read_book([account.account_id for account in truth.accounts])
    return check(truth, book, timezone.now(), limits, since=since)


def audit_live(
    accounts: list[ExchangeAccount], limits: Limits | None = None, *, since: datetime | None = None
) -> Report:
    """Judge accounts by what their exchanges say now. What is wrong is looked at twice, and stands when both looks agree."""
    first = _look([account.pk for account in accounts], limits, since)
    doubtful = {violation.account_id for violation in first.violations if violation.invariant in CURRENT}
    if not doubtful:
        return first
    time.sleep(SECOND_LOOK_S)
    second = _look([key for key in doubtful if key is not None], limits, since)
    return confirm(first, second)


def confirm(first: Report, second: Report) -> Report:
    """The first report without the differences that a second look did not find again (one read proves nothing)."""
    again = {_identity(violation) for violation in second.violations}
    kept = tuple(v for v in first.violations if v.invariant not in CURRENT or _identity(v) in again)
    broken = {violation.invariant for violation in kept}
    verdicts = {
        name: verdict
        if verdict is not Verdict.VIOLATED or name in broken
        else (Verdict.NOT_JUDGED if name == "I3" else Verdict.HELD)
        for name, verdict in first.verdicts.items()
    }
    reasons = {**first.not_judged, **({"I3": "needs_history"} if verdicts["I3"] is Verdict.NOT_JUDGED else {})}
    mismatches = {(v.account_id, v.symbol) for v in kept if v.invariant == "I6"}
    figures = {**first.figures, "mismatch": len(mismatches)}
    return replace(first, violations=kept, verdicts=verdicts, not_judged=reasons, figures=figures)


def _identity(violation: Any) -> tuple[Any, ...]:
    return violation.invariant, violation.code, violation.account_id, violation.symbol


def _look(account_ids: Sequence[UUID], limits: Limits | None, since: datetime | None) -> Report:
    truth = read_live(_asked(account_ids), timezone.now())
    read = [account.account_id for account in truth.accounts]
    return check(truth, read_book(read), timezone.now(), limits, since=since)


def _asked(account_ids: Sequence[UUID]) -> list[Asked]:
    since = timezone.now() - RECENT
    markets: dict[UUID, list[tuple[MarketType, str]]] = {}
    for row in _rows(MARKETS, {"accounts": list(account_ids), "since": since}):
        markets.setdefault(row["account_id"], []).append((MarketType(row["market_type"]), row["symbol_key"]))
    keys = [AccountKeys.from_row(row) for row in _rows(ACCOUNTS, [list(account_ids)])]
    return [Asked(key, markets.get(key.account_id, ()), since) for key in keys]


def _rows(statement: str, parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
