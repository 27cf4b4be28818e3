"""Accounts, bots and subscriptions that are left while an entry is on its way: its position is found, and can be closed (D1, D7)."""

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connections, transaction

from bots.lifecycle import archive_bot
from exchanges.lifecycle import PositionsOpen, delete_account
from exchanges.models import ExchangeAccount
from ops.daemons import wait_until
from signals.desk import Desk
from signals.execute import execute
from signals.models import Execution, Position, Signal
from signals.receive import close_position
from signals.states import UNSETTLED
from subscriptions.lifecycle import AccountInUse, cancel_subscription, change_subscription, subscribe
from subscriptions.models import Subscription
from tests.flow.world import World


def enter_and_meanwhile(world: World, client: Subscription, act: Callable[[], Any]) -> Any:
    """What came of `act` while the client's entry was at the exchange: its answer, or what it raised."""
    buy = world.alert(client.bot, "buy", "ETHUSDT.P", id="on its way")
    key = Execution.objects.get(signal=buy, subscription=client).id
    world.sim.control.add_fault("delay_after", leg="entry", count=1, delay_ms=1500)

    def apart() -> Any:
        try:
            assert wait_until(Execution.objects.filter(pk=key, state="SENDING").exists, 10)
            return act()
        except Exception as error:  # noqa: BLE001 -- the answer of the test
            return error
        finally:
            connections.close_all()

    async def work(desk: Desk) -> Any:
        entering = asyncio.create_task(execute(key, desk))
        answer = await asyncio.to_thread(apart)
        await entering
        return answer

    return world.at_desk(work)


def close_all_that_is_asked(world: World) -> None:
    closes = Execution.objects.filter(action="close_all", state__in=UNSETTLED)
    for _ in range(3):
        world.carry_out(*Signal.objects.filter(executions__in=closes.filter(state="PENDING")).distinct())
        for row in closes.exclude(state="PENDING"):
            world.recover(row)
    assert not closes.exists()


def test_an_account_is_not_deleted_under_an_entry_without_the_choice(world: World) -> None:
    client = world.client(world.bot())
    account = client.exchange_account

    told = enter_and_meanwhile(world, client, lambda: delete_account(account, user=client.user, close_positions=None))

    assert isinstance(told, PositionsOpen)
    assert ExchangeAccount.objects.get(pk=account.pk).deleted_at is None


def test_nor_under_one_of_which_nobody_knows(world: World) -> None:
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_after", leg="entry", count=1)
    world.sim.control.add_fault("answer_before", leg="query", count=30, status=503)
    world.trade(client.bot, "buy")
    world.sim.control.clear_faults()

    with pytest.raises(PositionsOpen):
        delete_account(client.exchange_account, user=client.user, close_positions=None)
    delete_account(client.exchange_account, user=client.user, close_positions=False)
    world.recover(world.execution(client))

    assert world.execution(client).state == "PROTECTED"
    assert len(world.exchange_account(client)["open_conditionals"]) == 2


def test_close_now_closes_what_is_on_its_way_on_the_account(world: World) -> None:
    one, two = world.bot("one"), world.bot("two")
    first = world.client(one)
    second = world.client(two, account=first.exchange_account)
    world.trade(one, "buy")
    account = first.exchange_account

    enter_and_meanwhile(world, second, lambda: delete_account(account, user=first.user, close_positions=True))
    close_all_that_is_asked(world)

    assert not Position.objects.filter(status="open").exists()


def test_close_now_closes_what_is_on_its_way_of_the_bot(world: World) -> None:
    bot = world.bot()
    first, second = world.client(bot, 1), world.client(bot, 2)
    world.trade(bot, "buy")

    enter_and_meanwhile(world, second, lambda: archive_bot(bot=bot, user=world.manager, close_positions=True))
    close_all_that_is_asked(world)

    assert first.positions.filter(status="open").count() == 0
    assert not Position.objects.filter(status="open").exists()


def test_the_account_is_not_changed_under_an_entry(world: World) -> None:
    client = world.client(world.bot())
    other = world.account(client.user, is_main=False)

    told = enter_and_meanwhile(world, client, lambda: change_subscription(subscription=client, exchange_account=other))

    assert isinstance(told, AccountInUse)


@pytest.mark.parametrize("leave", ["the bot", "the account"])
def test_who_left_a_position_to_its_stops_comes_back_with_another_account_only_when_it_is_closed(
    world: World, leave: str
) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    other = world.account(client.user, is_main=False)
    if leave == "the bot":
        cancel_subscription(subscription=client, user=client.user, close_positions=False)
    else:
        delete_account(client.exchange_account, user=client.user, close_positions=False)

    with pytest.raises(AccountInUse):
        subscribe(user=client.user, bot=bot, exchange_account=other)
    world.trade(bot, "close", id="2")
    again = subscribe(user=client.user, bot=bot, exchange_account=other)

    assert world.position(client).status == "closed"
    assert again.exchange_account == other


def test_an_alert_that_meets_a_change_of_account_does_not_trade_on_the_old_one(world: World) -> None:
    client = world.client(world.bot())
    before, after = client.exchange_account, world.account(client.user)

    def alert() -> None:
        world.post(client.bot, "buy")
        connections.close_all()

    thread = Thread(target=alert)
    with transaction.atomic():
        change_subscription(subscription=client, exchange_account=after)
        thread.start()
        thread.join(20)  # it is stored meanwhile, for the subscription as it was
        assert Execution.objects.get().account == before
    execution = Execution.objects.get()
    world.carry_out(execution.signal)

    execution.refresh_from_db()
    assert (execution.account, execution.state, execution.reason_code) == (before, "SKIPPED", "account_changed")


def test_the_next_alert_trades_on_the_new_account(world: World) -> None:
    client = world.client(world.bot())
    after = world.account(client.user)
    change_subscription(subscription=client, exchange_account=after)

    world.trade(client.bot, "buy")

    execution = world.execution(client)
    assert (execution.account, execution.state) == (after, "PROTECTED")


@pytest.mark.parametrize("how", ["close", "close_all", "button"])
def test_a_position_is_closed_on_the_account_on_which_it_stands(world: World, how: str) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    Subscription.objects.update(exchange_account=world.account(client.user))

    if how == "button":
        world.carry_out(close_position(position=world.position(client), user=client.user))
    else:
        world.trade(client.bot, how)

    assert world.position(client).status == "closed"
    assert not world.exchange_account(client)["positions"]


def test_a_spot_sell_sells_where_it_was_bought(world: World) -> None:
    client = world.client(world.bot(market_type="spot", default_margin_usd="200"))
    world.trade(client.bot, "buy")
    Subscription.objects.update(exchange_account=world.account(client.user))

    world.trade(client.bot, "sell")

    assert world.position(client).exit_reason == "closed_by_signal"
