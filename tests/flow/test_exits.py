"""Positions end: by signal, by reversal, by their stop or target, by hand at the exchange (EXE-08, 09, D1, D8, D10, D13, D14)."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bots.models import Bot, BotStatus
from exchanges.models import ExchangeAccount
from exchanges.types import PositionSide
from signals.models import Fill, Funding, Order, Position, Signal
from subscriptions.models import Subscription
from tests.flow.world import World
from tests.trading_world import api_of


def flat(world: World, subscription) -> bool:
    there = world.exchange_account(subscription)
    return not there["positions"] and not there["open_conditionals"] and not there["open_orders"]


def test_a_close_leaves_the_position_and_nothing_else_standing(world: World):
    bot = world.bot()
    one, two = world.clients(bot, 2)
    world.trade(bot, "buy")
    world.sim.control.set_price("BTCUSDT", "96000")

    signal = world.trade(bot, "close")
    world.reconcile(one, two)

    position, execution = world.position(one), world.execution(one, signal)
    assert (execution.state, execution.reason_code, execution.status) == ("CLOSED", "closed_by_signal", "success")
    assert flat(world, one) and flat(world, two)
    assert (position.status, position.exit_price, position.exit_reason) == (
        "closed",
        Decimal("96000"),
        "closed_by_signal",
    )
    quantity = position.opened_quantity
    fees = quantity * (Decimal("95234.50") + 96000) * Decimal("0.0005")
    assert position.realized_pnl == (quantity * Decimal("765.50") - fees).quantize(Decimal("1e-8"))
    assert position.fills_booked_at is not None
    assert Fill.objects.filter(position=position).count() == 2
    opener = world.position(one).executions.get(action="buy")
    assert (opener.state, opener.reason_code, opener.status) == ("CLOSED", "closed_by_signal", "success")
    assert signal.successful_executions == 2
    told = api_of(one.user).get(f"/api/v1/executions/{execution.pk}").json()["timeline"]
    assert [line["code"] for line in told] == [
        "received",
        "queued",
        "claimed",
        "sent",
        "acknowledged",
        "filled",
        "closed",
    ]
    assert set(Order.objects.filter(execution=opener, leg__in=("stop", "target")).values_list("status", flat=True)) == {
        "cancelled"
    }


def test_a_bot_counts_its_broadcasts_and_what_came_of_them(world: World):
    """BOT-11, BOT-20: the last one found nobody; a refused one is none."""
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    before = api_of(world.manager).get(f"/api/v1/bots/{bot.pk}").json()
    world.trade(bot, "buy")
    world.sim.control.set_price("BTCUSDT", "96000")
    world.trade(bot, "close")
    world.reconcile(client)
    Subscription.objects.update(status="paused")

    world.alert(bot, "buy")
    Bot.objects.update(status="paused")
    world.post(bot, "buy")

    after = api_of(world.manager).get(f"/api/v1/bots/{bot.pk}").json()
    assert (before["total_signals_sent"], before["avg_win_rate"], before["avg_pnl_pct"]) == (0, "0.00", "0.00")
    assert (after["total_signals_sent"], after["avg_win_rate"]) == (3, "100.00")
    assert parse_datetime(after["updated_at"]) >= Signal.objects.latest("created_at").created_at - timedelta(seconds=1)


def test_close_all_leaves_every_symbol_of_this_bot_only(world: World):
    """EXE-09, D14"""
    bot, other = world.bot(), world.bot("other")
    client = world.client(bot)
    beside = world.client(other, account=client.exchange_account)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        world.trade(bot, "buy", symbol)
    world.trade(other, "buy", "SOLUSDT")

    signal = world.trade(bot, "close_all", "BTCUSDT")

    assert world.execution(client, signal).state == "CLOSED"
    assert Position.objects.filter(subscription=client, status="open").count() == 0
    assert Position.objects.filter(subscription=beside, status="open").count() == 1
    there = world.exchange_account(client)
    assert [position["symbol"] for position in there["positions"]] == ["SOLUSDT"]
    assert len(there["open_conditionals"]) == 2


def test_an_opposite_signal_reverses(world: World):
    bot = world.bot()
    client = world.client(bot)
    first = world.trade(bot, "buy")

    second = world.trade(bot, "sell")

    assert (world.execution(client, first).state, world.execution(client, first).reason_code) == ("CLOSED", "reversed")
    assert world.execution(client, second).state == "PROTECTED"
    position = world.position(client)
    assert (position.side, position.status) == ("short", "open")
    there = world.exchange_account(client)
    assert len(there["positions"]) == 1 and len(there["open_conditionals"]) == 2


def test_a_reversal_refused_by_risk_still_closes(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    Position.objects.update(realized_pnl=Decimal("-250"))

    signal = world.trade(bot, "sell")

    execution = world.execution(client, signal)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "daily_loss")
    assert flat(world, client)


def test_a_reversal_whose_turn_comes_too_late_closes_and_does_not_enter(world: World):
    """D10, D1: the queue was slow, or down; the position against the signal does not stay for that."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")

    late = world.alert(bot, "sell")
    Signal.objects.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    world.carry_out(late)

    execution = world.execution(client, late)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "stale_signal")
    assert world.position(client).exit_reason == "closed_by_signal"
    assert flat(world, client)


def test_a_reversal_on_an_account_that_needs_attention_closes_and_does_not_enter(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    ExchangeAccount.objects.update(status="needs_attention")

    signal = world.trade(bot, "sell")

    execution = world.execution(client, signal)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "account_needs_attention")
    assert flat(world, client)


def test_the_same_side_again_adds_to_one_position_with_one_pair(world: World):
    bot = world.bot(same_side_policy="add", duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy")
    world.sim.control.set_price("BTCUSDT", "97000")

    signal = world.trade(bot, "buy")

    execution, position = world.execution(client, signal), world.position(client)
    assert execution.state == "PROTECTED"
    assert position.quantity == Decimal("0.010")
    assert position.entry_price == (Decimal("95234.50") + Decimal("97000")) / 2
    there = world.exchange_account(client)
    assert len(there["positions"]) == 1
    assert sorted(Decimal(order["quantity"]) for order in there["open_conditionals"]) == [Decimal("0.010")] * 2


def test_a_stop_that_fills_closes_the_position_and_cancels_the_target(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    stop = world.execution(client).stop_loss_sent_price

    world.sim.control.move_price("BTCUSDT", str(stop))
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason, position.exit_price) == ("closed", "stop_loss", stop)
    assert flat(world, client)
    assert world.execution(client).reason_code == "stop_loss"
    assert position.realized_pnl < 0
    assert any(message["type"] == "position_closed" for message in world.messages)


def test_a_target_that_fills_books_the_profit(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "sell")
    target = world.execution(client).take_profit_sent_price

    world.sim.control.move_price("BTCUSDT", str(target))
    world.reconcile(client)

    position = world.position(client)
    assert (position.exit_reason, position.realized_pnl > 0) == ("take_profit", True)
    assert flat(world, client)


def test_a_paused_bot_still_closes_for_everyone_who_holds(world: World):
    """D1: whatever the status of bot, subscription and account."""
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy")
    bot.status = BotStatus.PAUSED
    bot.save()
    client.status = "cancelled"
    client.save()
    client.exchange_account.is_active = False
    client.exchange_account.save()

    refused = world.post(bot, "buy")
    signal = world.trade(bot, "close")

    assert (refused.status_code, refused.json()["detail"]) == (400, "Bot is paused")
    assert world.execution(client, signal).state == "CLOSED"
    assert flat(world, client)


def test_a_stop_that_vanished_is_placed_again(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    stop = Order.objects.get(execution=world.execution(client), leg="stop")

    world.by_hand(client, "BTCUSDT", lambda trading, market: trading.cancel_protection(market, [stop.client_order_id]))
    world.reconcile(client)

    there = world.exchange_account(client)
    assert len(there["open_conditionals"]) == 2
    assert sorted(Order.objects.filter(execution=world.execution(client), leg="stop").values_list("attempt", "status")) == [
        (1, "cancelled"), (2, "open"),
    ]  # fmt: skip


def test_a_position_closed_at_the_exchange_by_hand_is_noticed(world: World):
    """F25: the books follow, leftovers are cancelled."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")

    quantity = world.position(client).quantity

    world.by_hand(
        client,
        "BTCUSDT",
        lambda trading, market: trading.reduce(market, PositionSide.LONG, quantity, "byhand0000000001x"),
    )
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason) == ("closed", "external")
    # what was sold by hand is its exit: wholly booked, with both fees, and the account is not asked for it again
    quantity, fees = (
        position.opened_quantity,
        sum(Fill.objects.filter(position=position).values_list("fee_usd", flat=True)),
    )
    assert Fill.objects.filter(position=position).count() == 2
    assert position.realized_pnl == (quantity * (position.exit_price - position.entry_price) - fees).quantize(
        Decimal("1e-8")
    )
    assert (position.fees, position.fills_booked_at is not None) == (fees, True)
    assert flat(world, client)


def test_an_order_of_ours_that_the_books_had_ended_is_taken_up_again(world: World):
    """The exchange is right: what stands there is followed, and goes when its position goes (I4, I6)."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    Order.objects.filter(leg="stop").update(status="refused")

    world.reconcile(client)

    assert list(Order.objects.filter(leg="stop").values_list("attempt", "status")) == [(1, "open")]
    assert len(world.exchange_account(client)["open_conditionals"]) == 2

    Order.objects.filter(leg="stop").update(status="refused")
    world.trade(bot, "close")
    world.reconcile(client)
    world.reconcile(client)

    assert flat(world, client)


def test_a_stop_whose_row_was_never_written_is_known_by_its_id(world: World):
    """The database was away when it was placed (D7): the reconciler writes the row of what stands (I8)."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    before = Order.objects.get(leg="stop")
    Order.objects.filter(leg="stop").delete()

    world.reconcile(client)

    after = Order.objects.get(leg="stop")
    fields = (
        "client_order_id",
        "attempt",
        "quantity",
        "trigger_price",
        "side",
        "position_id",
        "execution_id",
        "status",
    )
    assert [getattr(after, name) for name in fields] == [getattr(before, name) for name in fields]
    assert len(world.exchange_account(client)["open_conditionals"]) == 2


def test_funding_is_booked_to_the_position_that_stood_through_the_hour(world: World):
    """D13: realized P&L is net of funding, whether it comes before or after the exit; each payment counts once."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    Position.objects.update(opened_at=timezone.now() - timedelta(hours=2))
    world.sim.control.funding({"BTCUSDT": "0.001"}, settle=True)
    before = world.position(client)

    world.reconcile(client)
    world.reconcile(client)

    position = world.position(client)
    paid = position.quantity * Decimal("95234.50") * Decimal("0.001")
    assert position.funding == paid.quantize(Decimal("1e-8"))
    assert position.realized_pnl == before.realized_pnl - position.funding
    assert Funding.objects.filter(position=position).count() == 1

    world.trade(bot, "close")
    world.reconcile(client)

    position = world.position(client)
    gross = position.opened_quantity * (position.exit_price - position.entry_price)
    assert position.realized_pnl == (gross - position.fees - position.funding).quantize(Decimal("1e-8"))


def test_two_lies_in_a_row_do_not_close_a_position(world: World):
    """F37: without a fill that sold it, a position that is not told counts as held until the exchange insists."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    world.sim.control.add_fault("hide", path="/fapi/v*/positionRisk", count=2)

    world.reconcile(client)

    assert world.position(client).status == "open"
    assert len(world.exchange_account(client)["open_conditionals"]) == 2
