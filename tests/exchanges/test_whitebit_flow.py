"""A signal carried through the whole pipeline at a simulated WhiteBIT: bought by cost, a stop there, the target watched by us, sold.
D27; EXC-08."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from exchanges import doors, market_loading, shared_prices, vault
from exchanges.client import configure
from exchanges.models import AccountStatus, ExchangeAccount
from ops.daemons import wait_until
from simulator.testing import RunningSimulator, run_simulator
from subscriptions.models import Subscription
from tests.flow.conftest import other_sessions
from tests.flow.world import World


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="whitebit") as simulator:
        simulator.control.settings(slippage_bp="0", spread_bp="0")
        yield simulator


@pytest.fixture
def world(running: RunningSimulator, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    running.control.clear_faults()
    running.control.set_price("BTCUSDT", "95000")
    configure({"whitebit": running.url})
    forgotten = ((market_loading, "_books"), (shared_prices, "_quotes"), (doors, "_doors"))
    for module, name in forgotten:
        monkeypatch.setattr(module, name, {})
    yield World(running)
    running.control.clear_faults()
    configure({})
    assert wait_until(lambda: not other_sessions(), 5)


@pytest.fixture
def client(world: World) -> Subscription:
    """With 1,000 USDT."""
    bot = world.bot("spot", market_type="spot", default_margin_usd="40")
    made = world.sim.control.create_account(coins={"USDT": "1000"})
    account = ExchangeAccount(
        user=world.manager, exchange="whitebit", name="Account", status=AccountStatus.VERIFIED, position_mode=""
    )
    keys = {"api_key": made["api_key"], "secret_key": made["secret"]}
    sealed = vault.seal(table="exchange_account", row_id=account.id, values=keys)
    account.sealed_keys, account.wrapped_data_key, account.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
    account.save()
    world.keys[account.id] = made
    return world.client(bot, account=account)


def open_orders(world: World, client: Subscription) -> list[tuple[str, Decimal]]:
    return [(one["type"], Decimal(one["stop_price"])) for one in world.exchange_account(client)["open_orders"]]


def test_a_purchase_is_protected_by_a_stop_there_and_a_target_that_is_watched(
    world: World, client: Subscription
) -> None:
    world.trade(client.bot, "buy", "BTCUSDT")

    execution, position = world.execution(client), world.position(client)
    assert (execution.state, execution.reason_code, execution.leverage) == ("PROTECTED", "", 1)
    assert position.quantity > 0
    assert open_orders(world, client) == [("STOP_LOSS", execution.stop_loss_sent_price)]
    assert position.target_price > 95000


def test_a_stop_that_sells_closes_the_position(world: World, client: Subscription) -> None:
    world.trade(client.bot, "buy", "BTCUSDT")
    stop = world.execution(client).stop_loss_sent_price

    world.sim.control.move_price("BTCUSDT", str(stop))
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason, position.exit_price) == ("closed", "stop_loss", stop)
    assert open_orders(world, client) == []
    assert Decimal(world.exchange_account(client)["coins"]["BTC"]) < Decimal("0.00001")


def test_a_target_that_is_touched_sells_and_takes_the_stop_away(world: World, client: Subscription) -> None:
    world.trade(client.bot, "buy", "BTCUSDT")
    target = world.position(client).target_price

    world.sim.control.set_price("BTCUSDT", str(target + 100))
    shared_prices._quotes.clear()
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason) == ("closed", "take_profit")
    assert open_orders(world, client) == []


def test_a_signal_closes_by_cancelling_the_stop_and_selling(world: World, client: Subscription) -> None:
    world.trade(client.bot, "buy", "BTCUSDT")

    signal = world.trade(client.bot, "close", "BTCUSDT", id="2")
    world.reconcile(client)

    assert world.execution(client, signal).state == "CLOSED"
    assert world.position(client).status == "closed"
    assert open_orders(world, client) == []


def test_a_purchase_whose_answer_is_lost_is_adopted(world: World, client: Subscription) -> None:
    world.sim.control.add_fault("drop_after", leg="entry", count=1)

    world.trade(client.bot, "buy", "BTCUSDT")

    assert world.execution(client).state == "PROTECTED"
    assert Decimal(world.exchange_account(client)["coins"]["USDT"]) == Decimal("960.1")
