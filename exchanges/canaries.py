"""Running the canary: with whose keys, at which hosts, on which symbols, and what is kept of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.conf import settings

from exchanges import client, paper
from exchanges.addresses import address_of
from exchanges.canary import run_canary
from exchanges.canary_verdicts import Run
from exchanges.limits import Priority, at_most
from exchanges.models import CanaryRun
from exchanges.pausing import store_run
from exchanges.registry import get_venue
from exchanges.types import Credentials, MarketType
from exchanges.venue import DemoKind, Venue

# By the venue's own quote currency where it has another one.
KEYS = ("BTCUSDT", "BTCBRL", "BTCUSDC", "BTCUSD")


class CannotFly(Exception):
    """No run is possible: the text says what is missing."""


def venues_with_keys() -> list[str]:
    """Venues for which there are keys of a demo account, and paper, whose account is made for the run."""
    return [*sorted(settings.CANARY_KEYS), paper.paper_venue_id()]


def fly(venue_id: str, *, at_demo_hosts: bool) -> list[CanaryRun]:
    """One run for each kind of market; stored, and what follows from it is done. Never at an exchange's live hosts.

    At the address that stands in for the exchange, else at its demo hosts if that is allowed (`at_demo_hosts`).
    Raises CannotFly, UnknownVenue, SimulatorUnavailable.
    """
    venue = get_venue(venue_id)
    is_stand_in = address_of(venue.id) is not None
    if not is_stand_in and venue.features.demo is DemoKind.NONE:
        raise CannotFly(f"{venue.label} has no demo accounts, and nothing stands in for it")
    if not is_stand_in and not at_demo_hosts:
        raise CannotFly(f"nothing stands in for {venue.label}; to trade on its demo hosts say --live-demo")
    with _credentials(venue) as credentials:
        runs = asyncio.run(_fly(venue, credentials, testnet=not is_stand_in))
    return [store_run(venue.id, run, at_demo_hosts=not is_stand_in) for run in runs]


async def _fly(venue: Venue, credentials: Credentials, *, testnet: bool) -> list[Run]:
    try:
        with at_most(Priority.ENTRY):
            return [await _one(venue, credentials, market_type, testnet=testnet) for market_type in venue.market_types]
    finally:
        await client.close_all()


async def _one(venue: Venue, credentials: Credentials, market_type: MarketType, *, testnet: bool) -> Run:
    connected = client.connect(venue.id, credentials, testnet=testnet, position_mode=None)
    run = Run(market_type)
    for key in KEYS:
        run = await run_canary(connected, market_type, key, uuid4())
        if [step.name for step in run.steps] != ["market"]:  # this symbol is traded there
            break
    return run


@contextmanager
def _credentials(venue: Venue) -> Iterator[Credentials]:
    if venue.features.is_paper:
        credentials = paper.open_for_canary()
        try:
            yield credentials
        finally:
            paper.close_after_canary(credentials)
        return
    keys = settings.CANARY_KEYS.get(venue.id)
    if keys is None:
        raise CannotFly(f"no keys of a demo account: set BATUTA_CANARY_{venue.id.upper()}")
    try:
        yield Credentials(**keys)
    except TypeError as error:
        raise CannotFly(f"BATUTA_CANARY_{venue.id.upper()} needs api_key and secret_key, as JSON") from error
