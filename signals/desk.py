"""The trading desk of one process: the ledger, the way to an account's exchange client, the live stream, the clock.

The pipeline gets it handed in, so neither `receive` nor `execute` imports the exchange client.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.types import (
    Balance,
    ExchangeFill,
    ExchangePosition,
    FundingPayment,
    Leg,
    MarginMode,
    Market,
    MarketType,
    OrderAnswer,
    OrderTerms,
    PositionSide,
    ProtectionLeg,
    Side,
)
from signals.facts import AccountKeys, Facts
from signals.gates import Skip
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import Ledger, Write
from signals.ledger.statements import LEASE_S
from signals.run_log import RunLog
from signals.states import State, status_of

log = logging.getLogger(__name__)


class TradingClient(Protocol):
    """What the pipeline asks of an exchange (kept by `exchanges.client.ExchangeClient`)."""

    venue: Any
    # Asked right before anything that changes the account is sent: NotSent is raised where it says no.
    may_write: Callable[[], bool]

    def clock_skew_ms(self, market_type: MarketType) -> int: ...
    async def measure_clock(self, market_type: MarketType) -> int: ...
    async def market(self, market_type: MarketType, key: str) -> Market: ...
    async def fresh_market(self, market: Market) -> Market: ...
    async def price(self, market: Market, *, max_age_s: float = 1.0) -> Decimal: ...
    async def best_bid_ask(self, market: Market, *, max_age_s: float = 1.0) -> tuple[Decimal, Decimal] | None: ...
    async def prices(self, market_type: MarketType) -> dict[str, Decimal]: ...
    async def set_terms(self, market: Market, *, leverage: int, margin_mode: MarginMode) -> None: ...
    async def enter(
        self,
        market: Market,
        side: Side,
        quantity: Decimal,
        client_order_id: str,
        *,
        terms: OrderTerms = ...,
        timeout: float = 5.0,
    ) -> OrderAnswer: ...
    async def enter_with_cost(
        self, market: Market, cost: Decimal, client_order_id: str, *, timeout: float = 5.0
    ) -> OrderAnswer: ...
    async def reduce(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        client_order_id: str,
        *,
        margin_mode: MarginMode = ...,
        timeout: float = 5.0,
    ) -> OrderAnswer: ...
    async def place_protection(
        self,
        market: Market,
        side: PositionSide,
        quantity: Decimal,
        legs: Sequence[ProtectionLeg],
        *,
        margin_mode: MarginMode = ...,
        timeout: float = 1.5,
    ) -> dict[Leg, OrderAnswer | ExchangeError]: ...
    async def remove_net(self, market: Market, side: PositionSide) -> None: ...
    async def standing_protection(self, market: Market) -> list[OrderAnswer]: ...
    async def find_protection(self, market: Market, client_order_id: str) -> OrderAnswer | None: ...
    async def cancel_protection(
        self, market: Market, client_order_ids: Sequence[str]
    ) -> dict[str, ExchangeError | None]: ...
    async def find_order(self, market: Market, client_order_id: str) -> OrderAnswer | None: ...
    async def positions(self, market_type: MarketType) -> list[ExchangePosition]: ...
    async def balances(self, market_type: MarketType) -> list[Balance]: ...
    async def funding(self, since: datetime, keys: Collection[str] = ()) -> list[FundingPayment]: ...
    async def fills(self, market: Market, *, since: datetime | None = None) -> list[ExchangeFill]: ...


class HasPrices(Protocol):
    """An exchange's public side, as far as the watch needs it."""

    async def prices(self, market_type: MarketType) -> dict[str, Decimal]: ...


LEASE = timedelta(seconds=LEASE_S)
SEAL_BROKEN = "seal_broken"
PublicPrices = Callable[[str, bool], HasPrices]


@dataclass(slots=True)
class Desk:
    """`connect` opens an account's keys and answers a client bound to them; `announce` tells the account's owner (NOT-01)."""

    ledger: Ledger
    connect: Callable[[Facts | AccountKeys], TradingClient]
    announce: Callable[[UUID, dict[str, Any]], None]
    sleep: Callable[[float], Awaitable[None]]
    # How the recurring work of this process goes; written down by `signals.workflows`.
    runs: RunLog = field(default_factory=RunLog)

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Job:
    """One execution in the hands of this worker, under the lease `epoch`."""

    facts: Facts
    epoch: int
    desk: Desk
    client: TradingClient = field(repr=False)
    # Until when the lease is ours for certain, by our own clock; None: this job has no lease (a settled execution's).
    lease_ends: datetime | None = None
    # From when no worker before us can sign anything of this execution any more; None: there was none.
    alone_from: datetime | None = None
    # How many exits this execution has sent; None = unknown, the rows tell.
    exit_attempts: int | None = None
    exits_were_sent: bool = False
    # Whether an order of ours may have reached the exchange without an answer.
    unconfirmed: bool = False

    def __post_init__(self) -> None:
        if self.lease_ends is not None:
            self.client.may_write = self.is_ours

    def is_ours(self) -> bool:
        """False when another worker may have taken this execution over: one that froze sends nothing when it wakes (F5)."""
        return self.lease_ends is None or self.desk.now() < self.lease_ends

    def last_signed(self, at: datetime) -> datetime:
        """When an order that was sent until `at` was signed at the latest: a worker before us, frozen or only slow, may have signed it
        as late as its own lease ended."""
        return at if self.alone_from is None else max(at, self.alone_from)

    def renewed(self, asked_at: datetime) -> None:
        """A write that renews the lease was asked for at `asked_at` and is committed."""
        if self.lease_ends is not None:
            self.lease_ends = max(self.lease_ends, asked_at + LEASE)

    def write(self) -> Write:
        return Write(self.facts.id, self.facts.signal_id)

    def step(self, statement: str, write: Write | None = None, **fields: Any) -> Write:
        """A move of this execution under its lease, added to `write` or alone."""
        return (write or self.write()).add(statement, id=self.facts.id, epoch=self.epoch, **fields)

    def event(self, write: Write, code: str, **params: Any) -> Write:
        return write.add("events", execution_id=self.facts.id, code=code, params=params, at=self.desk.now())

    def note_refused_keys(self, write: Write, error: ExchangeError) -> Write:
        """Add that the account needs attention, where the exchange refuses its keys (D30)."""
        if isinstance(error, Refused) and error.kind is RefusalKind.CREDENTIALS:
            add_attention(write, self.facts.account_id, error)
        return write

    async def give_back(self, error: ExchangeError) -> None:
        """Nothing could be sent now: back to PENDING, for the sweeper to try again while the signal is fresh."""
        write = self.step("give_back")
        write.add("events_once", execution_id=self.facts.id, code="postponed", params={"message": error.message[:200]},
                  at=self.desk.now())  # fmt: skip
        await self.desk.ledger.record(write)

    async def let_go(self) -> None:
        """The database went away in between: when it is back, whoever sweeps first may go on. Not while a worker before us may still
        sign orders: only our lease tells the next one to wait for it."""
        if self.alone_from is not None and self.desk.now() < self.alone_from:
            return
        with suppress(LedgerUnavailable):
            await self.desk.ledger.record(Write(None).add("let_go", id=self.facts.id, epoch=self.epoch))

    async def skip(self, skip: Skip, error: ExchangeError | None = None, write: Write | None = None) -> None:
        """End as SKIPPED: we decided, nothing stands at the exchange (D12). Written together with what `write` holds."""
        await self._end("skipped", State.SKIPPED, skip.code, skip.params, error, write)

    async def reject(self, code: str, error: ExchangeError, write: Write) -> None:
        """End as REJECTED: the exchange decided, with its own code (D12). Written together with what `write` holds."""
        await self._end("rejected", State.REJECTED, code, {"exchange_code": error.code}, error, write)

    async def _end(
        self,
        statement: str,
        state: State,
        code: str,
        params: dict[str, Any],
        error: ExchangeError | None,
        write: Write | None = None,
    ) -> None:
        message = error.message[:500] if error else ""
        write = self.step(
            statement, write, code=code, params=params, at=self.desk.now(),
            error_code=(error.code if error and error.code else code)[:50], error_message=message,
        )  # fmt: skip
        await self.desk.ledger.record(write)
        self.tell(state, code)

    def tell(self, state: str, code: str = "") -> None:
        """Put the outcome on the owner's screen."""
        tell(self.desk, self.facts, state, code)
        log.info("execution %s", state, extra={"context": {**self.facts.log_fields(), "code": code}})


def add_attention(write: Write, account_id: UUID, error: Refused) -> Write:
    """Add that an account needs attention: the exchange refuses its keys, or they do not open here."""
    if error.code == SEAL_BROKEN:  # no word of the exchange's
        return write.add("account_attention", id=account_id, code=SEAL_BROKEN, detail="")
    return write.add("account_attention", id=account_id, code="invalid_credentials", detail=error.message[:500])


def tell(desk: Desk, facts: Facts, state: str, code: str = "") -> None:
    """Publish NOT-01's message for an execution that settled or ended."""
    desk.announce(
        facts.user_id,
        {
            "type": "bot_execution",
            "subscription_id": str(facts.subscription_id),
            "execution_id": str(facts.id),
            "signal_id": str(facts.signal_id),
            "bot_id": str(facts.bot_id),
            "status": status_of(state, code).value,
            "state": state,
            "ticker": facts.ticker,
            "symbol": facts.symbol_key,
            "action": facts.action,
        },
    )
    # The same words for every subscriber of a signal: the stream sends them once per moment, not a thousand times.
    desk.announce(
        facts.manager_id, {"type": "signal_progress", "signal_id": str(facts.signal_id), "bot_id": str(facts.bot_id)}
    )


def announce_position(desk: Desk, row: dict[str, Any], reason: str, *, kind: str = "position_closed") -> None:
    """Tell the owner that a position ended by itself (by its stop, its target, at the exchange), or that its result is final."""
    desk.announce(
        row["user_id"],
        {
            "type": kind,
            "subscription_id": str(row["subscription_id"]),
            "position_id": str(row["id"]),
            "bot_id": str(row["bot_id"]),
            "status": reason,
            "ticker": row["symbol_key"],
            "action": "close",
        },
    )
