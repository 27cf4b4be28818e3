"""I4 where all stops of a position together may not exceed it: the old ones go before the new ones stand, and nothing stays uncovered."""

from decimal import Decimal

import pytest

from exchanges import client as exchange_client
from exchanges import doors, market_loading, shared_prices
from exchanges.registry import get_venue
from exchanges.types import PositionSide
from signals.models import Order
from simulator.testing import run_simulator
from subscriptions.models import Subscription
from tests.flow.test_all_venues import PRICE, open_account
from tests.flow.world import World


def test_stop_and_target_follow_a_position_that_was_sold_in_part(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_simulator(exchange="bingx") as sim:
        exchange_client.configure({"bingx": sim.url})
        for module, name in ((market_loading, "_books"), (shared_prices, "_quotes"), (doors, "_doors")):
            monkeypatch.setattr(module, name, {})
        sim.control.set_price("BTCUSDT", PRICE)
        world = World(sim)
        bot = world.bot()
        account, api_key = open_account(sim, get_venue("bingx"), "", 1)
        client = Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)
        world.trade(bot, "buy")
        before = world.position(client).quantity
        part = Decimal("0.001")

        world.by_hand(
            client, "BTCUSDT", lambda it, market: it.reduce(market, PositionSide.LONG, part, "byhand0000000003x")
        )
        world.reconcile(client)
        world.reconcile(client)

        standing = sim.control.account(api_key)["open_conditionals"]
        assert world.position(client).quantity == before - part
        assert {Decimal(one["quantity"]) for one in standing} == {before - part}
        assert len(standing) == 2
        live = Order.objects.filter(leg__in=("stop", "target"), status="open")
        assert {order.client_order_id for order in live} == {one["client_id"] for one in standing}


def test_a_margin_mode_that_is_the_accounts_is_set_again_where_another_bot_changed_it(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D16: two bots with different modes on one account; each entry trades on the mode that its client chose."""
    with run_simulator(exchange="bybit") as sim:
        exchange_client.configure({"bybit": sim.url})
        for module, name in ((market_loading, "_books"), (shared_prices, "_quotes"), (doors, "_doors")):
            monkeypatch.setattr(module, name, {})
        for symbol in ("BTCUSDT", "ETHUSDT"):
            sim.control.set_price(symbol, "3000")
        world = World(sim)
        isolated, crossed = world.bot(), world.bot("crossed", default_margin_mode="cross")
        account, _api_key = open_account(sim, get_venue("bybit"), "", 1)
        for bot in (isolated, crossed):
            Subscription.objects.create(user=account.user, bot=bot, exchange_account=account)

        world.trade(isolated, "buy", "BTCUSDT.P")
        world.trade(isolated, "close", "BTCUSDT.P", id="2")
        world.trade(crossed, "buy", "ETHUSDT.P")
        world.trade(crossed, "close", "ETHUSDT.P", id="2")
        since = sim.control.last_request()
        world.trade(isolated, "buy", "BTCUSDT.P", id="3")

        asked = [row["path"] for row in sim.control.requests(since=since)]
        assert "/v5/account/set-margin-mode" in asked
