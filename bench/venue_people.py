"""The rows of a bench over several exchanges: accounts at each simulator, spread evenly, and the bots that reach them. Needs Django."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import User
from bench.population import account_of, follow, make_bot, make_manager, refresh_statistics, store
from exchanges.models import ExchangeAccount
from exchanges.registry import get_venue
from exchanges.types import Credentials
from exchanges.venue import Venue
from simulator.testing import ControlClient

WALLET = {"USDT": "100000"}
PASSPHRASE = "bench-Passphrase1"
ALONE, ALL = "bench-alone", "bench-all"  # the bots' webhook paths; that of one venue's bot: `path_of`


@dataclass(frozen=True, slots=True)
class Group:
    """A bot's webhook path and the API keys of those who follow it, by venue."""

    path: str
    keys: Mapping[str, list[str]]

    @property
    def size(self) -> int:
        return sum(len(keys) for keys in self.keys.values())

    def at(self, venue_id: str) -> "Group":
        """Those at this venue, who also follow a bot that nobody else does."""
        return Group(path_of(venue_id), {venue_id: self.keys[venue_id]})


@dataclass(frozen=True, slots=True)
class Crowd:
    """`alone`: all subscribers at the first venue. `spread`: as many over all venues."""

    alone: Group
    spread: Group


def path_of(venue_id: str) -> str:
    return f"bench-{venue_id}"


def settle_in(controls: Mapping[str, ControlClient], subscribers: int) -> Crowd:
    """Open the accounts at the simulators and store them with their clients, bots and subscriptions."""
    manager, first = make_manager(), next(iter(controls))
    alone = _open({first: controls[first]}, {first: subscribers}, "alone")
    spread = _open(controls, shares(list(controls), subscribers), "spread")
    follow(make_bot(manager, ALONE), [account for accounts in alone.values() for account, _ in accounts])
    follow(make_bot(manager, ALL), [account for accounts in spread.values() for account, _ in accounts])
    for venue_id, accounts in spread.items():
        follow(make_bot(manager, path_of(venue_id)), [account for account, _ in accounts])
    refresh_statistics()
    return Crowd(Group(ALONE, _keys(alone)), Group(ALL, _keys(spread)))


def shares(venue_ids: list[str], subscribers: int) -> dict[str, int]:
    """How many of them each venue has; the first ones one more where it does not come out even."""
    each, rest = divmod(subscribers, len(venue_ids))
    return {venue_id: each + (number < rest) for number, venue_id in enumerate(venue_ids)}


Opened = dict[str, list[tuple[ExchangeAccount, str]]]  # by venue: accounts with their API keys


def _open(controls: Mapping[str, ControlClient], counts: Mapping[str, int], name: str) -> Opened:
    opened: Opened = {}
    for venue_id, control in controls.items():
        venue = get_venue(venue_id)
        opened[venue_id] = []
        for number in range(counts[venue_id]):
            user = User(email=f"{name}-{venue_id}-{number}@bench.local", password="!")
            keys = _make_keys(control, venue)
            opened[venue_id].append((account_of(user, venue_id, keys), keys.api_key))
    store([account for accounts in opened.values() for account, _ in accounts])
    return opened


def _make_keys(control: ControlClient, venue: Venue) -> Credentials:
    """A new account's keys, with what the venue's form asks for; of several kinds of account the first."""
    asked = {field.name: field for field in venue.credential_fields}
    made = control.create_account(wallet=WALLET, coins=WALLET, passphrase=PASSPHRASE if "passphrase" in asked else "")
    variant = asked["variant"].choices[0][0] if "variant" in asked else ""
    return Credentials(made["api_key"], made["secret"], made["passphrase"], variant)


def _keys(opened: Opened) -> dict[str, list[str]]:
    return {venue_id: [key for _, key in accounts] for venue_id, accounts in opened.items()}
