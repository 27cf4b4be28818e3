"""Claims and takeovers: the gates' decision inside the transaction that claims (architecture, promise 5)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from signals import gates
from signals.facts import Facts
from signals.ledger import statements as sql
from signals.ledger.gather_facts import gather_facts
from signals.ledger.group_commit import Connection
from signals.ledger.writing import Write, complete_signals, run_statements


@dataclass(frozen=True, slots=True)
class Claim:
    """What was decided over a PENDING execution. With `Go` it is claimed and ours, `epoch` is the lease's; a `Skip` is written."""

    facts: Facts
    epoch: int
    decision: gates.Decision


async def claim_all(connection: Connection, ids: list[UUID], owner: int | None) -> list[Claim | None]:
    """Decide over each execution under its subscription's lock, and write the decisions."""
    facts = await gather_facts(connection, ids)
    now = await _database_time(connection)
    pending = {key: fact for key, fact in facts.items() if fact.state == "PENDING"}
    decisions = _one_per_symbol({key: gates.decide(fact, now=now) for key, fact in pending.items()}, pending)
    epochs = await _claim_rows(connection, decisions, pending, owner)
    skips = Write(None)
    for key, decision in decisions.items():
        if isinstance(decision, gates.Skip):
            _add_skip(skips, pending[key], decision, now)
            held = pending[key].position
            if decision.code == "same_side_ignored" and held is not None:
                skips.add("positions_confirmed", id=held.id, effective_at=pending[key].effective_at)
    moved = await run_statements(connection, [skips])
    await complete_signals(connection, {pending[key].signal_id for key in moved})
    return [_claim_of(key, decisions, pending, epochs) if first else None for key, first in _firsts(ids)]


async def _database_time(connection: Connection) -> datetime:
    """How old a signal is goes by one clock for the whole fleet: a worker's own may be wrong (F33)."""
    row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
    return row[0] if row else datetime.now(UTC)


def _firsts(ids: list[UUID]) -> list[tuple[UUID, bool]]:
    """Each id with whether it is the first of its kind in the batch: rung twice at once, an execution has one owner."""
    seen: set[UUID] = set()
    return [(key, not (key in seen or seen.add(key))) for key in ids]  # type: ignore[func-returns-value]


def _claim_of(
    key: UUID, decisions: dict[UUID, gates.Decision], facts: dict[UUID, Facts], epochs: dict[UUID, int]
) -> Claim | None:
    decision = decisions.get(key)
    if decision is None or (isinstance(decision, gates.Go) and key not in epochs):
        return None
    return Claim(facts[key], epochs.get(key, facts[key].lease_epoch), decision)


def _one_per_symbol(decisions: dict[UUID, gates.Decision], facts: dict[UUID, Facts]) -> dict[UUID, gates.Decision]:
    """Within one batch, the oldest execution of an account's symbol goes; the others of that symbol wait for it.

    Two entries of one subscription wait for each other too: limits count what is in flight (I9).
    """
    taken: set[tuple[UUID, str]] = set()
    decided: dict[UUID, gates.Decision] = {}
    for key in sorted(decisions, key=lambda item: (facts[item].effective_at, facts[item].created_at)):
        fact, decision = facts[key], decisions[key]
        keys = {(fact.account_id, fact.symbol_key), (fact.subscription_id, "")}
        if isinstance(decision, gates.Go) and keys & taken:
            decision = gates.Wait()
        if isinstance(decision, gates.Go):
            taken |= keys
        decided[key] = decision
    return decided


async def _claim_rows(
    connection: Connection, decisions: dict[UUID, gates.Decision], facts: dict[UUID, Facts], owner: int | None
) -> dict[UUID, int]:
    records = []
    for key, decision in decisions.items():
        if not isinstance(decision, gates.Go):
            continue
        held = facts[key].position
        joins = held is not None and decision.work in (gates.Work.ADD, gates.Work.CLOSE)
        records.append({"id": str(key), "position_id": str(held.id) if joins and held else None})
    if not records:
        return {}
    cursor = await connection.execute(sql.CLAIM, [owner, Jsonb(records)])
    return {row[0]: row[1] for row in await cursor.fetchall()}


def _add_skip(write: Write, facts: Facts, skip: gates.Skip, now: datetime) -> None:
    write.add("skipped", id=facts.id, epoch=facts.lease_epoch, code=skip.code, params=skip.params, error_code=skip.code,
              error_message="", at=now)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An execution that was somebody else's. `others_for_s`: how long its former holder may still sign orders of it."""

    facts: Facts
    epoch: int
    others_for_s: float


async def take_over_all(connection: Connection, ids: list[UUID], owner: int | None) -> list[TakenOver | None]:
    cursor = await connection.execute(sql.TAKE_OVER, [owner, ids])
    rows = {row[0]: row[1:] for row in await cursor.fetchall()}
    facts = await gather_facts(connection, list(rows), lock=False) if rows else {}
    return [TakenOver(facts[key], *rows[key]) if first and key in facts else None for key, first in _firsts(ids)]
