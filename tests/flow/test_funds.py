"""The client's money through the real flow: blocked, partly filled, invested, released (ORD-04…06), and whose result it is (ORD-02)."""

import time
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from signals.models import Order, Position
from signals.receive import close_position, send_manual_signal
from subscriptions.models import Subscription
from tests.flow.world import World
from tests.trading_world import api_of

CENT = Decimal("0.01")


class Money:
    """What the API says of a client's money now: of the entry order, of its execution, of the account."""

    def __init__(self, client: Subscription) -> None:
        self.order = row = one(client, "orders", leg="entry")
        execution = one(client, "executions", action="buy")
        summary = api_of(client.user).get("/api/v1/dashboard/summary").json()
        self.status, self.whole = row["status"], Decimal(row["quantity"])
        self.blocked, self.invested = Decimal(row["blocked"]), Decimal(row["invested"])
        assert (row["blocked"], row["invested"]) == (execution["blocked"], execution["invested"])
        assert Decimal(summary["total_blocked"]) == round(self.blocked, 2)
        assert abs(Decimal(summary["total_invested"]) - self.invested) <= CENT
        self.planned = self.whole * Decimal(execution["price_at_send"]) / execution["leverage"]


def one(client: Subscription, what: str, **query: Any) -> dict[str, Any]:
    (row,) = api_of(client.user).get(f"/api/v1/{what}", query).json()["results"]
    return row  # type: ignore[no-any-return]


def test_pending_then_partly_filled_then_filled_then_sold(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    held = world.sim.control.add_fault("hold_before", leg="entry", count=1)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.4", rest="fill", rest_ms=1500, count=1)
    signal = world.alert(bot, "buy")

    worker = Thread(target=world.carry_out, args=(signal,))
    worker.start()
    world.sim.control.wait_held(held)
    pending = Money(client)
    world.sim.control.release(held)
    worker.join()
    partial = Money(client)
    time.sleep(1.7)  # the exchange fills the rest
    Order.objects.filter(leg="entry").update(updated_at="2020-01-01T00:00:00Z")  # its turn has come
    world.reconcile(client)
    filled = Money(client)
    world.trade(bot, "close")
    sold = Money(client)

    assert (pending.status, pending.blocked, pending.invested) == ("planned", round(pending.planned, 8), 0)
    assert partial.status == "partial"
    assert partial.blocked == round(pending.planned * Decimal("0.6"), 8)
    assert abs(partial.invested - pending.planned * Decimal("0.4")) < CENT * 10  # at the price that was paid
    assert (filled.status, filled.blocked) == ("filled", 0)
    assert abs(filled.invested - pending.planned) < CENT * 10
    assert (sold.status, sold.blocked, sold.invested) == ("filled", 0, 0)


@pytest.mark.parametrize(("fraction", "status"), [("0", "refused"), ("0.4", "expired")])
def test_a_cancelled_rest_is_released(world: World, fraction: str, status: str) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction=fraction, rest="expire", count=1)

    world.trade(bot, "buy")

    money = Money(client)
    assert (money.status, money.blocked) == (status, 0)
    assert abs(money.invested - money.planned * Decimal(fraction)) < CENT * 10


def test_an_order_of_which_nobody_knows_stays_blocked(world: World) -> None:
    """Unknown is not failed: the money may be gone."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("answer_after", leg="entry", status=502, body="bad gateway", count=-1)
    world.sim.control.add_fault("answer_before", leg="query", status=503, count=-1)

    world.trade(bot, "buy")

    money = Money(client)
    assert (money.status, money.blocked, money.invested) == ("unknown", round(money.planned, 8), 0)


def test_a_refused_order_releases_all(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault(
        "answer_before", leg="entry", status=400, code=-2019, message="Margin is insufficient.", count=1
    )

    world.trade(bot, "buy")

    money = Money(client)
    assert (money.status, money.blocked, money.invested) == ("refused", 0, 0)


def test_a_position_is_its_openers_strategy_however_it_was_closed(world: World) -> None:
    """ORD-02: an alert opened it, the client closed it by hand; another one the manager opened and an alert closed."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.carry_out(close_position(position=world.position(client), user=client.user))
    received = send_manual_signal(
        bot=bot, user=world.manager, ticker="ETHUSDT.P", action="buy", price=None, is_test=False, source_ip=""
    )
    world.carry_out(received.signal)
    world.trade(bot, "close", "ETHUSDT.P")
    world.reconcile(client)

    told = api_of(client.user).get("/api/v1/positions/by-strategy").json()
    positions = {row.symbol_key: row for row in Position.objects.all()}
    orders = Order.objects.filter(leg__in=("entry", "stop", "exit")).values_list("symbol_key", "leg", "strategy_source")

    assert sorted(orders) == [
        ("BTCUSDT", "entry", "signal"), ("BTCUSDT", "exit", "manual"), ("BTCUSDT", "stop", "signal"),
        ("ETHUSDT", "entry", "manual"), ("ETHUSDT", "exit", "signal"), ("ETHUSDT", "stop", "manual"),
    ]  # fmt: skip
    assert [(row["strategy"], row["closed_positions"], Decimal(row["realized_pnl"])) for row in told] == [
        ("signal", 1, positions["BTCUSDT"].realized_pnl),
        ("manual", 1, positions["ETHUSDT"].realized_pnl),
    ]
    assert all(row.realized_pnl < 0 for row in positions.values())  # the fees, at an unmoved price
