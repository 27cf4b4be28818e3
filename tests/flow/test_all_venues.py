"""EXC-08, EXC-11: one signal reaches accounts on every exchange at once, each protected; an exchange in trouble leaves the others alone.

Six exchanges with five accounts each, each exchange a simulator of its own that speaks its dialect.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from decimal import Decimal

import pytest
from django.test import override_settings

from accounts.models import User
from exchanges import client as exchange_client
from exchanges import doors, market_loading, shared_prices, vault
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.types import Credentials, MarketType
from exchanges.venue import Venue
from ops.daemons import wait_until
from signals.models import Execution
from simulator.testing import RunningSimulator as Simulator
from simulator.testing import run_simulator
from subscriptions.models import Subscription
from tests.contract.conftest import open_account as open_keys
from tests.contract.stages import playing, stage_of
from tests.flow.conftest import other_sessions
from tests.flow.world import World

ACCOUNTS = 5
VENUES = [(venue, variant) for venue, variant in playing(MarketType.FUTURES) if variant == stage_of(venue).variants[0]]
PRICE = "95234.5"


@pytest.fixture(scope="module")
def exchanges() -> Iterator[dict[str, Simulator]]:
    """A simulated exchange for each venue with futures."""
    with ExitStack() as stack:
        yield {
            venue.id: stack.enter_context(run_simulator(exchange=stage_of(venue).exchange or venue.id))
            for venue, _variant in VENUES
        }


@pytest.fixture
def worlds(exchanges: dict[str, Simulator], transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for venue, _variant in VENUES:
        control = exchanges[venue.id].control
        control.clear_faults()
        control.set_price(stage_of(venue).symbol(MarketType.FUTURES, "BTCUSDT"), PRICE)
    urls = {name: sim.url for name, sim in exchanges.items()}
    exchange_client.configure(urls)
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(doors, "_doors", {})
    with override_settings(EXCHANGE_URLS=urls):
        yield World(exchanges["paper"])
    for sim in exchanges.values():
        sim.control.clear_faults()
    assert wait_until(lambda: not other_sessions(), 5)


def open_account(sim: Simulator, venue: Venue, variant: str, number: int) -> tuple[ExchangeAccount, str]:
    """An account at the exchange and here; its API key."""
    keys = open_keys(sim, venue, variant)
    return store_account(venue, keys, number), keys.api_key


def store_account(venue: Venue, keys: Credentials, number: int) -> ExchangeAccount:
    """A verified account of a new client."""
    user = User.objects.create_user(f"{venue.id}{number}@test.local", "x")
    account = ExchangeAccount(
        user=user, exchange=venue.id, name=venue.label, status=AccountStatus.VERIFIED, position_mode="one_way"
    )
    sealed = vault.seal(table="exchange_account", row_id=account.id, values=asdict(keys))
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.save()
    return account


def populate(world: World, exchanges: dict[str, Simulator], bot: object) -> dict[str, list[str]]:
    """Five subscribers at each exchange; their API keys by exchange."""
    keys: dict[str, list[str]] = {}
    for venue, variant in VENUES:
        for number in range(ACCOUNTS):
            account, api_key = open_account(exchanges[venue.id], venue, variant, number)
            Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)
            keys.setdefault(venue.id, []).append(api_key)
    return keys


def ended(signal: object) -> dict[str, list[tuple[str, str]]]:
    """State and reason of each execution, by exchange."""
    rows = Execution.objects.filter(signal=signal).values_list("account__exchange", "state", "reason_code")
    found: dict[str, list[tuple[str, str]]] = {}
    for exchange, state, reason in rows:
        found.setdefault(exchange, []).append((state, reason))
    return {exchange: sorted(set(states)) for exchange, states in found.items()}


def protected(sim: Simulator, api_keys: list[str]) -> list[tuple[int, bool]]:
    """For each account, what the exchange itself holds: positions, and whether a stop and a target stand."""
    told = [sim.control.account(key) for key in api_keys]
    return [
        (len([p for p in one["positions"] if Decimal(p["quantity"])]), len(one["open_conditionals"]) >= 2)
        for one in told
    ]


def test_one_signal_is_carried_to_every_exchange_and_protected_there(
    worlds: World, exchanges: dict[str, Simulator]
) -> None:
    bot = worlds.bot()
    keys = populate(worlds, exchanges, bot)

    signal = worlds.trade(bot, "buy")
    entered = ended(signal)
    stood = {name: protected(exchanges[name], of_it) for name, of_it in keys.items()}
    closing = worlds.trade(bot, "close", id="2")

    assert len(VENUES) >= 6
    assert entered == {venue.id: [("PROTECTED", "")] for venue, _ in VENUES}
    assert stood == {venue.id: [(1, True)] * ACCOUNTS for venue, _ in VENUES}
    assert ended(closing) == {venue.id: [("CLOSED", "closed_by_signal")] for venue, _ in VENUES}
    for name, of_it in keys.items():
        for key in of_it:
            left = exchanges[name].control.account(key)
            assert (name, [p for p in left["positions"] if Decimal(p["quantity"])], left["open_conditionals"]) == (
                name,
                [],
                [],
            )


@pytest.mark.parametrize("trouble", ["down", "banned", "maintenance"])
@pytest.mark.parametrize("who", ["okx", "binance"])
def test_an_exchange_in_trouble_leaves_the_others_untouched(
    worlds: World, exchanges: dict[str, Simulator], trouble: str, who: str
) -> None:
    bot = worlds.bot()
    keys = populate(worlds, exchanges, bot)
    control = exchanges[who].control
    if trouble == "down":
        control.add_fault("drop_before")
    elif trouble == "banned":
        control.ban("60")
    else:
        control.maintain("60")

    signal = worlds.trade(bot, "buy")

    states = ended(signal)
    assert all(state != "PROTECTED" for state, _ in states.pop(who))
    assert states == {venue.id: [("PROTECTED", "")] for venue, _ in VENUES if venue.id != who}
    assert protected(exchanges[who], keys[who]) == [(0, False)] * ACCOUNTS
