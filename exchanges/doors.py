"""The doors of this process: one for each exchange (its demo hosts and each stand-in by themselves), made at first use. Pure."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from exchanges import addresses
from exchanges.budget_store import Store
from exchanges.budgets import Door, settle_telling
from exchanges.limits import RateLimits
from exchanges.types import MarketType
from exchanges.venue import Venue

DEFAULT_EGRESS = "default"

_store = Store("")
_egress = DEFAULT_EGRESS
_limited: frozenset[str] = frozenset()
_doors: dict[tuple[str, bool, str | None], Door] = {}


def configure(redis_url: str, *, egress: str = DEFAULT_EGRESS, limited_stand_ins: Collection[str] = ()) -> None:
    """Says where the processes share their budgets ("": nowhere) and by which address this one goes out.

    An exchange's stand-in has no limits but what it says itself (429), unless its venue is one of `limited_stand_ins`.
    """
    global _store, _egress, _limited
    _store, _egress, _limited = Store(redis_url), egress, frozenset(limited_stand_ins)
    _doors.clear()


def door_of(venue: Venue, *, testnet: bool) -> Door:
    """The door that requests to this venue pass."""
    stand_in = addresses.address_of(venue.id)
    key = (venue.id, testnet, stand_in)
    door = _doors.get(key)
    if door is None:
        name = door_name(venue.id, testnet=testnet)
        door = _doors[key] = Door(name, _egress, _limits(venue, stand_in), _store)
    return door


def door_name(venue_id: str, *, testnet: bool) -> str:
    """What the door to this venue is called in Redis."""
    stand_in = addresses.address_of(venue_id)
    return venue_id + (" demo" if testnet else "") + (f"@{urlsplit(stand_in).netloc}" if stand_in else "")


async def close_doors() -> None:
    """Tells what is left to tell, and closes the running loop's connection."""
    if not _store.is_away:
        for door in list(_doors.values()):
            await door.settle()
    await settle_telling()
    await _store.close()


def _limits(venue: Venue, stand_in: str | None) -> Mapping[MarketType, RateLimits]:
    if stand_in is None or venue.id in _limited:
        return venue.limits
    return {market: limits.without_numbers() for market, limits in venue.limits.items()}
