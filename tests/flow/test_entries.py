"""A signal reaches its subscribers and every position stands protected (EXE, WHK-11…15)."""

from decimal import Decimal

from signals.models import Order
from tests.flow.world import World


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
