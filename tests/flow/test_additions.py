"""A bot with the policy `add`: a second signal of the same side joins the position (D10)."""

from decimal import ROUND_DOWN, Decimal

from bots.models import Bot
from signals.models import ExecutionEvent
from tests.flow.world import World

STEP = Decimal("0.00001")


def test_spot_adds_to_one_position_under_a_new_pair(world: World) -> None:
    """D27: the first pair holds the coins that the new one has to sell."""
    bot = world.bot("spot", market_type="spot", default_margin_usd="200", same_side_policy="add", duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    first = world.position(client).quantity

    added = world.trade(bot, "buy", "BTCUSDT")

    held = world.position(client)
    assert world.execution(client, added).state == "PROTECTED"
    assert (held.status, held.quantity > first) == ("open", True)
    orders = world.exchange_account(client)["open_orders"]
    assert [Decimal(order["quantity"]) for order in orders] == 2 * [held.quantity.quantize(STEP, ROUND_DOWN)]


def test_an_addition_trades_on_the_leverage_of_its_position(world: World) -> None:
    """Also when the bot has another one by now: it is the symbol's, and the first stop was measured by it (D26)."""
    bot = world.bot(same_side_policy="add", duplicate_window_s=0, default_leverage=5, default_stop_loss_pct="10")
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    Bot.objects.update(default_leverage=50, default_stop_loss_pct="1")

    added = world.trade(bot, "buy")
    world.reconcile(client)

    assert (world.execution(client, added).leverage, world.position(client).leverage) == (5, 5)
    assert not ExecutionEvent.objects.filter(code__startswith="leverage").exists()
