"""ORD-07, ORD-08: two who write the same order do not overwrite each other: version, three tries more, longer pauses each time."""

import asyncio
import time
from decimal import Decimal
from typing import Any

from exchanges.types import OrderAnswer, OrderState
from signals.desk import Desk
from signals.ledger.ledger import Write
from signals.models import Order
from signals.order_sync import sync_orders
from signals.reconcile import reconcile_account
from subscriptions.models import Subscription
from tests.flow.world import World
from tests.trading_world import api_of

OTHER_WRITER = """
    UPDATE signals_order SET filled_quantity = %s, status = %s, version = version + 1 WHERE client_order_id = %s RETURNING version
"""
D = Decimal


def half_filled(world: World) -> Subscription:
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.4", rest="open", count=1)
    world.trade(bot, "buy")
    return client


def answer_of(order: Order, filled: str) -> OrderAnswer:
    return OrderAnswer(
        state=OrderState.PARTIAL, client_order_id=order.client_order_id, exchange_order_id=order.exchange_order_id,
        filled_quantity=D(filled), average_price=D("95000"),
    )  # fmt: skip


class Collision:
    """Looks at the exchange while somebody else writes the order: as often as there are `others` (filled, status)."""

    def __init__(self, order: Order, *others: tuple[str, str]) -> None:
        self.order, self.others = order, list(others)
        self.row: dict[str, Any] = {
            "client_order_id": order.client_order_id, "status": order.status, "version": order.version, "leg": "entry"
        }  # fmt: skip
        self.read_versions: list[int] = []
        self.pauses: list[float] = []

    def sync(self, world: World) -> list[tuple[dict[str, Any], OrderAnswer | None]]:
        async def work(desk: Desk) -> Any:
            async def look(row: dict[str, Any]) -> OrderAnswer:
                self.read_versions.append(row["version"])
                if self.others:
                    filled, status = self.others.pop(0)
                    await desk.ledger.query(OTHER_WRITER, [filled, status, self.order.client_order_id])
                return answer_of(self.order, "0.004")

            async def pause(seconds: float) -> None:
                self.pauses.append(seconds)

            desk.sleep = pause
            return await sync_orders(desk, [self.row], look)

        found = world.at_desk(work)
        self.order.refresh_from_db()
        return found


def test_status_quantity_and_price_follow_the_exchange(world: World) -> None:
    """ORD-07: as the API tells them; the rest was filled at another price."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.4", rest="fill", rest_ms=500, count=1)
    world.trade(bot, "buy")
    world.sim.control.set_price("BTCUSDT", "95334.50")
    rows = [told(client)]
    time.sleep(0.7)
    Order.objects.filter(leg="entry").update(updated_at="2020-01-01T00:00:00Z")  # its turn has come

    world.reconcile(client)

    rows.append(told(client))
    first, rest = (event["data"]["fill"] for event in world.entries(client))
    paid = D(first["quantity"]) * D(first["price"]) + D(rest["quantity"]) * D(rest["price"])
    assert (D(first["price"]), D(rest["price"])) == (D("95234.50"), D("95334.50"))
    assert rows == [("partial", D("0.002"), D("95234.50")), ("filled", D("0.005"), paid / D("0.005"))]


def told(client: Subscription) -> tuple[str, Decimal, Decimal]:
    (row,) = api_of(client.user).get("/api/v1/orders", {"leg": "entry"}).json()["results"]
    return row["status"], D(row["filled_quantity"]), D(row["avg_fill_price"])


def test_nobody_else_writes(world: World) -> None:
    half_filled(world)
    collision = Collision(Order.objects.get(leg="entry"))
    before = collision.row["version"]

    found = collision.sync(world)

    assert [row["version"] for row, _answer in found] == [before + 1]
    assert (collision.order.version, collision.order.filled_quantity) == (before + 1, D("0.004"))
    assert collision.pauses == []


def test_the_loser_reads_again_and_writes_over_what_it_has_then_read(world: World) -> None:
    half_filled(world)
    collision = Collision(Order.objects.get(leg="entry"), ("0.003", "partial"))
    before = collision.row["version"]

    found = collision.sync(world)

    assert len(found) == 1
    assert collision.read_versions == [before, before + 1]
    assert (collision.order.version, collision.order.filled_quantity) == (before + 2, D("0.004"))
    assert collision.pauses == [0.05]


def test_after_three_tries_more_it_is_left_to_the_next_round(world: World) -> None:
    half_filled(world)
    others = [(f"0.00{number}", "partial") for number in (1, 2, 3, 5)]
    collision = Collision(Order.objects.get(leg="entry"), *others)
    before = collision.row["version"]

    assert collision.sync(world) == []

    assert collision.read_versions == [before, before + 1, before + 2, before + 3]
    assert collision.pauses == [0.05, 0.1, 0.2]
    assert (collision.order.version, collision.order.filled_quantity) == (
        before + 4,
        D("0.005"),
    )  # the other's word stands


def test_an_order_that_the_other_has_ended_is_not_asked_for_again(world: World) -> None:
    half_filled(world)
    collision = Collision(Order.objects.get(leg="entry"), ("0.005", "filled"))

    assert collision.sync(world) == []

    assert len(collision.read_versions) == 1
    assert (collision.order.status, collision.order.filled_quantity) == ("filled", D("0.005"))


def test_two_who_have_read_the_same_version_in_one_group(world: World) -> None:
    """In one transaction of the group commit, as in two: one has it, the other looks again."""
    half_filled(world)
    order = Order.objects.get(leg="entry")
    looks: list[int] = []

    async def both(desk: Desk) -> Any:
        async def look(row: dict[str, Any]) -> OrderAnswer:
            looks.append(row["version"])
            return answer_of(order, "0.004")

        rows = [{"client_order_id": order.client_order_id, "status": "partial", "version": order.version} for _ in "ab"]
        return await asyncio.gather(*(sync_orders(desk, [row], look) for row in rows))

    found = world.at_desk(both)

    assert [len(each) for each in found] == [1, 1]
    assert looks == [order.version, order.version, order.version + 1]
    assert Order.objects.get(pk=order.pk).version == order.version + 2


def test_two_reconciliations_at_once_leave_one_truth(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.4", rest="fill", rest_ms=300, count=1)
    world.trade(bot, "buy")
    time.sleep(0.6)
    Order.objects.filter(leg="entry").update(updated_at="2020-01-01T00:00:00Z")
    account = client.exchange_account_id

    done = world.at_desk(lambda desk: asyncio.gather(*(reconcile_account(account, desk) for _ in range(3))))

    entry, position = Order.objects.get(leg="entry"), world.position(client)
    assert done == [True, True, True]
    assert (entry.status, entry.filled_quantity) == ("filled", entry.quantity)
    assert (position.quantity, position.opened_quantity) == (entry.quantity, entry.quantity)


def test_an_answer_that_was_overtaken_takes_nothing_back(world: World) -> None:
    """A worker's late answer, under its lease: less than what stands already does not make it less."""
    client = half_filled(world)
    order = Order.objects.get(leg="entry")
    Order.objects.filter(pk=order.pk).update(filled_quantity=D("0.004"), average_price=D("95100"))

    async def late(desk: Desk) -> None:
        write = Write(None).add("order_answers", client_order_id=order.client_order_id, status="partial",
                                filled_quantity=D("0.002"), average_price=D("95000"), at=desk.now())  # fmt: skip
        await desk.ledger.record(write)

    world.at_desk(late)

    after = Order.objects.get(pk=order.pk)
    assert (after.filled_quantity, after.average_price, after.version) == (D("0.004"), D("95100"), order.version + 1)
    assert client.exchange_account_id == after.account_id
