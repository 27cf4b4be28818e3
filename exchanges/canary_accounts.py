"""On whose account the canary trades: a demo account, one of paper, never one with money."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from exchanges import paper
from exchanges.addresses import address_of
from exchanges.types import Credentials
from exchanges.venue import DemoKind, Venue


class CannotFly(Exception):
    """No run is possible: the text says what is missing."""


def venues_with_keys() -> list[str]:
    """Venues for which there are keys of a demo account, and paper, whose account is made for the run."""
    return [*sorted(settings.CANARY_KEYS), paper.paper_venue_id()]


def signs_as_demo(venue: Venue) -> bool:
    """Wherever the exchange has demo accounts, also at a stand-in: where that passes everything on, nothing is traded live."""
    return venue.features.demo is not DemoKind.NONE


def forbid_live(venue: Venue, *, at_demo_hosts: bool) -> None:
    """Raises CannotFly where a test trade could reach the exchange as a live one, or its demo hosts without permission."""
    address = address_of(venue.id)
    if address is None and not signs_as_demo(venue):
        raise CannotFly(f"{venue.label} has no demo accounts, and nothing stands in for it")
    if address is None and not at_demo_hosts:
        raise CannotFly(f"nothing stands in for {venue.label}; to trade on its demo hosts say --live-demo")
    if address is None or signs_as_demo(venue) or venue.features.is_paper:
        return
    if not _is_loopback(address) or venue.id in settings.LIMITED_STAND_INS:
        raise CannotFly(f"{venue.label} has no demo accounts, and what stands in for it may be a relay to the exchange")


@contextmanager
def opened(venue: Venue) -> Iterator[Credentials]:
    """The keys to trade with. Raises CannotFly, SimulatorUnavailable."""
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
        credentials = Credentials(**keys)
    except TypeError as error:
        raise CannotFly(f"BATUTA_CANARY_{venue.id.upper()} needs api_key and secret_key, as JSON") from error
    yield credentials


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
