"""The whole pipeline on accounts at OKX: signals enter, protect, reverse, close; stops that fire are booked. EXC-05, EXC-08, EXE-08…16.

Real PostgreSQL, ccxt's signing, the simulated OKX that checks it; no worker.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from exchanges import vault
from exchanges.client import configure
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.types import MarketType
from ops.daemons import wait_until
from signals.models import Fill
from simulator.testing import RunningSimulator as Simulator
from tests.flow.conftest import other_sessions
from tests.flow.world import World
from tests.simulator.okx_desk import PASSPHRASE, calm, okx_simulator


class OkxWorld(World):
    """Its clients have their accounts at OKX."""

    def account(self, user: User, *, exchange: str = "okx", wallet: str = "10000", **fields: Any) -> ExchangeAccount:
        coins = {"USDT": wallet}
        made = self.sim.control.create_account(wallet=coins, coins=coins, passphrase=PASSPHRASE)
        values = {"position_mode": "one_way"} | fields
        account = ExchangeAccount(user=user, exchange=exchange, name="OKX", status=AccountStatus.VERIFIED, **values)
        keys = {"api_key": made["api_key"], "secret_key": made["secret"], "passphrase": PASSPHRASE, "variant": "eea"}
        sealed = vault.seal(table="exchange_account", row_id=account.id, values=keys)
        account.sealed_keys, account.wrapped_data_key = sealed.ciphertext, sealed.wrapped_key
        account.key_id = sealed.key_id
        account.save()
        self.keys[account.id] = made
        return account


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with okx_simulator() as simulator:
        yield simulator


@pytest.fixture
def world(running: Simulator, transactional_db: None) -> Iterator[World]:
    configure({"okx": running.url})
    yield OkxWorld(calm(running))
    configure({})
    assert wait_until(lambda: not other_sessions(), 5)


def legs(world: World, client: Any) -> list[tuple[str, str, str]]:
    waiting = world.exchange_account(client)["open_conditionals"]
    return sorted((one["side"], one["type"], one["quantity"]) for one in waiting)


def held(world: World, client: Any) -> list[Decimal]:
    return [Decimal(one["quantity"]) for one in world.exchange_account(client)["positions"]]


def test_a_signal_is_entered_and_protected_and_the_opposite_one_reverses_it(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)

    world.trade(bot, "buy")
    long, standing, execution = held(world, client), legs(world, client), world.execution(client)
    world.trade(bot, "sell")

    assert (execution.state, execution.status) == ("PROTECTED", "success")
    assert len(long) == 1
    assert standing == [("SELL", "STOP_MARKET", str(long[0])), ("SELL", "TAKE_PROFIT_MARKET", str(long[0]))]
    assert [quantity < 0 for quantity in held(world, client)] == [True]
    assert [side for side, _, _ in legs(world, client)] == ["BUY", "BUY"]
    world.trade(bot, "close")
    assert (held(world, client), legs(world, client)) == ([], [])


def test_a_stop_that_fires_closes_the_books_with_its_fees(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    stop = world.execution(client).stop_loss_sent_price

    world.sim.control.move_price("BTCUSDT", str(stop))
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_price) == ("closed", stop)
    assert Fill.objects.filter(position=position).count() == 2
    fees = position.opened_quantity * (Decimal("95234.5") + stop) * Decimal("0.0005")
    gross = position.opened_quantity * (stop - Decimal("95234.5"))
    assert position.realized_pnl == (gross - fees).quantize(Decimal("1e-8"))
    assert (held(world, client), legs(world, client)) == ([], [])


def test_a_hedge_account_trades_each_side_for_itself(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    keys = world.keys[client.exchange_account_id]["api_key"]
    world.sim.control.change_account(keys, is_hedged=True)

    world.trade(bot, "buy")

    assert world.execution(client).state == "PROTECTED"
    assert [one["side"] for one in world.exchange_account(client)["positions"]] == ["LONG"]
    assert len(legs(world, client)) == 2


def test_an_entry_whose_answer_is_lost_is_found_and_protected(world: World) -> None:
    """D4"""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("drop_after", leg="entry", count=1)

    world.trade(bot, "buy")

    assert world.execution(client).state == "PROTECTED"
    assert (len(held(world, client)), len(legs(world, client))) == (1, 2)


def test_spot_is_bought_by_cost_stopped_at_the_exchange_and_sold(world: World) -> None:
    """D27: the stop stands there, the target is ours to watch."""
    bot = world.bot("spot", market_type=MarketType.SPOT.value, default_margin_usd="200")
    client = world.client(bot)

    world.trade(bot, "buy", "BTCUSDT")
    standing, execution = world.exchange_account(client)["open_orders"], world.execution(client)
    world.trade(bot, "sell", "BTCUSDT")

    assert execution.state == "PROTECTED"
    assert [(one["type"], one["side"]) for one in standing] == [("STOP_LOSS", "SELL")]
    there = world.exchange_account(client)
    assert there["open_orders"] == []
    assert Decimal(there["coins"]["BTC"]) < Decimal("0.0001")
    assert world.position(client).status == "closed"
