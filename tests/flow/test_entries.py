"""A signal reaches its subscribers and every position stands protected (EXE, RSK-03, WHK-11…15)."""

from base64 import b64encode
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from exchanges.models import ExchangeAccount
from signals.desk import Desk
from signals.execute import execute
from signals.models import Execution, Order
from tests.flow.world import World
from tests.trading_world import api_of, make_position


def test_bot_defaults_and_customs_give_the_terms(world: World):
    """EXE-01, 02, 03, 05, 12, 14, 15, 16, 17."""
    bot = world.bot(
        default_leverage=10, default_margin_usd="100", default_stop_loss_pct="2.5", default_take_profit_pct="5.0"
    )
    plain = world.client(bot, 1)
    custom = world.client(
        bot, 2, custom_leverage=15, custom_margin_usd="200", custom_stop_loss_pct="1.5", custom_take_profit_pct="8.0"
    )

    signal = world.trade(bot, "buy", price=95234.50)

    execution = world.execution(custom)
    assert (execution.state, execution.status, execution.error_message) == ("PROTECTED", "success", "")
    assert (execution.leverage, execution.margin_usd) == (15, Decimal("200.00"))
    assert (execution.executed_price, execution.executed_quantity) == (Decimal("95234.50"), Decimal("0.031"))
    assert (execution.stop_loss_price, execution.take_profit_price) == (Decimal("93805.98"), Decimal("102853.26"))
    assert (execution.stop_loss_sent_price, execution.take_profit_sent_price) == (Decimal("93806"), Decimal("102853.2"))
    assert execution.stop_loss_order_id and execution.take_profit_order_id and execution.exchange_order_id
    assert world.execution(plain).leverage == 10
    assert world.execution(plain).executed_quantity == Decimal("0.010")
    there = world.exchange_account(custom)
    assert len(there["positions"]) == 1
    assert len(there["open_conditionals"]) == 2
    assert (signal.total_subscribers, signal.successful_executions, signal.failed_executions) == (2, 2, 0)
    assert signal.completed_at is not None and signal.broadcast_duration_ms is not None
    assert sorted(Order.objects.filter(execution=execution).values_list("leg", "status")) == [
        ("entry", "filled"), ("stop", "open"), ("target", "open"),
    ]  # fmt: skip


def test_the_entry_order_keeps_what_its_market_was_like(world: World):
    """ORD-01: written before the order was sent."""
    bot = world.bot()
    client = world.client(bot)

    world.trade(bot, "buy")

    order = Order.objects.get(execution=world.execution(client), leg="entry")
    bid, ask = Decimal(order.context["best_bid"]), Decimal(order.context["best_ask"])
    assert bid <= Decimal("95234.50") <= ask
    assert Decimal(order.context["price"]) == Decimal("95234.50")
    assert Decimal(order.context["spread_pct"]) == (200 * (ask - bid) / (ask + bid)).quantize(Decimal("1e-6"))


def test_what_befalls_one_subscriber_stops_no_other(world: World):
    """WHK-13, WHK-14, WHK-15: the alert sent again is answered with how the first one ended, nested and flat."""
    bot = world.bot(default_margin_usd="500")
    whole, poor, locked = (world.client(bot, 1), world.client(bot, 2, account=world.account(world.manager, wallet="20")),
                           world.client(bot, 3))  # fmt: skip
    ExchangeAccount.objects.filter(pk=locked.exchange_account_id).update(sealed_keys=b"not what was sealed")

    signal = world.trade(bot, "buy", id="1")
    body = world.post(bot, "buy", id="1").json()

    ended = [(world.execution(client).state, world.execution(client).reason_code) for client in (whole, poor, locked)]
    assert ended == [("PROTECTED", ""), ("REJECTED", "insufficient_margin"), ("SKIPPED", "account_needs_attention")]
    assert body == {
        "success": True,
        "bot_name": bot.name,
        "signal_id": str(signal.id),
        "duplicate": True,
        "broadcast_stats": {
            "total_subscribers": 3, "queued": 0, "successful_executions": 1, "failed_executions": 1,
            "skipped_executions": 1, "duration_ms": signal.broadcast_duration_ms,
        },
        "total_subscribers": 3,
        "successful_executions": 1,
        "failed_executions": 1,
    }  # fmt: skip
    assert signal.broadcast_duration_ms > 0


@pytest.mark.parametrize("action", ["close", "sell"])
def test_keys_that_do_not_open_are_told_and_leaving_a_position_waits_for_them(world: World, action: str):
    """D1, D30: whoever took the execution over would otherwise fall over it again, for ever and unheard."""
    bot = world.bot(opposite_policy="close_only")
    client = world.client(bot)
    world.trade(bot, "buy")
    account = ExchangeAccount.objects.get(pk=client.exchange_account_id)
    ExchangeAccount.objects.filter(pk=account.pk).update(sealed_keys=b"not what was sealed")

    closing = world.trade(bot, action)
    world.recover(world.execution(client, closing))

    client.exchange_account.refresh_from_db()
    assert (client.exchange_account.status, client.exchange_account.status_code) == ("needs_attention", "seal_broken")
    assert world.execution(client, closing).status == "pending"

    ExchangeAccount.objects.filter(pk=account.pk).update(sealed_keys=account.sealed_keys)
    world.recover(world.execution(client, closing))

    assert world.position(client).exit_reason == "closed_by_signal"
    assert not world.exchange_account(client)["positions"]


def test_keys_are_opened_for_one_execution_and_not_kept(world: World, settings: Settings):
    """EXE-20, D17: neither the web process nor a refusal by the gates needs them, and the next execution opens them again."""
    bot = world.bot()
    client, lost = world.clients(bot, 2)
    make_position(lost, exit_price=Decimal("94000"), realized_pnl=Decimal("-200"))
    ring, settings.BATUTA_KEYS = settings.BATUTA_KEYS, "other:" + b64encode(bytes(32)).decode()
    signals = [world.alert(bot, "buy", ticker) for ticker in ("BTCUSDT", "ETHUSDT")]
    refused = world.execution(lost, signals[0]).id
    world.at_desk(lambda desk: execute(refused, desk))
    settings.BATUTA_KEYS = ring
    ids = [world.execution(client, signal).id for signal in signals]

    async def change_in_between(desk: Desk) -> None:
        await execute(ids[0], desk)
        await desk.ledger.query("UPDATE exchanges_exchangeaccount SET sealed_keys = 'x' RETURNING id")
        await execute(ids[1], desk)

    world.at_desk(change_in_between)

    ended = [Execution.objects.get(pk=key).reason_code for key in (refused, *ids)]
    assert ended == ["daily_loss", "", "account_needs_attention"]
    assert [position["symbol"] for position in world.exchange_account(client)["positions"]] == ["BTCUSDT"]


def test_risk_speaks_before_the_configuration_and_before_any_exchange(world: World):
    """RSK-03: neither the symbol nor the stop could work, and nobody is asked."""
    bot = world.bot(default_leverage=50, default_stop_loss_pct="2.5")
    client = world.client(bot)
    make_position(client, exit_price=Decimal("94000"), realized_pnl=Decimal("-200"))
    since = world.sim.control.last_request()

    world.trade(bot, "buy", "NOSUCHUSDT")

    execution = world.execution(client)
    assert (execution.state, execution.reason_code, execution.reason_params) == (
        "SKIPPED", "daily_loss", {"value": "200.00", "limit": "200.00"},
    )  # fmt: skip
    assert world.sim.control.requests(since=since) == []


@pytest.mark.parametrize(("action", "stop", "target"), [("buy", "0.98", "1.05"), ("sell", "1.02", "0.95")])
def test_stop_and_target_are_measured_from_the_fill(world: World, action: str, stop: str, target: str):
    """EXE-11: from its average price, not from the price at which it was sized."""
    bot = world.bot(default_margin_usd="500", default_stop_loss_pct="2", default_take_profit_pct="5")
    client = world.client(bot)
    world.sim.control.settings(slippage_bp="20")

    try:
        world.trade(bot, action)
    finally:
        world.sim.control.settings(slippage_bp="0")

    execution = world.execution(client)
    entry = execution.executed_price
    assert abs(entry / execution.price_at_send - 1) > Decimal("0.001")
    assert execution.stop_loss_price == (entry * Decimal(stop)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert execution.take_profit_price == (entry * Decimal(target)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    standing = {order["type"]: Decimal(order["trigger_price"]) for order in
                world.exchange_account(client)["open_conditionals"]}  # fmt: skip
    assert abs(standing["STOP_MARKET"] - execution.stop_loss_price) < Decimal("0.1")
    assert abs(standing["TAKE_PROFIT_MARKET"] - execution.take_profit_price) < Decimal("0.1")


def test_orders_are_kept_here_besides_the_exchange(world: World):
    """ORD-03: while it is away, all of them are to be read, also when the account is gone."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.trade(bot, "close")
    there = {event["data"]["client_id"] for event in world.entries(client)}
    ExchangeAccount.objects.update(is_active=False, deleted_at=timezone.now())
    rule = world.sim.control.maintain(60)
    since = world.sim.control.last_request()

    answer = api_of(client.user).get("/api/v1/orders", {"ordering": "created_at"})

    rows = answer.json()["results"]
    asked = world.sim.control.requests(since=since)
    world.sim.control.remove_fault(rule)
    assert [(row["leg"], row["status"]) for row in rows] == [
        ("entry", "filled"), ("stop", "cancelled"), ("target", "cancelled"), ("exit", "filled"),
    ]  # fmt: skip
    assert {row["client_order_id"] for row in rows if row["status"] == "filled"} == there
    assert all(row["exchange_order_id"] for row in rows)
    assert asked == []
