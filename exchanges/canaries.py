"""Running the canary: at which hosts, on which symbols, one at a time, and what is kept of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection

from exchanges import client
from exchanges.addresses import address_of
from exchanges.canary import run_canary
from exchanges.canary_accounts import CannotFly, forbid_live, opened, signs_as_demo, venues_with_keys
from exchanges.canary_leaving import leave_leftover
from exchanges.canary_runs import begin_run, end_leftover, end_run, leftovers
from exchanges.canary_verdicts import Run
from exchanges.errors import ExchangeError, RefusalKind, Refused
from exchanges.limits import Priority, at_most
from exchanges.models import CanaryRun
from exchanges.registry import get_venue
from exchanges.types import Credentials, MarketType
from exchanges.venue import Venue

__all__ = ["CannotFly", "fly", "venues_with_keys"]

T = TypeVar("T")
# By the venue's own quote currency where it has another one.
KEYS = ("BTCUSDT", "BTCBRL", "BTCUSDC", "BTCUSD")


def fly(venue_id: str, *, at_demo_hosts: bool) -> list[CanaryRun]:
    """One run for each kind of market; stored, and what follows from it is done. Never with live money, never two at once.

    As a demo account wherever the exchange has them: at the address that stands in for it, else at its demo hosts if that is
    allowed (`at_demo_hosts`). What earlier runs left behind is left first, and those runs are told too. Raises CannotFly,
    UnknownVenue, SimulatorUnavailable.
    """
    venue = get_venue(venue_id)
    forbid_live(venue, at_demo_hosts=at_demo_hosts)
    with _alone(venue), opened(venue) as credentials:
        desk = _Desk(venue, credentials, at_demo_hosts=address_of(venue.id) is None)
        return [row for market_type in venue.market_types for row in _fly(desk, market_type)]


@dataclass(frozen=True, slots=True)
class _Desk:
    venue: Venue
    credentials: Credentials
    at_demo_hosts: bool

    def ask(self, work: Callable[[client.ExchangeClient], Awaitable[T]]) -> T:
        """Each piece in a loop of its own: between them rows are written, which a loop must not do."""

        async def ask() -> T:
            testnet = signs_as_demo(self.venue)
            try:
                with at_most(Priority.ENTRY):
                    return await work(
                        client.connect(self.venue.id, self.credentials, testnet=testnet, position_mode=None)
                    )
            finally:
                await client.close_all()

        return asyncio.run(ask())


def _fly(desk: _Desk, market_type: MarketType) -> list[CanaryRun]:
    """No new run while something of an older one cannot be left: its news would hide that."""
    told = _leave_leftovers(desk, market_type)
    if any(row.may_hold for row in told):
        return told
    symbol = desk.ask(lambda connected: _symbol(connected, market_type))
    row, run = begin_run(desk.venue.id, market_type, symbol, at_demo_hosts=desk.at_demo_hosts), Run(market_type)
    try:
        desk.ask(lambda connected: run_canary(run, connected, symbol, row.run_id))
    except BaseException:
        run.interrupted = True
        raise
    finally:
        end_run(row, run)
    return [*told, row]


def _leave_leftovers(desk: _Desk, market_type: MarketType) -> list[CanaryRun]:
    """The runs whose end was not known, or of which something still stands."""
    told = []
    for row in leftovers(desk.venue.id, market_type, at_demo_hosts=desk.at_demo_hosts):
        problem = desk.ask(lambda connected: leave_leftover(connected, market_type, row.symbol, row.run_id))  # noqa: B023 -- ends here
        if end_leftover(row, problem):
            told.append(row)
    return told


async def _symbol(connected: client.ExchangeClient, market_type: MarketType) -> str:
    """The first of KEYS that is traded there; when nobody can tell, the run itself says why."""
    for key in KEYS:
        try:
            await connected.market(market_type, key)
        except Refused as error:
            if error.kind is RefusalKind.UNKNOWN_SYMBOL:
                continue
        except ExchangeError:
            pass
        return key
    return KEYS[0]


@contextmanager
def _alone(venue: Venue) -> Iterator[None]:
    """One run per exchange at a time, over all processes: two on one account would read and sell each other's. Raises CannotFly.

    The database gives the lock back when the process dies.
    """
    name = f"canary {venue.id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 2))", [name])
        if not cursor.fetchone()[0]:
            raise CannotFly("another test trade runs there just now")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 2))", [name])
